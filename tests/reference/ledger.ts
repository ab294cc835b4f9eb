/** What a fill does to cash, cost and gain, in whole minor units; every rounding is half-even and named. Holds no state. */
import { divideHalfEven, parseDecimal, pow10 } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Side } from '#engine/values.ts';

/** lots × price × tick × lot × multiplier of the currency, as digits and a power of ten: exact. */
function exactNotional(instrument: Instrument, lots: number, price: number): { digits: bigint; scale: number } {
  const tick = parseDecimal(instrument.tick);
  const lot = parseDecimal(instrument.lot);
  const multiplier = parseDecimal(instrument.multiplier);
  return {
    digits: BigInt(lots) * BigInt(price) * tick.digits * lot.digits * multiplier.digits,
    scale: tick.scale + lot.scale + multiplier.scale,
  };
}

/** Value in minor units, half-even. Lots may be signed. */
export function minorWorth(instrument: Instrument, lots: number, price: number): bigint {
  const exact = exactNotional(instrument, lots, price);
  return divideHalfEven(exact.digits * pow10(instrument.currencyScale), pow10(exact.scale));
}

/** What rounding to minor units left out, in attos of the currency: exact minus rounded. */
function leftOut(instrument: Instrument, lots: number, price: number): bigint {
  const exact = exactNotional(instrument, lots, price);
  const exactAttos = divideHalfEven(exact.digits * pow10(18), pow10(exact.scale));
  return exactAttos - minorWorth(instrument, lots, price) * pow10(18 - instrument.currencyScale);
}

export type Booked = Readonly<{
  cash: bigint;
  inventory: bigint;
  realised: bigint;
  /** The gain of this fill: minus the realised posting. */
  gain: bigint;
  /** Attos that the cash leg did not post. */
  atto: bigint;
  lots: number;
  cost: bigint;
}>;

/** One fill on what is held (signed lots, signed cost). A reversal closes first, then opens with the rest. */
export function bookFill(instrument: Instrument, held: { lots: number; cost: bigint }, side: Side, lots: number, price: number): Booked {
  const sign = side === 'buy' ? 1 : -1;
  const opposite = held.lots !== 0 && held.lots > 0 !== sign > 0;
  const closed = opposite ? Math.min(Math.abs(held.lots), lots) : 0;
  const opened = lots - closed;

  const notional = minorWorth(instrument, lots, price);
  const cash = side === 'buy' ? -notional : notional;

  const closedNotional = opened === 0 ? notional : closed === 0 ? 0n : minorWorth(instrument, closed, price);
  const openedNotional = notional - closedNotional;
  const openedCost = side === 'buy' ? openedNotional : -openedNotional;
  const closedCost =
    closed === 0
      ? 0n
      : closed === Math.abs(held.lots)
        ? held.cost
        : divideHalfEven(held.cost * BigInt(closed), BigInt(Math.abs(held.lots)));

  const inventory = openedCost - closedCost;
  const realised = -(cash + inventory);
  const atto = leftOut(instrument, lots, price);
  return {
    cash,
    inventory,
    realised,
    gain: -realised,
    atto: side === 'buy' ? -atto : atto,
    lots: held.lots + sign * lots,
    cost: held.cost + inventory,
  };
}

export function feeOf(notional: bigint, rate: number): bigint {
  const size = notional < 0n ? -notional : notional;
  return divideHalfEven(size * BigInt(rate), 1_000_000n);
}

/** A day of borrowing a short position, or a payment of funding; `worth` has the sign of the position. */
export function chargeOf(why: 'borrow' | 'funding', worth: bigint, rate: number): bigint {
  if (why === 'funding') return divideHalfEven(worth * BigInt(rate), 100_000_000n);
  return divideHalfEven((worth < 0n ? -worth : worth) * BigInt(rate), 365_000_000n);
}
