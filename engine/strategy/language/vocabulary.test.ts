// The table an editor completes by: what it offers is the language, no more and no less.
import { describe, expect, test } from 'vitest';
import { INDICATORS } from '../../indicators/entries.ts';
import { type Example, enterLong, exampleFaults } from './document-examples.ts';
import { KEYWORDS } from './syntax.ts';
import { vocabulary, type Word } from './vocabulary.ts';

const { places, words, indicators, units } = vocabulary();
const faultsOf = (value: string): string[] => exampleFaults(enterLong('flag', { let: { value, flag: 'close > 1' } }));

/** Written with inputs that fit. */
const written = ({ form }: Word): string =>
  form
    .replace('condition', 'close > 1')
    .replace(/\bx\b/g, 'close')
    .replace(/if a then b else c/, 'if close > 1 then 1 else 2')
    .replace(/^(\w+) and (\w+)$/, 'close > 1 and open > 1')
    .replace(/^(\w+) or (\w+)$/, 'close > 1 or open > 1')
    .replace(/^not a$/, 'not close > 1')
    .replace(/\ba\b/g, 'close')
    .replace(/\bb\b/g, 'open');

describe('words', () => {
  test.each(words.filter(({ word }) => !['entry_price', 'bars_held', 'position'].includes(word)).map((one) => [one.word, one] as const))(
    '%s means something as it is written',
    (_, one) => {
      expect(faultsOf(written(one))).toEqual([]);
    },
  );

  test('each is there once, with a line about it, and every word of the grammar is among them', () => {
    const names = [...words.map(({ word }) => word), ...indicators.map(({ name }) => name)];
    expect(new Set(names).size).toBe(names.length);
    expect(words.filter(({ about, form }) => about === '' || form === '')).toEqual([]);
    for (const keyword of KEYWORDS) expect(names).toContain(keyword);
  });

  test('whatever name the checker suggests is one of them', () => {
    // one letter beside each: what it says was meant is a word of the table, or a name of the document
    const known = new Set([...words.map(({ word }) => word), ...indicators.map(({ name }) => name), 'value', 'flag', 'main']);
    for (const { word, form } of words.filter(({ kind }) => kind !== 'keyword')) {
      const [fault] = faultsOf(form.includes('(') ? `${word}z(close)` : `${word}z`);
      const meant = /did you mean (\w+)\?/.exec(fault ?? '')?.[1];
      expect([word, fault === undefined, meant === undefined || known.has(meant)]).toEqual([word, false, true]);
    }
  });

  test('a duration may be written in each unit, and in no other', () => {
    for (const unit of units) expect(faultsOf(`time_of_day > 1${unit}`)).toEqual([]);
    expect(faultsOf('time_of_day > 1w')).not.toEqual([]);
  });
});

describe('indicators', () => {
  test('each of the catalogue, callable as its form says with nothing but its series', () => {
    expect(indicators.map(({ name }) => name)).toEqual(INDICATORS.map(({ name }) => name));
    for (const { name, series, form, readsBars } of indicators) {
      const inputs = ['close', 'open'].slice(0, series).join(', ');
      expect([name, faultsOf(`${name}(${inputs})`)]).toEqual([name, []]);
      expect(form.startsWith(`${name}(`)).toBe(true);
      // a market before it is refused exactly where it reads no bar
      expect([name, faultsOf(`main.${name}(${inputs})`).length > 0]).toEqual([name, !readsBars]);
    }
  });

  test('each output can be read by its name', () => {
    for (const { name, series, outputs } of indicators)
      for (const output of outputs)
        expect([name, output, faultsOf(`${name}(${['close', 'open'].slice(0, series).join(', ')}).${output}`)]).toEqual([name, output, []]);
  });
});

describe('keys', () => {
  const wrong = (example: Example): string => exampleFaults(example).find((fault) => fault.includes('a key of')) ?? '';

  test('the keys that may stand in a place are those the reader names there', () => {
    for (const { at, keys } of places.filter(({ names }) => names === null)) {
      const path = at.split('.').filter((part) => part !== '');
      const inner: Example = { nonsense: 'x' };
      const example = path.reduceRight<Example>((below, part) => ({ [part === '*' ? 'mine' : part]: below }), inner);
      const told = /\(([^)]*)\)/.exec(wrong(example))?.[1] ?? '';
      expect([at, told.split(', ')]).toEqual([at, keys.map(({ key }) => key)]);
    }
  });

  test('names of the writer’s choice are free where the table says so', () => {
    const free = places.filter(({ names }) => names !== null).map(({ at }) => at);
    expect(free).toEqual(['parameters', 'markets', 'let', 'legs']);
    for (const at of free) expect(wrong({ [at]: { anything: { type: 'flag' } } })).not.toContain('"anything"');
  });
});
