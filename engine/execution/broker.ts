/**
 * The Broker port: how orders reach a venue that is not ours, and how its truth comes back. An adapter speaks whole ticks, lots and
 * minor units; it says what it knows and no more: an answer it cannot read is `unknown`, never a guess. Types only.
 */

import type { OrderType } from '../decisions.ts';
import type { AccountId, ClientOrderId, InstrumentId, Minor, OrderId, Side, TimeUs } from '../values.ts';
import type { OrderTerms, VenueTakes } from './order-terms.ts';

export type BrokerCapabilities = VenueTakes &
  Readonly<{
    /** Whether orders carry our name. 'none': one order in flight an account and symbol, matched by snapshots; ambiguity is a person's. */
    identity: 'clientId' | 'none';
    /** Requests name their end, and the venue refuses to act on one after it: only then may an order not found be sent again. */
    honoursExpiry: boolean;
    replace: boolean;
    /** One request cancels everything an account has working. */
    cancelAll: boolean;
    /** Messages a second the venue allows an account; the outbox keeps to a part of it. */
    requestsPerSecond: number;
  }>;

/** By our name where the venue keeps it, else by its own. */
export type OrderName = Readonly<{ clientId: ClientOrderId | null; venueId: string | null; instrument: InstrumentId }>;

export type SendRequest = Readonly<{
  order: OrderId;
  clientId: ClientOrderId;
  instrument: InstrumentId;
  side: Side;
  type: OrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  reduceOnly: boolean;
  /** Within the adapter's capabilities, or it is not asked. */
  terms: Pick<OrderTerms, 'timeInForce' | 'postOnly' | 'trail'>;
  /** Until when the order itself may work; null: until cancelled. */
  expiresAt: TimeUs | null;
  /** The venue must not act on this request after this instant of our clock (the adapter knows the skew). */
  until: TimeUs;
}>;

export type ReplaceRequest = Readonly<{ name: OrderName; lots: number; limit: number | null; stop: number | null; until: TimeUs }>;

/**
 * What is known after a request. `notSent`: it certainly never reached the venue's book (connection refused, refused unprocessed);
 * `unknown`: it may have (timeout, reset, 5xx, nonsense).
 */
export type SendOutcome =
  | Readonly<{ kind: 'acked'; venueId: string }>
  | Readonly<{ kind: 'rejected'; reason: string }>
  | Readonly<{ kind: 'notSent'; reason: string; retryAfterUs: number | null }>
  | Readonly<{ kind: 'unknown'; reason: string }>;
/** `done`: the venue has taken it; its events tell what became of the order. `refused`: the order is not working, or cannot be so changed. */
export type ChangeOutcome =
  | Readonly<{ kind: 'done' }>
  | Readonly<{ kind: 'refused'; reason: string }>
  | Readonly<{ kind: 'notSent'; reason: string; retryAfterUs: number | null }>
  | Readonly<{ kind: 'unknown'; reason: string }>;

export type VenueOrderState = 'working' | 'filled' | 'cancelled' | 'rejected' | 'expired';
/** An order as the venue has it. */
export type VenueOrderRow = Readonly<{
  clientId: string | null;
  venueId: string;
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
export type VenueFillRow = Readonly<{
  /** Unique within the account and instrument, for ever. */
  id: string;
  clientId: string | null;
  venueId: string;
  instrument: InstrumentId;
  side: Side;
  lots: number;
  price: number;
  fee: Minor;
  maker: boolean;
  at: TimeUs;
}>;
export type VenuePosition = Readonly<{
  instrument: InstrumentId;
  lots: number /** Average price in ticks; null: not told. */;
  price: number | null;
}>;
export type VenueBalance = Readonly<{ currency: string; amount: Minor }>;
/** Money that moved without a trade: deposits, withdrawals, funding, interest. */
export type VenueTransfer = Readonly<{ id: string; currency: string; amount: Minor; why: string; at: TimeUs }>;

/** `found: null`: the venue could not be asked. */
export type OrderFound =
  | Readonly<{ found: true; row: VenueOrderRow; fills: readonly VenueFillRow[] }>
  | Readonly<{ found: false }>
  | Readonly<{ found: null; reason: string }>;

/** What a venue says by itself, in its order. */
export type BrokerEvent =
  | Readonly<{ type: 'Connected' }>
  | Readonly<{ type: 'Lost'; why: string }>
  /** The order as it now is; `answers` a cancel or replace that was refused. */
  | Readonly<{ type: 'Order'; row: VenueOrderRow; what: 'acked' | 'rejected' | 'cancelled' | 'expired' | 'replaced' | 'filled' }>
  | Readonly<{ type: 'Fill'; fill: VenueFillRow }>
  | Readonly<{ type: 'Transfer'; transfer: VenueTransfer }>;

/** The venue answered what cannot be read: named, never guessed around. */
export type VenueTrouble = Readonly<{ name: 'VenueUnreachable' | 'VenueNonsense' | 'VenueRefused'; message: string }>;

/**
 * One account at one venue. Requests settle within the adapter's timeout and never reject for what a venue does; the asking methods
 * (orders, fills, …) reject with an Error named as in VenueTrouble, and nothing is assumed.
 */
export interface Broker {
  readonly account: AccountId;
  readonly capabilities: BrokerCapabilities;
  /** Connects, signs in, follows the account's events. Goes on reconnecting until close(); each state is told by an event. */
  open(hear: (event: BrokerEvent) => void): Promise<void>;
  /** `mayLeave` is asked in the very turn in which the bytes leave; when it says no the outcome is `notSent`. */
  send(request: SendRequest, mayLeave?: () => boolean): Promise<SendOutcome>;
  cancel(name: OrderName): Promise<ChangeOutcome>;
  replace(request: ReplaceRequest, mayLeave?: () => boolean): Promise<ChangeOutcome>;
  cancelAll(): Promise<ChangeOutcome>;
  /** One order by name, with all its fills. */
  order(name: OrderName): Promise<OrderFound>;
  /** Everything working now; a venue's list may be stale, so absence proves nothing. */
  openOrders(): Promise<readonly VenueOrderRow[]>;
  /** Every fill since then, oldest first, all pages. */
  fills(since: TimeUs): Promise<readonly VenueFillRow[]>;
  positions(): Promise<readonly VenuePosition[]>;
  balances(): Promise<readonly VenueBalance[]>;
  transfers(since: TimeUs): Promise<readonly VenueTransfer[]>;
  /** Venue clock minus ours, and how long asking took. */
  clock(): Promise<Readonly<{ skewUs: number; tookUs: number }>>;
  close(): Promise<void>;
}
