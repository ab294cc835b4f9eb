// Builds the dashboard into dist/dashboard/, only when one of its sources changed. It has a stamp of its own: the programs do not hang on it.
import './node-version.mjs';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { ROOT } from './install.mjs';

export const DASHBOARD = join(ROOT, 'gateway', 'dashboard');
const CONTRACTS = join(ROOT, 'gateway', 'contracts');
export const OUT = join(ROOT, 'dist', 'dashboard');
/** Beside the folder and not in it: what lies in it is served. */
export const STAMP = join(ROOT, 'dist', 'dashboard.json');
const OLD_FILE_MS = 24 * 3600 * 1000; // an open page, or a gateway that listed them, may still ask for a file of the build before

const slashed = (path) => path.split(sep).join('/');

/** Builds if needed; true when it did. */
export async function ensureDashboardBuilt({ say, force = false }) {
  if (!existsSync(join(DASHBOARD, 'index.html'))) return false;
  const hash = hashOf([
    ...filesIn(DASHBOARD),
    ...filesIn(CONTRACTS),
    ...['package.json', 'package-lock.json', 'scripts/dashboard.mjs'].map((path) => join(ROOT, path)),
  ]);
  if (!force && upToDate(hash)) return false;
  say('Building the dashboard …');
  const started = Date.now();
  const built = await asForUse(async () => {
    const { build } = await import('vite');
    return build({ configFile: join(DASHBOARD, 'vite.config.ts'), mode: 'production', logLevel: 'warn', build: { write: false } });
  });
  const files = [built].flat().flatMap(({ output }) => output);
  // the page itself last: whoever reads it finds what it names
  files.sort((a, b) => Number(a.fileName.endsWith('.html')) - Number(b.fileName.endsWith('.html')));
  for (const file of files) place(join(OUT, file.fileName), file.type === 'chunk' ? file.code : file.source);
  const names = files.map(({ fileName }) => fileName).sort();
  /** What each script loads at once: what a page weighs is counted by it. */
  const scripts = files.flatMap((file) =>
    file.type === 'chunk' ? [{ file: file.fileName, source: sourceOf(file), entry: file.isEntry, loads: file.imports }] : [],
  );
  place(STAMP, `${JSON.stringify({ source: hash, files: names, scripts }, null, 2)}\n`);
  for (const path of filesIn(OUT)) {
    if (names.includes(slashed(relative(OUT, path)))) continue;
    if (Date.now() - statSync(path).mtimeMs > OLD_FILE_MS) unlinkSync(path);
  }
  say(`Built it in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  return true;
}

/** Whoever builds, tests too, builds what people use: vite takes another NODE_ENV for a wish for React's slower development build. */
async function asForUse(work) {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** The source that a page's own script is named by; null: it is shared by several. */
const sourceOf = ({ facadeModuleId }) => (facadeModuleId ? slashed(relative(DASHBOARD, facadeModuleId)) : null);

function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (!entry.name.includes('.test.')) yield path;
  }
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const body = readFileSync(path);
    hash.update(`${slashed(relative(ROOT, path))}\0${body.length}\0`).update(body);
  }
  return hash.digest('hex');
}

function upToDate(hash) {
  try {
    const stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
    return stamp.source === hash && stamp.files.every((name) => existsSync(join(OUT, name)));
  } catch {
    return false;
  }
}

function place(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, contents);
  renameSync(next, path);
}
