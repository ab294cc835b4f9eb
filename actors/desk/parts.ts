/** The parts of one desk, for those that reach across them: inputs, commands, state. */

import type { FeedSpec } from '#engine/market/instrument.ts';
import type { NewestNames } from '#engine/newest-names.ts';
import type { OrderAsked } from '#engine/risk/facts.ts';
import type { Accounts } from './accounts.ts';
import type { CandlesActor, SavedLife } from './candles.ts';
import type { Core } from './core.ts';
import type { Gates } from './gates.ts';
import type { Link } from './links.ts';
import type { Feed, Market, Markets } from './markets.ts';
import type { Order, Orders } from './orders.ts';
import type { Deployed, Strategies } from './strategies.ts';
import type { Asked, Trading } from './trading.ts';

export type Parts = Readonly<{
  core: Core;
  gates: Gates;
  markets: Markets;
  accounts: Accounts;
  orders: Orders;
  strategies: Strategies;
  trading: Trading;
  /** Running counts of what the door refused, a source and reason. */
  refused: { source: string; reason: string; total: number }[];
  /** Idempotency keys of commands with their answers, and of signals; the last 10,000. */
  commands: Map<string, boolean>;
  signals: NewestNames;
  /** Orders that commands and lost protection ask for, judged in stage 6 before the strategies' intents. */
  asked: (Asked | Readonly<{ rearm: Order }>)[];
  /** What fills ask of other orders, in their order; taken in stage 6 after `asked`. */
  linked: Link[];
  candles(feed: Feed, timeframeUs: number, saved?: SavedLife | null): CandlesActor;
}>;

/** Why of everything a flatten does: its orders are judged as if what works were gone, for it is being cancelled. */
export const FLATTEN = 'flatten';
export const REMEMBERED_KEYS = 10_000;

/** Cancels what a paused, stopped or faulted strategy has working, but what protects it. */
export function cancelNonReducing({ orders, trading }: Parts, strategy: Deployed, why: string): void {
  for (const order of orders.working) if (order.strategy === strategy.id && !order.reducing) trading.askCancel(order, why);
}

export function askedOf(
  order: Readonly<{ account: OrderAsked['account']; strategy: OrderAsked['strategy']; market: Market }>,
  rest: Omit<OrderAsked, 'account' | 'strategy' | 'instrument'>,
): OrderAsked {
  return { account: order.account, strategy: order.strategy, instrument: order.market.definition.id, ...rest };
}
export type { FeedSpec, Order };
