/**
 * A trade measured in its own risk: 1 R is the way from entry to stop. Decides nothing about money; a float, for reports and for a
 * strategy's own minimum.
 */
import { assert } from '../assert.ts';
import type { Side } from '../values.ts';

/** All prices in ticks of one instrument. null where the stop is not on the losing side of the entry: there is no R to speak of. */
export function rMultiple(side: Side, entry: number, stop: number, exit: number): number | null {
  const risk = side === 'buy' ? entry - stop : stop - entry;
  if (!(risk > 0)) return null;
  const gain = side === 'buy' ? exit - entry : entry - exit;
  return gain === 0 ? 0 : gain / risk;
}

/** Whether the way to the target is worth at least `minimumPermille` thousandths of R; compared without dividing. */
export function reachesR(side: Side, entry: number, stop: number, target: number, minimumPermille: number): boolean {
  assert(Number.isSafeInteger(minimumPermille) && minimumPermille >= 0, `a minimum of ${minimumPermille} permille of R`);
  const risk = side === 'buy' ? entry - stop : stop - entry;
  const gain = side === 'buy' ? target - entry : entry - target;
  return risk > 0 && gain * 1000 >= risk * minimumPermille;
}
