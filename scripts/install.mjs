// Installs what package-lock.json names, and only when something named there is missing. Nothing here needs a package.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const readJson = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
};

/**
 * Packages the lockfile asks for that are not installed, or are installed in another version.
 * `set` is 'run' (what Retrace runs and builds with) or 'full' (with the tools that check it).
 * Optional packages never count: a platform may not have them.
 * @param {{ packages?: Record<string, any> }} lock
 * @param {{ packages?: Record<string, any> } | null} installed npm's own list in node_modules
 * @param {'run' | 'full'} set
 */
export function missingPackages(lock, installed, set) {
  const have = installed?.packages ?? {};
  return Object.entries(lock.packages ?? {})
    .filter(([path, wanted]) => path.startsWith('node_modules/') && !wanted.optional && !wanted.devOptional && !wanted.link)
    .filter(([, wanted]) => set === 'full' || !wanted.dev)
    .filter(([path, wanted]) => have[path]?.version !== wanted.version)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
}

/** Runs npm quietly on stderr, so that stdout stays the command's own. */
export function npm(args, { cwd = ROOT } = {}) {
  const options = { cwd, stdio: ['ignore', 2, 2], env: process.env };
  const quiet = [...args, '--loglevel=error', '--no-audit', '--no-fund', '--no-progress'];
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) return spawnSync(process.execPath, [cli, ...quiet], options);
  return spawnSync('npm', quiet, { ...options, shell: process.platform === 'win32' });
}

/** Makes the packages of `set` present in `folder`. Says what it does through `say`; throws when npm fails. */
export function ensureInstalled({ set, say, folder = ROOT, what = 'the project' }) {
  const lock = readJson(join(folder, 'package-lock.json'));
  if (lock === null) return false; // an installed package, not a clone: npm has put the packages in place already
  const installed = readJson(join(folder, 'node_modules', '.package-lock.json'));
  const direct = Object.keys(lock.packages['']?.dependencies ?? {});
  const missing = missingPackages(lock, installed, set);
  const removed = direct.filter(
    (name) => !(`node_modules/${name}` in (lock.packages ?? {})) || !existsSync(join(folder, 'node_modules', name)),
  );
  if (missing.length === 0 && removed.length === 0) return false;

  const total = missingPackages(lock, null, set).length;
  say(`Installing ${total} packages for ${what} (npm ci${set === 'run' ? ' --omit=dev' : ''}) …`);
  const started = Date.now();
  const result = npm(['ci', set === 'run' ? '--omit=dev' : '--include=dev'], { cwd: folder });
  if (result.error || result.status !== 0) {
    const why = result.error ? result.error.message : result.signal ? `stopped by ${result.signal}` : `exit code ${result.status}`;
    throw new Error(`npm ci did not finish (${why}); npm's own lines are above. Without a network nothing can be installed.`);
  }
  say(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  return true;
}

/** Lets `npx retrace` find this clone: npm links the commands of dependencies, not the project's own. */
export function linkCommand() {
  if (!existsSync(join(ROOT, 'package-lock.json'))) return;
  const bin = join(ROOT, 'node_modules', '.bin');
  const link = join(bin, 'retrace');
  const target = join(ROOT, 'bin', 'retrace.mjs');
  try {
    if (process.platform === 'win32') {
      if (existsSync(`${link}.cmd`)) return;
      mkdirSync(bin, { recursive: true });
      writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\..\\bin\\retrace.mjs" %*\r\n');
      return;
    }
    if (existsSync(link)) return;
    mkdirSync(bin, { recursive: true });
    if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
    symlinkSync(join('..', '..', 'bin', 'retrace.mjs'), link);
    chmodSync(target, 0o755);
  } catch {
    // A read-only checkout still works through `node bin/retrace.mjs`; the link is a convenience.
  }
}
