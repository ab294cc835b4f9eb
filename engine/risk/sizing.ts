/**
 * How many lots an idea deserves: a fixed number, or as many as lose a stated share of equity from entry to stop. Whole lots, rounded
 * down, never below 0. Advice to a strategy; what may leave is approve()'s to say.
 */
import { assert } from '../assert.ts';
import { pow10 } from '../decimal.ts';
import type { Unit } from '../portfolio/valuation.ts';
import type { Minor } from '../values.ts';

const BASIS_POINTS = 10_000n;

export function fixedLots(lots: number): number {
  assert(Number.isFinite(lots), `a size of ${lots} lots`);
  return Math.max(0, Math.floor(lots));
}

export type RiskSizing = Readonly<{
  equity: Minor;
  /** Share of equity the way from entry to stop may cost, in basis points (100: 1 %). */
  riskBasisPoints: number;
  entry: number;
  stop: number;
}>;

/** Exact: the largest whole number of lots whose loss at the stop is within the share. 0 where the stop is no distance away. */
export function riskedLots({ equity, riskBasisPoints, entry, stop }: RiskSizing, unit: Unit): number {
  assert(Number.isSafeInteger(riskBasisPoints) && riskBasisPoints >= 0, `a risk of ${riskBasisPoints} basis points`);
  assert(Number.isSafeInteger(entry) && Number.isSafeInteger(stop), `entry ${entry} and stop ${stop} are whole ticks`);
  const distance = Math.abs(entry - stop);
  if (distance === 0 || equity <= 0n) return 0;
  // equity × share ÷ (distance × worth of a tick of a lot), all over one denominator
  const affordable = equity * BigInt(riskBasisPoints) * pow10(unit.scale);
  const perLot = BigInt(distance) * unit.numerator * BASIS_POINTS * pow10(unit.currencyScale);
  const lots = affordable / perLot;
  return lots > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(lots);
}
