/**
 * How often the best of many variants on one half of the days is below the middle on the other half: the probability of backtest
 * overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado and Zhu, Journal of Computational Finance,
 * 2017). Judges a search over variants, never a single run.
 */
import { assert } from '../../assert.ts';
import { log } from '../../math.ts';

export type Overfitting = Readonly<{
  /** Share of the splits whose best variant does no better than the middle out of sample. */
  probability: number;
  splits: number;
  /** One a split: log(rank ÷ (1 − rank)) of the chosen variant out of sample; at or below 0 it was no better than the middle. */
  logits: Float64Array;
}>;

/** Beyond this the number of splits grows past what is worth computing: 16 blocks make 12,870. */
export const MOST_BLOCKS = 16;

/** `returns[v]`: the daily returns of variant v, all over the same days. Days that fill no whole block are left out at the end. */
export function overfittingOf(returns: readonly Float64Array[], blocks: number): Overfitting {
  const variants = returns.length;
  const days = returns[0]?.length ?? 0;
  assert(variants >= 2, `overfittingOf: ${variants} variants; a choice needs at least 2`);
  assert(
    returns.every(({ length }) => length === days),
    'overfittingOf: all variants need returns over the same days',
  );
  assert(
    Number.isInteger(blocks) && blocks >= 2 && blocks % 2 === 0 && blocks <= MOST_BLOCKS,
    `overfittingOf: ${blocks} blocks; give an even number from 2 to ${MOST_BLOCKS}`,
  );
  const size = Math.floor(days / blocks);
  assert(size >= 2, `overfittingOf: ${days} days in ${blocks} blocks; a block needs at least 2`);
  const sums = returns.map((row) => blockSums(row, blocks, size));
  const logits: number[] = [];
  for (const chosen of halves(blocks)) {
    const inside = sums.map((one) => sharpeOf(one, chosen, true, size));
    const outside = sums.map((one) => sharpeOf(one, chosen, false, size));
    let best = 0;
    for (let v = 1; v < variants; v += 1) if ((inside[v] as number) > (inside[best] as number)) best = v;
    const rank = rankOf(outside, best) / (variants + 1);
    logits.push(log(rank / (1 - rank)));
  }
  const below = logits.filter((logit) => logit <= 0).length;
  return { probability: below / logits.length, splits: logits.length, logits: Float64Array.from(logits) };
}

type BlockSums = Readonly<{ sum: Float64Array; squares: Float64Array }>;

function blockSums(row: Float64Array, blocks: number, size: number): BlockSums {
  const sums = { sum: new Float64Array(blocks), squares: new Float64Array(blocks) };
  for (let b = 0; b < blocks; b += 1) {
    for (let i = b * size; i < (b + 1) * size; i += 1) {
      const r = row[i] as number;
      sums.sum[b] = (sums.sum[b] as number) + r;
      sums.squares[b] = (sums.squares[b] as number) + r * r;
    }
  }
  return sums;
}

/** Every way to take half of the blocks, as bits. */
function* halves(blocks: number): Generator<number> {
  for (let bits = 0; bits < 1 << blocks; bits += 1) if (countBits(bits) === blocks / 2) yield bits;
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}

/** Per return; 0 where the returns do not vary. */
function sharpeOf({ sum, squares }: BlockSums, chosen: number, inside: boolean, size: number): number {
  let [total, square, n] = [0, 0, 0];
  for (let b = 0; b < sum.length; b += 1) {
    if (((chosen >>> b) & 1) === (inside ? 1 : 0)) {
      total += sum[b] as number;
      square += squares[b] as number;
      n += size;
    }
  }
  const average = total / n;
  const variance = (square - n * average * average) / (n - 1);
  return variance > 0 ? average / Math.sqrt(variance) : 0;
}

/** From 1 (the worst); equals share the mean of their ranks. */
function rankOf(values: readonly number[], which: number): number {
  const own = values[which] as number;
  let [below, equal] = [0, 0];
  for (const value of values) {
    if (value < own) below += 1;
    else if (value === own) equal += 1;
  }
  return below + (equal + 1) / 2;
}
