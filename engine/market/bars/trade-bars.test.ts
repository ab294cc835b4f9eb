// Bars of trades: a table worked by hand for each rule, the whole list at once as the plain way, and a fold that is stopped anywhere.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDecimal } from '../../decimal.ts';
import { type BarRule, turnoverSteps } from './bar-rule.ts';
import { type EndedBar, TradeBars } from './trade-bars.ts';

type Trade = readonly [time: number, price: number, lots: number];

/** Arrival is the trade's time; a bar arrives with no latency. */
const bars = (rule: BarRule, trades: readonly Trade[]): EndedBar[] => {
  const fold = new TradeBars(rule, 0);
  return trades.flatMap(([time, price, lots]) => fold.take(time, time, price, lots) ?? []);
};
const told = ({ start, end, at, open, high, low, close, volume, trades }: EndedBar) =>
  `${start}–${end} at ${at}: ${open} ${high} ${low} ${close}, ${volume} lots, ${trades} trades`;

/** µs, ticks, lots. */
const TABLE: readonly Trade[] = [
  [100_000, 50, 2],
  [130_000, 53, 1],
  [130_000, 49, 4],
  [180_000, 51, 9],
  [260_000, 52, 1],
  [400_000, 40, 3],
];

describe('by hand', () => {
  test.each<readonly [string, BarRule, readonly string[]]>([
    // the third trade ends the first bar, the sixth the second
    [
      'three trades',
      { by: 'ticks', trades: 3 },
      ['130000–131000 at 131000: 50 53 49 49, 7 lots, 3 trades', '400000–401000 at 401000: 51 52 40 40, 13 lots, 3 trades'],
    ],
    // 2 + 1 + 4 = 7 ≥ 5; 9 ≥ 5 by itself, whole; 1 + 3 = 4 is not ended
    [
      'five lots',
      { by: 'volume', lots: 5 },
      ['130000–131000 at 131000: 50 53 49 49, 7 lots, 3 trades', '180000–181000 at 181000: 51 51 51 51, 9 lots, 1 trades'],
    ],
    // 100 + 53 = 153 < 154, + 196; 459; 52 + 120 = 172
    [
      '154 ticks × lots',
      { by: 'turnover', steps: 154 },
      [
        '130000–131000 at 131000: 50 53 49 49, 7 lots, 3 trades',
        '180000–181000 at 181000: 51 51 51 51, 9 lots, 1 trades',
        '400000–401000 at 401000: 52 52 40 40, 4 lots, 2 trades',
      ],
    ],
    // nothing in 300–400 ms, and the one from 400 ms on has not ended
    [
      '100 ms',
      { by: 'time', us: 100_000 },
      ['100000–200000 at 200000: 50 53 49 51, 16 lots, 4 trades', '200000–300000 at 300000: 52 52 52 52, 1 lots, 1 trades'],
    ],
    // two bars of one moment: the second is stamped the next one
    [
      'one trade',
      { by: 'ticks', trades: 1 },
      [
        '100000–101000 at 101000: 50 50 50 50, 2 lots, 1 trades',
        '130000–131000 at 131000: 53 53 53 53, 1 lots, 1 trades',
        '131000–132000 at 132000: 49 49 49 49, 4 lots, 1 trades',
        '180000–181000 at 181000: 51 51 51 51, 9 lots, 1 trades',
        '260000–261000 at 261000: 52 52 52 52, 1 lots, 1 trades',
        '400000–401000 at 401000: 40 40 40 40, 3 lots, 1 trades',
      ],
    ],
  ])('%s', (_, rule, expected) => expect(bars(rule, TABLE).map(told)).toEqual(expected));

  test('a trade that arrives late for the clock is left out and counted; a bar arrives when its last trade has', () => {
    const fold = new TradeBars({ by: 'time', us: 100 }, 5);
    const taken = [
      [100, 100, 1, 1],
      [150, 120, 2, 1],
      [230, 190, 3, 1], // arrives when the bar's time is over
      [240, 210, 4, 1],
      [250, 130, 9, 9], // of the bar before
      [330, 300, 5, 1],
    ].flatMap(([at, time, price, lots]) => fold.take(at!, time!, price!, lots!) ?? []);
    expect(taken.map(told)).toEqual(['100–200 at 230: 1 3 1 3, 3 lots, 3 trades', '200–300 at 305: 4 4 4 4, 1 lots, 1 trades']);
    expect([fold.late, fold.open]).toEqual([1, 1]);
  });
});

const rule = fc.oneof(
  fc.record({ by: fc.constant('ticks' as const), trades: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ by: fc.constant('volume' as const), lots: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ by: fc.constant('turnover' as const), steps: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({ by: fc.constant('time' as const), us: fc.integer({ min: 1, max: 9000 }) }),
);
const trades = fc
  .array(fc.tuple(fc.oneof(fc.nat(30), fc.nat(5000)), fc.integer({ min: -40, max: 90 }), fc.integer({ min: 1, max: 25 })), {
    maxLength: 200,
  })
  .map((steps) => {
    let time = 1_000;
    return steps.map(([step, price, lots]): Trade => [(time += step), price, lots]);
  });

/** All at once: where the list is cut, then what each part is. */
function batch(by: BarRule, all: readonly Trade[]): string[] {
  const sum = (part: readonly Trade[]): number => {
    if (by.by === 'ticks') return part.length;
    return part.reduce((total, [, price, lots]) => total + (by.by === 'volume' ? lots : Math.abs(price) * lots), 0);
  };
  const parts: Trade[][] = [[]];
  for (const trade of all) {
    const last = parts.at(-1)!;
    if (by.by === 'time') {
      const interval = ([time]: Trade) => Math.floor(time / by.us);
      if (last.length > 0 && interval(last[0]!) !== interval(trade)) parts.push([trade]);
      else last.push(trade);
    } else {
      last.push(trade);
      const size = by.by === 'ticks' ? by.trades : by.by === 'volume' ? by.lots : by.steps;
      if (sum(last) >= size) parts.push([]);
    }
  }
  return parts.slice(0, -1).map((part) => {
    const prices = part.map(([, price]) => price);
    const volume = part.reduce((total, [, , lots]) => total + lots, 0);
    return `${prices[0]} ${Math.max(...prices)} ${Math.min(...prices)} ${prices.at(-1)}, ${volume} lots, ${part.length} trades`;
  });
}

test('trade by trade it comes to the same bars as the whole list at once', () => {
  fc.assert(
    fc.property(rule, trades, (by, all) => {
      expect(bars(by, all).map((bar) => told(bar).split(': ')[1])).toEqual(batch(by, all));
    }),
    { numRuns: 400 },
  );
});

test('no bar is known before its last trade arrived, none begins before the last ended, none arrives before the one before it', () => {
  fc.assert(
    fc.property(rule, trades, fc.array(fc.nat(50), { minLength: 200, maxLength: 200 }), fc.nat(40), (by, all, delays, latency) => {
      const fold = new TradeBars(by, latency);
      let arrival = 0;
      let before: EndedBar | null = null;
      let inside: number[] = [];
      all.forEach(([time, price, lots], n) => {
        arrival = Math.max(arrival, time + delays[n]!);
        const ended = fold.take(arrival, time, price, lots);
        const newest = by.by === 'time' ? inside.at(-1)! : arrival;
        inside = ended === null ? [...inside, arrival] : [arrival];
        if (ended === null) return;
        expect(ended.at).toBeGreaterThanOrEqual(newest);
        expect(ended.at).toBeGreaterThanOrEqual(ended.end + latency);
        if (before !== null) {
          expect(ended.start).toBeGreaterThanOrEqual(before.end);
          expect(ended.at).toBeGreaterThanOrEqual(before.at);
        }
        before = ended;
      });
    }),
    { numRuns: 300 },
  );
});

test('saved, through JSON, and loaded anywhere it goes on as if it had never stopped', () => {
  fc.assert(
    fc.property(rule, trades, fc.nat(200), (by, all, stop) => {
      const never = new TradeBars(by, 3);
      let restored = new TradeBars(by, 3);
      all.forEach(([time, price, lots], n) => {
        if (n === stop) {
          const saved = JSON.parse(JSON.stringify(restored.save()));
          restored = new TradeBars(by, 3);
          restored.take(1, 1, 1, 1); // what it held before loading is gone
          restored.load(saved);
        }
        expect(restored.take(time, time, price, lots)).toEqual(never.take(time, time, price, lots));
        expect(restored.save()).toEqual(never.save());
      });
    }),
    { numRuns: 200 },
  );
});

test('a turnover is counted in ticks × lots, and is never less than what was asked for', () => {
  const contract = { tick: '0.5', lot: '0.001', multiplier: '1', currencyScale: 2 };
  expect(turnoverSteps(parseDecimal('1000000'), contract)).toBe(2_000_000_000); // 0.0005 each
  expect(turnoverSteps(parseDecimal('0.0006'), contract)).toBe(2);
  expect(turnoverSteps(parseDecimal('0.0000001'), contract)).toBe(1);
  expect(turnoverSteps(parseDecimal('0'), contract)).toBeNull();
  expect(turnoverSteps(parseDecimal('100000000000000000'), contract)).toBeNull();
  expect(turnoverSteps(parseDecimal('10'), { tick: '5', lot: '2', multiplier: '10', currencyScale: 0 })).toBe(1);
  expect(() => new TradeBars({ by: 'ticks', trades: 0 }, 0)).toThrow('at least 1');
});
