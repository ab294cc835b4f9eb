// Expressions on bars: what each gives, that nothing is known too early or too late, and that a restored one goes on to the bit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../market/instrument.ts';
import type { Plain } from '../../record.ts';
import { DAY_US, MINUTE_US, type TimeUs } from '../../values.ts';
import { type Example, enterLong, strategyExample } from './document-examples.ts';
import { Evaluation } from './evaluation.ts';
import { hoursAt } from './hours.ts';
import type { Value } from './values.ts';
import { warmupOf } from './warmup.ts';

type Bar = Readonly<{ open: number; high: number; low: number; close: number; volume: number }>;
const candle = (bar: Bar, end: number, lengthUs: number): Candle => ({
  start: (end - lengthUs) as TimeUs,
  end: end as TimeUs,
  ...bar,
  trades: 1,
  complete: true,
});
const flat = (close: number): Bar => ({ open: close, high: close, low: close, close, volume: 1 });
const HOUR_US = 60 * MINUTE_US;

/** An expression of its own on bars of a minute and of an hour. */
function running(expression: string, parameters: Readonly<Record<string, Example>> = {}) {
  const document = enterLong('close > 0', {
    parameters,
    markets: { main: { timeframe: '1m' }, trend: { timeframe: '1h' } },
    let: { x: expression },
  });
  const { program } = strategyExample(document);
  const evaluation = new Evaluation(program, {});
  const read = evaluation.read(program.definitions[0]!);
  return { program, evaluation, read };
}

/** The value after each minute; the hour's bar comes with its last minute, unless it is left out. */
function valuesOf(expression: string, minutes: readonly (Bar | null)[], { from = DAY_US, noHours = false } = {}): Value[] {
  const { evaluation, read } = running(expression);
  let hour: Bar | null = null;
  return minutes.map((bar, index) => {
    const end = from + (index + 1) * MINUTE_US;
    if (bar !== null)
      hour = hour === null ? bar : { ...bar, open: hour.open, high: Math.max(hour.high, bar.high), low: Math.min(hour.low, bar.low) };
    const closes = end % HOUR_US === 0 && hour !== null && !noHours;
    evaluation.wake(
      [bar === null ? null : candle(bar, end, MINUTE_US), closes ? candle(hour!, end, HOUR_US) : null],
      end,
      hoursAt(null, null, end - 1),
    );
    if (end % HOUR_US === 0) hour = null;
    return read();
  });
}

const closes = (...all: readonly number[]): Bar[] => all.map(flat);

describe('what an expression gives', () => {
  test('the past is the past of its own bars', () => {
    expect(valuesOf('close[2]', closes(1, 2, 3, 4))).toEqual([null, null, 1, 2]);
    expect(valuesOf('close[0]', closes(1, 2))).toEqual([1, 2]);
    expect(valuesOf('(close > 2)[1]', closes(1, 3, 1))).toEqual([null, false, true]);
    expect(valuesOf('close[1][1]', closes(1, 2, 3, 4))).toEqual([null, null, 1, 2]);
  });

  test('an absent bar moves nothing', () => {
    expect(valuesOf('close[1]', [flat(1), flat(2), null, flat(4)])).toEqual([null, 1, 1, 2]);
    expect(valuesOf('sma(close, 2)', [flat(1), null, flat(3), flat(5)])).toEqual([null, null, 2, 4]);
  });

  test('a crossing is true on its bar only', () => {
    expect(valuesOf('cross_above(close, 5)', closes(4, 5, 6, 7, 5, 5, 6))).toEqual([null, false, true, false, false, false, true]);
    expect(valuesOf('cross_below(close, 5)', closes(6, 5, 4, 5, 3))).toEqual([null, false, true, false, true]);
  });

  test('what is not there is null, and only what needs it is null', () => {
    expect(valuesOf('1 / (close - 1)', closes(1, 2))).toEqual([null, 1]);
    expect(valuesOf('sqrt(close)', closes(-1, 4))).toEqual([null, 2]);
    expect(valuesOf('log(close)', closes(0, 1))).toEqual([null, 0]);
    expect(valuesOf('exp(close)', closes(1000, 0))).toEqual([null, 1]);
    expect(valuesOf('close > 1 or close[5] > 1', closes(0, 2))).toEqual([null, true]);
    expect(valuesOf('close > 1 and close[5] > 1', closes(0, 2))).toEqual([false, null]);
    expect(valuesOf('not (close[5] > 1)', closes(0))).toEqual([null]);
    expect(valuesOf('if close > 1 then 7 else close[5]', closes(0, 2))).toEqual([null, 7]);
    expect(valuesOf('trend.close > 1', closes(1, 2))).toEqual([null, null]);
  });

  test('bars since, and the opening range of the day', () => {
    expect(valuesOf('bars_since(close > 5)', closes(1, 6, 1, 1, 7))).toEqual([null, 0, 1, 2, 0]);
    const bars = [
      { open: 1, high: 9, low: 1, close: 2, volume: 1 },
      { open: 2, high: 7, low: 0, close: 2, volume: 1 },
      { open: 2, high: 50, low: -50, close: 2, volume: 1 },
    ];
    expect(valuesOf('opening_high(2m)', bars)).toEqual([null, 9, 9]);
    expect(valuesOf('opening_low(2m)', bars)).toEqual([null, 0, 0]);
    // begun in the middle of the day: what was missed is not guessed
    expect(valuesOf('opening_high(2m)', bars, { from: DAY_US + MINUTE_US })).toEqual([null, null, null]);
  });

  test('a larger market changes when its own bar closes', () => {
    const values = valuesOf('trend.close[1]', closes(...Array.from({ length: 180 }, (_, i) => i + 1)));
    expect(values.slice(0, 119).every((value) => value === null)).toBe(true);
    expect(values.slice(119, 179).every((value) => value === 60)).toBe(true);
    expect(values[179]).toBe(120);
  });

  test('the clock', () => {
    expect(valuesOf('time_of_day', closes(1), { from: 3 * DAY_US + 9 * HOUR_US })).toEqual([9 * HOUR_US + MINUTE_US]);
    expect(valuesOf('since_open', closes(1, 1), { from: 3 * DAY_US })).toEqual([MINUTE_US, 2 * MINUTE_US]);
    expect(valuesOf('session_day', closes(1, 1), { from: 3 * DAY_US - MINUTE_US })).toEqual([2, 3]);
  });
});

const bar = fc
  .record({
    base: fc.integer({ min: 100, max: 10_000 }),
    up: fc.nat(50),
    down: fc.nat(50),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    volume: fc.nat(9),
  })
  .map(({ base, up, down, at, volume }): Bar => {
    const [high, low] = [base + up, base - down];
    return { open: base, high, low, close: Math.round(low + at * (high - low)), volume };
  });
const EXPRESSIONS = [
  'close',
  'sma(close, 5)',
  'ema(sma(close, 3)[2], 4)',
  'atr(3) + rsi(close, 4)',
  'donchian(4).upper[1] - lowest(low, 3)',
  'if cross_above(close, open) then close[7] else high',
  'cross_below(ema(close, 3), sma(close, 6))',
  'sma(trend.close, 2)',
  'trend.close - close[3]',
  'sma(trend.close - close, 2)',
  'trend.atr(1)[1] > close',
];
const series = (least: number, most: number) => fc.array(bar, { minLength: least, maxLength: most });

describe('warm-up', () => {
  test.each(EXPRESSIONS)('%s is known from its warm-up on', (expression) => {
    const { program } = running(expression);
    const needed = warmupOf(program, {});
    fc.assert(
      // begun at any minute: the first hour may be a short one
      fc.property(series(needed + 5, needed + 5), fc.nat(59), (bars, offset) => {
        const values = valuesOf(expression, bars, { from: DAY_US + offset * MINUTE_US });
        expect(values.slice(needed - 1)).not.toContain(null);
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['close', 1],
    ['close[4]', 5],
    ['sma(close, 5)', 5],
    ['sma(close, 5)[2]', 7],
    ['rsi(close, 14)', 15],
    ['ema(sma(close, 3), 4)', 6],
    ['cross_above(close, sma(close, 5))', 6],
    ['sma(trend.close, 3)', 180],
    ['sma(trend.close, 3) > close[5]', 180],
  ])('%s takes %i bars, and no fewer will do', (expression, needed) => {
    const { program } = running(expression);
    expect(warmupOf(program, {})).toBe(needed);
    expect(valuesOf(expression, closes(...Array.from({ length: needed }, (_, i) => i + 1))).slice(needed - 2)).toEqual(
      needed === 1 ? [expect.anything()] : [null, expect.anything()],
    );
  });
});

test.each(EXPRESSIONS)('%s: saved and restored after any bar, it goes on as if nothing had been', (expression) => {
  fc.assert(
    fc.property(series(1, 130), fc.nat(129), (bars, cut) => {
      const straight = valuesOf(expression, bars);
      let { evaluation, read } = running(expression);
      let hour: Bar | null = null;
      const values = bars.map((each, index) => {
        const end = DAY_US + (index + 1) * MINUTE_US;
        hour = hour === null ? each : { ...each, open: hour.open, high: Math.max(hour.high, each.high), low: Math.min(hour.low, each.low) };
        const closed = end % HOUR_US === 0 ? candle(hour, end, HOUR_US) : null;
        evaluation.wake([candle(each, end, MINUTE_US), closed], end, hoursAt(null, null, end - 1));
        if (closed !== null) hour = null;
        const value = read();
        if (index === cut) {
          const saved = JSON.parse(JSON.stringify(evaluation.save())) as Plain;
          ({ evaluation, read } = running(expression));
          evaluation.load(saved);
        }
        return value;
      });
      expect(values).toEqual(straight);
    }),
    { numRuns: 30 },
  );
});
