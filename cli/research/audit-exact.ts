/** What every audit has in common: how much is tried, the two exact questions, and what a play was worth. */
import type { RunResult } from '#engine/run/result.ts';
import { tradesOf } from '#engine/run/trades.ts';
import { DAY_US } from '#engine/values.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { cutsOf, lookahead } from '#replay/audit/lookahead.ts';
import type { Outcome } from '#replay/audit/robustness.ts';
import type { AuditRow } from '#replay/audit/row.ts';
import { stateHonesty } from '#replay/audit/state-honesty.ts';
import type { Thresholds } from '#replay/audit/thresholds.ts';
import { type Trial, wholeOf } from '#replay/audit/trial.ts';
import { realClock, turnOf } from '#streams/clock.ts';

export type AuditAsked = Readonly<{ run: string; seed: number; quick: boolean; thresholds: Thresholds }>;
export type Audited = Readonly<{ entry: RunEntry; rows: readonly AuditRow[]; plays: number }>;

/** How much is tried; what is quick says less, and nothing else. */
export type Effort = Readonly<{ cuts: number; restores: number; seeds: number; steps: number; days: readonly number[] }>;
export const WHOLE: Effort = { cuts: 12, restores: 8, seeds: 5, steps: 2, days: [1, 3, 7] };
export const QUICK: Effort = { cuts: 4, restores: 3, seeds: 2, steps: 1, days: [1] };
export const LATENCIES = [0, 2, 5];
/** Of a run without any latency, so that a multiple of it says something. */
export const LATENCY_UNIT_US = 100_000;

export class Stopped extends Error {
  override name = 'Stopped';
}

/** Where one run is tried. */
export type AuditBench = Readonly<{
  trial: () => Trial;
  /** Whoever watches may stop it here. */
  goOn: (doing: string) => Promise<void>;
  /** The number behind which a run goes its own way; a run cannot be restored before. */
  parted: number;
}>;

export const goingOn =
  (heard: (doing: string) => boolean) =>
  async (doing: string): Promise<void> => {
    await turnOf(realClock);
    if (!heard(doing)) throw new Stopped();
  };

export async function exactRows(bench: AuditBench, effort: Effort, seed: number): Promise<readonly AuditRow[]> {
  const trial = bench.trial();
  await bench.goOn('what it decided');
  const whole = wholeOf(trial);
  const cuts = cutsOf(whole, effort.cuts, seed);
  await bench.goOn('prefixes');
  const seen = await lookahead(trial, whole, cuts, (done) => bench.goOn(`prefix ${done} of ${cuts.length}`));
  await bench.goOn('saved and restored');
  return [
    seen,
    stateHonesty(
      trial,
      whole,
      cutsOf(whole, effort.restores, seed + 1).filter((number) => number > bench.parted),
    ),
  ];
}

export function outcomeOf(result: RunResult): Outcome {
  const last = result.equity.minor.at(-1) ?? Number(result.cash0);
  const closed = tradesOf(result).filter(({ exitTime }) => exitTime !== null);
  return {
    net: last - Number(result.cash0),
    days: Math.max(1e-9, (result.to - result.from) / DAY_US),
    trades: closed.map(({ net }) => Number(net)),
  };
}
