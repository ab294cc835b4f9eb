// The crossing as a document against the crossing in TypeScript: on the same bars, with the same holdings, the same orders.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Candle } from '../../market/instrument.ts';
import { DAY_US, type InstrumentId, MINUTE_US, type Minor, type SourceId, type TimeUs } from '../../values.ts';
import { emaCross } from '../ema-cross.ts';
import { type Intent, parametersOf, type Strategy, type StrategyView, type Subscription, type Wake } from '../strategy.ts';
import { EMA_CROSS, strategyExample } from './document-examples.ts';

const BTC = 'BTC' as InstrumentId;
const subscriptions: readonly Subscription[] = [{ instrument: BTC, source: 'x' as SourceId, timeframeUs: MINUTE_US }];

type Step = Readonly<{ close: number | null; fills: number }>;
type Given = Readonly<Record<string, number | boolean>>;

/** Its orders over the steps: of what works, `fills` tenths fill before the next bar. */
function ordersOf(strategy: Strategy, given: Given, steps: readonly Step[]): string[] {
  const parameters = parametersOf(strategy, given);
  const state = strategy.start(parameters, subscriptions);
  let [held, working] = [0, 0];
  const orders: string[] = [];
  steps.forEach(({ close, fills }, index) => {
    const end = (DAY_US + (index + 1) * MINUTE_US) as TimeUs;
    const view: StrategyView = {
      at: end,
      position: () => held,
      working: () => working,
      orders: () => [],
      price: () => close,
      instrument: () => null,
      equity: () => 0n as Minor,
    };
    const bar: Candle | null =
      close === null
        ? null
        : { start: (end - MINUTE_US) as TimeUs, end, open: close, high: close, low: close, close, volume: 1, trades: 1, complete: true };
    const wake: Wake = { conditions: [], intents: [] };
    strategy.decide(state, { type: 'bars', end, bars: [bar] }, view, wake);
    for (const intent of wake.intents as (Intent & { do: 'order' })[]) {
      const { side, type, lots, limit, stop, reduceOnly } = intent;
      orders.push(`${index}: ${side} ${lots} ${type} ${limit} ${stop} ${reduceOnly}`);
      working += side === 'buy' ? lots : -lots;
    }
    const filled = Math.trunc((working * fills) / 10);
    held += filled;
    working -= filled;
  });
  return orders;
}

test('the document and the program ask for the same orders', () => {
  const { strategy } = strategyExample(EMA_CROSS);
  const step = fc.record({
    close: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 50, max: 150 }) }, { weight: 1, arbitrary: fc.constant(null) }),
    fills: fc.integer({ min: 0, max: 10 }),
  });
  let asked = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 40, maxLength: 160 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      (steps, fast, slow, lots, short) => {
        const program = ordersOf(emaCross as Strategy, { fast, slow, lots, short }, steps);
        expect(ordersOf(strategy, { fast, slow, lots, sell_short: short }, steps)).toEqual(program);
        asked += program.length;
      },
    ),
    { numRuns: 300 },
  );
  expect(asked).toBeGreaterThan(1_000);
});

test('and need the same warm-up', () => {
  const { strategy } = strategyExample(EMA_CROSS);
  for (const given of [{}, { fast: 3, slow: 90 }])
    expect(strategy.warmup(parametersOf(strategy, given))).toBe(emaCross.warmup(parametersOf(emaCross as Strategy, given)));
});
