/** What an expression means once its names and types are settled: a typed tree that program.ts runs and warmup.ts measures. */
import type { IndicatorEntry } from '../../indicators/catalogue.ts';
import type { BinarySign } from './syntax.ts';

export type Type = 'number' | 'flag' | 'duration' | 'side' | 'text';

/** What a value can be over all settings of the parameters. */
export type Range = Readonly<{ least: number; most: number; whole: boolean }>;

export type BarField = 'open' | 'high' | 'low' | 'close' | 'volume';
export const BAR_FIELDS: readonly BarField[] = ['open', 'high', 'low', 'close', 'volume'];

export const NUMBER_FUNCTIONS = {
  abs: 1,
  sign: 1,
  sqrt: 1,
  log: 1,
  exp: 1,
  round: 1,
  floor: 1,
  ceil: 1,
  min: 2,
  max: 2,
} as const satisfies Readonly<Record<string, number>>;
export type NumberFunction = keyof typeof NUMBER_FUNCTIONS;

/** What the desk and the clock say at a wake. `live` ones belong to the position: they have no past and are no series. */
export const FACTS = {
  position: { type: 'side', live: true },
  entry_price: { type: 'number', live: true },
  bars_held: { type: 'number', live: true },
  time_of_day: { type: 'duration', live: false },
  since_open: { type: 'duration', live: false },
  until_close: { type: 'duration', live: false },
  /** The day its session opened, in days since 1970: a number that changes with the session. */
  session_day: { type: 'number', live: false },
} as const satisfies Readonly<Record<string, { type: Type; live: boolean }>>;
export type FactName = keyof typeof FACTS;

type Of<Op extends string, Body> = Readonly<
  {
    op: Op;
    type: Type;
    /** The market at whose bars it changes; null: never. What mixes markets changes with the main one, 0. */
    clock: number | null;
    /** The same text for the same meaning. */
    key: string;
    live: boolean;
    range: Range | null;
  } & Body
>;

export type Meaning =
  | Of<'constant', { value: number | boolean | string }>
  | Of<'parameter', { name: string; of: readonly string[] }>
  | Of<'bar', { market: number; field: BarField }>
  | Of<'fact', { fact: FactName }>
  | Of<'let', { index: number; meaning: Meaning }>
  | IndicatorMeaning
  | Of<'past', { of: Meaning; back: Meaning }>
  | Of<'cross', { up: boolean; left: Meaning; right: Meaning }>
  | Of<'since', { of: Meaning }>
  | Of<'opening', { high: boolean; length: Meaning }>
  | Of<'function', { name: NumberFunction; inputs: readonly Meaning[] }>
  | Of<'minus', { of: Meaning }>
  | Of<'not', { of: Meaning }>
  | Of<'binary', { sign: BinarySign; left: Meaning; right: Meaning }>
  | Of<'between', { of: Meaning; low: Meaning; high: Meaning }>
  | Of<'if', { when: Meaning; so: Meaning; otherwise: Meaning }>;

export type IndicatorMeaning = Of<
  'indicator',
  {
    entry: IndicatorEntry;
    /** Whose bars it reads, where it reads bars. */
    market: number;
    /** In the entry's order; null where it reads a field of the bar. */
    inputs: readonly (Meaning | null)[];
    parameters: readonly Meaning[];
    output: number;
    /** As `key`, whichever output is read. */
    instance: string;
  }
>;

/** The value ranges of sums, products and the like; null where there is no bound. */
export function rangeOf(sign: '+' | '-' | '*' | '/' | 'min' | 'max', a: Range | null, b: Range | null): Range | null {
  if (a === null || b === null) return null;
  if (sign === '/' && b.least <= 0 && b.most >= 0) return null;
  const ends = [a.least, a.most].flatMap((x) => [b.least, b.most].map((y) => apply(sign, x, y)));
  const range = { least: Math.min(...ends), most: Math.max(...ends), whole: a.whole && b.whole && sign !== '/' };
  return Number.isFinite(range.least) && Number.isFinite(range.most) ? range : null;
}

function apply(sign: '+' | '-' | '*' | '/' | 'min' | 'max', x: number, y: number): number {
  switch (sign) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    case 'min':
      return Math.min(x, y);
    case 'max':
      return Math.max(x, y);
  }
}
