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
  stopWithNpm();
  await import(pathToFileURL(program).href);
}

/**
 * A SIGTERM to npm kills npm and its shell, and the shell tells nobody: the desk would trade on, unseen, without a parent.
 * So under npm a changed parent counts as SIGTERM. Ctrl-C needs none of this, the terminal sends it to every process.
 */
function stopWithNpm() {
  if (process.env.npm_command === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}
