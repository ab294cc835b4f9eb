// Which driver a machine gets and the sentence it prints, for this one and for machines that are only described.
import { afterEach, expect, test } from 'vitest';
import { chooseTransport, NoSuchDriver } from './choose.ts';
import { findUws, thisMachine } from './uws-binary.ts';

const NODE_24 = { platform: 'linux', arch: 'x64', modules: '137', node: '24.1.0' };
const FALLBACK = 'UWS_USE_FALLBACK';
const before = process.env[FALLBACK];
afterEach(() => {
  if (before === undefined) delete process.env[FALLBACK];
  else process.env[FALLBACK] = before;
});

test('where no binary fits, Node carries the sockets and the sentence says why', async () => {
  const { driver, sentence } = await chooseTransport('auto', NODE_24);
  expect([driver, sentence]).toEqual(['node', 'sockets by node:http and ws: uWebSockets.js has no binary for Node 24 on linux x64']);
});

test('settings can ask for either; one that cannot be had is refused with what to do', async () => {
  expect((await chooseTransport('node')).sentence).toBe('sockets by node:http and ws: the settings ask for it');
  const refused = await chooseTransport('uws', NODE_24).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NoSuchDriver);
  expect((refused as Error).message).toMatch(/no binary for Node 24 on linux x64: set the driver to auto or node/);
});

test('what is taken here is native, even where the package is told to imitate itself', async () => {
  process.env[FALLBACK] = '1';
  const found = findUws(thisMachine());
  const chosen = await chooseTransport('auto');
  if ('missing' in found) expect(chosen.sentence).toBe(`sockets by node:http and ws: ${found.missing}`);
  else {
    expect(chosen.sentence).toBe('sockets by uWebSockets.js');
    expect(Function.prototype.toString.call(found.uws.App)).toContain('[native code]');
  }
});
