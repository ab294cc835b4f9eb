// A document printed for people: read again it is the same version, whatever words, quotes and numbers are in it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalOf } from '#engine/strategy/language/canonical.ts';
import type { Document } from '#engine/strategy/language/document.ts';
import { compileStrategy } from '#engine/strategy/language/language.ts';
import { faultText } from '#engine/strategy/language/source.ts';
import { STANDARD_CATALOGUE } from '#engine/strategy/language/standard-catalogue.ts';
import { readStrategyText } from './strategy-file.ts';
import { documentText } from './strategy-text.ts';

function documentOf(text: string): Document {
  const { source, faults } = readStrategyText(text, 'document');
  if (source === null) throw new Error(faults.map(faultText).join('\n'));
  const compiled = compileStrategy(source, STANDARD_CATALOGUE);
  if (!compiled.ok) throw new Error(compiled.faults.map(faultText).join('\n'));
  return compiled.document;
}

const FOLDER = join(import.meta.dirname, '..', '..', 'strategies');
const SHIPPED = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && !name.includes('.story.'));

test.each(SHIPPED)('%s', (name) => {
  const document = documentOf(readFileSync(join(FOLDER, name), 'utf8'));
  expect(canonicalOf(documentOf(documentText(document)))).toBe(canonicalOf(document));
});

test('whatever is said of it in words', () => {
  const words = fc.oneof(
    fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
    fc.constantFrom(
      '12',
      'true',
      'null',
      '~',
      '- a',
      'a: b',
      '# no',
      '"',
      "it's",
      '{',
      '[1',
      '| x',
      '0x1f',
      '1e3',
      '2024-01-01',
      '*a',
      '&a',
      '!a',
      '%a',
      '@a',
    ),
  );
  fc.assert(
    fc.property(words, words, fc.integer({ min: 1, max: 9 }), (about, said, lots) => {
      const made = { name: 'a-name', about, parameters: { n: { type: 'whole', standard: 1, range: '1..9', about: said } } };
      const text = JSON.stringify({ ...made, let: { up: "close > 1 and 'a' == 'a'" }, entries: { long: 'up' }, sizing: { lots } });
      let document: Document;
      try {
        document = documentOf(text);
      } catch {
        return; // no text that the language takes: only what is a document can be printed
      }
      expect(canonicalOf(documentOf(documentText(document)))).toBe(canonicalOf(document));
    }),
  );
});

test('it reads as a person would write it', () => {
  const document = documentOf(
    JSON.stringify({
      name: 'dips',
      about: 'buys weakness',
      parameters: { fast: { type: 'whole', standard: 20, range: '5..200', about: 'bars' } },
      entries: { long: 'close < ema(close, fast)' },
      sizing: { risk_percent: 0.5, most: 10 },
      stop: { atr: 2 },
      sessions: { utc: ['09:30-16:00'] },
    }),
  );
  expect(documentText(document)).toMatchInlineSnapshot(`
    "name: dips
    about: buys weakness
    parameters:
      fast: { type: whole, standard: 20, range: 5..200, about: bars }
    entries:
      long: close < ema(close, fast)
    sizing: { risk_percent: 0.5, most: 10 }
    stop: { atr: 2 }
    sessions: { utc: [ 09:30-16:00 ] }
    "
  `);
});
