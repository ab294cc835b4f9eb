/** Trials as settings of backtests, played in one desk: each account of it has the run that its settings would have by themselves. */
import type { InputOf, InputRecord } from '#engine/inputs.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type EquitySeries, NO_CARRY, type RunResult } from '#engine/run/result.ts';
import { parametersOf, type Subscription } from '#engine/strategy/strategy.ts';
import type { AccountId, DeskId, Minor, Seq, StrategyId, TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import type { Watched } from '#replay/result-collector.ts';
import { playBatch } from '#replay/sweep/batch.ts';
import { type Figures, figuresOf } from '#replay/sweep/figures.ts';
import { type FoldedAsked, foldedTrial } from '#replay/sweep/folded-trials.ts';
import { type MarketOnce, marketOnce } from '#replay/sweep/market-once.ts';
import { nodeDigest } from '../compose/digest.ts';
import { backtestId, heardOf, parametersShown } from './backtest-play.ts';
import { BACKTEST_ACCOUNT, type BacktestSettings, backtestInputs, beginOf, listedIn } from './backtest-settings.ts';
import { catalogue } from './kept-strategies.ts';

/** Null figures: it was given up. */
export type Outcome = Readonly<{ figures: Figures | null }>;

export type Batch = Readonly<{
  /** The same but for the parameters of the strategy. */
  settings: readonly BacktestSettings[];
  /** The share of its cash whose loss makes a trial hopeless; null: none is given up. */
  giveUp: number | null;
}>;

/** Each folded trial is judged before the next is begun: of a thousand no more is held than of one. */
export function outcomesOf(batch: Batch, tapes: readonly Tape[]): readonly Outcome[] {
  let before: RunResult | null = null;
  const told = (result: RunResult | null): Outcome => {
    const figures = result === null ? null : figuresOf(result, before);
    before = result ?? before;
    return { figures };
  };
  return withTheRest(batch, tapes, foldedEach(batch, tapes, told), (results) => results.map(told));
}

/** Ordinary trials folded over one pass of the market, the others in one desk. In the order of the settings; null for one that was given up. */
export const trialResults = (batch: Batch, tapes: readonly Tape[]): readonly (RunResult | null)[] =>
  withTheRest(batch, tapes, foldedResults(batch, tapes), (results) => results);

/** What was folded, and in the empty places what the desk plays. */
function withTheRest<T>(
  batch: Batch,
  tapes: readonly Tape[],
  folded: readonly (T | undefined)[],
  told: (results: readonly (RunResult | null)[]) => readonly T[],
): readonly T[] {
  const others = batch.settings.filter((_, place) => folded[place] === undefined);
  const played = others.length === 0 ? [] : told(batchResults({ ...batch, settings: others }, tapes));
  let next = 0;
  return folded.map((each) => (each === undefined ? played[next++]! : each));
}

/** The market of the last batch: batches of one sweep differ in parameters alone. */
let lastMarket: Readonly<{ key: string; market: MarketOnce | null }> | null = null;

function marketOf(settings: BacktestSettings, tapes: readonly Tape[]): MarketOnce | null {
  const key = JSON.stringify([
    tapes.map(({ folder, manifest }) => [folder, manifest.hash]),
    { ...settings, strategy: settings.strategy.version },
  ]);
  if (lastMarket?.key === key) return lastMarket.market;
  const listed = listedIn(tapes.map(({ manifest }) => manifest));
  const market = marketOnce({
    ...{ desk: 'sweep' as DeskId, digest: nodeDigest, catalogue },
    inputs: backtestInputs(settings, listed, beginOf(tapes, settings.tapes)),
    tapes: tapes.map((tape, index) => {
      const { from, to } = settings.tapes[index]!;
      return tape.passingFrames(from ?? 0, to ?? Number.POSITIVE_INFINITY);
    }),
  });
  lastMarket = { key, market };
  return market;
}

/** A place each; null: it was given up; undefined: it is for the desk. */
export const foldedResults = (batch: Batch, tapes: readonly Tape[]): readonly (RunResult | null | undefined)[] =>
  foldedEach(batch, tapes, (result) => result);

/** What is told of each folded trial, one after the other; undefined: it is for the desk. */
function foldedEach<T>(
  { settings, giveUp }: Batch,
  tapes: readonly Tape[],
  told: (result: RunResult | null) => T,
): readonly (T | undefined)[] {
  const [first] = settings as readonly [BacktestSettings];
  const market = marketOf(first, tapes);
  if (market === null) return settings.map(() => undefined);
  const listed = listedIn(tapes.map(({ manifest }) => manifest));
  const begin = beginOf(tapes, first.tapes);
  const instruments = heardOf(first, listed);
  const [{ currency, currencyScale }] = instruments as readonly [Instrument];
  const giveUpAt = giveUp === null ? null : Math.floor(Number(first.cash) * (1 - giveUp));
  return settings.map((own) => {
    const run = foldedTrial(market, foldedAsked(own, backtestInputs(own, listed, begin), currency), giveUpAt);
    if (run === null) return undefined;
    if (run.fills === null) return told(null);
    return told({
      ...{ run: backtestId(own), runHash: '', strategy: own.strategy.name, parameters: parametersShown(own) },
      ...{ instruments, currency, currencyScale, cash0: BigInt(own.cash) as Minor, from: sinceOf(begin, run.equity), to: market.to },
      ...{ bars: market.moments.length, ticks: market.ticks, orders: run.orders, fills: run.fills, equity: run.equity },
      ...{ price: [market.price], refusals: [], carry: NO_CARRY },
    });
  });
}

function foldedAsked(own: BacktestSettings, inputs: readonly InputRecord[], currency: string): FoldedAsked {
  const deployed = inputs.find((input): input is InputOf<'StrategyDeployed'> => input.type === 'StrategyDeployed')!;
  const definition = catalogue(deployed.name, deployed.version)!;
  const [subscription] = deployed.subscriptions as readonly [Subscription];
  return {
    ...{ definition, parameters: parametersOf(definition, deployed.parameters), strategy: deployed.strategy },
    ...{ subscription, account: BACKTEST_ACCOUNT, currency, cash: BigInt(own.cash) },
  };
}

/** In the order of the settings; null for one that was given up. */
export function batchResults({ settings, giveUp }: Batch, tapes: readonly Tape[]): readonly (RunResult | null)[] {
  const [first] = settings as readonly [BacktestSettings];
  // the delays of a seed hang on the addresses of orders, which are others among others
  if (settings.length > 1 && first.venue.moreLatency?.kind === 'seeded')
    return settings.flatMap((own) => batchResults({ settings: [own], giveUp }, tapes));
  const listed = listedIn(tapes.map(({ manifest }) => manifest));
  const begin = beginOf(tapes, first.tapes);
  const instruments = heardOf(first, listed);
  const [{ timeframeUs }] = first.listens as readonly [BacktestSettings['listens'][number]];
  const accounts = settings.map((_, place) => accountAt(place));
  const cash = Number(first.cash);
  const { to, ticks, bars, price, ...run } = playBatch({
    ...{ desk: 'sweep' as DeskId, digest: nodeDigest, catalogue, accounts },
    inputs: joined(settings.map((each) => backtestInputs(each, listed, begin))),
    tapes: tapes.map((tape, index) => {
      const { from, to } = first.tapes[index]!;
      return tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY);
    }),
    watched: listed
      .filter(({ instrument }) => instruments.includes(instrument))
      .map(({ instrument, stream }): Watched => ({ instrument: instrument.id, source: stream.source, timeframeUs })),
    giveUpAt: giveUp === null ? null : Math.floor(cash * (1 - giveUp)),
  });
  const [{ currency, currencyScale }] = instruments as readonly [Instrument];
  return run.accounts.map(({ fills, carry, orders, refusals, equity, givenUp }, place) => {
    if (givenUp !== null) return null;
    const own = settings[place]!;
    return {
      run: backtestId(own),
      runHash: '',
      strategy: own.strategy.name,
      parameters: parametersShown(own),
      ...{ instruments, currency, currencyScale, cash0: BigInt(own.cash) as Minor, from: sinceOf(begin, equity), to, bars, ticks, orders },
      fills: fills.map((fill) => ({ ...fill, strategy: fill.strategy.slice(prefixAt(place).length) as StrategyId })),
      ...{ carry, equity, price, refusals },
    };
  });
}

/** A bar that arrives late has ended before. */
const sinceOf = (begin: TimeUs, { time }: EquitySeries): TimeUs => Math.min(begin, time[0] ?? begin) as TimeUs;

const accountAt = (place: number): AccountId => `trial-${place}` as AccountId;
const prefixAt = (place: number): string => `${place}-`;

/** The accounts, the rest of what they share once, and the deployments: each on its own account, under a name of its own. */
function joined(each: readonly (readonly InputRecord[])[]): readonly InputRecord[] {
  const [first] = each as readonly [readonly InputRecord[]];
  const records = [
    ...each.flatMap((inputs, place) =>
      inputs.flatMap((input) =>
        input.type === 'AccountOpened' ? [{ ...input, account: { ...input.account, id: accountAt(place) } } as InputRecord] : [],
      ),
    ),
    ...first.filter(({ type }) => type !== 'AccountOpened' && type !== 'StrategyDeployed'),
    ...each.flatMap((inputs, place) =>
      inputs.flatMap((input) =>
        input.type === 'StrategyDeployed'
          ? [{ ...input, account: accountAt(place), strategy: `${prefixAt(place)}${input.strategy}` as StrategyId } as InputRecord]
          : [],
      ),
    ),
  ];
  return records.map((record, index) => ({ ...record, seq: (index + 1) as Seq }));
}
