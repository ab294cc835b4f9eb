// Bundles the command and its child programs into dist/, only when a source changed. THE list of programs is here.
import './node-version.mjs';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { DASHBOARD, ensureDashboardBuilt } from './dashboard.mjs';
import { ensureInstalled, ROOT } from './install.mjs';
import { ensureVersions } from './versions.mjs';

/** Each program by its source; `*` stands for one name. Output names are flat, so `..` from any of them is the project folder. */
export const PROGRAMS = [
  { source: 'cli/main.ts', output: 'retrace' },
  { source: 'cli/breaker.ts', output: 'retrace-breaker' }, // started by a running desk as its child
  { source: 'cli/sweep-worker.ts', output: 'retrace-sweep-worker' }, // threads of `retrace sweep`
  { source: 'cli/reader-worker.ts', output: 'retrace-reader-worker' }, // threads of a gateway that read journals
  { source: 'cli/replay-worker.ts', output: 'retrace-replay-worker' }, // a thread of a gateway for each recorded day that is watched again
  { source: 'bench/*.bench.ts', output: 'bench-*' }, // started by `retrace bench` as children
  { source: 'bench/page/*.bench.ts', output: 'bench-*' }, // those that look at a page
  { source: 'bench/peers/peers.ts', output: 'peers' }, // `npm run bench:peers`
  { source: 'bench/peers/ours.ts', output: 'peers-ours' }, // its contenders that are ours, a process each
];

/** Bundled, because one file starts faster than many. Every other package is loaded from node_modules when it is first needed. */
const BUNDLED = ['commander', 'picocolors', 'rxjs', 'tslib', 'xstate', 'zod'];

const SOURCE_FOLDERS = ['engine', 'actors', 'streams', 'replay', 'gateway', 'infra', 'cli', 'bench'];
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'build.json');
const OLD_CHUNK_MS = 24 * 3600 * 1000; // a running desk may still load a chunk of the build it started from

const slashed = (path) => path.split(sep).join('/');

function* filesIn(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (!entry.name.includes('.test.')) yield path;
  }
}

/** The programs that exist now: source path → output name. */
export function programs() {
  return PROGRAMS.flatMap(({ source, output }) => {
    if (!source.includes('*')) return existsSync(join(ROOT, source)) ? [{ source, output }] : [];
    const folder = source.slice(0, source.lastIndexOf('/'));
    const [before, after] = basename(source).split('*');
    if (!existsSync(join(ROOT, folder))) return [];
    return readdirSync(join(ROOT, folder))
      .filter((name) => name.startsWith(before) && name.endsWith(after))
      .sort()
      .map((name) => ({ source: `${folder}/${name}`, output: output.replace('*', name.slice(before.length, name.length - after.length)) }));
  });
}

/**
 * What a build depends on, as one hash: the sources, the packages, this file. The run manifest names it as the build. The dashboard is
 * left out: it decides nothing, so a run is not of another build because a page looks different.
 */
export function sourceHash() {
  const hash = createHash('sha256');
  const paths = [
    ...SOURCE_FOLDERS.flatMap((folder) => [...filesIn(join(ROOT, folder))]).filter((path) => !path.startsWith(DASHBOARD + sep)),
    ...['package.json', 'package-lock.json', 'scripts/build.mjs'].map((p) => join(ROOT, p)),
  ];
  for (const path of paths) {
    const body = readFileSync(path);
    hash.update(`${slashed(relative(ROOT, path))}\0${body.length}\0`).update(body);
  }
  return hash.digest('hex');
}

function upToDate(hash) {
  try {
    const stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
    return stamp.source === hash && stamp.files.every((name) => existsSync(join(DIST, name)));
  } catch {
    return false;
  }
}

/** Builds if needed; true when it did. Files are renamed into place, so a process that starts meanwhile sees whole files. */
export async function ensureBuilt({ say, force = false }) {
  if (!existsSync(join(ROOT, 'cli', 'main.ts'))) return false; // an installed package carries dist/ already
  if (ensureVersions()) say('The versions of the bundled strategies changed: commit engine/strategy/versions.ts.');
  const pages = await ensureDashboardBuilt({ say, force });
  const hash = sourceHash();
  if (!force && upToDate(hash)) return pages;

  const list = programs();
  say(`Building ${list.length} ${list.length === 1 ? 'program' : 'programs'} …`);
  const started = Date.now();
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: list.map(({ source, output }) => ({ in: source, out: output })),
    outdir: DIST,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[name]-[hash]',
    bundle: true,
    splitting: true, // a command's code is loaded when that command is run
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    sourcesContent: false,

    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    plugins: [{ name: 'packages', setup: packagesPlugin }],
  });

  mkdirSync(DIST, { recursive: true });
  const names = result.outputFiles.map((file) => slashed(relative(DIST, file.path)));
  for (const file of result.outputFiles) replaceFile(file.path, file.contents);
  replaceFile(STAMP, `${JSON.stringify({ source: hash, files: names }, null, 2)}\n`);
  for (const name of readdirSync(DIST)) {
    const path = join(DIST, name);
    if (names.includes(name) || path === STAMP) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() && Date.now() - found.mtimeMs > OLD_CHUNK_MS) unlinkSync(path);
  }
  say(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  return true;
}

function packagesPlugin(build) {
  build.onResolve({ filter: /^[^./#]/ }, ({ path, kind }) => {
    if (kind === 'entry-point' || path.startsWith('node:')) return undefined;
    const name = path.startsWith('@') ? path.split('/').slice(0, 2).join('/') : path.split('/')[0];
    return BUNDLED.includes(name) ? undefined : { path, external: true };
  });
}

function replaceFile(path, contents) {
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, contents);
  renameSync(next, path);
}

if (process.argv[1] && basename(process.argv[1]) === 'build.mjs') {
  const say = (line) => process.stderr.write(`${line}\n`);
  try {
    ensureInstalled({ set: 'run', say });
    const built = await ensureBuilt({ say, force: process.argv.includes('--force') });
    if (!built) say('Nothing changed since the last build.');
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
