/** W1, W2 and W3 as `retrace backtest` and `retrace sweep` play them: settings of a run over a tape, no fee, no latency, whole fills. */
import { join } from 'node:path';
import type { RunResult } from '#engine/run/result.ts';
import { MINUTE_US } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { type Figures, figuresOf } from '#replay/sweep/figures.ts';
import { settled } from '../cli/research/backtest-asked.ts';
import { type Played, playBacktest } from '../cli/research/backtest-play.ts';
import type { BacktestSettings } from '../cli/research/backtest-settings.ts';
import { trialResults } from '../cli/research/sweep-batch.ts';
import { OPENING, type Rule } from './w2-market.ts';

/** What `retrace sweep` puts into one desk when nobody says how many. */
const BATCH = 8;

/** `root` holds bench/: the strategy that turns each bar is a document there. */
export async function settingsOf(rule: Rule, tape: Tape, root: string): Promise<BacktestSettings> {
  const { settings } = await settled({
    ...(rule === 'turn'
      ? { strategy: join(root, 'bench', 'turn-each-bar.yaml'), set: {} }
      : { strategy: 'ema-cross', set: { fast: rule.fast, slow: rule.slow, lots: 1 } }),
    ...{ tapes: [tape], instruments: [], timeframeUs: null, markets: {}, cash: BigInt(OPENING) * 100n, from: null, to: null, tags: [] },
    venue: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null },
  });
  return settings;
}

export async function playOne(settings: BacktestSettings, tape: Tape): Promise<Played> {
  return (await playBacktest(settings, { tapes: [tape] }))!;
}

export function playSweep(trials: readonly BacktestSettings[], tape: Tape): readonly Readonly<{ result: RunResult; figures: Figures }>[] {
  const results: RunResult[] = [];
  for (let at = 0; at < trials.length; at += BATCH)
    results.push(...trialResults({ settings: trials.slice(at, at + BATCH), giveUp: null }, [tape]).map((result) => result!));
  return results.map((result) => ({ result, figures: figuresOf(result) }));
}

export type SaidFill = Readonly<{ bar: number; lots: number; price: number }>;

/** Fills as every contender says them: the bar that formed, lots with their sign, the price in ticks. A fill on bars has the time of the bar's end. */
export function fillsOf({ fills }: RunResult, firstUs: number, on: 'trades' | 'bars'): SaidFill[] {
  return fills.map(({ timeUs, side, lots, price }) => ({
    bar: Math.floor((timeUs - firstUs) / MINUTE_US) - (on === 'bars' ? 1 : 0),
    lots: side === 'buy' ? lots : -lots,
    price,
  }));
}
