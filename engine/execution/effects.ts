/**
 * What leaves the desk and who carries it: the outbox's view of the desk, and what it hands back. Types only. The outbox asks at the
 * moment of sending; what it finds comes back as inputs, so nothing here need be deterministic.
 */
import type { OrderType } from '../decisions.ts';
import type { AccountId, ClientOrderId, InstrumentId, OrderId, Side, TimeUs } from '../values.ts';
import type { OrderTerms } from './order-terms.ts';

/** An order as the desk holds it now. */
export type HeldOrder = Readonly<{
  order: OrderId;
  account: AccountId;
  clientId: ClientOrderId;
  instrument: InstrumentId;
  side: Side;
  type: OrderType;
  state: string;
  ended: boolean;
  lots: number;
  limit: number | null;
  stop: number | null;
  filled: number;
  reducing: boolean;
  reduceOnly: boolean;
  /** Found at the venue, not made here: its client id is the venue's own name of it. */
  adopted: boolean;
  expiresAt: TimeUs | null;
  terms: OrderTerms;
  cancelWanted: boolean;
  /** The address of the change whose answer is owed; null: none is. */
  replacing: string | null;
}>;

export interface EffectsDesk {
  order(id: OrderId): HeldOrder | null;
  /** Everything of an account that has not retired, in address order; also what has ended. */
  held(account: AccountId): readonly HeldOrder[];
  /** Of these, what has not ended. */
  working(account: AccountId): readonly HeldOrder[];
  hasFill(order: OrderId, fill: string): boolean;
  /** Why the order may not leave at this moment (the scope and its state); null: it may. */
  closedFor(order: OrderId): string | null;
  /** Whether a snapshot of this account has ever matched. */
  synced(account: AccountId): boolean;
  /** Whether the account's session waits for a snapshot. */
  session(account: AccountId): string;
}

/** The latch that nothing passes: looked at right before each send. */
export interface KillLatch {
  isKilled(): boolean;
}

/** Who cancels everything when the desk cannot: told of each order before it is sent. */
export interface OrderWatch {
  register(order: Readonly<{ account: AccountId; clientId: ClientOrderId; instrument: InstrumentId; validUntil: TimeUs }>): void;
  settled(clientId: ClientOrderId): void;
}
