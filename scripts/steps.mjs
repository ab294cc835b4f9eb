// The steps that check the project, shared by `npm test` and `npm run check`: types, lint, and vitest runs that are counted.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './install.mjs';

const CACHE = join(ROOT, 'node_modules', '.cache', 'retrace');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const BIOME = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/** No colour codes in files and pipes. */
const PLAIN = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined };

export const say = (line) => process.stdout.write(`${line}\n`);
export const seconds = (sinceMs) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

/** A whole run of the tests takes a quarter of an hour on two cores. One that takes this long hangs, and no test's own limit ends an endless loop. */
const LIMIT_MS = 60_000 * Number(process.env.RETRACE_TEST_MINUTES ?? 45);

/**
 * Runs a program with the terminal as its output; resolves with its exit code (a signal counts as 1). What runs past `limitMs` is
 * killed with all that it started: `onLimit` says what there is to say about it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, limitMs?: number, onLimit?: () => void }} how
 * @returns {Promise<number>}
 */
export function run(command, args, { env = {}, limitMs = 0, onLimit = () => undefined } = {}) {
  return new Promise((resolve) => {
    const group = limitMs > 0 && !process.stdout.isTTY; // at a terminal Ctrl-C must reach it
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...PLAIN, ...env },
      detached: group,
    });
    const kill = () => {
      try {
        process.kill(group ? -child.pid : child.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    };
    const ended = (code) => {
      clearTimeout(timer);
      for (const signal of ENDS) process.off(signal, forward);
      resolve(code);
    };
    const forward = () => {
      kill();
      process.exit(1);
    };
    const stop = () => {
      onLimit();
      kill();
    };
    const timer = limitMs > 0 ? setTimeout(stop, limitMs) : undefined;
    if (group) for (const signal of ENDS) process.on(signal, forward);
    child.on('error', (error) => {
      say(`${command}: ${error.message}`);
      ended(1);
    });
    child.on('exit', (code) => ended(code ?? 1));
  });
}

/**
 * With CI=true the random tests of a tree are the same each time, so that a tree is judged by what it is: the seed is made from the tree's
 * own name. Everywhere else each run tries its own. A seed given by hand holds.
 */
function propertySeed() {
  if (process.env.PROPERTY_SEED !== undefined) return process.env.PROPERTY_SEED;
  if (process.env.CI !== 'true') return undefined;
  const tree = spawnSync('git', ['rev-parse', 'HEAD^{tree}'], { cwd: ROOT, encoding: 'utf8' });
  return String(tree.status === 0 ? Number.parseInt(tree.stdout.slice(0, 7), 16) : 1);
}

const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The house; the pages, which run in a browser; and the tests and the workload that look at them there. */
export async function checkTypes() {
  for (const project of [ROOT, join(ROOT, 'gateway', 'dashboard'), join(ROOT, 'tests', 'browser'), join(ROOT, 'bench', 'page')]) {
    const code = await run(process.execPath, [TSC, '-p', project]);
    if (code !== 0) return code;
  }
  return 0;
}
export const checkLint = () =>
  run(process.execPath, [BIOME, 'ci', '--error-on-warnings', ...(process.stdout.isTTY ? [] : ['--colors=off']), '.']);

/**
 * One vitest run, counted from its JSON report. A test file that could not be loaded, or an error outside any test,
 * counts as one failure. `node` may be another Node than this one.
 */
export async function runTests({ name, args = [], node = process.execPath }) {
  const report = join(CACHE, `${name}.json`);
  const skips = join(CACHE, `${name}.skips.json`);
  mkdirSync(CACHE, { recursive: true });
  const running = join(CACHE, `${name}.running.json`);
  const again = join(CACHE, `${name}.again.json`);
  for (const path of [report, skips, running, again]) rmSync(path, { force: true });
  const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'scripts', 'test-notes.mjs')}`, '--reporter=json'];
  const seed = propertySeed();
  if (seed !== undefined) say(`   random tests: PROPERTY_SEED=${seed}`);
  const code = await run(node, [VITEST, 'run', ...reporters, `--outputFile.json=${report}`, ...args], {
    env: {
      TZ: 'UTC',
      RETRACE_SKIPS_FILE: skips,
      RETRACE_RUNNING_FILE: running,
      RETRACE_AGAIN_FILE: again,
      ...(seed === undefined ? {} : { PROPERTY_SEED: seed }),
    },
    limitMs: LIMIT_MS,
    onLimit: () => say(`\nThe tests hang: stopped after ${LIMIT_MS / 60_000} minutes in ${(readJson(running) ?? ['no file']).join(', ')}.`),
  });
  const told = readJson(report);
  const second = readJson(again) ?? [];
  if (second.length > 0) say('\nPassed at the second look only:');
  for (const { test, first } of second) say(`  ${test}: ${first.split('\n')[0]}`);
  const counts = countTests(told, readJson(skips) ?? [], code);
  return {
    ...counts,
    minutes: minutesByPart(told),
    skipped: counts.skipped.map(({ test, reason }) => ({ test: name === 'node24' ? `${test} (Node 24)` : test, reason })),
  };
}

/**
 * Sums a vitest JSON report. Never says "all passed" when vitest itself said otherwise.
 * @param {{ testResults: Array<{ status: string, assertionResults: Array<{ status: string, fullName: string }> }> } | null} report
 * @param {Array<{ test: string, reason: string | null }>} skips
 * @param {number} code vitest's exit code
 * @returns {{ passed: number, failed: number, skipped: Array<{ test: string, reason: string }> }}
 */
export function countTests(report, skips, code) {
  const counts = { passed: 0, failed: 0, skipped: [] };
  for (const file of report?.testResults ?? []) {
    const failedBefore = counts.failed;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else counts.skipped.push(test.fullName);
    }
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed += 1;
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  const known = skips.length === counts.skipped.length ? skips : counts.skipped.map((test) => ({ test, reason: null }));
  counts.skipped = known.map(({ test, reason }) => ({ test, reason: reason ?? 'no reason given' }));
  return counts;
}

/** Which files belong to which part of the run; what is named nowhere belongs to the kernel. */
const PARTS = {
  gateway: /^(gateway|infra\/access|tests\/(gateway|browser|dashboard|contracts\/transport))/,
  effects:
    /^(infra\/(outbox|brokers|venues-local|breaker|control)|tests\/(effects|breaker|venues|broker\.test)|tests\/e2e-cli\/(live|exchange|operate|accounts))/,
  tape: /^(infra\/(tape|import|runs|render)|engine\/(indicators|strategy\/language|portfolio\/metrics)|replay\/(sweep|audit|report)|cli\/research|tests\/(indicators|results|strategy-documents)|tests\/replay\/(bars|fork|tapes)|tests\/e2e-cli\/(backtest|fork|import|sweep))/,
};

/** Minutes of each part, both workers together. */
export function minutesByPart(report) {
  const minutes = { kernel: 0 };
  for (const { name, startTime, endTime } of report?.testResults ?? []) {
    const path = name.replaceAll('\\', '/').slice(ROOT.length + 1);
    const part = Object.keys(PARTS).find((each) => PARTS[each].test(path)) ?? 'kernel';
    minutes[part] = (minutes[part] ?? 0) + (endTime - startTime) / 60_000;
  }
  return minutes;
}

/** Files that match patterns like `infra/files/*.test.ts`; `*` stands for one name. */
export function filesMatching(patterns) {
  return patterns.flatMap((pattern) => {
    if (!pattern.includes('*')) return existsSync(join(ROOT, pattern)) ? [pattern] : [];
    const folder = pattern.slice(0, pattern.lastIndexOf('/'));
    const [before, after] = pattern.slice(folder.length + 1).split('*');
    if (!existsSync(join(ROOT, folder))) return [];
    return readdirSync(join(ROOT, folder))
      .filter((name) => name.startsWith(before) && name.endsWith(after))
      .sort()
      .map((name) => `${folder}/${name}`);
  });
}

/** Coverage by folder, one line each, from vitest's summary. */
export function coverageLines(folders) {
  const summary = readJson(join(ROOT, 'coverage', 'coverage-summary.json'));
  if (summary === null) return [];
  return folders.flatMap((folder) => {
    const sum = { lines: [0, 0], branches: [0, 0], functions: [0, 0] };
    let files = 0;
    for (const [path, file] of Object.entries(summary)) {
      if (!path.replaceAll('\\', '/').includes(`/${folder}/`) || !path.startsWith(ROOT)) continue;
      files += 1;
      for (const [kind, total] of Object.entries(sum)) {
        total[0] += file[kind].covered;
        total[1] += file[kind].total;
      }
    }
    if (files === 0) return [];
    const share = ([covered, total]) => (total === 0 ? '  –   ' : `${((100 * covered) / total).toFixed(1).padStart(5)} %`);
    return [
      `  ${folder.padEnd(8)} lines ${share(sum.lines)}   branches ${share(sum.branches)}   functions ${share(sum.functions)}   (${files} files)`,
    ];
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
