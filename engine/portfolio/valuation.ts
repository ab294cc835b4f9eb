/**
 * What lots at a price are worth, exactly: one tick × one lot × multiplier, rounded once (half-even) to whole minor units.
 * Never keeps a fraction in a float: the part below a minor unit is returned in attos (10⁻¹⁸ of the currency).
 */
import { assert } from '../assert.ts';
import { divideHalfEven, MAX_SCALE, normalize, parseDecimal, pow10 } from '../decimal.ts';
import type { Minor } from '../values.ts';

/** What unitOf() needs of an instrument. */
export type Contract = Readonly<{ tick: string; lot: string; multiplier: string; currencyScale: number }>;

/** The worth of one lot moving one tick: numerator × 10^-scale of the currency, and the same as factor / divisor minor units. */
export type Unit = Readonly<{
  numerator: bigint;
  scale: number;
  currencyScale: number;
  factor: bigint;
  divisor: bigint;
  /** Attos in one part of `divisor`. */
  attos: bigint;
  /** factor and divisor as numbers where both are safe; else 0, and everything goes by bigint. */
  smallFactor: number;
  smallDivisor: number;
}>;

/** Exactly: minor × 10^-currencyScale + atto × 10^-18 of the currency. */
export type Notional = Readonly<{ minor: Minor; atto: bigint }>;

export function unitOf(contract: Contract): Unit {
  const tick = parseDecimal(contract.tick);
  const lot = parseDecimal(contract.lot);
  const multiplier = parseDecimal(contract.multiplier);
  assert(tick.digits > 0n && lot.digits > 0n && multiplier.digits > 0n, 'tick, lot and multiplier are positive');
  const { currencyScale } = contract;
  assert(Number.isInteger(currencyScale) && currencyScale >= 0 && currencyScale <= MAX_SCALE, `currency scale ${currencyScale}`);
  const { digits: numerator, scale } = smallest(tick.digits * lot.digits * multiplier.digits, tick.scale + lot.scale + multiplier.scale);
  assert(scale <= MAX_SCALE, `one tick × one lot × multiplier needs ${scale} digits after the point; ${MAX_SCALE} fit`);
  const factor = scale < currencyScale ? numerator * pow10(currencyScale - scale) : numerator;
  const divisor = scale < currencyScale ? 1n : pow10(scale - currencyScale);
  const small = factor <= MAX_SAFE && divisor <= HALF_SAFE;
  return {
    numerator,
    scale,
    currencyScale,
    factor,
    divisor,
    attos: pow10(MAX_SCALE - Math.max(scale, currencyScale)),
    smallFactor: small ? Number(factor) : 0,
    smallDivisor: small ? Number(divisor) : 0,
  };
}

/** `lots` may be signed; the remainder is exact minus rounded, so its sign says which way the rounding went. */
export function notional(unit: Unit, lots: number, price: number): Notional {
  const exact = lots * price * unit.smallFactor;
  if (fits(lots, price, exact, unit)) {
    const rounded = roundSmall(exact, unit.smallDivisor);
    return { minor: BigInt(rounded) as Minor, atto: BigInt(exact - rounded * unit.smallDivisor) * unit.attos };
  }
  const product = BigInt(lots) * BigInt(price) * unit.factor;
  const rounded = divideHalfEven(product, unit.divisor);
  return { minor: rounded as Minor, atto: (product - rounded * unit.divisor) * unit.attos };
}

/** A position's value: the same rounding, without the remainder. */
export function value(unit: Unit, signedLots: number, price: number): Minor {
  const exact = signedLots * price * unit.smallFactor;
  if (fits(signedLots, price, exact, unit)) return BigInt(roundSmall(exact, unit.smallDivisor)) as Minor;
  return divideHalfEven(BigInt(signedLots) * BigInt(price) * unit.factor, unit.divisor) as Minor;
}

/** The same as a double: exact below 2⁵³, the nearest double above. */
export function wholeValue(unit: Unit, signedLots: number, price: number): number {
  const exact = signedLots * price * unit.smallFactor;
  return fits(signedLots, price, exact, unit) ? roundSmall(exact, unit.smallDivisor) : Number(value(unit, signedLots, price));
}

/** What cash and lots are worth together at each of these prices: cash + wholeValue(), from `from` up to `to`, into the same places. */
export function worthAlong(
  { unit, lots, cash }: Readonly<{ unit: Unit; lots: number; cash: number }>,
  prices: Float64Array,
  into: Float64Array,
  from: number,
  to: number,
): void {
  if (lots === 0) {
    into.fill(cash, from, to);
    return;
  }
  const divisor = unit.smallDivisor;
  const each = lots * unit.smallFactor;
  const most = unit.smallFactor !== 0 && Number.isSafeInteger(each) ? Number.MAX_SAFE_INTEGER - divisor : -1; // up to here every step below is exact
  for (let i = from; i < to; i += 1) {
    const price = prices[i] as number;
    const exact = each * price;
    into[i] = cash + (Math.abs(exact) <= most && Number.isInteger(price) ? roundQuick(exact, divisor) : wholeValue(unit, lots, price));
  }
}

/** Hundredths of a basis point in the whole. */
const FEE_PARTS = 1_000_000n;

/** A fee at `rate` hundredths of a basis point. Of the notional's size: a trade at a negative price pays one too. */
export function feeOf(amount: Minor, rate: number): Minor {
  return divideHalfEven((amount < 0n ? -amount : amount) * BigInt(rate), FEE_PARTS) as Minor;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const HALF_SAFE = MAX_SAFE / 2n; // twice a remainder still fits

/** A product of whole numbers that comes out safe was never rounded on the way. */
function fits(lots: number, price: number, exact: number, unit: Unit): boolean {
  return unit.smallFactor !== 0 && Number.isSafeInteger(exact) && Number.isSafeInteger(lots) && Number.isSafeInteger(price);
}

/** As roundSmall() rounds, by a division in place of a remainder, which takes a third of the time. */
function roundQuick(exact: number, divisor: number): number {
  if (divisor === 1) return exact;
  let quotient = Math.floor(exact / divisor);
  let rest = exact - quotient * divisor;
  if (rest < 0) {
    quotient -= 1; // the division was rounded up to a whole number
    rest += divisor;
  }
  const twice = rest * 2;
  return twice > divisor || (twice === divisor && quotient % 2 !== 0) ? quotient + 1 : quotient;
}

function roundSmall(exact: number, divisor: number): number {
  const remainder = exact % divisor; // has the sign of `exact`
  const quotient = (exact - remainder) / divisor;
  const twice = Math.abs(remainder) * 2;
  if (twice < divisor || (twice === divisor && quotient % 2 === 0)) return quotient === 0 ? 0 : quotient;
  return exact < 0 ? quotient - 1 : quotient + 1;
}

/** normalize() for a product whose scale may still exceed what a Decimal allows. */
function smallest(digits: bigint, scale: number): { digits: bigint; scale: number } {
  let [left, at] = [digits, scale];
  while (at > MAX_SCALE && left % 10n === 0n) {
    left /= 10n;
    at -= 1;
  }
  return at > MAX_SCALE ? { digits: left, scale: at } : normalize({ digits: left, scale: at });
}
