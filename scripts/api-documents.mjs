// Writes docs/api/openapi.json and docs/api/asyncapi.json from the routes and schemas themselves. A test says when the committed ones differ.
import './node-version.mjs';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT } from './install.mjs';

const folder = mkdtempSync(join(ROOT, 'node_modules', '.api-documents-'));
try {
  const outfile = join(folder, 'documents.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['gateway/rest/written-documents.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  });
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { writtenDocuments } = await import(pathToFileURL(outfile).href);
  for (const [name, text] of Object.entries(writtenDocuments(version))) {
    writeFileSync(join(ROOT, 'docs', 'api', name), text);
    process.stderr.write(`wrote docs/api/${name}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
