/**
 * A metric is data: its value with the formula and the numbers that went into it, so that a reader can work it out again. A value that
 * does not exist is null with the reason, never NaN or Infinity.
 */
import { assert } from '../../assert.ts';

/** fraction: 0.1 reads 10 %. money: whole minor units of the run's currency. R: multiples of what a trade risked. */
export type MetricUnit = 'fraction' | 'ratio' | 'money' | 'count' | 'days' | 'hours' | 'R';

/** A bigint is money in whole minor units; a number is anything else. */
export type MetricInput = readonly [name: string, value: number | bigint | string | null];

export type Metric = Readonly<{
  /** Stable, for programs: `sharpe`. */
  key: string;
  /** For people: `Sharpe ratio`. */
  name: string;
  value: number | null;
  unit: MetricUnit;
  formula: string;
  inputs: readonly MetricInput[];
  /** Why there is no value; null where there is one. */
  reason: string | null;
}>;

/** How a metric is read: what it is called and how it is worked out. */
export type Definition = Readonly<{ key: string; name: string; unit: MetricUnit; formula: string }>;

export function metric(definition: Definition, value: number | Undefined, inputs: readonly MetricInput[]): Metric {
  const reason = typeof value === 'number' ? null : value.reason;
  assert(typeof value !== 'number' || Number.isFinite(value), `${definition.key}: ${String(value)} is no value; give undefinedBecause(…)`);
  for (const [name, input] of inputs)
    assert(typeof input !== 'number' || Number.isFinite(input), `${definition.key}: its input ${name} is ${String(input)}`);
  const { key, name, unit, formula } = definition;
  return { key, name, value: typeof value === 'number' ? value + 0 : null, unit, formula, inputs, reason };
}

/** The absence of a value, with its reason. */
export type Undefined = Readonly<{ reason: string }>;
export const undefinedBecause = (reason: string): Undefined => ({ reason });

/** `a / b`, or why it cannot be. */
export function quotient(a: number | Undefined, b: number | Undefined, zero: string): number | Undefined {
  if (typeof a !== 'number') return a;
  if (typeof b !== 'number') return b;
  if (b === 0) return undefinedBecause(zero);
  const value = a / b;
  return Number.isFinite(value) ? value : undefinedBecause(zero);
}

/** For an input: an amount in minor units, rounded to a whole one where it is a float. */
export const amount = (minor: number): bigint => BigInt(Math.round(minor));

/** For an input: the value, or null. */
export const orNull = (value: number | Undefined): number | null => (typeof value === 'number' ? value : null);
