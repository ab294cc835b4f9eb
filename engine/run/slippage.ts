/** What one fill lost between the price its order was meant at and the price it got, to the minor unit. Below zero it got a better one. */
import { type Unit, value } from '../portfolio/valuation.ts';
import type { Minor } from '../values.ts';
import type { RunFill } from './result.ts';

/** Null where nobody knows what the order was meant at. */
export const slippageOf = ({ side, lots, price, intended }: RunFill, unit: Unit): Minor | null =>
  intended === null ? null : value(unit, lots, side === 'buy' ? price - intended.price : intended.price - price);
