// Files as a person writes them: places are those of the file, every shipped document compiles, and the editors' schema is current.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canonicalOf } from '#engine/strategy/language/canonical.ts';
import { compileStrategy } from '#engine/strategy/language/language.ts';
import { documentSchemaText } from '#engine/strategy/language/schema.ts';
import { faultText } from '#engine/strategy/language/source.ts';
import { STANDARD_CATALOGUE } from '#engine/strategy/language/standard-catalogue.ts';
import { parametersOf } from '#engine/strategy/strategy.ts';
import { readStrategyText } from './strategy-file.ts';

const FOLDER = new URL('../../strategies/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && !name.includes('.story.'));

const compiled = (text: string) => {
  const { source, faults } = readStrategyText(text, 'test.yaml');
  return source === null ? { ok: false as const, faults } : compileStrategy(source, STANDARD_CATALOGUE);
};
const faultsOf = (text: string): string[] => {
  const read = compiled(text);
  return read.ok ? [] : read.faults.map(faultText);
};

describe('the shipped documents', () => {
  test('there are ten or more', () => expect(files.length).toBeGreaterThanOrEqual(10));

  test.each(files)('%s compiles, and its canonical form is the same document', (name) => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    expect(faultsOf(text)).toEqual([]);
    const read = compiled(text);
    if (!read.ok) return;
    expect(read.strategy.warmup(parametersOf(read.strategy, {}))).toBeGreaterThan(1);
    const again = compiled(canonicalOf(read.document));
    expect(again.ok && canonicalOf(again.document)).toBe(canonicalOf(read.document));
  });
});

describe('a file', () => {
  const head = 'name: a\nabout: b\nsizing: { lots: 1 }\n';

  test('faults stand where the words stand, in plain, quoted and block texts', () => {
    expect(faultsOf(`${head}entries:\n  long: close > clse\n`)).toEqual([
      '5:17: "clse" where a name of this document or a series is expected (did you mean close?)',
    ]);
    expect(faultsOf(`${head}entries:\n  long: "close > clse"\n`)[0]).toMatch(/^5:18:/);
    expect(faultsOf(`${head}entries:\n  long: |\n    close > open and\n    close > clse\n`)[0]).toMatch(/^7:13:/);
    expect(faultsOf(`{"name": "a", "about": "b", "sizing": {"lots": 1},\n "entries": {"long": "close > clse"}}`)[0]).toMatch(/^2:31:/);
  });

  test('what is no YAML is said with its place', () => {
    expect(faultsOf('name: a\n\tabout: b')[0]).toMatch(/^2:1:/);
    expect(faultsOf('- a\n- b')).toHaveLength(1);
    expect(faultsOf(`${head}entries: &x\n  long: close > open\n`)[0]).toContain('anchor');
  });

  test('a million characters, or a thousand brackets, are refused and not read', () => {
    expect(faultsOf(`name: ${'a'.repeat(1_000_000)}`)).toHaveLength(1);
    expect(faultsOf(`name: ${'['.repeat(1_000)}`)).toHaveLength(1);
  });
});

test('the document of the guide compiles', () => {
  const guide = readFileSync(new URL('../../docs/strategy-language.md', import.meta.url), 'utf8');
  const [, text] = /^```yaml\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  expect(faultsOf(text ?? '')).toEqual([]);
});

test('docs/strategy.schema.json is current: `node scripts/strategy-schema.mjs` writes it', () => {
  expect(readFileSync(new URL('../../docs/strategy.schema.json', import.meta.url), 'utf8')).toBe(documentSchemaText());
});
