// From a clone to the running command: install and build if needed, then the command in THIS process, so that
// Ctrl-C, the exit code and the terminal are its own.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, linkCommand, ROOT } from './install.mjs';

/** stdout belongs to the command; progress goes to stderr. Resolves once the command's main module has run. */
export async function runRetrace(args, { ready = null } = {}) {
  const say = (line) => process.stderr.write(`${line}\n`);
  try {
    ensureInstalled({ set: 'run', say });
    linkCommand();
    await ensureBuilt({ say });
  } catch (error) {
    say(`retrace: ${error.message}`);
    process.exit(3);
  }
  if (ready) say(ready);
  const program = join(ROOT, 'dist', 'retrace.mjs');
  process.argv = [process.argv[0], program, ...args];
  await import(pathToFileURL(program).href);
}
