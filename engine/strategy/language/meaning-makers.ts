/** The makers of meanings: each fills in when it changes, whether it depends on the position, its key, and the range of its values. */
import type { ParameterLine } from './document.ts';
import { type BarField, type Meaning, type NumberFunction, type Range, rangeOf, type Type } from './meaning.ts';
import type { BinarySign } from './syntax.ts';

export const exactly = (value: number): Range => ({ least: value, most: value, whole: Number.isInteger(value) });

export function constant(type: Type, value: number | boolean | string, range: Range | null): Meaning {
  return { op: 'constant', type, clock: null, live: false, key: type === 'text' ? `'${value}'` : `${type} ${value}`, range, value };
}

export const ONE = constant('number', 1, exactly(1));

export function bar(market: number, field: BarField): Meaning {
  return { op: 'bar', type: 'number', clock: market, live: false, key: `${market}.${field}`, range: null, market, field };
}

export function binary(sign: BinarySign, left: Meaning, right: Meaning, type: Type, range: Range | null): Meaning {
  return { op: 'binary', type, ...together([left, right]), key: `(${left.key} ${sign} ${right.key})`, range, sign, left, right };
}

export function parameterMeaning({ name, type, least, most, of }: ParameterLine): Meaning {
  const measured = type === 'whole' || type === 'number' || type === 'duration';
  const range = measured ? { least, most, whole: type !== 'number' } : null;
  const as: Type = type === 'whole' ? 'number' : type === 'choice' ? 'text' : type;
  return { op: 'parameter', type: as, clock: null, live: false, key: `parameter ${name}`, range, name, of };
}

/** What changes with two markets changes with the main one. */
export function together(parts: readonly Meaning[]): Readonly<{ clock: number | null; live: boolean }> {
  let clock: number | null = null;
  for (const part of parts) if (part.clock !== null) clock = clock === null || clock === part.clock ? part.clock : 0;
  return { clock, live: parts.some(({ live }) => live) };
}

export function either(a: Range | null, b: Range | null): Range | null {
  if (a === null || b === null) return null;
  return { least: Math.min(a.least, b.least), most: Math.max(a.most, b.most), whole: a.whole && b.whole };
}

export function functionRange(name: NumberFunction, [a, b]: readonly Meaning[]): Range | null {
  const range = a?.range ?? null;
  switch (name) {
    case 'min':
    case 'max':
      return rangeOf(name, range, b?.range ?? null);
    case 'round':
      return rounded(range, Math.round);
    case 'floor':
      return rounded(range, Math.floor);
    case 'ceil':
      return rounded(range, Math.ceil);
    case 'abs':
      return range === null ? null : { least: 0, most: Math.max(Math.abs(range.least), Math.abs(range.most)), whole: range.whole };
    case 'sign':
      return { least: -1, most: 1, whole: true };
    default:
      return null;
  }
}

const rounded = (range: Range | null, round: (x: number) => number): Range | null =>
  range === null ? null : { least: round(range.least), most: round(range.most), whole: true };
