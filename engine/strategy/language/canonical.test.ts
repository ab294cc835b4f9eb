// The canonical form: what means the same is written the same, what does not is not, and a change is told in words.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalOf, versionOf, writtenOf } from './canonical.ts';
import { differenceOf } from './difference.ts';
import { EMA_CROSS, type Example, strategyExample } from './document-examples.ts';

const digest = {
  sha256: (...parts: readonly Uint8Array[]) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};
const documentOf = (example: Example) => strategyExample(example).document;

const FULL = {
  name: 'full',
  about: 'every field once',
  parameters: {
    slow: { type: 'whole', standard: 26, range: '2..50', step: 2, about: 'a' },
    fast: { type: 'number', standard: -1.5, range: '-2..3.25', about: 'b' },
    wait: { type: 'duration', standard: '30m', range: '1m..4h', about: 'c' },
    way: { type: 'choice', of: ['both', 'long'], standard: 'both', about: 'd' },
    on: { type: 'flag', standard: true, about: 'e' },
  },
  markets: { main: { timeframe: '5m' }, trend: { timeframe: '1h', about: 'where to' } },
  let: { up: 'ema(close, slow) > close', down: 'not up' },
  entries: { long: "up and way == 'long' and on", short: 'down and close > fast' },
  exits: { long: 'down', short: 'up' },
  sizing: { risk_percent: 0.5, most: 10 },
  stop: { atr: 2, bars: 14 },
  target: { percent: 3 },
  trailing: { ticks: '3 * atr(5)' },
  time_stop: { after: 'wait' },
  sessions: { utc: ['09:00-10:30', '11:00-24:00'], flat_before: '90s' },
  cooldown: { bars: 5 },
} satisfies Example;

describe('the canonical form', () => {
  test.each([
    ['every field', FULL],
    ['hold', EMA_CROSS],
  ])('read again it is the same document: %s', (_what, example) => {
    const document = documentOf(example);
    const again = documentOf(JSON.parse(canonicalOf(document)) as Example);
    expect(canonicalOf(again)).toBe(canonicalOf(document));
    expect(differenceOf(document, again)).toEqual([]);
  });

  test('leaves no field out', () => {
    const written = Object.keys(writtenOf(documentOf(FULL)));
    expect(written).toEqual(Object.keys(FULL));
  });

  test('spaces, parentheses and the order of parameters change nothing; a number does', () => {
    const { slow, ...others } = FULL.parameters;
    const same = { ...FULL, parameters: { ...others, slow }, let: { up: '((ema( close,slow )))>close', down: 'not (up)' } };
    const other = { ...FULL, time_stop: { after: '31m' } };
    const version = versionOf(documentOf(FULL), digest);
    expect(versionOf(documentOf(same), digest)).toBe(version);
    expect(versionOf(documentOf(other), digest)).not.toBe(version);
    expect(version).toMatch(/^[0-9a-f]{64}$/);
  });

  test('definitions and markets keep their order, because it means something', () => {
    const markets = { a: { timeframe: '1m' }, b: { timeframe: '1m' } };
    const turned = { b: { timeframe: '1m' }, a: { timeframe: '1m' } };
    expect(versionOf(documentOf({ ...FULL, markets }), digest)).not.toBe(versionOf(documentOf({ ...FULL, markets: turned }), digest));
    expect(differenceOf(documentOf({ ...FULL, markets }), documentOf({ ...FULL, markets: turned }))).toEqual([
      'order of markets: a, b → b, a',
    ]);
  });
});

test('what changed is told in words', () => {
  const after = {
    ...FULL,
    parameters: { ...FULL.parameters, slow: { ...FULL.parameters.slow, standard: 30 }, far: { type: 'flag', standard: false, about: 'f' } },
    entries: { long: "up and on and way == 'both'", short: 'down and close > fast and far' },
    exits: { long: 'down' },
    stop: { ticks: 40 },
    cooldown: { bars: 6 },
  };
  expect(differenceOf(documentOf(FULL), documentOf(after))).toMatchInlineSnapshot(`
    [
      "parameter slow standard: 26 → 30",
      "parameter far: added, type flag, standard false, about f",
      "entry long: way == 'long' → way == 'both'",
      "entry short: added clause far",
      "exit short: removed up",
      "stop atr: removed 2",
      "stop bars: removed 14",
      "stop ticks: added 40",
      "cooldown bars: 5 → 6",
    ]
  `);
});

test('and what did not change is not', () => {
  expect(differenceOf(documentOf(FULL), documentOf(FULL))).toEqual([]);
});
