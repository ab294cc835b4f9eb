/** What one key of retrace.yaml is: its kind, unit, default and range, from which its schema, its documentation and its faults are made. */
import { z } from 'zod';
import { nearest } from '#engine/nearest.ts';
import { shown } from './faults.ts';
import {
  byteCount,
  byteText,
  decimalText,
  durationText,
  durationUs,
  isMore,
  millionths,
  millionthsText,
  permille,
  permilleText,
  Wrong,
  wholeNumber,
} from './units.ts';

/** What decides a default or whether a key has a meaning at all. */
export type Kinds = Readonly<{ venue: 'paper' | 'local'; source: 'synthetic' | 'local' }>;
/** A default that depends on one of the kinds; null: none there. */
export type Standard =
  | string
  | null
  | Readonly<{ venue: Readonly<Record<Kinds['venue'], string | null>> }>
  | Readonly<{ source: Readonly<Record<Kinds['source'], string | null>> }>;
/** Where a key means something; elsewhere it is refused. */
export type Only = Readonly<{ venue: Kinds['venue'] }> | Readonly<{ source: Kinds['source'] }>;

export type KeyFacts = Readonly<{
  about: string;
  /** The unit as a person writes it. */
  unit: string;
  range: string;
  standard: Standard;
  required: boolean;
  only: Only | null;
  /** A value that passes: it stands in for a faulty one while the rest is judged. */
  example: string;
  /** Not shown where it does not pass: what stands there may be a secret put in the wrong place. */
  hidden: boolean;
}>;

export const KEYS = z.registry<KeyFacts>();

type Given = Readonly<{
  about: string;
  standard?: Standard;
  only?: Only;
  required?: boolean;
  example?: string;
  hidden?: boolean;
  /** `none` switches it off. */
  none?: boolean;
}>;
type Bounds<T> = Readonly<{ least?: T; most?: T; ceiling?: boolean }>;

/** A leaf takes the text of its key, or null where nobody gave one, and answers a value or null. */
function key<T>(read: (text: string) => T | Wrong, given: Given, unit: string, range: string, example: string): z.ZodType<T | null> {
  const { about, standard = null, only = null, required = false, hidden = false, none = false } = given;
  const schema = z.unknown().transform((raw, context): T | null => {
    if (raw === null) {
      if (required) context.issues.push(issue(raw, 'is missing', `write it like ${example}`));
      return null;
    }
    if (typeof raw !== 'string') context.issues.push(issue(raw, 'holds keys or a list', `write one value, like ${example}`));
    else if (raw === '') context.issues.push(issue(raw, 'has no value', `write one, like ${example}, or take the key out`));
    else if (none && raw === 'none') return null;
    else {
      const value = read(raw);
      if (!(value instanceof Wrong)) return value;
      context.issues.push(issue(raw, value.why, value.remedy));
    }
    return null;
  });
  schema.register(KEYS, {
    about,
    unit,
    range: none ? `${range}, or none` : range,
    standard,
    required,
    only,
    example: given.example ?? example,
    hidden,
  });
  return schema as z.ZodType<T | null>;
}

/** zod carries one message: why, and what to do, are parted by a line. */
const issue = (input: unknown, why: string, remedy: string) => ({ code: 'custom' as const, input, message: `${why}\n${remedy}` });

/** A key that always has a value once checked: by its default, or because it is required. */
export const sure = <T>(schema: z.ZodType<T | null>): z.ZodType<T> => schema as z.ZodType<T>;

const between = (least: string | null, most: string | null): string =>
  least !== null && most !== null ? `${least} to ${most}` : most !== null ? `up to ${most}` : least !== null ? `from ${least}` : 'any';

function bounded<T>(
  read: (text: string) => T | Wrong,
  { least, most, ceiling = false }: Bounds<T>,
  write: (value: T) => string,
  above: (a: T, b: T) => boolean,
) {
  return (text: string): T | Wrong => {
    const value = read(text);
    if (value instanceof Wrong) return value;
    if (most !== undefined && above(value, most))
      return ceiling
        ? new Wrong(`${shown(text)} is above ${write(most)}, the most this program allows`, 'lower it; no configuration raises a ceiling')
        : new Wrong(`${shown(text)} is more than ${write(most)}`, `write ${write(most)} or less`);
    if (least !== undefined && above(least, value))
      return new Wrong(`${shown(text)} is less than ${write(least)}`, `write ${write(least)} or more`);
    return value;
  };
}

const numbers = (a: number, b: number): boolean => a > b;
const range = <T>({ least, most }: Bounds<T>, write: (value: T) => string): string =>
  between(least === undefined ? null : write(least), most === undefined ? null : write(most));

/** µs. */
export const duration = (given: Given, bounds: Bounds<number>): z.ZodType<number | null> =>
  key(bounded(durationUs, bounds, durationText, numbers), given, 'time (ms s m h d)', range(bounds, durationText), exampleOf(given, '2s'));

/** Permille. */
export const percent = (given: Given, bounds: Bounds<number>): z.ZodType<number | null> =>
  key(bounded(permille, bounds, permilleText, numbers), given, 'percent', range(bounds, permilleText), exampleOf(given, '2%'));

/** Millionths of the notional. */
export const fee = (given: Given, bounds: Bounds<number>): z.ZodType<number | null> =>
  key(
    bounded(millionths, bounds, millionthsText, numbers),
    given,
    'percent or bp',
    range(bounds, millionthsText),
    exampleOf(given, '0.01%'),
  );

export const size = (given: Given, bounds: Bounds<number>): z.ZodType<number | null> =>
  key(bounded(byteCount, bounds, byteText, numbers), given, 'KiB MiB GiB', range(bounds, byteText), exampleOf(given, '64MiB'));

/** Decimal text in the account's currency; without a least amount it must be above 0. */
export const money = (given: Given, bounds: Bounds<string>): z.ZodType<string | null> =>
  key(
    bounded(
      (text) => (bounds.least === undefined ? positive(decimalText(text, 'money'), text) : decimalText(text, 'money')),
      bounds,
      String,
      isMore,
    ),
    given,
    "account's currency",
    bounds.least === undefined ? `above 0, ${range(bounds, String)}` : range(bounds, String),
    exampleOf(given, '1000.00'),
  );

/** Decimal text above 0: a size of what is traded. */
export const quantity = (given: Given): z.ZodType<string | null> =>
  key((text) => positive(decimalText(text, 'quantity'), text), given, 'decimal', 'above 0', exampleOf(given, '1'));

const positive = (value: string | Wrong, text: string): string | Wrong =>
  value === '0' ? new Wrong(`${shown(text)} is not above 0`, 'write more, or leave the key out') : value;

export const whole = (given: Given, bounds: Bounds<number> & Readonly<{ least: number; most: number }>): z.ZodType<number | null> =>
  key(bounded(wholeNumber, bounds, String, numbers), given, 'whole number', range(bounds, String), exampleOf(given, String(bounds.least)));

export function choice<T extends string>(of: readonly T[], given: Given): z.ZodType<T | null> {
  const read = (text: string): T | Wrong => {
    if (of.includes(text as T)) return text as T;
    const meant = nearest(text, of);
    return new Wrong(
      `${shown(text)} is not one of ${of.join(', ')}`,
      meant === null ? `write one of them, as ${of[0]!}` : `did you mean ${meant}?`,
    );
  };
  return key(read, given, 'word', of.join(', '), exampleOf(given, of[0]!));
}

/** Text of a shape, said in words. */
export function text(
  given: Given & Readonly<{ shape: RegExp; unit: string; says: string; range: string; remedy: string }>,
): z.ZodType<string | null> {
  const { shape, says, range, remedy, hidden = false, unit } = given;
  const read = (raw: string): string | Wrong =>
    raw.length <= 1_024 && shape.test(raw) ? raw : new Wrong(`${hidden ? 'its value' : shown(raw)} is no ${says}`, remedy);
  return key(read, given, unit, range, exampleOf(given, given.example ?? 'main'));
}

/** `off`, or what `read` makes of the text. */
export function or<T, Word extends string>(
  word: Word,
  facts: Given & Readonly<{ unit: string; range: string }>,
  read: (text: string) => T | Wrong,
): z.ZodType<T | Word | null> {
  return key((raw): T | Word | Wrong => (raw === word ? word : read(raw)), facts, facts.unit, facts.range, exampleOf(facts, word));
}

/** The default where there is one in words: it shows how to write a value. */
function exampleOf({ standard = null, example }: Given, otherwise: string): string {
  if (example !== undefined) return example;
  return typeof standard === 'string' ? standard : otherwise;
}
