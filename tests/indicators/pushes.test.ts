/** What push leaves behind: nothing for the collector, and the same bits however the code was compiled. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INDICATORS } from '#engine/indicators/entries.ts';

const folder = mkdtempSync(join(tmpdir(), 'retrace-pushes-'));
const program = join(folder, 'pushes.mjs');

beforeAll(async () => {
  await build({
    ...{ entryPoints: [new URL('./pushes.ts', import.meta.url).pathname], outfile: program },
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function answersOf(what: 'values' | 'allocated', flags: readonly string[]): [string, ...unknown[]][] {
  const child = spawnSync(process.execPath, [...flags, program, what], { encoding: 'utf8' });
  expect(child.stderr.replace(/^Warning: disabling flag.*\n/gm, '')).toBe('');
  return JSON.parse(child.stdout);
}

test('push allocates nothing', { timeout: 120_000 }, () => {
  // A number handed to a function that V8 did not compile into its caller lies on the heap, 16 bytes each. That is V8's choice and differs from
  // run to run, so it is told to compile them in: what is left then is what push itself asks for.
  const inlining = ['--max-inlined-bytecode-size=100000', '--max-inlined-bytecode-size-cumulative=100000'];
  const answers = answersOf('allocated', ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64', ...inlining]);
  expect(answers.map(([name]) => name)).toEqual(INDICATORS.map(({ name }) => name));
  expect(answers.filter(([, bytes]) => !((bytes as number) < 4))).toEqual([]); // one number a push would be 16
});

test.each([['without a JIT', '--jitless'] as const, ['optimised at once', '--always-turbofan'] as const])(
  'the same bits %s',
  (_what, flag) => {
    expect(answersOf('values', [flag])).toEqual(answersOf('values', []));
  },
);
