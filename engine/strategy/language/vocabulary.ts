/**
 * The language as a table for whoever writes in it: which keys may stand where, every word of an expression with its form and a line about it, every
 * indicator. Made of the tables that documents are read and judged by, so that no editor can know another language. It judges nothing.
 */
import type { IndicatorEntry } from '../../indicators/catalogue.ts';
import { INDICATORS } from '../../indicators/entries.ts';
import { indicatorForm, SIDE_WORDS, STATEFUL, TYPE_WORDS } from './check.ts';
import { DOCUMENT_FIELDS, type Field, type Fields } from './fields.ts';
import { BAR_FIELDS, type BarField, FACTS, type FactName, NUMBER_FUNCTIONS, type NumberFunction, type Type } from './meaning.ts';
import { KEYWORDS } from './syntax.ts';
import { DURATION_UNITS } from './tokens.ts';

export type KeyLine = Readonly<{
  key: string;
  kind: Field['kind'];
  about: string;
  need: boolean;
  /** The words of a choice. */
  of: readonly string[];
}>;
export type KeyPlace = Readonly<{
  /** Where the keys stand: `` is the document itself, `stop` a key of it, `parameters.*` each name below one. */
  at: string;
  about: string;
  /** What stands behind names of the writer's choice; null where only `keys` may stand. */
  names: Field['kind'] | null;
  keys: readonly KeyLine[];
}>;
export type Word = Readonly<{
  word: string;
  kind: 'keyword' | 'value' | 'series' | 'fact' | 'function';
  /** As it is written, with its inputs; the word itself where it has none. */
  form: string;
  about: string;
  /** What it is: a number, a condition …; null for words that only join others. */
  is: string | null;
}>;
export type IndicatorWord = Readonly<{
  name: string;
  form: string;
  about: string;
  /** Series that are written as its first inputs. */
  series: number;
  /** It reads bars, so a market may stand before it: `trend.atr(14)`. */
  readsBars: boolean;
  parameters: IndicatorEntry['parameters'];
  outputs: readonly string[];
}>;
export type Vocabulary = Readonly<{
  places: readonly KeyPlace[];
  words: readonly Word[];
  indicators: readonly IndicatorWord[];
  /** Of durations: `15m`. */
  units: readonly string[];
}>;

export function vocabulary(): Vocabulary {
  return {
    places: [placeOf('', 'a strategy', DOCUMENT_FIELDS), ...below('', DOCUMENT_FIELDS)],
    words: WORDS,
    indicators: INDICATORS.map((entry) => ({
      ...{ name: entry.name, form: indicatorForm(entry), about: entry.about },
      series: entry.inputs.filter(isWritten).length,
      readsBars: entry.inputs.some((input) => !isWritten(input)),
      ...{ parameters: entry.parameters, outputs: entry.outputs },
    })),
    units: Object.keys(DURATION_UNITS),
  };
}

const isWritten = (input: IndicatorEntry['inputs'][number]): boolean => input === 'series' || input === 'second';

// ── keys ──

function placeOf(at: string, about: string, fields: Fields): KeyPlace {
  const keys = Object.entries(fields).map(([key, field]): KeyLine => {
    const { kind, about, need } = field;
    return { key, kind, about, need, of: field.kind === 'choice' ? field.of : [] };
  });
  return { at, about, names: null, keys };
}

function below(at: string, fields: Fields): readonly KeyPlace[] {
  return Object.entries(fields).flatMap(([key, field]): readonly KeyPlace[] => {
    const here = at === '' ? key : `${at}.${key}`;
    if (field.kind === 'section') return [placeOf(here, field.about, field.fields), ...below(here, field.fields)];
    if (field.kind !== 'named') return [];
    const named: KeyPlace = { at: here, about: field.about, names: field.each.kind, keys: [] };
    return [named, ...(field.each.kind === 'section' ? [placeOf(`${here}.*`, field.each.about, field.each.fields)] : [])];
  });
}

// ── words ──

const BARS: Readonly<Record<BarField, string>> = {
  open: 'the first price of the bar, in ticks',
  high: 'the highest price of the bar, in ticks',
  low: 'the lowest price of the bar, in ticks',
  close: 'the last price of the bar, in ticks',
  volume: 'what was traded in the bar, in lots',
};
const KNOWN: Readonly<Record<FactName, string>> = {
  position: 'what it holds: long, short or flat',
  entry_price: 'what the position was entered at, in ticks',
  bars_held: 'bars since the entry',
  time_of_day: 'since midnight UTC',
  since_open: 'since the session opened',
  until_close: 'until the session closes',
  session_day: 'the day its session opened; changes with the session',
};
const PLAIN: Readonly<Record<NumberFunction, string>> = {
  abs: 'without its sign',
  sign: '-1, 0 or 1',
  sqrt: 'the square root',
  log: 'the natural logarithm',
  exp: 'e to that power',
  round: 'the nearest whole number',
  floor: 'the whole number at or below it',
  ceil: 'the whole number at or above it',
  min: 'the smaller of two',
  max: 'the larger of two',
};
type Shape = Readonly<{ inputs: string; about: string; is: Type }>;
const REMEMBERING: Readonly<Record<(typeof STATEFUL)[number], Shape>> = {
  cross_above: { inputs: 'a, b', about: 'a rose above b on this bar', is: 'flag' },
  cross_below: { inputs: 'a, b', about: 'a fell below b on this bar', is: 'flag' },
  bars_since: { inputs: 'condition', about: 'bars since that was last true', is: 'number' },
  opening_high: { inputs: '30m', about: 'the highest price of so long after the open, once that time is over', is: 'number' },
  opening_low: { inputs: '30m', about: 'the lowest price of so long after the open, once that time is over', is: 'number' },
};
/** The words that join others, with their forms. */
const JOINING: ReadonlyMap<string, readonly [form: string, about: string]> = new Map([
  ['and', ['a and b', 'both hold']],
  ['or', ['a or b', 'one of them holds']],
  ['not', ['not a', 'it does not hold']],
  ['if', ['if a then b else c', 'one value or the other']],
  ['then', ['if a then b else c', 'the value where the condition holds']],
  ['else', ['if a then b else c', 'the value where it does not']],
  ['between', ['x between a and b', 'from a to b, both included']],
]);
const TRUTHS: readonly string[] = ['true', 'false'];

const word = (word: string, kind: Word['kind'], about: string, is: Type | null, form = word): Word => ({
  ...{ word, kind, form, about },
  is: is === null ? null : TYPE_WORDS[is],
});

const WORDS: readonly Word[] = [
  ...BAR_FIELDS.map((field) => word(field, 'series', BARS[field], 'number')),
  ...Object.entries(FACTS).map(([fact, { type }]) => word(fact, 'fact', KNOWN[fact as FactName], type)),
  ...SIDE_WORDS.map((side) => word(side, 'value', 'a side, to compare position with', 'side')),
  ...TRUTHS.map((truth) => word(truth, 'value', 'a condition that always or never holds', 'flag')),
  ...Object.entries(NUMBER_FUNCTIONS).map(([name, count]) =>
    word(name, 'function', PLAIN[name as NumberFunction], 'number', `${name}(${count === 1 ? 'x' : 'a, b'})`),
  ),
  ...STATEFUL.map((name) => {
    const { inputs, about, is } = REMEMBERING[name];
    return word(name, 'function', about, is, `${name}(${inputs})`);
  }),
  ...KEYWORDS.filter((keyword) => !TRUTHS.includes(keyword)).map((keyword) => {
    const [form, about] = JOINING.get(keyword) ?? [keyword, ''];
    return word(keyword, 'keyword', about, null, form);
  }),
];
