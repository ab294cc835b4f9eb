// Equity is sampled at the end of each candle as the account stood when the last of them was said, and its instants rise, however late a market is.
import { expect, test } from 'vitest';
import type { InputRecord } from '#engine/inputs.ts';
import { catalogue, sampleByName, versionOf } from '#engine/strategy/samples.ts';
import { parametersOf } from '#engine/strategy/strategy.ts';
import { type AccountId, type DeskId, instrumentId, MINUTE_US, SECOND_US, type TimeUs } from '#engine/values.ts';
import { nodeDigest } from '#tests/reference/story.ts';
import { madeFrames, madeTrades, TAPE_START, TAPED } from '#tests/results/made-tape.ts';
import { backtest } from './backtest.ts';
import type { DeskRun } from './desk-run.ts';
import { ResultCollector } from './result-collector.ts';

const ALPHA = 'alpha' as AccountId;
/** Trades seldom, and its candles wait for what comes late: they end when another market is further on. */
const LATE = { ...TAPED, id: instrumentId('ETH-USD'), feeds: TAPED.feeds.map((feed) => ({ ...feed, latenessUs: 100 * SECOND_US })) };
/** Trades as quickly as the first and a little later, so that its candles end with those of the first and are said behind them. */
const OTHER = { ...TAPED, id: instrumentId('SOL-USD'), feeds: TAPED.feeds.map((feed) => ({ ...feed, latenessUs: 30 * SECOND_US })) };
const MARKETS = [TAPED, OTHER, LATE];
const [{ source }] = TAPED.feeds as unknown as readonly [(typeof TAPED.feeds)[number]];

function inputs(): readonly InputRecord[] {
  const strategy = sampleByName('ema-cross')!;
  const pure = { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'whole', rejectAboveLots: null };
  const account = {
    id: ALPHA,
    mode: 'BACKTEST',
    venue: 'pure',
    calendar: 'ALWAYS',
    currency: 'USD',
    currencyScale: 2,
    cash: 10_000_000n,
    pure,
  };
  const bodies = [
    { type: 'AccountOpened', account },
    { type: 'CommandGiven', key: 'arm', by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
    ...MARKETS.map((instrument) => ({ type: 'InstrumentDefined', instrument })),
    ...MARKETS.map(({ id }) => ({
      ...{
        type: 'StrategyDeployed',
        strategy: `on ${id}`,
        name: 'ema-cross',
        version: versionOf(strategy),
        account: ALPHA,
        history: false,
      },
      parameters: parametersOf(strategy, { fast: 2, slow: 4, lots: 5 }),
      subscriptions: [{ instrument: id, source, timeframeUs: MINUTE_US }],
    })),
  ];
  return bodies.map((body, index) => ({ ...body, seq: index + 1, at: TAPE_START as TimeUs }) as unknown as InputRecord);
}

test('the equity of a run over a quick and a late market is one rising line, each instant as it was last said', async () => {
  const watched = MARKETS.map(({ id }) => ({ instrument: id, source, timeframeUs: MINUTE_US }));
  const made = madeTrades({ seed: 5, ticks: 3_000 });
  const at = made.at.map((time) => time + 15 * SECOND_US);
  const behind = { ...made, at, venueTime: at };
  const collector = new ResultCollector(ALPHA, watched);
  const standing = new Map<number, number>();
  let [newest, late, again] = [0, 0, 0];
  let run: DeskRun | null = null;
  const { finished } = await backtest({
    ...{ desk: 'd' as DeskId, digest: nodeDigest, catalogue, manifest: {}, inputs: inputs(), append: null },
    tapes: [
      madeFrames(madeTrades({ seed: 3, ticks: 3_000 })),
      madeFrames({ ...behind, instrument: OTHER.id }),
      madeFrames({ ...madeTrades({ seed: 4, ticks: 200, stepUs: 150 * SECOND_US }), instrument: LATE.id }),
    ],
    begun: (begun) => {
      run = begun;
      collector.follow(begun);
    },
    observer: (decision) => {
      collector.hear(decision);
      if (decision.type !== 'CandleClosed') return;
      const { end } = decision;
      if (end < newest) late += 1;
      else {
        if (end === newest) again += 1;
        const { accounts } = run!.desk.parts;
        standing.set(end, Number(accounts.equity(accounts.byId.get(ALPHA)!.book)));
        newest = end;
      }
    },
  });
  expect(finished).toBe(true);
  expect(Math.min(late, again, collector.fills.length)).toBeGreaterThan(50); // or it would show nothing
  const { time, minor } = collector.equity;
  expect([...time].map((at, index) => [at, minor[index]])).toEqual([...standing]);
  expect([...time].every((at, index) => index === 0 || at > time[index - 1]!)).toBe(true);
});
