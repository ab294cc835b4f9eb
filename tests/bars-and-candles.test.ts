// Bars of the clock that a tape is made of are the candles that a desk makes of the same trades.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Desk } from '#actors/desk.ts';
import type { Decision, DecisionOf } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { TradeBars } from '#engine/market/bars/trade-bars.ts';
import { marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import { type DeskId, type InstrumentId, type Seq, type SourceId, sha256 } from '#engine/values.ts';
import { nodeDigest } from './reference/story.ts';

const BTC = 'BTC' as InstrumentId;
const SOURCE = 'x' as SourceId;
const VERSION = sha256('d1'.repeat(32));
const START = 1_704_067_200_000_000;

const setup = (timeframeUs: number) =>
  [
    {
      type: 'InstrumentDefined',
      instrument: {
        ...{ id: BTC, version: 1, tick: '0.01', lot: '1', multiplier: '1', currency: 'USD', currencyScale: 2, calendar: 'ALWAYS' },
        feeds: [
          {
            ...{ source: SOURCE, latenessUs: 0, graceUs: 0, silentUs: null, muteUs: null, lagUs: null, lagDownUs: null },
            ...{ absurdPermille: null, settleUs: 0, faultsToDown: 3, fillFlat: false },
          },
        ],
      },
    },
    {
      type: 'AccountOpened',
      account: {
        ...{ id: 'A', mode: 'BACKTEST', venue: 'pure', calendar: 'ALWAYS', currency: 'USD', currencyScale: 2, cash: 10_000_000n },
        pure: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null },
      },
    },
    {
      ...{ type: 'StrategyDeployed', strategy: 'S', name: emaCross.name, version: VERSION, account: 'A' },
      parameters: { fast: 12, slow: 26, lots: 1, short: true },
      subscriptions: [{ instrument: BTC, source: SOURCE, timeframeUs }],
      history: false,
    },
  ].map((body, index) => ({ seq: index + 1, at: START, ...body }) as unknown as InputRecord);

type Trade = readonly [time: number, price: number, lots: number];

function candlesOf(trades: readonly Trade[], timeframeUs: number): unknown[] {
  const decisions: Decision[] = [];
  const inputs = setup(timeframeUs);
  const desk = new Desk({
    ...{ desk: 'bars' as DeskId, digest: nodeDigest, sink: (decision: Decision) => void decisions.push(decision) },
    catalogue: (name, version) => (name === emaCross.name && version === VERSION ? (emaCross as Strategy) : null),
  });
  for (const input of inputs) desk.takeInput(input);
  const venueTime = Float64Array.from(trades, ([time]) => time);
  const values = [Float64Array.from(trades, ([, price]) => price), Float64Array.from(trades, ([, , lots]) => lots)];
  const columns = { at: venueTime, venueTime, venueSeq: NO_SEQ, flags: new Uint8Array(trades.length), values };
  const block = { instrument: BTC, source: SOURCE, kind: 'trade' as const, timeframeUs: 0, count: trades.length, ...columns };
  desk.takeMarket(marketFrame((inputs.length + 1) as Seq, [block], NO_LANE, null));
  return decisions
    .filter((decision): decision is DecisionOf<'CandleClosed'> => decision.type === 'CandleClosed')
    .map(({ start, end, at, open, high, low, close, volume, trades }) => ({ start, end, at, open, high, low, close, volume, trades }));
}

test('the same candles, each known when the bar is', () => {
  const step = fc.oneof(fc.nat(400_000), fc.nat(9_000_000));
  const steps = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 150,
  });
  fc.assert(
    fc.property(steps, fc.constantFrom(1_000, 250_000, 1_000_000, 60_000_000), (all, us) => {
      let time = START;
      const trades = all.map(([after, price, lots]): Trade => [(time += after), price, lots]);
      const fold = new TradeBars({ by: 'time', us }, 0);
      const bars = trades.flatMap(([at, price, lots]) => fold.take(at, at, price, lots) ?? []);
      const candles = candlesOf(trades, us);
      // the desk closes one more when its time is over by the clock, which no trade has told of yet
      expect(candles.slice(0, bars.length)).toEqual(bars);
      expect(candles.length - bars.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 80 },
  );
});
