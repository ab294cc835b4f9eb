/** One backtest from what a person asked for to a run in the catalogue: its tapes, its desk, its journal, and what it is worth. */
import { join } from 'node:path';
import { minorText } from '#engine/decimal.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type Measures, measure } from '#engine/portfolio/metrics/measure.ts';
import { checkedResult, type RunResult } from '#engine/run/result.ts';
import type { Parameters } from '#engine/strategy/strategy.ts';
import type { Minor, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { JOURNAL, type RunEntry } from '#infra/runs/catalogue.ts';
import { backtest } from '#replay/backtest.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { ResultCollector, type Watched } from '#replay/result-collector.ts';
import { iso } from '#replay/words.ts';
import { realClock, turnOf } from '#streams/clock.ts';
import { type BacktestAsked, settled } from './backtest-asked.ts';
import {
  BACKTEST_ACCOUNT,
  type BacktestSettings,
  backtestDesk,
  backtestInputs,
  backtestManifest,
  type Listed,
  settingsHash,
  withLots,
} from './backtest-settings.ts';
import { thisBuild } from './build.ts';
import { nodeDigest } from './digest.ts';
import { runsHere } from './run-answers.ts';
import { catalogue } from './strategies.ts';

export type Backtested = Readonly<{ entry: RunEntry; result: RunResult; measures: Measures; run: DeskRun; again: boolean }>;

/** Frames between two looks at whether somebody wants it to stop. */
const FRAMES_A_TURN = 8;

/** Null when it was stopped: nothing of it is kept. */
export async function runBacktest(asked: BacktestAsked, heard: (share: number) => boolean): Promise<Backtested | null> {
  const { settings, listed, begin } = settled(asked);
  const runs = runsHere();
  const id = `${settings.strategy.name}-${settingsHash(settings).slice(0, 8)}`;
  const part = runs.begin(id);
  const desk = backtestDesk(settings);
  const journal = await openFileJournal({ folder: join(part, JOURNAL), desk, digest: nodeDigest, at: (Date.now() * 1000) as TimeUs });
  const watched = listed.map(
    ({ instrument, stream }): Watched => ({
      instrument: instrument.id,
      source: stream.source,
      timeframeUs: settings.listens[0]!.timeframeUs,
    }),
  );
  const collector = new ResultCollector(BACKTEST_ACCOUNT, watched);
  const total = asked.tapes.reduce((sum, { manifest }) => sum + manifest.count, 0);
  let frames = 0;
  let run: DeskRun | null = null;
  try {
    const { finished } = await backtest({
      desk,
      digest: nodeDigest,
      catalogue,
      observer: collector.hear,
      begun: (begunRun) => {
        run = begunRun;
        collector.follow(begunRun);
      },
      manifest: backtestManifest(settings, thisBuild()),
      inputs: backtestInputs(settings, listed, begin),
      tapes: asked.tapes.map((tape) => tape.frames(asked.from ?? 0, asked.to ?? Number.POSITIVE_INFINITY)),
      append: (payload, first) => journal.append(frameOf(desk, journal.opened.epoch, first, payload)),
      turn: ({ counts }) => {
        frames += 1;
        if (frames % FRAMES_A_TURN !== 0) return true;
        return turnOf(realClock).then(() => heard(counts.ticks / total));
      },
    });
    if (!finished) {
      await journal.close();
      runs.discard(part);
      return null;
    }
    await journal.durable();
    await journal.close();
  } catch (error) {
    await journal.close().catch(() => {}); // what is told is why it failed
    runs.discard(part);
    throw error;
  }
  collector.finish();
  const result = resultOf(settings, listed, collector, run!, id, begin);
  const measures = measure(result);
  const again = runs.has(id) && runs.read(id).runHash === result.runHash;
  const entry = entryOf(settings, result, measures, run!, again ? runs.read(id) : null, asked.tags);
  runs.keep(part, entry);
  return { entry, result, measures, run: run!, again };
}

function resultOf(
  settings: BacktestSettings,
  listed: readonly Listed[],
  collector: ResultCollector,
  run: DeskRun,
  id: string,
  from: TimeUs,
): RunResult {
  const { currency, currencyScale } = listed[0]!.instrument;
  const { counts, desk } = run;
  return checkedResult({
    run: id,
    runHash: run.runHash(),
    strategy: settings.strategy.name,
    parameters: parametersShown(settings),
    instruments: heardOf(settings, listed),
    currency,
    currencyScale,
    cash0: BigInt(settings.cash) as Minor,
    from,
    to: desk.at,
    bars: collector.bars,
    ticks: counts.ticks,
    orders: counts.orders,
    fills: collector.fills,
    equity: collector.equity,
    price: collector.price,
    refusals: collector.refusals,
  });
}

/** What is traded, and what its deployments listen to beside it. */
function heardOf({ instruments, listens }: BacktestSettings, listed: readonly Listed[]): readonly Instrument[] {
  const ids = new Set<string>([...instruments.map(({ id }) => id), ...listens.flatMap(({ instrument }) => instrument ?? [])]);
  return listed.map(({ instrument }) => instrument).filter(({ id }) => ids.has(id));
}

/** With the lots of each instrument, where they are not the same parameter for all. */
function parametersShown({ strategy: { parameters }, instruments }: BacktestSettings): Parameters {
  const [only] = instruments;
  if (instruments.length === 1) return withLots(parameters, only!);
  const lots = instruments.flatMap((each) => (each.lots === null ? [] : [[`lots of ${each.id}`, each.lots] as const]));
  return lots.length === 0
    ? parameters
    : { ...Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'lots')), ...Object.fromEntries(lots) };
}

const SHOWN = ['totalReturn', 'sharpe', 'maxDrawdown', 'trades', 'winRate', 'profitFactor'] as const;

function entryOf(
  settings: BacktestSettings,
  result: RunResult,
  measures: Measures,
  run: DeskRun,
  before: RunEntry | null,
  tags: readonly string[],
): RunEntry {
  const { strategy, tapes } = settings;
  const metrics = measures.groups.flatMap(({ metrics: all }) => all);
  const last = result.equity.minor.at(-1);
  return {
    format: 1,
    id: result.run,
    kind: 'backtest',
    made: before?.made ?? new Date().toISOString(),
    strategy: strategy.name,
    version: strategy.version,
    parameters: parametersShown(settings),
    instruments: settings.instruments.map(({ id }) => id),
    tapes: tapes.map(({ name }) => name),
    from: iso(result.from),
    to: iso(result.to),
    runHash: result.runHash,
    ticks: result.ticks,
    bars: result.bars,
    orders: result.orders,
    fills: run.counts.fills,
    equity: minorText((last === undefined ? result.cash0 : BigInt(last)) as Minor, result.currencyScale),
    currency: result.currency,
    figures: Object.fromEntries(SHOWN.map((key) => [key, metrics.find((metric) => metric.key === key)?.value ?? null])),
    tags: [...new Set([...(before?.tags ?? []), ...tags])].sort(),
    settings,
  };
}
