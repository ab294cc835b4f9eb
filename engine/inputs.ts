/**
 * Everything that can move the desk: a closed union. Market facts arrive as numbers of a block (market/blocks.ts); the rest are
 * the records below. Each takes a number, one by one. `TimePassed` and the marks take none.
 */

import type { OrderType } from './decisions.ts';
import type { AccountSpec } from './execution/account.ts';
import type { VenueOrderState } from './execution/broker.ts';
import type { TimeInForce } from './execution/order-terms.ts';
import type { Candle, Instrument } from './market/instrument.ts';
import { amount, type Body, flag, int, intOrNone, type Plain, plain, record, text, textOrNone } from './record.ts';
import type { Limits } from './risk/limits.ts';
import type { AccountId, InstrumentId, Minor, OrderId, Seq, Sha256, Side, SourceId, StrategyId, TimeUs } from './values.ts';

export type Scope = 'global' | 'account' | 'strategy' | 'instrument';
export type FeedFault = 'gap' | 'time-back' | 'crossed' | 'absurd' | 'duplicate';
/** Why the door refused ticks: what cannot be represented never becomes a fact. */
export type RefusedReason = 'not-a-number' | 'precision' | 'unknown-instrument' | 'malformed' | 'too-large';

/** What a venue says of an order, from a broker's input or from the pure venue: the order actor cannot tell. */
export type VenueReport =
  | Readonly<{ kind: 'Acked' }>
  | Readonly<{ kind: 'Rejected'; reason: string }>
  | Readonly<{ kind: 'Filled'; fill: string; lots: number; price: number; fee: string; maker: boolean }>
  | Readonly<{ kind: 'Cancelled' }>
  | Readonly<{ kind: 'CancelRejected'; reason: string }>
  | Readonly<{ kind: 'Replaced'; lots: number; limit: number | null; stop: number | null }>
  | Readonly<{ kind: 'ReplaceRejected'; reason: string }>
  | Readonly<{ kind: 'Expired' }>
  | Readonly<{ kind: 'Lost' }> /** the outcome of the send is unknown */
  | Readonly<{ kind: 'NeverExisted' }>; /** a query by client id after the send window says so: evidence */

/** An order, a fill, a position, a transfer as an outside venue has them; names are the client id where the venue keeps one, else its own. */
export type SnapshotOrder = Readonly<{
  name: string;
  instrument: InstrumentId;
  side: Side;
  type: OrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  filled: number;
  state: VenueOrderState;
  reason: string;
}>;
export type SnapshotFill = Readonly<{
  id: string;
  name: string;
  instrument: InstrumentId;
  side: Side;
  lots: number;
  price: number;
  fee: string;
  maker: boolean;
}>;
export type SnapshotPosition = Readonly<{ instrument: InstrumentId; lots: number; price: number | null }>;
export type SnapshotBalance = Readonly<{ currency: string; amount: string }>;
export type SnapshotTransfer = Readonly<{ id: string; currency: string; amount: string; why: string }>;

export type Command =
  | Readonly<{ do: 'Arm'; scope: Scope; of: string }>
  | Readonly<{ do: 'Kill'; why: string }>
  | Readonly<{ do: 'Disarm'; killedAt: number }> /** the ceremony: names the number of the kill it lifts */
  | Readonly<{ do: 'Acknowledge'; scope: Scope; of: string }>
  | Readonly<{ do: 'Pause'; strategy: StrategyId }>
  | Readonly<{ do: 'Resume'; strategy: StrategyId }>
  | Readonly<{ do: 'Stop'; strategy: StrategyId }>
  | Readonly<{ do: 'Flatten'; account: AccountId }>
  | Readonly<{ do: 'AcceptVenue'; account: AccountId }> /** the next snapshot's unexplained differences are the venue's truth */
  | Readonly<{ do: 'Reset'; account: AccountId; cash: bigint }> /** a paper account begins again with this cash */
  | Readonly<{ do: 'CancelOrder'; order: OrderId }>
  | Readonly<{ do: 'ReplaceOrder'; order: OrderId; lots: number; limit: number | null; stop: number | null }>
  | PlaceOrder;

/** An order by hand. It belongs to no strategy; `trail`: of a trailing stop, in ticks. */
export type PlaceOrder = Readonly<{
  do: 'PlaceOrder';
  account: AccountId;
  instrument: InstrumentId;
  side: Side;
  type: OrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  trail: number | null;
  expiresAt: TimeUs | null;
  timeInForce: TimeInForce;
  postOnly: boolean;
  reduceOnly: boolean;
}>;

export const INPUTS = {
  InstrumentDefined: record(1, { instrument: plain<Instrument>() }),
  /** An account with its venue, cash and limits; the same id again changes it. */
  AccountOpened: record(2, { account: plain<AccountSpec>() }),
  LimitsChanged: record(3, { scope: text<Scope>(), of: text(), limits: plain<Limits>() }),
  StrategyDeployed: record(4, {
    strategy: text<StrategyId>(),
    name: text(),
    /** SHA-256 of the strategy's source: a replay runs this version or refuses by name. */
    version: text<Sha256>(),
    account: text<AccountId>(),
    parameters: plain<Readonly<Record<string, Plain>>>(),
    subscriptions: plain<readonly Readonly<{ instrument: InstrumentId; source: SourceId; timeframeUs: number }>[]>(),
    /** Wait for HistoryLoaded before warming; otherwise warm on live candles. */
    history: flag(),
  }),
  HistoryLoaded: record(5, {
    instrument: text<InstrumentId>(),
    source: text<SourceId>(),
    timeframeUs: int(),
    /** When this history was available to us, and where it came from. */
    availableAt: int<TimeUs>(),
    origin: text(),
    candles: plain<readonly Candle[]>(),
  }),
  SourceBeat: record(6, { source: text<SourceId>(), beats: int() }),
  SourceLost: record(7, { source: text<SourceId>(), why: text() }),
  SourceRestored: record(8, { source: text<SourceId>() }),
  TicksRefused: record(9, {
    source: text<SourceId>(),
    instrument: textOrNone<InstrumentId>(),
    reason: text<RefusedReason>(),
    count: int(),
    example: text(),
  }),
  SessionLost: record(10, { account: text<AccountId>(), why: text() }),
  SessionReady: record(11, { account: text<AccountId>() }),
  /** What reconciling with an outside venue found: nothing unexplained, or the differences. */
  Reconciled: record(12, { account: text<AccountId>(), unexplained: plain<readonly string[]>() }),
  OrderReported: record(13, { order: text<OrderId>(), report: plain<VenueReport>() }),
  /** An effect that stayed home: sent too late, gate not open at the moment of sending, or killed. */
  EffectNotSent: record(14, { effect: text(), why: text<'late' | 'gate' | 'killed'>() }),
  SignalReceived: record(15, { strategy: text<StrategyId>(), signal: text(), key: text(), payload: plain<Plain>() }),
  CommandGiven: record(16, { key: text(), by: text(), sawSeq: intOrNone<Seq>(), command: plain<Command>() }),
  BudgetGranted: record(17, { account: text<AccountId>(), budget: amount<Minor>(), release: text() }),
  BalanceAdjusted: record(18, { account: text<AccountId>(), currency: text(), amount: amount<Minor>(), why: text() }),
  ModelReplied: record(19, { request: text(), requestHash: text<Sha256>(), reply: plain<Plain>() }),
  /** Wall clock and monotonic clock parted by more than a second. */
  ClockStepped: record(20, { byUs: int() }),
  JournalTroubled: record(21, { why: text() }),
  /** An outside venue's truth about one account, to be held against ours; what it does not list is not thereby gone. */
  VenueSnapshot: record(22, {
    account: text<AccountId>(),
    fills: plain<readonly SnapshotFill[]>(),
    orders: plain<readonly SnapshotOrder[]>(),
    /** Names the venue was asked for and never had, their send windows shut. */
    missing: plain<readonly string[]>(),
    transfers: plain<readonly SnapshotTransfer[]>(),
    positions: plain<readonly SnapshotPosition[]>(),
    balances: plain<readonly SnapshotBalance[]>(),
  }),
} as const;

export type InputType = keyof typeof INPUTS;
export type InputOf<T extends InputType> = Readonly<{ type: T; seq: Seq; at: TimeUs } & Body<(typeof INPUTS)[T]>>;
/** A numbered input that is not a market fact. */
export type InputRecord = { [T in InputType]: InputOf<T> }[InputType];
/** Time arrives like any other fact, but takes no number. */
export type TimePassed = Readonly<{ type: 'TimePassed'; at: TimeUs }>;
