/**
 * Decides how decimal text becomes whole numbers (ticks, lots, minor units) and back, exactly.
 * Never passes through a float, never rounds silently: what does not fit is a BadDecimal.
 */
import { assert } from './assert.ts';
import type { Lots, Minor, PriceTicks } from './values.ts';
import { lots, minor, priceTicks } from './values.ts';

/** value = digits × 10^-scale, scale 0..18. '1.50' and '1.5' are equal in value, not in scale. */
export type Decimal = Readonly<{ digits: bigint; scale: number }>;

export const MAX_SCALE = 18;
export const MAX_DIGITS = 38;

/** Text (or its step) that has no exact whole number. An edge turns it into a refusal. */
export class BadDecimal extends Error {
  override name = 'BadDecimal';
}

const PLAIN = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/;

export function parseDecimal(text: string): Decimal {
  const match = PLAIN.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || fraction.length > MAX_SCALE || whole.length + fraction.length > MAX_DIGITS) {
    throw new BadDecimal(
      `${JSON.stringify(text)} is not plain decimal text: an optional sign, digits, an optional fraction; ` +
        `at most ${MAX_SCALE} digits after the point and ${MAX_DIGITS} in all; no exponent, no spaces`,
    );
  }
  const magnitude = BigInt(whole + fraction);
  return { digits: match[1] === '-' ? -magnitude : magnitude, scale: fraction.length };
}

/** Writes exactly `scale` digits after the point; zero carries no sign. */
export function formatDecimal(decimal: Decimal): string {
  assertScale(decimal.scale);
  const negative = decimal.digits < 0n;
  const magnitude = (negative ? -decimal.digits : decimal.digits).toString().padStart(decimal.scale + 1, '0');
  const point = magnitude.length - decimal.scale;
  const text = decimal.scale === 0 ? magnitude : `${magnitude.slice(0, point)}.${magnitude.slice(point)}`;
  return negative ? `-${text}` : text;
}

/** The same value with the smallest scale: equal values become equal records. */
export function normalize(decimal: Decimal): Decimal {
  assertScale(decimal.scale);
  let { digits, scale } = decimal;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return { digits, scale };
}

export function ticksOf(text: string, tick: Decimal): PriceTicks {
  return priceTicks(stepsOf(text, tick, 'tick'));
}

/** Lots are a size, never a direction: negative text is refused. */
export function lotsOf(text: string, lot: Decimal): Lots {
  const steps = stepsOf(text, lot, 'lot');
  if (steps < 0) throw new BadDecimal(`${JSON.stringify(text)}: a quantity in lots of ${formatDecimal(lot)} is never negative`);
  return lots(steps);
}

/** Written at the tick's own scale, so every price of an instrument has as many digits: 7 ticks of 0.05 are '0.35'. */
export function priceText(ticks: PriceTicks, tick: Decimal): string {
  return formatDecimal({ digits: BigInt(ticks) * tick.digits, scale: tick.scale });
}

export function lotsText(quantity: Lots, lot: Decimal): string {
  return formatDecimal({ digits: BigInt(quantity) * lot.digits, scale: lot.scale });
}

/** Money text in whole minor units of a currency with `scale` decimals; zeros beyond the scale are allowed, digits are not. */
export function minorOf(text: string, scale: number): Minor {
  assertScale(scale);
  const { digits, scale: given } = parseDecimal(text);
  if (given <= scale) return minor(digits * pow10(scale - given));
  const step = pow10(given - scale);
  if (digits % step !== 0n) throw new BadDecimal(`${JSON.stringify(text)} has more than ${scale} digits after the point`);
  return minor(digits / step);
}

export function minorText(amount: Minor, scale: number): string {
  return formatDecimal({ digits: amount, scale });
}

/** Round half to even: ties go to the even neighbour, so many postings carry no bias. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  assert(denominator > 0n, 'divideHalfEven: the denominator must be positive');
  const quotient = numerator / denominator; // truncated toward zero
  const remainder = numerator % denominator; // has the numerator's sign
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  const away = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  if (!away) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}

const POWERS: readonly bigint[] = powersOfTen(2 * MAX_DIGITS); // a product of two Decimals still finds its power here

export function pow10(n: number): bigint {
  const power = POWERS[n];
  assert(power !== undefined, `pow10: ${n} is not a whole number from 0 to ${2 * MAX_DIGITS}`);
  return power;
}

function powersOfTen(last: number): bigint[] {
  const powers = [1n];
  for (let power = 10n; powers.length <= last; power *= 10n) powers.push(power);
  return powers;
}

function stepsOf(text: string, step: Decimal, name: string): number {
  assert(step.digits > 0n, `a ${name} must be positive`);
  assertScale(step.scale);
  const value = parseDecimal(text);
  const numerator = value.digits * pow10(step.scale);
  const denominator = step.digits * pow10(value.scale);
  if (numerator % denominator !== 0n) {
    throw new BadDecimal(`${JSON.stringify(text)} is not a whole multiple of the ${name} ${formatDecimal(step)}`);
  }
  const steps = Number(numerator / denominator);
  if (!Number.isSafeInteger(steps)) {
    throw new BadDecimal(`${JSON.stringify(text)} is more steps of the ${name} ${formatDecimal(step)} than 53 bits hold`);
  }
  return steps;
}

function assertScale(scale: number): void {
  assert(Number.isInteger(scale) && scale >= 0 && scale <= MAX_SCALE, `scale ${scale} is not a whole number from 0 to ${MAX_SCALE}`);
}
