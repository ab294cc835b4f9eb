/** One backtest from what a person asked for to a run in the catalogue: its journal, and what it was worth. */
import { join } from 'node:path';
import { minorText } from '#engine/decimal.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Measures, measure, measuredAmong, metricOf } from '#engine/portfolio/metrics/measure.ts';
import { sharpeFacts } from '#engine/portfolio/metrics/significance.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { Minor, TimeUs } from '#engine/values.ts';
import { openFileJournal } from '#infra/files/file-journal.ts';
import { JOURNAL, type RunEntry } from '#infra/runs/catalogue.ts';
import type { ForkChange } from '#replay/fork.ts';
import { iso } from '#replay/words.ts';
import { Refused } from '../answer.ts';
import { nodeDigest } from '../compose/digest.ts';
import { type BacktestAsked, settled } from './backtest-asked.ts';
import { backtestId, type Played, parametersShown, playBacktest } from './backtest-play.ts';
import { type BacktestSettings, backtestDesk } from './backtest-settings.ts';
import { isBranch, replayBranch } from './fork-kept.ts';
import { type ForkSettings, replayFork } from './fork-play.ts';
import { runsHere } from './run-answers.ts';
import { tapeOf } from './tapes.ts';
import { trialIdOf, trialsHere, triedOf } from './trials-here.ts';

export type Backtested = Readonly<{ entry: RunEntry; result: RunResult; measures: Measures; again: boolean; faulted: readonly string[] }>;

/** Null when it was stopped: nothing of it is kept. */
export async function runBacktest(asked: BacktestAsked, heard: (share: number) => boolean): Promise<Backtested | null> {
  const { settings, tapes } = await settled(asked);
  const runs = runsHere();
  const id = backtestId(settings);
  const part = runs.begin(id);
  const desk = backtestDesk(settings);
  const journal = await openFileJournal({ folder: join(part, JOURNAL), desk, digest: nodeDigest, at: (Date.now() * 1000) as TimeUs });
  let played: Played | null = null;
  try {
    const { epoch } = journal.opened;
    played = await playBacktest(settings, {
      tapes,
      heard,
      append: (payload, first) => journal.append(frameOf(desk, epoch, first, payload)),
    });
    if (played !== null) await journal.durable();
  } finally {
    await journal.close().catch(() => {}); // what is told is why it failed
    if (played === null) runs.discard(part);
  }
  if (played === null) return null;
  const { result } = played;
  const measures = countedAmong(settings, measure(result));
  const before = runs.has(id) ? runs.read(id) : null;
  const again = before?.runHash === result.runHash;
  const entry = entryOf(settings, result, measures, again ? before : null, asked.tags);
  runs.keep(part, entry);
  const faulted = played.run.desk.parts.strategies.all.filter(({ living }) => living.value === 'faulted').map((strategy) => strategy.id);
  return { entry, result, measures, again, faulted };
}

/** A run of the catalogue, played again; one that comes out differently is told. */
export async function rerun(entry: RunEntry): Promise<Readonly<{ result: RunResult; measures: Measures }>> {
  const result = await resultOf(entry);
  if (result.runHash !== entry.runHash)
    throw new Refused(
      1,
      [`${entry.id} does not come out as it was recorded: its run hash was ${entry.runHash}, and is ${result.runHash} now`],
      `npx retrace verify ${entry.id}`,
    );
  return { result, measures: countedRun(entry, measure(result)) };
}

/** Of a run in the catalogue. A branch is another try on the data of its parent. */
export function countedRun({ kind, settings }: RunEntry, measures: Measures): Measures {
  if (kind !== 'fork') return countedAmong(settings as BacktestSettings, measures);
  const { base, change } = settings as ForkSettings;
  const [root, changes] = isBranch(settings) ? [settings.root, settings.changes] : [base, [change]];
  return root === null ? measures : countedAmong(root, measures, changes);
}

/** Judged by everything that was tried with this strategy on these tapes, this run among it. */
export function countedAmong(settings: BacktestSettings, measures: Measures, changes: readonly ForkChange[] = []): Measures {
  const ledger = trialsHere();
  const facts = sharpeFacts(measures.performance.daily.returns);
  ledger.add(triedOf(settings), [{ id: trialIdOf(settings, changes), sharpe: 'reason' in facts ? null : facts.sharpe, by: 'backtest' }]);
  return measuredAmong(measures, ledger.count(triedOf(settings)));
}

async function resultOf(entry: RunEntry): Promise<RunResult> {
  if (entry.kind === 'fork') return isBranch(entry.settings) ? replayBranch(entry) : replayFork(entry);
  const settings = entry.settings as BacktestSettings;
  return (await playBacktest(settings, { tapes: settings.tapes.map(tapeOf) }))!.result;
}

const SHOWN = ['totalReturn', 'sharpe', 'maxDrawdown', 'trades', 'winRate', 'profitFactor'] as const;

export const figuresShown = (measures: Measures): RunEntry['figures'] =>
  Object.fromEntries(SHOWN.map((key) => [key, metricOf(measures, key).value]));

/** Decimal text. */
export function costsOf({ fills, carry, currencyScale }: RunResult): string {
  const fees = fills.reduce((sum, { fee }) => sum + fee, 0n);
  return minorText((fees + carry.borrow + carry.funding) as Minor, currencyScale);
}

export function entryOf(
  settings: BacktestSettings,
  result: RunResult,
  measures: Measures,
  before: RunEntry | null,
  tags: readonly string[],
): RunEntry {
  const { strategy, tapes } = settings;
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
    fills: result.fills.length,
    equity: minorText((last === undefined ? result.cash0 : BigInt(last)) as Minor, result.currencyScale),
    currency: result.currency,
    costs: costsOf(result),
    figures: figuresShown(measures),
    tags: [...new Set([...(before?.tags ?? []), ...tags])].sort(),
    settings,
  };
}
