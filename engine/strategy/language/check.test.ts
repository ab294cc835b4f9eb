// What a document may mean: every wrong name, type and range is found with its place and the right name beside it, and all at once.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXAMPLE_CATALOGUE } from './catalogue-examples.ts';
import { EMA_CROSS, type Example, enterLong, exampleFaults, sourceOf, strategyExample } from './document-examples.ts';
import { compileStrategy } from './language.ts';
import type { SourceNode } from './source.ts';

/** Of the entry of the smallest document, which stands in line 5 from column 7. */
const faultsIn = (long: string, more: { readonly [key: string]: Example } = {}) => exampleFaults(enterLong(long, more));

describe('an expression', () => {
  test.each([
    ['emaa(close, 20) > 5', '5:7: "emaa" where a function or an indicator is expected (did you mean ema?)'],
    ['close > opne', '5:15: "opne" where a name of this document or a series is expected (did you mean open?)'],
    ['close > true', '5:15: "true" where a number or a duration, not a condition, is expected'],
    ['close', '5:7: "close" where a condition, not a number, is expected'],
    ['close and open > 1', '5:7: "close" where a condition, not a number, is expected'],
    ['close[-1] > close', '5:13: "-1" where a whole number of bars back, 0 to 5000; there is no future to read, is expected'],
    ['close[1.5] > close', '5:13: "1.5" where a whole number of bars back, 0 to 5000; there is no future to read, is expected'],
    ['close[open] > close', '5:13: "open" where a number made of numbers and parameters only is expected'],
    ['ema(close, 0) > 1', '5:18: "0" where bars of ema, a whole number from 1 to 10000, is expected'],
    ['ema(close, 2.5) > 1', '5:18: "2.5" where bars of ema, a whole number from 1 to 10000, is expected'],
    ['ema(close, close) > 1', '5:18: "close" where a number made of numbers and parameters only is expected'],
    ['ema(5, 5) > 1', '5:11: "5" where a series of the market, like close is expected'],
    ['ema(entry_price, 5) > 1', '5:11: "entry_price" where a series of the market, like close is expected'],
    ['ema() > 1', '5:7: "ema with 0 inputs" where ema(series, bars) is expected'],
    ['donchian(20).uper > close', '5:19: "uper" where an output of donchian (middle, upper, lower) is expected (did you mean upper?)'],
    ['close.upper > 1', '5:12: ".upper" where an indicator before the point is expected'],
    ['close > 5m', '5:13: ">" where', true],
    ['time_of_day > 9h + 1', '5:26: "1" where a duration, as on the left, is expected'],
    ['position == up', '5:19: "up" where a name of this document or a series is expected'],
    ['position == 1', '5:19: "1" where long, short or flat, as on the left, is expected'],
    ['ema > 1', '5:7: "ema" where its inputs in parentheses after ema is expected'],
    ['min(close) > 1', '5:7: "min(close)" where min with two inputs is expected'],
    ['other.close > 1', '5:7: "other" where a market or a definition is expected'],
    ['main.clse > 1', '5:11: "clse" where open, high, low, close, volume of a market is expected (did you mean close?)'],
    ['main > 1', '5:7: "main" where a series of that market, like main.close is expected'],
    ['cross_above(1, 2)', '5:7: "cross_above(1, 2)" where a series of the market in a crossing is expected'],
  ])('%s', (text, fault, partly?: boolean) => {
    const faults = faultsIn(text);
    if (partly === true) expect(faults).toHaveLength(1);
    else expect(faults).toEqual([fault]);
  });

  test.each([
    'close > open',
    'cross_above(ema(close), ema(close, 50)) and rsi(close, 14) < 70',
    'close[1] > highest(high, 20)[2]',
    'if close > open then rsi(close) > 50 else false',
    'atr() between 5 and 10 or main.atr(3) > 4',
    'time_of_day >= 9h and time_of_day < 15h + 30m',
    'since_open / 2 > 15m and since_open / 1h > 0.5 and 2 * since_open > 0s',
    'position == flat and bars_held > 3 or not (entry_price < close)',
    'bars_since(close > open) > 2 and opening_high(30m) < close',
    'ema(ema(close - open, 3)[1], 2 + 3) > max(1, sqrt(abs(close)))',
    '(close > open)[3]',
  ])('%s is right', (text) => expect(faultsIn(text)).toEqual([]));
});

describe('a document', () => {
  test('tells all that is wrong, in the order of reading', () => {
    const faults = exampleFaults({
      name: 'Ema Cross',
      abuot: 'x',
      parameters: {
        fast: { type: 'whole', standard: 0, range: '1..10', about: 'a' },
        kind: { type: 'chioce', standard: 'a', about: 'b' },
      },
      let: { up: 'close > fats', close: 'open' },
      entries: { long: 'up and clos > 1', shrt: 'up' },
      sizing: { lots: 'close >' },
    });
    expect(faults).toMatchInlineSnapshot(`
      [
        "1:1: nothing where about in a strategy (what it does, in a sentence) is expected",
        "2:7: "Ema Cross" where a name of small letters, digits and hyphens, at most 64 is expected",
        "3:1: "abuot" where a key of a strategy (name, about, parameters, markets, let, entries, exits, hold, legs, sizing, stop, target, trailing, time_stop, sessions, cooldown) is expected (did you mean about?)",
        "7:11: "0" where a value from 1 to 10 is expected",
        "11:7: "chioce" where one of whole, number, flag, choice, duration is expected (did you mean choice?)",
        "15:13: "fats" where a name of this document or a series is expected (did you mean fast?)",
        "16:1: "close" where another name: this one is a word of the language is expected",
        "18:14: "clos" where a name of this document or a series is expected (did you mean close?)",
        "19:1: "shrt" where a key of entries (long, short) is expected (did you mean short?)",
        "21:14: nothing where a number, a name, or ( is expected",
      ]
    `);
  });

  test('whatever a parameter is set to, an indicator stays within its range', () => {
    const parameters = { n: { type: 'whole', standard: 10, range: '0..100', about: 'bars' } };
    expect(faultsIn('ema(close, n) > 1', { parameters })).toEqual([
      '5:18: "n (0 to 100)" where bars of ema, a whole number from 1 to 10000, is expected',
    ]);
    expect(faultsIn('ema(close, n + 1) > 1', { parameters })).toEqual([]);
    expect(faultsIn('ema(close, max(n, 1)) > 1', { parameters })).toEqual([]);
    expect(faultsIn('ema(close, round(n / 3) + 1) > 1', { parameters })).toEqual([]);
    expect(faultsIn('ema(close, n * 200 + 1) > 1', { parameters })).toHaveLength(1);
    expect(faultsIn('ema(close, 10 / n) > 1', { parameters })).toHaveLength(1);
  });

  test('a definition may use those above it, and only those', () => {
    expect(faultsIn('b', { let: { a: 'close > open', b: 'a' } })).toEqual([]);
    expect(faultsIn('b', { let: { b: 'a', a: 'close > open' } })).toEqual(['9:4: "a" where a name defined above this line is expected']);
    expect(faultsIn('a', { let: { a: 'a' } })).toEqual(['9:4: "a" where a name defined above this line is expected']);
  });

  test('a word must be one of its choice', () => {
    const parameters = { way: { type: 'choice', of: ['both', 'long'], standard: 'both', about: 'which' } };
    expect(faultsIn("way == 'both'", { parameters })).toEqual([]);
    expect(faultsIn("way == 'bth'", { parameters })[0]).toContain('did you mean both?');
  });

  test('sixty-four definitions that double each other are judged and run in no time', () => {
    const doubled: Record<string, string> = { d0: 'close' };
    for (let i = 1; i < 64; i += 1) doubled[`d${i}`] = `d${i - 1} + d${i - 1}`;
    const { strategy } = strategyExample(enterLong('d63 > 1', { let: doubled }));
    expect(strategy.warmup({})).toBe(1);
    const constants: Record<string, string> = { d0: '1' };
    for (let i = 1; i < 64; i += 1) constants[`d${i}`] = `d${i - 1} * d${i - 1}`;
    expect(strategyExample(enterLong('ema(close, d63) > 1', { let: constants })).strategy.warmup({})).toBe(1);
  });

  test.each([
    [{ stop: { ticks: '5', percent: '1' } }, 'one of ticks, percent, atr, at in stop'],
    [{ stop: {} }, 'one of ticks, percent, atr, at in stop'],
    [{ stop: { ticks: '5', bars: '3' } }, 'bars beside atr only'],
    [{ sizing: { risk_percent: '1' } }, 'a stop or a trailing stop in the document, whose distance is the risk'],
    [{ sizing: { lots: '1', most: '3' } }, 'nothing of that name beside lots'],
    [{ hold: { long: 'close > 1' } }, 'either entries or hold, not both'],
    [{ legs: { main: '1' } }, 'legs beside hold only'],
    [{ time_stop: { bars: '1.5' } }, 'a whole number of bars'],
    [{ time_stop: { after: '5' } }, 'a duration, not a number,'],
    [{ sessions: { utc: ['10:00-09:00'] } }, 'a window of the UTC day like 09:30-16:00, its start before its end'],
    [{ sessions: { utc: ['09:00-10:00'], flat_before: '1h' } }, 'less than the shortest window'],
    [{ markets: { main: {}, slow: { timeframe: '1h' } } }, 'a timeframe of the first market, because slow states one'],
    [{ markets: { main: { timeframe: '7m' }, slow: { timeframe: '1h' } } }, "a whole multiple of main's 7m"],
  ])('%j is refused', (more, expected) => {
    expect(faultsIn('close > open', more as never).join('\n')).toContain(` where ${expected} is expected`);
  });
});

describe('any tree', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom('close > open', 'ema(close, 3)', '1', '1..5', 'whole', 'true', '5m', 'long'),
  );
  const key = fc.oneof(
    fc.constantFrom(
      'name',
      'about',
      'parameters',
      'markets',
      'let',
      'entries',
      'exits',
      'hold',
      'legs',
      'sizing',
      'stop',
      'target',
      'lots',
    ),
    fc.constantFrom(
      'long',
      'short',
      'type',
      'standard',
      'range',
      'of',
      'ticks',
      'atr',
      'bars',
      'after',
      'utc',
      'hours',
      'timeframe',
      '__proto__',
    ),
    fc.string({ maxLength: 8 }),
  );
  const { node } = fc.letrec<{ node: SourceNode }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      text.map((value): SourceNode => ({ kind: 'text', value, line: 1, column: 1, indent: 1 })),
      fc.array(tie('node'), { maxLength: 3 }).map((value): SourceNode => ({ kind: 'list', value, line: 1, column: 1 })),
      fc
        .array(fc.record({ key, line: fc.constant(1), column: fc.constant(1), node: tie('node') }), { maxLength: 5 })
        .map((value): SourceNode => ({ kind: 'map', value, line: 1, column: 1 })),
    ) as fc.Arbitrary<SourceNode>,
  }));

  test('is a strategy or a list of faults, never a throw', () => {
    fc.assert(
      fc.property(node, (tree) => {
        const compiled = compileStrategy(tree, EXAMPLE_CATALOGUE);
        if (!compiled.ok) expect(compiled.faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a good document with one text exchanged is a strategy or a list of faults', () => {
    const good = sourceOf(EMA_CROSS);
    const places: number[] = [];
    const exchanged = (tree: SourceNode, at: number, value: string): SourceNode => {
      let seen = 0;
      const walk = (of: SourceNode): SourceNode => {
        if (of.kind === 'text') return seen++ === at ? { ...of, value } : of;
        if (of.kind === 'list') return { ...of, value: of.value.map(walk) };
        return { ...of, value: of.value.map((entry) => ({ ...entry, node: walk(entry.node) })) };
      };
      const made = walk(tree);
      places[0] = seen;
      return made;
    };
    exchanged(good, -1, '');
    fc.assert(
      fc.property(fc.nat(places[0]! - 1), fc.oneof(text, fc.string({ unit: 'binary', maxLength: 80 })), (at, value) => {
        const compiled = compileStrategy(exchanged(good, at, value), EXAMPLE_CATALOGUE);
        expect(compiled.ok || compiled.faults.length > 0).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
