/**
 * A search played out: rounds are proposed, split into batches, evaluated by whoever is free, and told to the search in the order in which
 * they were proposed. So the trials and the best of them depend on the seed, and on nothing that runs beside it.
 */
import type { Trial as LedgerTrial } from '#infra/runs/trials.ts';
import type { Figures } from '#replay/sweep/figures.ts';
import { type Method, searchOf } from '#replay/sweep/search.ts';
import type { Choice, Space } from '#replay/sweep/space.ts';
import { type BacktestSettings, settingsHash } from './backtest-settings.ts';
import type { Batch, Outcome } from './sweep-batch.ts';
import type { SweepProgress } from './sweep-progress.ts';
import { trialIdOf } from './trials-here.ts';

export type Plan = Readonly<{
  method: Method;
  space: Space;
  seed: number;
  trials: number;
  /** Parameters that do not vary. */
  fixed: Choice;
  /** Key of the metric that is to be high. */
  objective: string;
  minTrades: number;
  giveUp: number | null;
  settingsOf: (choice: Choice) => BacktestSettings;
}>;

export type Tried = Readonly<{
  number: number;
  choice: Choice;
  settings: BacktestSettings;
  /** The hash of its settings. */
  id: string;
  /** Null: it was given up. */
  figures: Figures | null;
  /** Null: no such metric, too few trades, or given up. */
  score: number | null;
}>;

export type Searching = Readonly<{
  progress: SweepProgress;
  evaluate: (batch: Batch) => Promise<readonly Outcome[]>;
  /** Batches that are evaluated at one time, and trials of a batch at most. */
  width: number;
  batch: number;
  /** Every trial that was evaluated, once. */
  tried: (trials: readonly LedgerTrial[]) => void;
  /** Told after each batch; false pauses. */
  heard: (done: number, best: Tried | null) => boolean;
}>;

/** TPE learns between rounds, so its rounds are small; the others only need to be interruptible. */
const ROUND: Readonly<Record<Method, number>> = { tpe: 16, random: 256, grid: 256 };

/** All trials in their order; null when it was paused. */
export async function searched(plan: Plan, searching: Searching): Promise<readonly Tried[] | null> {
  const search = searchOf(plan);
  const all: Tried[] = [];
  let best: Tried | null = null;
  while (all.length < plan.trials) {
    const choices = search.ask(Math.min(ROUND[plan.method], plan.trials - all.length));
    if (choices.length === 0) break;
    const settings = choices.map(plan.settingsOf);
    const ids = settings.map(settingsHash);
    const triedAt = (index: number): Tried => {
      const { figures } = searching.progress.of(ids[index]!)!;
      const score = scoreOf(plan, figures);
      return { number: all.length + index + 1, choice: choices[index]!, settings: settings[index]!, id: ids[index]!, figures, score };
    };
    const heard = (places: readonly number[], done: number): boolean => {
      best = bestOf([...(best === null ? [] : [best]), ...places.map(triedAt)]);
      return searching.heard(all.length + done, best);
    };
    if (!(await evaluated(plan, settings, ids, searching, heard))) return null;
    const round = choices.map((_, index) => triedAt(index));
    search.tell(round);
    all.push(...round);
    best = bestOf(all);
    if (!searching.heard(all.length, best)) return null;
  }
  return all;
}

/** Higher is better, and of equals the earlier. */
export function ranked(trials: readonly Tried[]): readonly Tried[] {
  return trials.filter(({ score }) => score !== null).sort((a, b) => b.score! - a.score! || a.number - b.number);
}

export const bestOf = (trials: readonly Tried[]): Tried | null => ranked(trials)[0] ?? null;

export function scoreOf({ objective, minTrades }: Pick<Plan, 'objective' | 'minTrades'>, figures: Figures | null): number | null {
  if (figures === null || (figures.metrics['trades'] ?? 0) < minTrades) return null;
  const value = figures.metrics[objective] ?? null;
  return value === null ? null : LESS_IS_BETTER.has(objective) ? -value : value;
}

export const LESS_IS_BETTER: ReadonlySet<string> = new Set(['maxDrawdown', 'longestDrawdown', 'underwater', 'volatility', 'losingStreak']);

/** Evaluates what is not known yet; false when it was paused. */
async function evaluated(
  { giveUp }: Plan,
  settings: readonly BacktestSettings[],
  ids: readonly string[],
  { progress, evaluate, width, batch, tried }: Searching,
  /** Which of them are done now, and how many are. */
  heard: (places: readonly number[], done: number) => boolean,
): Promise<boolean> {
  const missing = ids.map((_, index) => index).filter((index) => progress.of(ids[index]!) === null);
  tell([...ids.keys()].filter((place) => progress.of(ids[place]!) !== null)); // a ledger that was lost is made whole again
  const size = Math.max(1, Math.min(batch, Math.ceil(missing.length / width)));
  const batches = Array.from({ length: Math.ceil(missing.length / size) }, (_, at) => missing.slice(at * size, (at + 1) * size));
  let done = ids.length - missing.length;
  let isPaused = false;
  const one = async (): Promise<void> => {
    for (let places = batches.shift(); places !== undefined && !isPaused; places = batches.shift()) {
      const outcomes = await evaluate({ settings: places.map((place) => settings[place]!), giveUp });
      progress.keep(places.map((place, at) => ({ id: ids[place]!, outcome: outcomes[at]! })));
      tell(places);
      done += places.length;
      if (!heard(places, done)) isPaused = true;
    }
  };
  await Promise.all(Array.from({ length: width }, one));
  return !isPaused;

  function tell(places: readonly number[]): void {
    const sharpeAt = (place: number): number | null => progress.of(ids[place]!)!.figures?.dailySharpe ?? null;
    tried(places.map((place) => ({ id: trialIdOf(settings[place]!), sharpe: sharpeAt(place), by: 'sweep' })));
  }
}
