// docs/configuration.md lists every key of the schema with its unit, default and range, as they are. RETRACE_RECORD=1 writes the tables anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { KEYS, type KeyFacts, type Standard } from './keys.ts';
import { readRunConfig } from './run-config.ts';
import { RUN_VARIABLES } from './run-layers.ts';
import { runSchema } from './run-schema.ts';

const DOC = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs', 'configuration.md');
const MARKS = ['<!-- keys: written by infra/config/configuration-doc.test.ts -->', '<!-- end of keys -->'] as const;

function* keysOf(schema: z.ZodType, path: string): Generator<readonly [path: string, facts: KeyFacts]> {
  const facts = KEYS.get(schema);
  if (facts !== undefined) yield [path, facts];
  else if (schema instanceof z.ZodObject)
    for (const [key, of] of Object.entries(schema.shape)) yield* keysOf(of as z.ZodType, path === '' ? key : `${path}.${key}`);
  else if (schema instanceof z.ZodArray) yield* keysOf(schema.element as z.ZodType, `${path}[]`);
  else if (schema instanceof z.ZodRecord) yield* keysOf(schema.valueType as z.ZodType, `${path}.${NAMED[path] ?? '<name>'}`);
}

const NAMED: Readonly<Record<string, string>> = {
  'limits.strategies': '<id>',
  'limits.instruments': '<symbol>',
  'strategies[].set': '<parameter>',
};

const code = (text: string): string => `\`${text}\``;

function standardText(standard: Standard, required: boolean): string {
  if (required) return '**needed**';
  if (standard === null) return 'none';
  if (typeof standard === 'string') return code(standard);
  const each = Object.entries('venue' in standard ? standard.venue : standard.source).filter(([, of]) => of !== null);
  return each.map(([kind, of]) => `${kind}: ${code(of!)}`).join('; ');
}

function onlyText({ only, about }: KeyFacts): string {
  if (only === null) return about;
  return `${about} (only with ${'venue' in only ? `venue: ${only.venue}` : `source: ${only.source}`})`;
}

function tables(): string {
  const keys = [...keysOf(runSchema, '')];
  const sections = [...new Set(keys.map(([path]) => sectionOf(path)))];
  return sections
    .map((section) =>
      [
        `### ${section === '' ? 'The desk' : code(section)}`,
        '',
        '| key | what it is | unit | default | range |',
        '|---|---|---|---|---|',
        ...keys
          .filter(([path]) => sectionOf(path) === section)
          .map(([path, facts]) =>
            [
              code(path.slice(section === '' ? 0 : section.length + 1)),
              onlyText(facts),
              facts.unit,
              standardText(facts.standard, facts.required),
              facts.range,
            ]
              .map((cell) => cell.replaceAll('|', '\\|'))
              .join(' | '),
          )
          .map((row) => `| ${row} |`),
      ].join('\n'),
    )
    .join('\n\n');
}

/** `limits.global`, `strategies[]`, `account`; the set of a strategy and a list of its symbols stay with it. */
const sectionOf = (path: string): string =>
  path.startsWith('strategies[].') ? 'strategies[]' : path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';

test('every key is in docs/configuration.md, as the schema has it', () => {
  const text = readFileSync(DOC, 'utf8');
  const [before, rest = ''] = text.split(MARKS[0]);
  const [told = '', after = ''] = rest.split(MARKS[1]);
  if (process.env['RETRACE_RECORD'] === '1') writeFileSync(DOC, `${before}${MARKS[0]}\n\n${tables()}\n\n${MARKS[1]}${after}`);
  else expect(told.trim()).toBe(tables());
});

test('its examples are configurations', () => {
  const text = readFileSync(DOC, 'utf8');
  const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml!);
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const yaml of examples) readRunConfig({ text: yaml, file: 'configuration.md', folder: '/', home: '/', env: {}, flags: [] });
});

test('the variables it names exist', () => {
  const named = readFileSync(DOC, 'utf8').match(/RETRACE_[A-Z_]*[A-Z]/g) ?? [];
  const others = ['RETRACE_HOME', 'RETRACE_CONFIG'];
  expect(named.filter((name) => !RUN_VARIABLES.has(name) && !others.includes(name))).toEqual([]);
});
