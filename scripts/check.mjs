// `npm run check`: types, lint and house rules. What to run before a commit; it takes seconds.
import './node-version.mjs';
import { ensureInstalled, linkCommand } from './install.mjs';
import { checkLint, checkTypes, runTests, say, seconds } from './steps.mjs';

const started = Date.now();
const failed = [];
try {
  ensureInstalled({ set: 'full', say });
  linkCommand();
  if ((await checkTypes()) !== 0) failed.push('types');
  if ((await checkLint()) !== 0) failed.push('lint (npm run format repairs most of it)');
  if ((await runTests({ name: 'tidy', args: ['tests/tidy.test.ts'] })).failed > 0) failed.push('tidy');
} catch (error) {
  failed.push(error.message);
}
say(failed.length === 0 ? `Types, lint and tidy are clean (${seconds(started)}).` : `Not clean: ${failed.join(', ')}.`);
if (failed.length > 0) process.exitCode = 1;
