/** Means, deviations and the normal distribution, in plain sums: the same bits everywhere. An empty or single sample has no deviation. */
import { assert } from '../../assert.ts';
import { exp } from '../../math.ts';

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += values[i] as number;
  return total;
}

/** null for an empty sample. */
export function mean(values: ArrayLike<number>): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}

/** Of a sample (n − 1). null below two values; exactly 0 where all are equal. */
export function deviation(values: ArrayLike<number>): number | null {
  if (values.length < 2) return null;
  if (allEqual(values)) return 0; // rounding in the mean would leave a trace
  return Math.sqrt(centralSum(values, 2) / (values.length - 1));
}

/** Third standardised moment, of the population. null without variance. */
export function skewness(values: ArrayLike<number>): number | null {
  const n = values.length;
  if (n < 2 || allEqual(values)) return null;
  const variance = centralSum(values, 2) / n;
  return finiteOrNull(centralSum(values, 3) / n / (variance * Math.sqrt(variance)));
}

/** Fourth standardised moment, of the population: 3 for a normal distribution. null without variance. */
export function kurtosis(values: ArrayLike<number>): number | null {
  const n = values.length;
  if (n < 2 || allEqual(values)) return null;
  const variance = centralSum(values, 2) / n;
  return finiteOrNull(centralSum(values, 4) / n / (variance * variance));
}

/** The value below which the share `q` of an ascending sample lies, interpolated between neighbours. */
export function quantile(ascending: ArrayLike<number>, q: number): number {
  assert(ascending.length > 0 && q >= 0 && q <= 1, 'quantile: a sample of at least one and a share within 0 … 1');
  const at = q * (ascending.length - 1);
  const below = Math.floor(at);
  const low = ascending[below] as number;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] as number;
  return low + (at - below) * (high - low);
}

/** The share of a standard normal distribution below x. */
export function normalBelow(x: number): number {
  if (x > TAIL) return 1 - tailBeyond(x);
  if (x < -TAIL) return tailBeyond(-x);
  // ½ + φ(x) (x + x³/3 + x⁵/15 + …): every term is positive for one sign of x, so nothing cancels.
  let term = x;
  let series = x;
  for (let k = 3; term !== 0 && Math.abs(term) > 1e-18 * Math.abs(series); k += 2) {
    term *= (x * x) / k;
    series += term;
  }
  return 0.5 + density(x) * series;
}

/** The x with the share p below it; p strictly between 0 and 1. Halving an interval is slow and cannot go wrong. */
export function normalQuantile(p: number): number {
  assert(p > 0 && p < 1, `normalQuantile: ${p} is not strictly between 0 and 1`);
  let low = -40;
  let high = 40;
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const TAIL = 5;
const INVERSE_SQRT_2PI = 0.3989422804014327;
const density = (x: number): number => INVERSE_SQRT_2PI * exp(-0.5 * x * x);

/** Beyond a large positive x: φ(x) / (x + 1/(x + 2/(x + 3/…))). */
function tailBeyond(x: number): number {
  let fraction = x;
  for (let k = 60; k >= 1; k -= 1) fraction = x + k / fraction;
  return density(x) / fraction;
}

function allEqual(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i += 1) if (values[i] !== values[0]) return false;
  return true;
}

function centralSum(values: ArrayLike<number>, power: 2 | 3 | 4): number {
  const centre = sum(values) / values.length;
  let total = 0;
  for (let i = 0; i < values.length; i += 1) {
    const off = (values[i] as number) - centre;
    total += power === 2 ? off * off : power === 3 ? off * off * off : off * off * off * off;
  }
  return total;
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
