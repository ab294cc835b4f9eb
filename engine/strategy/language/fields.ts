/**
 * The fields a strategy document may have: one table, from which a document is read and checked and the editors' schema is written. It says
 * what may stand where; what the expressions mean is judged in check.ts.
 */
export type Field =
  /** Plain words. */
  | Readonly<{ kind: 'text'; about: string; need: boolean }>
  /** A name as the rest of the document may use it. */
  | Readonly<{ kind: 'name'; about: string; need: boolean }>
  | Readonly<{ kind: 'expression'; about: string; need: boolean }>
  /** `15m` */
  | Readonly<{ kind: 'duration'; about: string; need: boolean }>
  | Readonly<{ kind: 'choice'; of: readonly string[]; about: string; need: boolean }>
  /** A number, a duration, true, false or a word: judged by its neighbours. */
  | Readonly<{ kind: 'value'; about: string; need: boolean }>
  | Readonly<{ kind: 'texts'; about: string; need: boolean }>
  | Readonly<{ kind: 'section'; about: string; need: boolean; fields: Fields }>
  /** Names of the writer's choice, each with the same kind of thing. */
  | Readonly<{ kind: 'named'; about: string; need: boolean; most: number; each: Field }>;
export type Fields = Readonly<Record<string, Field>>;

const optional = <Kind extends 'text' | 'name' | 'expression' | 'duration' | 'value' | 'texts'>(kind: Kind, about: string) =>
  ({ kind, about, need: false }) as const;
const needed = <Kind extends 'text' | 'name' | 'expression' | 'duration' | 'value' | 'texts'>(kind: Kind, about: string) =>
  ({ kind, about, need: true }) as const;
const section = (about: string, fields: Fields) => ({ kind: 'section', about, need: false, fields }) as const;
const named = (about: string, most: number, each: Field) => ({ kind: 'named', about, need: false, most, each }) as const;

export const MOST_PARAMETERS = 32;
export const MOST_MARKETS = 8;
export const MOST_DEFINITIONS = 64;

export const PARAMETER_TYPES = ['whole', 'number', 'flag', 'choice', 'duration'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** How far away a price is. Exactly one of them, `bars` only beside `atr`. */
const distance = {
  ticks: optional('expression', 'so many ticks away, a number: 40, or 2 * atr(14)'),
  percent: optional('expression', 'so many percent of the price away'),
  atr: optional('expression', 'so many average true ranges of the main market away'),
  bars: optional('expression', 'bars of the average true range (14 when left out); beside atr only'),
  at: optional('expression', 'at this price, in ticks'),
} as const satisfies Fields;

const sides = (what: string) =>
  ({
    long: optional('expression', `${what} a long position, a flag`),
    short: optional('expression', `${what} a short position, a flag`),
  }) as const satisfies Fields;

const span = (what: string) =>
  ({
    bars: optional('expression', `so many bars of the main market ${what}, a whole number`),
    after: optional('expression', `so long ${what}, a duration`),
  }) as const satisfies Fields;

export const DOCUMENT_FIELDS = {
  name: needed('name', 'what the strategy is called: small letters, digits and hyphens'),
  about: needed('text', 'what it does, in a sentence'),
  parameters: named('what a deployment may set', MOST_PARAMETERS, {
    kind: 'section',
    about: 'a parameter',
    need: false,
    fields: {
      type: { kind: 'choice', of: PARAMETER_TYPES, about: 'what it is', need: true },
      standard: needed('value', 'its value where a deployment says nothing'),
      range: optional('value', 'the least and the most it may be: 1..100'),
      step: optional('value', 'the step between two values worth trying in a sweep'),
      of: optional('texts', 'the words of a choice'),
      about: needed('text', 'what it changes'),
    },
  }),
  markets: named('the candle streams it needs; the first is the main one, on whose bars it decides', MOST_MARKETS, {
    kind: 'section',
    about: 'a candle stream',
    need: false,
    fields: {
      timeframe: optional('duration', 'the length of its bars; of the main market: any, when left out'),
      about: optional('text', 'what it is for'),
    },
  }),
  let: named('names for expressions; each may use those above it', MOST_DEFINITIONS, optional('expression', 'an expression')),
  entries: section('when to enter from flat; with protections and exits', sides('enters')),
  exits: section('when to leave', sides('leaves')),
  hold: section(
    'what to hold, bar by bar, instead of entries: long while long holds, else short while short holds, else nothing',
    sides('holds'),
  ),
  legs: named(
    'lots of each market for one lot of size, in hold only; negative: the other side',
    MOST_MARKETS,
    optional('expression', 'a number'),
  ),
  sizing: section('how many lots', {
    lots: optional('expression', 'a fixed number of lots'),
    risk_percent: optional('expression', 'as many lots as lose this share of equity from entry to stop'),
    volatility_percent: optional('expression', 'as many lots as move this share of equity when the price moves by `move`'),
    move: optional('expression', 'a usual move in ticks, for volatility_percent: atr(20)'),
    most: optional('expression', 'never more lots than this'),
  }),
  stop: section('a stop order that rests from the entry on', distance),
  target: section('where to take the profit', distance),
  trailing: section('a stop that follows the best price since the entry and never goes back', distance),
  time_stop: section('how long a position may last', span('after the entry')),
  sessions: section('when it may enter', {
    hours: { kind: 'choice', of: ['market'], about: "market: the trading hours of the main market's calendar", need: false },
    utc: optional('texts', 'windows of the day in UTC, instead of hours: ["09:30-16:00"]'),
    flat_before: optional('duration', 'leaves this long before the end, and enters no more'),
  }),
  cooldown: section('how long after a position the next may begin', span('after the last exit')),
} as const satisfies Fields;
