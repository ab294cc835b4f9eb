/**
 * What a strategy is to the desk: parameters by schema, declared subscriptions and warm-up, a state made of plain data, and one
 * function that at every wake says what it saw (conditions) and what it wants (intents). It never sees the future, a clock or a promise.
 */
import type { Condition, OrderType } from '../decisions.ts';
import type { TermsSaid } from '../execution/order-terms.ts';
import type { Candle, Instrument } from '../market/instrument.ts';
import type { Plain } from '../record.ts';
import type { InstrumentId, Minor, OrderId, Sha256, Side, SourceId, TimeUs } from '../values.ts';
import type { BarColumns } from './ahead/bar-columns.ts';

export type ParameterSpec =
  | Readonly<{ kind: 'whole'; least: number; most: number; standard: number; about: string }>
  | Readonly<{ kind: 'number'; least: number; most: number; standard: number; about: string }>
  | Readonly<{ kind: 'flag'; standard: boolean; about: string }>
  | Readonly<{ kind: 'choice'; of: readonly string[]; standard: string; about: string }>;
export type Parameters = Readonly<Record<string, number | boolean | string>>;

export type Subscription = Readonly<{ instrument: InstrumentId; source: SourceId; timeframeUs: number }>;

export type Intent =
  | Readonly<
      {
        do: 'order';
        instrument: InstrumentId;
        side: Side;
        type: OrderType;
        lots: number;
        limit: number | null;
        stop: number | null;
        expiresAt: TimeUs | null;
        reduceOnly: boolean;
        why: string;
      } & TermsSaid
    >
  | Readonly<{ do: 'cancel'; order: OrderId; why: string }>
  | Readonly<{ do: 'replace'; order: OrderId; lots: number; limit: number | null; stop: number | null; why: string }>
  | Readonly<{ do: 'watch'; instrument: InstrumentId; above: number | null; below: number | null }>
  | Readonly<{ do: 'alarm'; at: TimeUs }>;

export type StrategyEvent =
  /** One candle a subscription, in their order; null where none formed in the interval, or where its border is not this interval's. */
  | Readonly<{ type: 'bars'; end: TimeUs; bars: readonly (Candle | null)[] }>
  | Readonly<{ type: 'fill'; order: OrderId; instrument: InstrumentId; side: Side; lots: number; price: number; remaining: number }>
  | Readonly<{ type: 'level'; instrument: InstrumentId; price: number }>
  | Readonly<{ type: 'signal'; signal: string; payload: Plain }>
  | Readonly<{ type: 'alarm'; at: TimeUs }>;

/** What a strategy may know of the desk: its own holdings, the last price, what it trades and what its account is worth. */
export interface StrategyView {
  readonly at: TimeUs;
  /** Signed lots it holds. */
  position(instrument: InstrumentId): number;
  /** Signed lots of its own working orders, buys positive. */
  working(instrument: InstrumentId): number;
  /** Its own orders that have not ended, oldest first. */
  orders(instrument: InstrumentId): readonly OrderId[];
  /** Reference price in ticks, or null before the first. */
  price(instrument: InstrumentId): number | null;
  /** The definition in force, or null for an unknown one: its tick and lot, and the calendar it trades by. */
  instrument(instrument: InstrumentId): Instrument | null;
  /** What its account is worth at the last prices, in minor units of the account's currency. */
  equity(): Minor;
}

/** What a wake puts out. The desk hands in a fresh one. */
export type Wake = { conditions: Condition[]; intents: Intent[] };

export interface Strategy<State = unknown> {
  readonly name: string;
  readonly about: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** How many candle streams it needs, or null for any number; the deployment names them. */
  readonly subscriptions: number | null;
  /** Intervals to fold before it may act. */
  warmup(parameters: Parameters): number;
  readonly wantsFills: boolean;
  start(parameters: Parameters, subscriptions: readonly Subscription[]): State;
  /** Folds the event into `state` (which the desk owns and hands to no one else) and fills `wake`. */
  decide(state: State, event: StrategyEvent, view: StrategyView, wake: Wake): void;
  save(state: State): Plain;
  load(saved: Plain, parameters: Parameters, subscriptions: readonly Subscription[]): State;
  /**
   * For a strategy of one series that at each closed bar orders, at market, what is missing to the lots it wants, and nothing else; where those
   * lots hang on the bars so far alone. The same rule over all bars at once: signed lots, NaN where nothing is wanted. A sweep reads it in place of
   * decide; the desk never does.
   */
  wanted?(parameters: Parameters, bars: BarColumns): Float64Array;
}

/** Finds the strategy of a recorded version. An unknown pair is refused by name. */
export type StrategyCatalogue = (name: string, version: Sha256) => Strategy | null;

export class UnknownStrategy extends Error {
  override name = 'UnknownStrategy';
}
/** Parameters that do not fit their schema: every fault is listed. */
export class BadParameters extends Error {
  override name = 'BadParameters';
}

/** Fills in what is standard and checks the rest against the schema; lists every fault at once. */
export function parametersOf(strategy: Strategy, given: Readonly<Record<string, unknown>>): Parameters {
  const faults: string[] = [];
  const checked: Record<string, number | boolean | string> = {};
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(strategy.parameters, key))
      faults.push(`${key}: no such parameter of ${strategy.name} (has: ${Object.keys(strategy.parameters).join(', ')})`);
  }
  for (const [key, spec] of Object.entries(strategy.parameters)) {
    const value = Object.hasOwn(given, key) ? given[key] : spec.standard;
    const fault = faultOf(spec, value);
    if (fault === null) checked[key] = value as number | boolean | string;
    else faults.push(`${key}: ${JSON.stringify(value) ?? 'undefined'} ${fault}`);
  }
  if (faults.length > 0) throw new BadParameters(faults.join('\n'));
  return checked;
}

function faultOf(spec: ParameterSpec, value: unknown): string | null {
  switch (spec.kind) {
    case 'whole':
      return Number.isSafeInteger(value) && (value as number) >= spec.least && (value as number) <= spec.most
        ? null
        : `is not a whole number from ${spec.least} to ${spec.most}`;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && value >= spec.least && value <= spec.most
        ? null
        : `is not a number from ${spec.least} to ${spec.most}`;
    case 'flag':
      return typeof value === 'boolean' ? null : 'is not true or false';
    case 'choice':
      return typeof value === 'string' && spec.of.includes(value) ? null : `is not one of ${spec.of.join(', ')}`;
  }
}
