/** What approve() is told of the world at the moment it judges one order. Assembled by the desk; never looked up by approve itself. */
import type { OrderType } from '../decisions.ts';
import type { OrderTerms, VenueTakes } from '../execution/order-terms.ts';
import type { Scope } from '../inputs.ts';
import type { AccountId, InstrumentId, Minor, Side, StrategyId, TimeUs } from '../values.ts';
import type { Limits } from './limits.ts';

export type OrderAsked = Readonly<{
  account: AccountId;
  strategy: StrategyId;
  instrument: InstrumentId;
  side: Side;
  type: OrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  expiresAt: TimeUs | null;
  terms: OrderTerms;
  reduceOnly: boolean;
  why: string;
}>;

export type ScopeFacts = Readonly<{ scope: Scope; of: string; gate: string; limits: Limits }>;

/** An order approved a while ago, as the rate and duplicate clauses remember it. */
export type RecentOrder = Readonly<{
  at: TimeUs;
  strategy: StrategyId;
  instrument: InstrumentId;
  side: Side;
  type: OrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  reducing: boolean;
  /** Only of what a bracket asks for. */
  protects?: string;
}>;

/** What the controls ask of the orders approved lately on one account. */
export type Recent = Readonly<{
  /** Of the last second before now, reducing ones or the others: all, those of the strategy, those in the instrument. */
  lastSecond(asked: OrderAsked, reducing: boolean, now: TimeUs): Readonly<{ all: number; own: number; same: number }>;
  /** When the newest was approved that is the same in all its terms. */
  newestTwin(asked: OrderAsked): TimeUs | null;
}>;

export type ApprovalFacts = Readonly<{
  now: TimeUs;
  /** global, account, strategy, instrument, in this order. */
  scopes: readonly ScopeFacts[];
  /** Reference price in ticks, or null before the first. */
  reference: number | null;
  /** Arrival of the newest tick of the primary feed, or null. */
  newestTickAt: TimeUs | null;
  feedState: string;
  /** Signed lots held and lots of working orders on each side (remaining; UNKNOWN at its worst), for the account and for the strategy, in this instrument. */
  accountPosition: number;
  accountWorkingBuys: number;
  accountWorkingSells: number;
  strategyPosition: number;
  strategyWorkingBuys: number;
  strategyWorkingSells: number;
  /** Loss since the day's start (positive when losing) of the account's and of the strategy's book. */
  accountDayLoss: Minor;
  strategyDayLoss: Minor;
  recent: Recent;
  /** Notional of everything held and working on the account at the reference, and its journaled budget (null: none set). */
  exposure: Minor;
  budget: Minor | null;
  /** What the account's venue understands; null: everything there is. */
  takes: VenueTakes | null;
  /** Value in minor units of `lots` at `price` of this instrument (half-even). */
  notional: (lots: number, price: number) => Minor;
}>;
