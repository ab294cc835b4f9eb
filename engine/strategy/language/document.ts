/**
 * A strategy document: what its writer said, read and shaped, not yet judged for meaning. Exactly the fields of fields.ts; all faults of form
 * are listed with their places.
 */
import { MINUTE_US } from '../../values.ts';
import { DOCUMENT_FIELDS, type ParameterType } from './fields.ts';
import { type Piece, readSection, type Section } from './reading.ts';
import { faultAt, inOrder, type LanguageFault, type Place, type SourceNode } from './source.ts';
import { type Expression, numberWritten } from './syntax.ts';
import { durationWritten, tokensOf } from './tokens.ts';

export type ParameterLine = Readonly<{
  name: string;
  type: ParameterType;
  /** A duration in microseconds. */
  standard: number | boolean | string;
  least: number;
  most: number;
  step: number | null;
  /** The words of a choice. */
  of: readonly string[];
  about: string;
  place: Place;
}>;
export type MarketLine = Readonly<{ name: string; timeframeUs: number | null; about: string; place: Place }>;
export type Definition = Readonly<{ name: string; expression: Expression; place: Place }>;
export type Sides = Readonly<{ long: Expression | null; short: Expression | null }>;
export type Sizing =
  | Readonly<{ by: 'lots'; lots: Expression }>
  | Readonly<{ by: 'risk'; percent: Expression; most: Expression | null }>
  | Readonly<{ by: 'volatility'; percent: Expression; move: Expression; most: Expression | null }>;
export type Distance =
  | Readonly<{ by: 'ticks' | 'percent' | 'at'; of: Expression }>
  | Readonly<{ by: 'atr'; of: Expression; bars: Expression | null; place: Place }>;
export type Span = Readonly<{ by: 'bars' | 'after'; of: Expression }>;
/** Minutes since midnight UTC; from < to. */
export type Window = Readonly<{ from: number; to: number }>;
export type Sessions = Readonly<{ windows: readonly Window[] | null; flatBeforeUs: number | null }>;

export type Document = Readonly<{
  name: string;
  about: string;
  parameters: readonly ParameterLine[];
  markets: readonly MarketLine[];
  definitions: readonly Definition[];
  /** One of the two. */
  entries: Sides | null;
  hold: Sides | null;
  exits: Sides;
  legs: readonly Readonly<{ market: string; weight: Expression; place: Place }>[];
  sizing: Sizing;
  stop: Distance | null;
  target: Distance | null;
  trailing: Distance | null;
  timeStop: Span | null;
  sessions: Sessions | null;
  cooldown: Span | null;
}>;

/** Of a faulty document what could be read, so that its meaning can be judged too; null where it is no map of keys at all. */
export type ReadDocument = Readonly<{
  document: Document | null;
  faults: readonly LanguageFault[];
  /** Names whose own line is faulty: nothing more is said about them. */
  broken: ReadonlySet<string>;
}>;

export function readDocument(source: SourceNode): ReadDocument {
  const faults: LanguageFault[] = [];
  const top = readSection(source, DOCUMENT_FIELDS, 'a strategy', faults);
  if (top === null) return { document: null, faults, broken: new Set() };
  const read: Document = {
    name: textIn(top, 'name'),
    about: textIn(top, 'about'),
    parameters: each(top, 'parameters', (name, piece, place) => readParameter(name, piece as Section, place, faults)),
    markets: readMarkets(top, faults),
    definitions: each(top, 'let', (name, piece, place) => ({ name, expression: (piece as ExpressionPiece).expression, place })),
    entries: top.keys.has('entries') ? sidesIn(top, 'entries', faults) : null,
    hold: top.keys.has('hold') ? sidesIn(top, 'hold', faults) : null,
    exits: top.keys.has('exits') ? sidesIn(top, 'exits', faults) : { long: null, short: null },
    legs: each(top, 'legs', (market, piece, place) => ({ market, weight: (piece as ExpressionPiece).expression, place })),
    sizing: readSizing(top, faults),
    stop: readDistance(top, 'stop', faults),
    target: readDistance(top, 'target', faults),
    trailing: readDistance(top, 'trailing', faults),
    timeStop: readSpan(top, 'time_stop', faults),
    sessions: readSessions(top, faults),
    cooldown: readSpan(top, 'cooldown', faults),
  };
  styleFaults(top, faults);
  const whole = new Set([...read.parameters, ...read.markets, ...read.definitions].map(({ name }) => name));
  const named = ['parameters', 'markets', 'let'].flatMap((key) => [...(section(top, key)?.keys.keys() ?? [])]);
  return { document: read, faults: inOrder(faults), broken: new Set(named.filter((name) => !whole.has(name))) };
}

type ExpressionPiece = Extract<Piece, { kind: 'expression' }>;

/** What goes with entries only, and what with hold only. */
function styleFaults(top: Section, faults: LanguageFault[]): void {
  const [entries, hold] = [top.keys.get('entries'), top.keys.get('hold')];
  if (entries === undefined && hold === undefined) faults.push(faultAt(top.place, '', 'entries (when to enter) or hold (what to hold)'));
  if (entries !== undefined && hold !== undefined) faults.push(faultAt(hold, 'hold', 'either entries or hold, not both'));
  if (hold !== undefined) {
    for (const key of ['exits', 'stop', 'target', 'trailing', 'time_stop', 'cooldown']) {
      const place = top.keys.get(key);
      if (place !== undefined)
        faults.push(faultAt(place, key, 'nothing but sizing, legs and sessions beside hold; this goes with entries'));
    }
  }
  const legs = top.keys.get('legs');
  if (legs !== undefined && hold === undefined) faults.push(faultAt(legs, 'legs', 'legs beside hold only'));
}

const section = (top: Section, key: string): Section | null => (top.pieces.get(key) as Section | undefined) ?? null;

function textIn(of: Section, key: string): string {
  const piece = of.pieces.get(key);
  return piece?.kind === 'text' ? piece.text : '';
}

function expressionIn(of: Section, key: string): Expression | null {
  const piece = of.pieces.get(key);
  return piece?.kind === 'expression' ? piece.expression : null;
}

function each<T>(top: Section, key: string, read: (name: string, piece: Piece, place: Place) => T | null): T[] {
  const of = section(top, key);
  if (of === null) return [];
  const all: T[] = [];
  for (const [name, piece] of of.pieces) {
    const one = read(name, piece, of.keys.get(name)!);
    if (one !== null) all.push(one);
  }
  return all;
}

function sidesIn(top: Section, key: string, faults: LanguageFault[]): Sides {
  const of = section(top, key);
  if (of === null) return { long: null, short: null };
  if (of.keys.size === 0) faults.push(faultAt(of.place, key, `long: or short: in ${key}`));
  return { long: expressionIn(of, 'long'), short: expressionIn(of, 'short') };
}

// ── parameters ──

const LARGEST_WHOLE = 1_000_000_000_000;
const LONGEST_CHOICE = 64;

function readParameter(name: string, of: Section, place: Place, faults: LanguageFault[]): ParameterLine | null {
  const type = textIn(of, 'type') as ParameterType | '';
  if (type === '') return null;
  const before = faults.length;
  const about = textIn(of, 'about');
  const unwanted = (key: string, why: string) => {
    const at = of.keys.get(key);
    if (at !== undefined) faults.push(faultAt(at, key, why));
  };
  const line = (more: Partial<ParameterLine>): ParameterLine | null =>
    faults.length > before ? null : { name, type, standard: 0, least: 0, most: 0, step: null, of: [], about, place, ...more };
  const standard = of.pieces.get('standard');
  if (standard?.kind !== 'text') return null;

  if (type === 'flag' || type === 'choice') {
    unwanted('range', `no range: a ${type} has none`);
    unwanted('step', `no step: a ${type} has none`);
  }
  if (type !== 'choice') unwanted('of', 'of only with type: choice');
  if (type === 'flag') {
    if (standard.text !== 'true' && standard.text !== 'false') faults.push(faultAt(standard.place, standard.text, 'true or false'));
    return line({ standard: standard.text === 'true' });
  }
  if (type === 'choice') {
    const list = of.pieces.get('of');
    if (!of.keys.has('of')) faults.push(faultAt(place, name, 'of: the words of the choice, a list'));
    if (list?.kind !== 'list') return null;
    const words = list.items.map(({ text }) => text);
    for (const { text, place: at } of list.items) {
      if (text === '' || text.length > LONGEST_CHOICE || /['"\n]/.test(text))
        faults.push(faultAt(at, text, `a word of 1 to ${LONGEST_CHOICE} characters without quotes`));
    }
    if (new Set(words).size !== words.length) faults.push(faultAt(list.place, words.join(', '), 'each word once'));
    if (!words.includes(standard.text)) faults.push(faultAt(standard.place, standard.text, `one of ${words.join(', ')}`));
    return line({ standard: standard.text, of: words });
  }

  const range = of.pieces.get('range');
  const [least, most] = rangeOf(type, range?.kind === 'text' ? range : null, of, faults);
  const value = measure(type, standard.text, standard.place, faults);
  const step = of.pieces.get('step');
  const stepped = step?.kind === 'text' ? measure(type, step.text, step.place, faults) : null;
  if (least === null || most === null || value === null || (step !== undefined && stepped === null)) return null;
  if (value < least || value > most)
    faults.push(faultAt(standard.place, standard.text, `a value from ${measureWritten(type, least)} to ${measureWritten(type, most)}`));
  if (stepped !== null && stepped <= 0 && step?.kind === 'text') faults.push(faultAt(step.place, step.text, 'a step above 0'));
  return line({ standard: value, least, most, step: stepped });
}

function rangeOf(
  type: ParameterType,
  range: Extract<Piece, { kind: 'text' }> | null,
  of: Section,
  faults: LanguageFault[],
): readonly [number | null, number | null] {
  if (range === null) {
    if (!of.keys.has('range')) faults.push(faultAt(of.place, '', 'range: the least and the most, like 1..100'));
    return [null, null];
  }
  const ends = range.text.split('..');
  if (ends.length !== 2) {
    faults.push(faultAt(range.place, range.text, 'the least and the most, like 1..100'));
    return [null, null];
  }
  const [least, most] = ends.map((end) => measure(type, end!.trim(), range.place, faults));
  if (least !== null && most !== null && least! > most!) {
    faults.push(faultAt(range.place, range.text, 'the least before the most'));
    return [null, null];
  }
  return [least ?? null, most ?? null];
}

/** A number or a duration as its parameter's type has it. */
function measure(type: ParameterType, text: string, place: Place, faults: LanguageFault[]): number | null {
  const expected = type === 'duration' ? 'a duration like 15m' : type === 'whole' ? 'a whole number' : 'a number';
  const negative = text.startsWith('-') && type !== 'duration';
  const tokens = tokensOf({ kind: 'text', value: negative ? text.slice(1) : text, ...place, indent: place.column });
  const token = Array.isArray(tokens) && tokens.length === 2 ? tokens[0]! : null;
  const fits = token !== null && token.kind === (type === 'duration' ? 'duration' : 'number');
  const value = fits ? (negative ? 0 - token.value : token.value) : Number.NaN;
  if (fits && (type !== 'whole' || (Number.isInteger(value) && Math.abs(value) <= LARGEST_WHOLE))) return value;
  faults.push(faultAt(place, text, expected));
  return null;
}

export function measureWritten(type: ParameterType, value: number): string {
  if (type === 'duration') return durationWritten(value);
  return value < 0 ? `-${numberWritten(-value)}` : numberWritten(value);
}

// ── markets ──

function readMarkets(top: Section, faults: LanguageFault[]): readonly MarketLine[] {
  const markets = each(top, 'markets', (name, piece, place): MarketLine => {
    const of = piece as Section;
    const timeframe = of.pieces.get('timeframe');
    const timeframeUs = timeframe?.kind === 'text' ? measure('duration', timeframe.text, timeframe.place, faults) : null;
    if (timeframeUs === 0) faults.push(faultAt(of.keys.get('timeframe')!, '0', 'a timeframe above 0'));
    return { name, timeframeUs, about: textIn(of, 'about'), place };
  });
  if (markets.length === 0) {
    const place = top.keys.get('markets');
    if (place !== undefined && section(top, 'markets') !== null)
      faults.push(faultAt(place, 'markets', 'at least one market, or no markets at all'));
    return [{ name: 'main', timeframeUs: null, about: '', place: top.place }];
  }
  const main = markets[0]!;
  for (const { name, timeframeUs, place } of markets.slice(1)) {
    if (timeframeUs === null) continue;
    if (main.timeframeUs === null)
      faults.push(faultAt(main.place, main.name, `a timeframe of the first market, because ${name} states one`));
    else if (timeframeUs % main.timeframeUs !== 0)
      faults.push(faultAt(place, durationWritten(timeframeUs), `a whole multiple of ${main.name}'s ${durationWritten(main.timeframeUs)}`));
  }
  return markets;
}

// ── size, prices, spans, hours ──

const NO_EXPRESSION: Expression = { type: 'number', value: 1, line: 1, column: 1 };

function readSizing(top: Section, faults: LanguageFault[]): Sizing {
  const of = section(top, 'sizing');
  const one: Sizing = { by: 'lots', lots: NO_EXPRESSION };
  if (of === null) {
    if (!top.keys.has('sizing')) faults.push(faultAt(top.place, '', 'sizing, like sizing: { lots: 1 }'));
    return one;
  }
  const way = oneOf(of, 'sizing', ['lots', 'risk_percent', 'volatility_percent'], faults);
  if (way === null) return one;
  const refuse = (key: string) => {
    const at = of.keys.get(key);
    if (at !== undefined) faults.push(faultAt(at, key, `nothing of that name beside ${way}`));
  };
  const most = expressionIn(of, 'most');
  if (way === 'lots') {
    refuse('move');
    refuse('most');
    return { by: 'lots', lots: expressionIn(of, 'lots') ?? NO_EXPRESSION };
  }
  const percent = expressionIn(of, way) ?? NO_EXPRESSION;
  if (way === 'risk_percent') {
    refuse('move');
    if (!['stop', 'trailing'].some((key) => top.keys.has(key)))
      faults.push(faultAt(of.keys.get(way)!, way, 'a stop or a trailing stop in the document, whose distance is the risk'));
    return { by: 'risk', percent, most };
  }
  if (!of.keys.has('move')) faults.push(faultAt(of.place, '', 'move: the usual move in ticks, like atr(20)'));
  return { by: 'volatility', percent, move: expressionIn(of, 'move') ?? NO_EXPRESSION, most };
}

function readDistance(top: Section, key: string, faults: LanguageFault[]): Distance | null {
  const of = section(top, key);
  if (of === null) return null;
  const way = oneOf(of, key, ['ticks', 'percent', 'atr', 'at'], faults);
  if (way === null) return null;
  const bars = of.keys.get('bars');
  if (bars !== undefined && way !== 'atr') faults.push(faultAt(bars, 'bars', 'bars beside atr only'));
  const expression = expressionIn(of, way) ?? NO_EXPRESSION;
  return way === 'atr'
    ? { by: 'atr', of: expression, bars: expressionIn(of, 'bars'), place: of.keys.get('atr')! }
    : { by: way, of: expression };
}

function readSpan(top: Section, key: string, faults: LanguageFault[]): Span | null {
  const of = section(top, key);
  if (of === null) return null;
  const way = oneOf(of, key, ['bars', 'after'], faults);
  return way === null ? null : { by: way, of: expressionIn(of, way) ?? NO_EXPRESSION };
}

function oneOf<Way extends string>(of: Section, key: string, ways: readonly Way[], faults: LanguageFault[]): Way | null {
  const given = ways.filter((way) => of.keys.has(way));
  if (given.length === 1) return given[0]!;
  const place = given.length === 0 ? of.place : of.keys.get(given[1]!)!;
  faults.push(faultAt(place, given.join(', '), `one of ${ways.join(', ')} in ${key}`));
  return null;
}

function readSessions(top: Section, faults: LanguageFault[]): Sessions | null {
  const of = section(top, 'sessions');
  if (of === null) return null;
  if (oneOf(of, 'sessions', ['hours', 'utc'], faults) === null) return null;
  const flat = of.pieces.get('flat_before');
  const flatBeforeUs = flat?.kind === 'text' ? measure('duration', flat.text, flat.place, faults) : null;
  const list = of.pieces.get('utc');
  if (list?.kind !== 'list') return { windows: null, flatBeforeUs };
  const windows: Window[] = [];
  for (const { text, place } of list.items) {
    const window = windowOf(text);
    const last = windows.at(-1);
    if (window === null) faults.push(faultAt(place, text, 'a window of the UTC day like 09:30-16:00, its start before its end'));
    else if (last !== undefined && window.from < last.to)
      faults.push(faultAt(place, text, 'windows one after another, in the order of the day'));
    else windows.push(window);
  }
  const shortest = windows.reduce((least, { from, to }) => Math.min(least, (to - from) * MINUTE_US), Infinity);
  if (flatBeforeUs !== null && flatBeforeUs >= shortest)
    faults.push(faultAt(of.keys.get('flat_before')!, durationWritten(flatBeforeUs), 'less than the shortest window'));
  return { windows, flatBeforeUs };
}

function windowOf(text: string): Window | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  if (match === null) return null;
  const [from, to] = [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])];
  return from < to && to <= 1440 ? { from, to } : null;
}

export const windowWritten = ({ from, to }: Window): string => `${clock(from)}-${clock(to)}`;
const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
