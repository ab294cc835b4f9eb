/**
 * How else the same trades could have come out: closed trades drawn again with replacement, many times, from a seed. Shows luck of
 * order and choice; says nothing of trades the strategy never made, and takes the trades as independent of each other.
 */
import { assert } from '../../assert.ts';
import { randomStream } from '../../random.ts';
import { quantile } from './statistics.ts';

export type Bootstrap = Readonly<{
  seed: number;
  paths: number;
  trades: number;
  quantiles: readonly number[];
  /** After so many trades … */
  steps: readonly number[];
  /** … the equity in minor units: one row a quantile, one value a step. */
  bands: readonly (readonly number[])[];
  /** Share of paths that end below the start. */
  lossProbability: number;
  /** Deepest drawdown of a path, as a fraction, one value a quantile; null where the start is not above zero. */
  drawdowns: readonly number[] | null;
}>;

export const BOOTSTRAP_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
const MOST_STEPS = 120;

/** `nets`: the closed trades after fees, in minor units. null where there is none to draw. */
export function bootstrapOf(nets: readonly number[], opening: number, seed: number, paths: number): Bootstrap | null {
  assert(Number.isSafeInteger(paths) && paths >= 1, `bootstrapOf: ${paths} paths; give a whole number of at least 1`);
  const trades = nets.length;
  if (trades === 0) return null;
  const steps = stepsTo(trades);
  const chance = randomStream(seed, 'bootstrap of trades');
  const reached = steps.map(() => new Float64Array(paths));
  const deepest = new Float64Array(paths);
  let lossCount = 0;
  for (let path = 0; path < paths; path += 1) {
    let equity = opening;
    let peak = opening;
    let depth = 0;
    let step = 0;
    for (let done = 0; done <= trades; done += 1) {
      if (done > 0) equity += nets[chance.below(trades)] as number;
      if (equity > peak) peak = equity;
      if (opening > 0) depth = Math.max(depth, (peak - equity) / peak);
      if (done === steps[step]) (reached[step++] as Float64Array)[path] = equity;
    }
    deepest[path] = depth;
    if (equity < opening) lossCount += 1;
  }
  for (const column of reached) column.sort();
  deepest.sort();
  return {
    seed,
    paths,
    trades,
    quantiles: BOOTSTRAP_QUANTILES,
    steps,
    bands: BOOTSTRAP_QUANTILES.map((q) => reached.map((column) => quantile(column, q))),
    lossProbability: lossCount / paths,
    drawdowns: opening > 0 ? BOOTSTRAP_QUANTILES.map((q) => quantile(deepest, q)) : null,
  };
}

/** 0 and the last, and at most MOST_STEPS evenly between. */
function stepsTo(trades: number): number[] {
  const count = Math.min(trades, MOST_STEPS);
  return Array.from({ length: count + 1 }, (_, i) => Math.round((i * trades) / count));
}
