/** Same seed, same bytes: twice, in other processes, time zones, locales, without a JIT, for any cut, and on every Node that runs this test. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sameBytesRun } from './same-bytes-run.ts';

const TICKS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'retrace-same-'));
const program = join(folder, 'run.mjs');
const first = sameBytesRun(TICKS, 65_536);

beforeAll(async () => {
  await build({
    entryPoints: [new URL('./same-bytes-run.ts', import.meta.url).pathname],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the run trades, and has the hash it had when this version was made', () => {
  expect(first.orders).toBeGreaterThan(10);
  expect(first.fills).toBeGreaterThan(10);
  expect(first.runHash).toMatchInlineSnapshot(`"24365f49aff0ba54ebd1f45f91bf8b60e73f54e1b102c0c062c18fc6ec438604"`);
});

test('again in this process', () => {
  expect(sameBytesRun(TICKS, 65_536)).toEqual(first);
});

test.each([1, 7, 333, 4096])('in frames of at most %i facts', (size) => {
  expect(sameBytesRun(TICKS, size)).toEqual(first);
});

const OTHERS: readonly [string, readonly string[], Readonly<Record<string, string>>][] = [
  ['in another process', [], {}],
  ['in Kolkata', [], { TZ: 'Asia/Kolkata' }],
  ['in a Turkish locale', [], { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }],
  ['in an Arabic locale', [], { LC_ALL: 'ar_EG.UTF-8' }],
  ['without a JIT', ['--jitless'], {}],
  ['optimised at once', ['--always-turbofan'], {}],
];
test.each(OTHERS)('%s', { timeout: 120_000 }, (_what, flags, env) => {
  const child = spawnSync(process.execPath, [...flags, program, String(TICKS), '65536'], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  expect(child.stderr.replace(/^Warning: disabling flag.*\n/gm, '')).toBe('');
  expect(JSON.parse(child.stdout)).toEqual(first);
});
