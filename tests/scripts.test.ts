// The programs that install, build and count: what they decide, without running them. A child process shows the refusals.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { programs, sourceHash } from '../scripts/build.mjs';
import { missingPackages } from '../scripts/install.mjs';
import { countTests, filesMatching, minutesByPart, run } from '../scripts/steps.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

describe('what is missing', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/a/node_modules/b': { version: '2.0.0' },
      'node_modules/test-tool': { version: '1.0.0', dev: true },
      'node_modules/for-a-mac': { version: '1.0.0', optional: true },
    },
  };
  const have = (...names: string[]) => ({
    packages: Object.fromEntries(Object.entries(lock.packages).filter(([path]) => names.some((name) => path.endsWith(`/${name}`)))),
  });

  test('everything, when nothing is installed', () => expect(missingPackages(lock, null, 'full')).toEqual(['a', 'b', 'test-tool']));
  test('not the tools, to run', () => expect(missingPackages(lock, null, 'run')).toEqual(['a', 'b']));
  test('nothing, when all is there but another platform’s package', () => {
    expect(missingPackages(lock, have('a', 'b', 'test-tool'), 'full')).toEqual([]);
    expect(missingPackages(lock, have('a', 'b'), 'run')).toEqual([]);
  });
  test('a package in another version', () => {
    expect(missingPackages(lock, { packages: { ...have('a', 'b').packages, 'node_modules/a': { version: '0.9.0' } } }, 'run')).toEqual([
      'a',
    ]);
  });
});

test('what runs past its limit is killed with what it started, and said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-limit-'));
  const path = join(folder, 'child');
  const endless = `setTimeout(() => { for (;;); }, 0)`;
  const parent = `require('fs').writeFileSync(${JSON.stringify(path)}, String(require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(endless)}]).pid)); ${endless}`;
  const said: string[] = [];
  expect(await run(process.execPath, ['-e', parent], { limitMs: 1500, onLimit: () => void said.push('hangs') })).toBe(1);
  expect(said).toEqual(['hangs']);
  const child = Number(readFileSync(path, 'utf8'));
  await expect.poll(() => alive(child)).toBe(false);
  rmSync(folder, { recursive: true });
});

/** A zombie is not alive: who reaps orphans may take a while. */
function alive(pid: number): boolean {
  if (spawnSync('kill', ['-0', String(pid)]).status !== 0) return false;
  return !spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim()
    .startsWith('Z');
}

describe('counting', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((each, i) => ({ status: each, fullName: `test ${i}` })),
  });

  test('passed, failed and skipped tests, with the reasons', () => {
    const report = { testResults: [file('failed', 'passed', 'failed', 'skipped'), file('passed', 'passed')] };
    expect(countTests(report, [{ test: 'a > test 2', reason: 'no chromium' }], 1)).toEqual({
      passed: 2,
      failed: 1,
      skipped: [{ test: 'a > test 2', reason: 'no chromium' }],
    });
  });
  test('a skip that gives no reason is shown as one', () => {
    expect(countTests({ testResults: [file('passed', 'skipped')] }, [], 0).skipped).toEqual([
      { test: 'test 0', reason: 'no reason given' },
    ]);
  });
  test('a file that cannot be loaded is a failure', () => expect(countTests({ testResults: [file('failed')] }, [], 1).failed).toBe(1));
  test('an error outside every test is a failure', () => {
    expect(countTests({ testResults: [file('passed', 'passed')] }, [], 1)).toMatchObject({ passed: 1, failed: 1 });
  });
  test('no report is a failure', () => expect(countTests(null, [], 1)).toEqual({ passed: 0, failed: 1, skipped: [] }));
});

test('the minutes of a run are told by its parts', () => {
  const took = (path: string, minutes: number) => ({ name: join(ROOT, path), startTime: 1_000, endTime: 1_000 + 60_000 * minutes });
  const testResults = [
    took('engine/a.test.ts', 1),
    took('tests/agreement/b.test.ts', 2),
    took('infra/outbox/c.test.ts', 3),
    took('tests/broker.test.ts', 1),
  ];
  expect(minutesByPart({ testResults })).toEqual({ kernel: 3, effects: 4 });
  expect(minutesByPart(null)).toEqual({ kernel: 0 });
});

test('patterns name files', () => {
  expect(filesMatching(['scripts/test-*.mjs', 'scripts/steps.mjs', 'nowhere/*.ts', 'scripts/none.mjs'])).toEqual([
    'scripts/test-notes.mjs',
    'scripts/steps.mjs',
  ]);
});

test('the command is among the programs, and every output has its own name', () => {
  const list = programs();
  expect(list).toContainEqual({ source: 'cli/main.ts', output: 'retrace' });
  expect(new Set(list.map(({ output }) => output)).size).toBe(list.length);
  expect(sourceHash()).toMatch(/^[0-9a-f]{64}$/);
});

test('an old Node is refused in one sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-old-node-'));
  try {
    // The same file, told that it runs on an old Node.
    const text = readFileSync(join(ROOT, 'scripts', 'node-version.mjs'), 'utf8').replaceAll('process.versions.node', "'18.20.4'");
    writeFileSync(join(folder, 'node-version.mjs'), text);
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'node-version.mjs')], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Retrace needs Node 20\.19 or newer .* this is Node 18\.20\.4\. [^.]+\.\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
