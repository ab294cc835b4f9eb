// What is offered while a document is written: by the place, by the language, by the document's own names; half-written as it is.
import { describe, expect, test } from 'vitest';
import { vocabulary } from '#engine/strategy/language/vocabulary.ts';
import type { StrategyLanguage } from '#gateway/contracts/rest-strategies.ts';
import { aboutWord, offersAt } from './completions.ts';

const LANGUAGE = vocabulary() as StrategyLanguage;

/** At the mark in the text. */
function offered(marked: string): readonly string[] {
  const at = marked.indexOf('¦');
  const found = offersAt(marked.replace('¦', ''), at, LANGUAGE);
  return found === null ? [] : found.offers.map(({ label }) => label);
}
const begunAt = (marked: string): string => {
  const at = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  return text.slice(offersAt(text, at, LANGUAGE)!.from, at);
};

const HEAD = `name: x
about: it says and close if long
parameters:
  fast: { type: whole, standard: 12, range: 2..50, about: bars of the fast one }
  way:
    type: choice
    of: [both, long]
    standard: both
    about: which sides
markets:
  main: { timeframe: 5m }
  trend: { timeframe: 1h, about: where to }
let:
  lines: macd(close)
  up: lines.histogram > 0 # not yet
`;

describe('keys', () => {
  test('of the document: those that are not there yet', () => {
    const keys = offered(`${HEAD}¦`);
    expect(keys).toContain('entries');
    expect(keys).toContain('cooldown');
    for (const there of ['name', 'about', 'parameters', 'markets', 'let']) expect(keys).not.toContain(there);
  });
  test('also those below count as there', () => expect(offered(`ab¦\nsizing: { lots: 1 }\nstop: { atr: 2 }`)).not.toContain('sizing'));
  test('of a section', () => expect(offered(`${HEAD}entries:\n  ¦`)).toEqual(['long', 'short']));
  test('of a section that has one already', () => expect(offered(`${HEAD}entries:\n  long: up\n  ¦`)).toEqual(['short']));
  test('of a section in brackets', () =>
    expect(offered(`${HEAD}sizing: { risk_percent: 1, ¦ }`)).toEqual(['lots', 'volatility_percent', 'move', 'most']));
  test('of a parameter, in a line or below it', () => {
    expect(offered('parameters:\n  n: { type: whole, ¦')).toEqual(['standard', 'range', 'step', 'of', 'about']);
    expect(offered('parameters:\n  n:\n    type: whole\n    st¦')).toEqual(['standard', 'range', 'step', 'of', 'about']);
  });
  test('in brackets over several lines', () => expect(offered('stop: {\n  atr: 2,\n  ¦\n}')).toEqual(['ticks', 'percent', 'bars', 'at']));
  test('of legs: the markets of the document', () => expect(offered(`${HEAD}legs:\n  ¦`)).toEqual(['main', 'trend']));
  test('none where names are the writer’s own', () => expect([offered('parameters:\n  ¦'), offered('let:\n  u¦')]).toEqual([[], []]));
  test('what is typed of one is replaced', () => expect(begunAt(`${HEAD}time_s¦`)).toBe('time_s'));
});

describe('values', () => {
  test('the words of a choice', () =>
    expect(offered('parameters:\n  n: { type: ¦ }')).toEqual(['whole', 'number', 'flag', 'choice', 'duration']));
  test('the standard of a choice and of a flag', () => {
    expect(offered('parameters:\n  way: { type: choice, of: [both, long], standard: ¦, about: a }')).toEqual(['both', 'long']);
    expect(offered('parameters:\n  on:\n    type: flag\n    standard: t¦')).toEqual(['true', 'false']);
    expect(offered('parameters:\n  n: { type: whole, standard: ¦')).toEqual([]);
  });
  test('units behind digits of a duration', () => {
    expect(offered('markets:\n  main: { timeframe: 15¦ }')).toEqual(['ms', 's', 'm', 'h', 'd']);
    expect(begunAt('entries:\n  long: time_of_day > 9h¦')).toBe('h');
  });
  test('nothing in plain words, nor in remarks', () => {
    expect(offered('about: the clo¦')).toEqual([]);
    expect(offered(`${HEAD}entries:\n  long: up # clo¦`)).toEqual([]);
  });
});

describe('expressions', () => {
  const inLong = (text: string): readonly string[] => offered(`${HEAD}entries:\n  long: ${text}`);

  test('the language, and what the document names', () => {
    const words = inLong('¦');
    for (const word of ['fast', 'way', 'trend', 'lines', 'up', 'close', 'cross_above', 'ema', 'position', 'and', 'long'])
      expect(words).toContain(word);
    expect(new Set(words).size).toBe(words.length);
  });
  test('a definition sees those above it only', () => {
    expect(offered('let:\n  a: close\n  b: ¦\n  c: open')).toContain('a');
    expect(offered('let:\n  a: close\n  b: ¦\n  c: open')).not.toContain('c');
    expect(offered('let:\n  a: ¦\n  b: open')).not.toContain('a');
  });
  test('behind a market: its series, and the indicators that read bars', () => {
    const words = inLong('trend.¦');
    expect(words.slice(0, 5)).toEqual(['open', 'high', 'low', 'close', 'volume']);
    expect(words).toContain('atr');
    expect(words).not.toContain('ema');
    expect(words).not.toContain('fast');
  });
  test('behind an indicator: what it gives, also by the name it was given', () => {
    expect(inLong('macd(close, max(1, fast)).¦')).toEqual(['macd', 'signal', 'histogram']);
    expect(inLong('lines.hi¦')).toEqual(['macd', 'signal', 'histogram']);
    expect(inLong('ema(close, 3).¦')).toEqual([]);
  });
  test('within quotes: the words of choices', () => {
    expect(inLong("way == '¦")).toEqual(['both', 'long']);
    expect(inLong(`"way == 'bo¦'"`)).toEqual(['both', 'long']);
  });
  test('over several lines', () => {
    expect(offered(`${HEAD}entries:\n  long: >\n    up and\n    cro¦`)).toContain('cross_above');
    expect(offered(`${HEAD}entries:\n  long: up and\n    cro¦`)).toContain('cross_above');
  });
  test('in a section in brackets', () => expect(offered(`${HEAD}stop: { ticks: 2 * at¦ }`)).toContain('atr'));
  test('in quotes of the file', () => expect(inLong('"clo¦"')).toContain('close'));
});

test('a word is explained by the language, else by the document', () => {
  expect(aboutWord('macd', HEAD, LANGUAGE)).toMatchObject({ form: 'macd(series, fast, slow, signal)' });
  expect(aboutWord('fast', HEAD, LANGUAGE)).toEqual({ form: 'fast', about: 'bars of the fast one', more: ['whole, 2..50'] });
  expect(aboutWord('lines', HEAD, LANGUAGE)?.about).toBe('stands for macd(close)');
  expect(aboutWord('nonsense', HEAD, LANGUAGE)).toBeNull();
});

test('at no place of a document, whole or cut off, does it fail', () => {
  const text = `${HEAD}entries: { long: "up and way == 'both'", short: not up }\nsessions:\n  utc: ["09:30-16:00"]\nsizing: {\n  lots: 1\n}\n`;
  for (let at = 0; at <= text.length; at++)
    for (const held of [text, text.slice(0, at)]) {
      const found = offersAt(held, at, LANGUAGE);
      if (found !== null) expect(found.from <= at && /^[\w-]*$/.test(held.slice(found.from, at))).toBe(true);
    }
});
