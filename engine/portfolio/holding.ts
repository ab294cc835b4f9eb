/**
 * What one fill does to what is held: a pure fold with its postings (double entry at average cost). A reversal closes first, then
 * opens with the rest. Never rounds twice: the cash leg is one, and the parts of a reversal add up to it.
 */
import { assert } from '../assert.ts';
import { divideHalfEven } from '../decimal.ts';
import type { Minor, Side } from '../values.ts';
import { notional, type Unit, value } from './valuation.ts';

export type Book = 'cash' | 'inventory' | 'realised' | 'fees' | 'equity' | 'borrow' | 'funding';
export type Posting = Readonly<{ book: Book; amount: Minor; why: string }>;

/** Signed lots and what they cost: positive for a long, negative (the proceeds) for a short at a positive price. */
export type Holding = Readonly<{ lots: number; cost: Minor }>;
export const FLAT: Holding = { lots: 0, cost: 0n as Minor };

/** `lots` ≥ 1. A fee is paid when positive, received (a rebate) when negative. */
export type Fill = Readonly<{ side: Side; lots: number; price: number; fee: Minor }>;

export type Filled = Readonly<{
  holding: Holding;
  /** In order, none of amount 0; they sum to 0. */
  postings: readonly Posting[];
  /** The gain of this fill, before its fee. */
  realised: Minor;
  /** The cash leg, without the fee: − for a buy. */
  cash: Minor;
  /** What the cash leg lacks to the exact amount, in attos: leg + atto = exact. Goes to the rounding book. */
  atto: bigint;
}>;

export function applyFill(holding: Holding, fill: Fill, unit: Unit): Filled {
  assert(Number.isSafeInteger(fill.lots) && fill.lots >= 1, `a fill of ${fill.lots} lots`);
  assert(Number.isSafeInteger(fill.price), `a fill at ${fill.price} ticks`);
  const signed = fill.side === 'buy' ? fill.lots : -fill.lots;
  const lots = holding.lots + signed;
  assert(Number.isSafeInteger(lots), `a position of ${lots} lots`);
  const whole = notional(unit, signed, fill.price);
  const opening = openingCost(holding, signed, fill.price, whole.minor, unit);
  const closing = closingCost(holding, signed);
  const cash = -whole.minor as Minor;
  const inventory = (opening - closing) as Minor;
  const realised = -(cash + inventory) as Minor; // the posting; the gain is its opposite

  const postings: Posting[] = [];
  if (cash !== 0n) postings.push({ book: 'cash', amount: cash, why: 'fill' });
  if (inventory !== 0n) postings.push({ book: 'inventory', amount: inventory, why: 'fill' });
  if (realised !== 0n) postings.push({ book: 'realised', amount: realised, why: 'fill' });
  if (fill.fee !== 0n) {
    postings.push({ book: 'cash', amount: -fill.fee as Minor, why: 'fee' });
    postings.push({ book: 'fees', amount: fill.fee, why: 'fee' });
  }
  return {
    holding: { lots, cost: (holding.cost + inventory) as Minor },
    postings,
    realised: -realised as Minor,
    cash,
    atto: -whole.atto,
  };
}

/** Signed cost of the lots this fill opens: all of it, none, or what the closed part leaves. */
function openingCost(holding: Holding, signed: number, price: number, whole: Minor, unit: Unit): bigint {
  if (holding.lots === 0 || holding.lots > 0 === signed > 0) return whole;
  if (Math.abs(signed) <= Math.abs(holding.lots)) return 0n;
  return whole - value(unit, -holding.lots, price);
}

/** Signed average cost of the lots this fill closes; all that is left when none stay. */
function closingCost(holding: Holding, signed: number): bigint {
  if (holding.lots === 0 || holding.lots > 0 === signed > 0) return 0n;
  const closed = Math.abs(signed);
  const held = Math.abs(holding.lots);
  return closed >= held ? holding.cost : divideHalfEven(holding.cost * BigInt(closed), BigInt(held));
}
