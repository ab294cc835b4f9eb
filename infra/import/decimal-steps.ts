/**
 * Decides how a foreign decimal becomes whole steps (ticks, lots) when the byte scanner passes it on: signs, exponents, many digits,
 * values off the grid. Exact: the text is a fraction of whole numbers, never a float. What is off the grid is rounded and says so.
 */
import { type Decimal, divideHalfEven, formatDecimal, pow10 } from '#engine/decimal.ts';

/** How a number lies on its grid. `noise`: so near a step that only floating point can have moved it. */
export type Steps = Readonly<{ steps: number; grid: 'on' | 'off' | 'noise' }>;

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const MAX_DIGITS = 60;
const MAX_EXPONENT = 60;
/** A double has 15 to 17 digits; text with fewer was not written by one that lost something. */
const DOUBLE_DIGITS = 15;
/** Noise is within 2^-50 of the value: four units in the last place. */
const NOISE = 2n ** 50n;

/** Null: no number. `large`: one beyond 53 bits of steps. */
export function stepsOfText(text: string, step: Decimal): Steps | 'large' | null {
  const few = fewDigits(text, step);
  if (few !== -1) return { steps: few, grid: 'on' };
  const value = fractionOf(text);
  if (value === null) return null;
  const numerator = value.digits * pow10(step.scale) * (value.exponent > 0 ? pow10(value.exponent) : 1n);
  const denominator = step.digits * (value.exponent < 0 ? pow10(-value.exponent) : 1n);
  const rounded = divideHalfEven(numerator, denominator);
  const steps = Number(rounded);
  if (!Number.isSafeInteger(steps)) return 'large';
  const off = rounded * denominator - numerator;
  if (off === 0n) return { steps: steps === 0 ? 0 : steps, grid: 'on' };
  const noisy = value.significant >= DOUBLE_DIGITS && (off < 0n ? -off : off) * NOISE <= (numerator < 0n ? -numerator : numerator);
  return { steps: steps === 0 ? 0 : steps, grid: noisy ? 'noise' : 'off' };
}

/** The common case without whole fractions: up to fifteen plain digits, on the grid. −1 for any other. */
function fewDigits(text: string, step: Decimal): number {
  if (text.length > 16 || step.scale > 15) return -1;
  let digits = 0;
  let point = -1;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i) ^ 48;
    if (c < 10) digits = digits * 10 + c;
    else if (c === 30 && point === -1 && i > 0) point = i;
    else return -1;
  }
  const missing = step.scale - (point === -1 ? 0 : text.length - 1 - point);
  const whole = digits * (missing >= 0 ? (TENS[missing] as number) : Number.NaN);
  const count = whole / Number(step.digits);
  return text.length > 0 && whole <= Number.MAX_SAFE_INTEGER && Number.isInteger(count) && count * Number(step.digits) === whole
    ? count
    : -1;
}

const TENS = Array.from({ length: 16 }, (_, n) => Number(`1e${n}`));

/** digits × 10^exponent, exact; null when it is no plain number or absurdly long. */
export function fractionOf(text: string): Readonly<{ digits: bigint; exponent: number; significant: number }> | null {
  if (text.length > 2 * MAX_DIGITS) return null;
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const whole = match[2] ?? '';
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  const magnitude = (whole + fraction).replace(/^0+/, '');
  if ((whole === '' && (match[3] ?? '') === '') || magnitude.length > MAX_DIGITS) return null;
  if (magnitude === '') return { digits: 0n, exponent: 0, significant: 0 };
  const exponent = Number(match[4] ?? '0') - fraction.length;
  if (exponent > MAX_EXPONENT || exponent < -MAX_EXPONENT) return null;
  const digits = BigInt(magnitude);
  return { digits: match[1] === '-' ? -digits : digits, exponent, significant: magnitude.replace(/0+$/, '').length };
}

/** Whether a cell says that it has no value. */
export const isEmptyText = (text: string): boolean => text === '' || /^(nan|null|none|na|n\/a|nil|-|\+?-?inf(inity)?)$/i.test(text);

/** Whole steps as decimal text, at the step's own scale. */
export function textOfSteps(steps: number, step: Decimal): string {
  const whole = step.digits <= 1_000_000n ? steps * Number(step.digits) : Number.POSITIVE_INFINITY;
  if (!Number.isSafeInteger(whole)) return formatDecimal({ digits: BigInt(steps) * step.digits, scale: step.scale });
  if (step.scale === 0) return String(whole);
  const digits = String(Math.abs(whole)).padStart(step.scale + 1, '0');
  const point = digits.length - step.scale;
  return `${whole < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}
