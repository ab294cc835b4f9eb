// Writes docs/strategy.schema.json, which tells editors the fields of a strategy document, from the table in engine/strategy/language/fields.ts.
import './node-version.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './install.mjs';

const { outputFiles } = await build({
  entryPoints: [join(ROOT, 'engine', 'strategy', 'language', 'schema.ts')],
  bundle: true,
  format: 'esm',
  write: false,
});
const { documentSchemaText } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
writeFileSync(join(ROOT, 'docs', 'strategy.schema.json'), documentSchemaText());
