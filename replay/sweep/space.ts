/**
 * What a sweep may choose from: for each parameter a list of values or a range, and conditions between them. Says what a set of parameters is
 * and where it lies; never which to try next.
 */
import { exp, log } from '#engine/math.ts';
import type { ParameterSpec, Strategy } from '#engine/strategy/strategy.ts';
import type { Condition } from './conditions.ts';

export type Value = number | boolean | string;
export type Choice = Readonly<Record<string, Value>>;

export type Dimension =
  /** `ordered`: neighbours in the list are near each other. */
  | Readonly<{ name: string; kind: 'listed'; values: readonly Value[]; ordered: boolean }>
  | Readonly<{ name: string; kind: 'range'; low: number; high: number; whole: boolean; log: boolean }>;

export type Space = Readonly<{ dimensions: readonly Dimension[]; conditions: readonly Condition[] }>;

/** A search space that cannot be: every fault is listed. */
export class BadSpace extends Error {
  override name = 'BadSpace';
}

export const MOST_LISTED = 100_000;

export const isAllowed = ({ conditions }: Space, choice: Choice, fixed: Choice): boolean =>
  conditions.every((condition) => condition.holds({ ...fixed, ...choice }));

/** The same choice, the same text. */
export const keyOf = ({ dimensions }: Space, choice: Choice): string => JSON.stringify(dimensions.map(({ name }) => choice[name]));

/** How many choices lists make, conditions aside; Infinity where a range has no step. */
export const sizeOf = ({ dimensions }: Space): number =>
  dimensions.reduce((size, each) => size * (each.kind === 'listed' ? each.values.length : Number.POSITIVE_INFINITY), 1);

/** The value at a place from 0 to 1. */
export function valueAt(dimension: Dimension, place: number): Value {
  if (dimension.kind === 'listed') {
    const { values } = dimension;
    return values[Math.min(values.length - 1, Math.floor(place * values.length))]!;
  }
  const { low, high, whole, log: isLog } = dimension;
  // a whole number has a share of the range around it, the ends as much as the others
  const [from, to] = whole ? [low - 0.5, high + 0.5] : [low, high];
  const raw = isLog ? exp(log(from) + place * (log(to) - log(from))) : from + place * (to - from);
  const value = whole ? Math.round(raw) : Number(raw.toPrecision(DIGITS));
  return Math.min(high, Math.max(low, value));
}

/** The place of a value: the middle of what leads to it. */
export function placeOf(dimension: Dimension, value: Value): number {
  if (dimension.kind === 'listed') return (dimension.values.indexOf(value) + 0.5) / dimension.values.length;
  const { low, high, whole, log: isLog } = dimension;
  const [from, to] = whole ? [low - 0.5, high + 0.5] : [low, high];
  if (to === from) return 0.5;
  const at = value as number;
  return isLog ? (log(at) - log(from)) / (log(to) - log(from)) : (at - from) / (to - from);
}

const DIGITS = 12;

/** From one value to another in steps, both ends included where the steps meet them. */
export function stepped(low: number, high: number, step: number): readonly number[] {
  const count = Math.floor((high - low) / step + 1e-9) + 1;
  // 0.1 + 0.2 would not be 0.3, and a person would not know the value again
  return Array.from({ length: count }, (_, i) => Number((low + i * step).toPrecision(DIGITS)));
}

/**
 * `5..50:5` in steps, `0.001..1:log` by its logarithm, `5..50` any value between, `a,b,c` these. What the parameter itself allows is held
 * against its schema.
 */
export function dimensionOf(strategy: Strategy, name: string, text: string): Dimension | string {
  const spec = strategy.parameters[name];
  if (spec === undefined) return `no such parameter of ${strategy.name} (has: ${Object.keys(strategy.parameters).join(', ')})`;
  const [, from, to, how] = /^(-?[\d.]+)\.\.(-?[\d.]+?)(?::(log|[\d.]+))?$/.exec(text) ?? [];
  if (from === undefined) return listedOf(spec, name, text);
  if (spec.kind === 'flag' || spec.kind === 'choice') return `${text}: a ${spec.kind} has no range; list its values: a,b`;
  const [low, high] = [Number(from), Number(to)];
  const whole = spec.kind === 'whole';
  if (!(low <= high) || (whole && !(Number.isInteger(low) && Number.isInteger(high))))
    return `${text}: is no range${whole ? ' of whole numbers' : ''}; write low..high`;
  if (low < spec.least || high > spec.most) return `${text}: lies beyond ${spec.least}..${spec.most}, which is what ${name} may be`;
  if (how === undefined || how === 'log') {
    if (how === 'log' && (whole ? low < 1 : low <= 0)) return `${text}: a logarithm needs a range above 0`;
    return { name, kind: 'range', low, high, whole, log: how === 'log' };
  }
  const step = Number(how);
  if (!(step > 0) || (whole && !Number.isInteger(step))) return `${text}: the step must be ${whole ? 'a whole number ' : ''}above 0`;
  if ((high - low) / step >= MOST_LISTED) return `${text}: more than ${MOST_LISTED} values; take a larger step`;
  return { name, kind: 'listed', values: stepped(low, high, step), ordered: true };
}

function listedOf(spec: ParameterSpec, name: string, text: string): Dimension | string {
  const values = text.split(',').map((word): Value | null => {
    switch (spec.kind) {
      case 'flag':
        return word === 'true' ? true : word === 'false' ? false : null;
      case 'choice':
        return spec.of.includes(word) ? word : null;
      default: {
        const value = /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : Number.NaN;
        return value >= spec.least && value <= spec.most && (spec.kind === 'number' || Number.isInteger(value)) ? value : null;
      }
    }
  });
  const bad = values.indexOf(null);
  if (bad >= 0) return `${text.split(',')[bad]}: is no value of ${name}; write low..high:step, low..high:log, or values with commas`;
  if (new Set(values).size < values.length) return `${text}: names a value twice`;
  const ordered = spec.kind === 'whole' || spec.kind === 'number';
  const sorted = ordered ? [...values].sort((a, b) => Number(a) - Number(b)) : values;
  return { name, kind: 'listed', values: sorted as Value[], ordered };
}
