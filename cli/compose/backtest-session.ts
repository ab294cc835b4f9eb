/** One backtest from what a person asked for to a run in the catalogue: its tapes, its desk, its journal, and what it is worth. */
import { join } from 'node:path';
import { minorText } from '#engine/decimal.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Measures, measure } from '#engine/portfolio/metrics/measure.ts';
import { checkedResult, type RunResult } from '#engine/run/result.ts';
import type { NamedTape } from '#engine/run/tapes.ts';
import { catalogue, SAMPLES, sampleByName, versionOf } from '#engine/strategy/samples.ts';
import { type Parameters, parametersOf } from '#engine/strategy/strategy.ts';
import type { Minor, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { JOURNAL, type RunEntry } from '#infra/runs/catalogue.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { backtest } from '#replay/backtest.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { ResultCollector, type Watched } from '#replay/result-collector.ts';
import { realClock, turnOf } from '#streams/clock.ts';
import { Refused } from '../answer.ts';
import { nearest } from '../nearest.ts';
import {
  BACKTEST_ACCOUNT,
  type BacktestSettings,
  backtestDesk,
  backtestInputs,
  backtestManifest,
  type Listed,
  listedIn,
  lotsOf,
  settingsHash,
  withLots,
} from './backtest-settings.ts';
import { thisBuild } from './build.ts';
import { nodeDigest } from './digest.ts';
import { runsHere } from './run-answers.ts';
import { nameOfTape } from './tapes.ts';

export type BacktestAsked = Readonly<{
  strategy: string;
  set: Readonly<Record<string, number | boolean | string>>;
  tapes: readonly Tape[];
  /** Only these instruments of the tapes; empty: all. */
  instruments: readonly string[];
  timeframeUs: number | null;
  /** Minor units; null: a hundred thousand of the currency. */
  cash: bigint | null;
  venue: VenueSpec;
  from: TimeUs | null;
  to: TimeUs | null;
  tags: readonly string[];
}>;

export type Backtested = Readonly<{ entry: RunEntry; result: RunResult; measures: Measures; run: DeskRun; again: boolean }>;

const MINUTE_US = 60_000_000;
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
    ({ instrument, stream }): Watched => ({ instrument: instrument.id, source: stream.source, timeframeUs: settings.timeframeUs }),
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
  const entry = entryOf(settings, listed, result, measures, run!, again ? runs.read(id) : null, asked.tags);
  runs.keep(part, entry);
  return { entry, result, measures, run: run!, again };
}

function settled(asked: BacktestAsked): Readonly<{ settings: BacktestSettings; listed: readonly Listed[]; begin: TimeUs }> {
  const { set, from, to, venue } = asked;
  const tapes = [...asked.tapes].sort((a, b) => (nameOfTape(a) < nameOfTape(b) ? -1 : 1));
  const all = listedIn(tapes.map(({ manifest }) => manifest));
  const unknown = asked.instruments.filter((name) => !all.some(({ instrument }) => instrument.id === name));
  if (unknown.length > 0)
    throw new Refused(
      2,
      unknown.map(
        (name) => `--instrument ${name}: is not on these tapes; they hold ${all.map(({ instrument }) => instrument.id).join(', ')}`,
      ),
      'npx retrace tape ls',
    );
  const listed = asked.instruments.length === 0 ? all : all.filter(({ instrument }) => asked.instruments.includes(instrument.id));
  const [first] = listed;
  const foreign = listed.find(({ instrument }) => instrument.currency !== first!.instrument.currency);
  if (foreign !== undefined)
    throw new Refused(2, [
      `${first!.instrument.id} is traded in ${first!.instrument.currency}, ${foreign.instrument.id} in ${foreign.instrument.currency}: a run has one currency`,
    ]);
  const strategy = sampleByName(asked.strategy);
  if (strategy === null) {
    const names = SAMPLES.map(({ name }) => name);
    const meant = nearest(asked.strategy, names);
    throw new Refused(
      2,
      [`${asked.strategy}: no strategy of that name; ${meant === null ? `there are: ${names.join(', ')}` : `did you mean ${meant}?`}`],
      'npx retrace strategy ls',
    );
  }
  const begin = beginOf(asked);
  const cash = asked.cash ?? 100_000n * 10n ** BigInt(first!.instrument.currencyScale);
  const barUs = Math.max(...listed.map(({ stream }) => stream.timeframeUs));
  const timeframeUs = asked.timeframeUs ?? (barUs > 0 ? barUs : MINUTE_US);
  const bad = listed.find(({ stream }) => stream.timeframeUs > 0 && timeframeUs % stream.timeframeUs !== 0);
  if (bad !== undefined)
    throw new Refused(2, [
      `--timeframe: ${timeframeUs / 1e6} s is no multiple of the ${bad.stream.timeframeUs / 1e6} s bars of ${bad.instrument.id}`,
    ]);
  const parameters = parametersOf(strategy, set);
  const traded = listed.map((each) => ({ id: each.instrument.id, lots: lotsOf(strategy, set, each, cash, priceAt(asked, each)) }));
  const named = tapes.map((tape): NamedTape => ({ name: nameOfTape(tape), hash: tape.manifest.hash, from, to }));
  const settings = {
    tapes: named,
    strategy: { name: strategy.name, version: versionOf(strategy), parameters },
    timeframeUs,
    cash: String(cash),
    venue,
    instruments: traded,
  };
  return { settings, listed, begin };
}

/** Arrival of the first fact that is played. */
function beginOf({ tapes, from, to }: BacktestAsked): TimeUs {
  const firsts = tapes.flatMap((tape) => {
    for (const { blocks } of tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY)) return [Math.min(...blocks.map(({ at }) => at[0]!))];
    return [];
  });
  if (firsts.length === 0) {
    const holds = tapes.map((tape) => `${nameOfTape(tape)} holds ${iso(tape.manifest.from)} to ${iso(tape.manifest.to)}`);
    throw new Refused(2, ['nothing lies between --from and --to', ...holds]);
  }
  return Math.min(...firsts) as TimeUs;
}

/** The first price of an instrument, to say how many lots a tenth of the cash is. */
function priceAt({ tapes, from, to }: BacktestAsked, { instrument, stream }: Listed): number | null {
  for (const tape of tapes) {
    if (!tape.manifest.streams.some((each) => each.instrument === instrument.id && each.kind === stream.kind)) continue;
    for (const { blocks } of tape.frames(from ?? 0, to ?? Number.POSITIVE_INFINITY))
      for (const { instrument: id, kind, values } of blocks) if (id === instrument.id && kind === stream.kind) return values[0]![0]!;
  }
  return null;
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
    instruments: listed.map(({ instrument }) => instrument),
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
  listed: readonly Listed[],
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
    instruments: listed.map(({ instrument }) => instrument.id),
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

const iso = (us: number): string => new Date(us / 1000).toISOString();
