import { expect, test } from 'vitest';
import { openerOf } from './open-browser.ts';

test('a browser is opened where somebody sits at a desktop, and nowhere else', () => {
  const at = (platform: NodeJS.Platform, env: Record<string, string> = {}, terminal = true) =>
    openerOf({ platform, env, terminal })?.[0] ?? null;
  expect([at('darwin'), at('win32'), at('linux', { DISPLAY: ':0' }), at('linux', { WAYLAND_DISPLAY: 'wayland-0' })]).toEqual([
    'open',
    'cmd',
    'xdg-open',
    'xdg-open',
  ]);
  expect([at('linux'), at('darwin', {}, false), at('darwin', { CI: 'true' }), at('linux', { DISPLAY: ':0', SSH_CONNECTION: 'x' })]).toEqual(
    [null, null, null, null],
  );
});
