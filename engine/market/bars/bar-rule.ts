/**
 * What ends a bar of trades: a number of trades, of lots, a turnover, or the clock. No trade is ever split: the one that reaches the border
 * belongs, whole, to the bar it ends, so a bar holds at least what was asked for. By the clock it begins the next.
 */
import { assert } from '../../assert.ts';
import { type Decimal, pow10 } from '../../decimal.ts';
import { LEAST_TIMEFRAME_US } from '../../inputs-check.ts';
import { type Contract, unitOf } from '../../portfolio/valuation.ts';

export type BarRule =
  | Readonly<{ by: 'ticks'; trades: number }>
  | Readonly<{ by: 'volume'; lots: number }>
  /** Price × lots, in ticks × lots (turnoverSteps). */
  | Readonly<{ by: 'turnover'; steps: number }>
  | Readonly<{ by: 'time'; us: number }>;

/**
 * The length that a bar without a length of its own is given: the shortest a desk takes. It begins with the trade that ended the bar, so that
 * nothing before that trade takes it for known; longer candles fold such bars by that moment.
 */
export const MOMENT_US = LEAST_TIMEFRAME_US;

/** The length its bars are recorded with. */
export const timeframeOf = (rule: BarRule): number => (rule.by === 'time' ? rule.us : MOMENT_US);

export function checkedRule(rule: BarRule): BarRule {
  const size = sizeOf(rule);
  assert(Number.isSafeInteger(size) && size >= 1, 'a bar must end after a whole number of at least 1');
  return rule;
}

export function sizeOf(rule: BarRule): number {
  switch (rule.by) {
    case 'ticks':
      return rule.trades;
    case 'volume':
      return rule.lots;
    case 'turnover':
      return rule.steps;
    case 'time':
      return rule.us;
  }
}

/** The least ticks × lots that are worth so much of the currency; null where they are more than 53 bits hold, or none. */
export function turnoverSteps(amount: Decimal, contract: Contract): number | null {
  const { numerator, scale } = unitOf(contract); // one tick × one lot is worth numerator × 10^-scale
  const have = amount.digits * pow10(Math.max(0, scale - amount.scale));
  const each = numerator * pow10(Math.max(0, amount.scale - scale));
  const steps = (have + each - 1n) / each;
  return steps >= 1n && steps <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(steps) : null;
}
