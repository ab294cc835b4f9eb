/** Plays the settings of a backtest over its tapes, for whoever keeps it and for whoever only wants to see it again. */
import type { Decision } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { Payload } from '#engine/journal/frame.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Plain } from '#engine/record.ts';
import { checkedResult, type RunResult } from '#engine/run/result.ts';
import type { Parameters } from '#engine/strategy/strategy.ts';
import type { Minor, Seq, TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { backtest } from '#replay/backtest.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { ResultCollector, type Watched } from '#replay/result-collector.ts';
import { realClock, turnOf } from '#streams/clock.ts';
import { thisBuild } from '../compose/build.ts';
import { nodeDigest } from '../compose/digest.ts';
import {
  BACKTEST_ACCOUNT,
  type BacktestSettings,
  backtestDesk,
  backtestInputs,
  backtestManifest,
  beginOf,
  type Listed,
  listedIn,
  settingsHash,
  withLots,
} from './backtest-settings.ts';
import { catalogue } from './kept-strategies.ts';

/** Between two looks at whether somebody wants it to stop, and two words on how far it is; frames may be small or large. */
const LOOK_MS = 100;

export type Played = Readonly<{ run: DeskRun; result: RunResult }>;

export type Playing = Readonly<{
  /** In the order of the settings. */
  tapes: readonly Tape[];
  append?: (payload: Payload, first: Seq) => void;
  /** Of a run that is a branch of these settings: what its manifest says of that, and what it begins with. */
  forked?: (inputs: readonly InputRecord[]) => Readonly<{ inputs: readonly InputRecord[]; manifest: Readonly<Record<string, Plain>> }>;
  /** Instead of the facts of a tape: those facts altered. */
  facts?: (frames: Iterable<MarketFrame>, tape: number) => Iterable<MarketFrame>;
  /** Hears each decision after the collector. */
  observer?: (decision: Decision) => void;
  /** Told the share that is played; false ends it. */
  heard?: (share: number) => boolean;
}>;

export const backtestId = (settings: BacktestSettings): string => `${settings.strategy.name}-${settingsHash(settings).slice(0, 8)}`;

/** Null when it was stopped. */
export async function playBacktest(settings: BacktestSettings, playing: Playing): Promise<Played | null> {
  const { tapes, append, observer, heard, facts } = playing;
  const listed = listedIn(tapes.map(({ manifest }) => manifest));
  const begin = beginOf(tapes, settings.tapes);
  const [{ timeframeUs }] = settings.listens as readonly [BacktestSettings['listens'][number]];
  const instruments = heardOf(settings, listed);
  const watched = listed
    .filter(({ instrument }) => instruments.includes(instrument))
    .map(({ instrument, stream }): Watched => ({ instrument: instrument.id, source: stream.source, timeframeUs }));
  const collector = new ResultCollector(BACKTEST_ACCOUNT, watched);
  const total = tapes.reduce((sum, { manifest }) => sum + manifest.count, 0);
  const own = backtestInputs(settings, listed, begin);
  const forked = playing.forked?.(own);
  let lookedAt = performance.now();
  const { run, finished } = await backtest({
    desk: backtestDesk(settings),
    digest: nodeDigest,
    catalogue,
    observer:
      observer === undefined
        ? collector.hear
        : (decision) => {
            collector.hear(decision);
            observer(decision);
          },
    begun: (run) => collector.follow(run),
    manifest: { ...(backtestManifest(settings, thisBuild()) as Readonly<Record<string, Plain>>), ...forked?.manifest },
    inputs: forked?.inputs ?? own,
    tapes: tapes.map((tape, index) => {
      const { from, to } = settings.tapes[index]!;
      const span = [from ?? 0, to ?? Number.POSITIVE_INFINITY] as const;
      return facts === undefined ? tape.passingFrames(...span) : facts(tape.frames(...span), index);
    }),
    append: append ?? null,
    turn: ({ counts }) => {
      if (heard === undefined || performance.now() - lookedAt < LOOK_MS) return true;
      lookedAt = performance.now();
      return turnOf(realClock).then(() => heard(counts.ticks / total));
    },
  });
  if (!finished) return null;
  collector.finish();
  const [{ currency, currencyScale }] = instruments as readonly [Instrument];
  const { counts, desk } = run;
  const result = checkedResult({
    run: backtestId(settings),
    runHash: run.runHash(),
    strategy: settings.strategy.name,
    parameters: parametersShown(settings),
    instruments,
    currency,
    currencyScale,
    cash0: BigInt(settings.cash) as Minor,
    from: Math.min(begin, collector.equity.time[0] ?? begin) as TimeUs, // a bar that arrives late has ended before
    to: desk.at,
    bars: collector.bars,
    ticks: counts.ticks,
    orders: counts.orders,
    fills: collector.fills,
    carry: collector.carry,
    equity: collector.equity,
    price: collector.price,
    refusals: collector.refusals,
  });
  return { run, result };
}

/** What is traded, and what its deployments listen to beside it. */
export function heardOf({ instruments, listens }: BacktestSettings, listed: readonly Listed[]): readonly Instrument[] {
  const ids = new Set<string>([...instruments.map(({ id }) => id), ...listens.flatMap(({ instrument }) => instrument ?? [])]);
  return listed.map(({ instrument }) => instrument).filter(({ id }) => ids.has(id));
}

/** With the lots of each instrument, where they are not the same parameter for all. */
export function parametersShown({ strategy: { parameters }, instruments }: BacktestSettings): Parameters {
  const [only] = instruments;
  if (instruments.length === 1) return withLots(parameters, only!);
  const lots = instruments.flatMap((each) => (each.lots === null ? [] : [[`lots of ${each.id}`, each.lots] as const]));
  return lots.length === 0
    ? parameters
    : { ...Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'lots')), ...Object.fromEntries(lots) };
}
