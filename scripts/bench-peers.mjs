// `npm run bench:peers`: installs and builds if needed, then the comparison in this process.
import './node-version.mjs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, ROOT } from './install.mjs';

const say = (line) => process.stderr.write(`${line}\n`);
try {
  ensureInstalled({ set: 'run', say });
  await ensureBuilt({ say });
} catch (error) {
  say(`bench:peers: ${error.message}`);
  process.exit(3);
}
await import(pathToFileURL(join(ROOT, 'dist', 'peers.mjs')).href);
