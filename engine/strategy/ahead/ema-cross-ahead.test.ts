// What ema-cross wants over columns is what it asks for bar by bar, whatever it holds by then.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_US, type InstrumentId, MINUTE_US, type Minor, type SourceId, type TimeUs } from '../../values.ts';
import { emaCross } from '../ema-cross.ts';
import { type Intent, parametersOf, type StrategyView, type Subscription, type Wake } from '../strategy.ts';
import { barColumns } from './bar-columns.ts';
import { emaCrossWanted } from './ema-cross-ahead.ts';

const BTC = 'BTC' as InstrumentId;
const subscriptions: readonly Subscription[] = [{ instrument: BTC, source: 'x' as SourceId, timeframeUs: MINUTE_US }];

/** What decide asks for to be held after each bar: what it holds already, drawn freely, and what it orders; NaN where it says nothing of that. */
function decided(given: Readonly<Record<string, number | boolean>>, closes: readonly number[], held: readonly number[]): number[] {
  const state = emaCross.start(parametersOf(emaCross, given), subscriptions);
  return closes.map((close, index) => {
    const end = (DAY_US + (index + 1) * MINUTE_US) as TimeUs;
    const has = held[index % held.length]!;
    const view: StrategyView = {
      ...{ at: end, position: () => has - 1, working: () => 1, orders: () => [], price: () => close },
      ...{ instrument: () => null, equity: () => 0n as Minor },
    };
    const bar = {
      start: (end - MINUTE_US) as TimeUs,
      end,
      open: close,
      high: close,
      low: close,
      close,
      volume: 1,
      trades: 1,
      complete: true,
    };
    const wake: Wake = { conditions: [], intents: [] };
    emaCross.decide(state, { type: 'bars', end, bars: [bar] }, view, wake);
    if (wake.conditions.length === 0) return Number.NaN;
    return (wake.intents as (Intent & { do: 'order' })[]).reduce((sum, { side, lots }) => sum + (side === 'buy' ? lots : -lots), has);
  });
}

test('the columns want what decide orders up to', () => {
  fc.assert(
    fc.property(
      fc.record({
        fast: fc.integer({ min: 1, max: 12 }),
        slow: fc.integer({ min: 2, max: 12 }),
        lots: fc.integer({ min: 1, max: 5 }),
        short: fc.boolean(),
      }),
      fc.array(fc.integer({ min: 90, max: 110 }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 9 }),
      (given, closes, held) => {
        const close = Float64Array.from(closes);
        const bars = barColumns({ count: closes.length, open: close, high: close, low: close, close, volume: close });
        const wanted = [...emaCrossWanted(parametersOf(emaCross, given), bars)].map((lots) => lots + 0);
        expect(wanted).toEqual(decided(given, closes, held).map((lots) => lots + 0));
      },
    ),
    { numRuns: 500 },
  );
});

test('a shared column is worked out once while it is kept, and what is kept is bounded', () => {
  const close = Float64Array.from({ length: 100 }, (_, i) => i);
  const bars = barColumns({ count: 100, open: close, high: close, low: close, close, volume: close }, 1_600);
  const made: string[] = [];
  const column = (key: string) =>
    bars.shared(key, ({ close: of }) => {
      made.push(key);
      return of.slice();
    });
  expect(column('a')).toBe(column('a'));
  column('b');
  expect(column('a')).toEqual(close);
  column('c'); // 2,400 bytes would be kept: a goes
  column('b');
  column('a');
  expect(made).toEqual(['a', 'b', 'c', 'a']);
});
