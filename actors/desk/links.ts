/**
 * Orders that stand for one another (stage 6): one of a group takes what a fill leaves of the others, a bracket asks for its
 * protections as its entry fills. Above any venue; judges nothing, and sends nothing itself.
 */
import { plainTerms, sameGroup } from '#engine/execution/order-terms.ts';
import type { Account } from './accounts.ts';
import type { Market } from './markets.ts';
import type { Order } from './orders.ts';
import { askedOf, type Parts } from './parts.ts';

/** What a fill asks of stage 6: an order to shrink, or an entry to protect by so many lots; `fill` is the fill's address. */
export type Link = Readonly<{ reduce: Order }> | Readonly<{ protect: Order; lots: number; fill: string }>;

/** Right after a fill is booked. */
export function linkFill(parts: Parts, order: Order, lots: number, fill: string): void {
  order.owed = Math.min(order.owed, order.remaining);
  if (parts.orders.grouped > 0) {
    for (const other of parts.orders.working) if (other !== order && sameGroup(other, order)) give(parts, other, lots);
    fitToPosition(parts, order, ({ terms }) => terms.protects !== null);
  }
  if (order.terms.bracket !== null) parts.linked.push({ protect: order, lots, fill });
}

function give(parts: Parts, order: Order, lots: number): void {
  order.owed = Math.min(order.remaining, order.owed + lots);
  parts.linked.push({ reduce: order });
}

/** What these orders close of a position is together no more than it; the oldest group is kept longest, and who has none is one of its own. */
export function fitToPosition(
  parts: Parts,
  { account, strategy, market }: Pick<Order, 'account' | 'strategy' | 'market'>,
  isOf: (order: Order) => boolean,
): void {
  const own = parts.orders.working.filter(
    (order) => order.account === account && order.strategy === strategy && order.market === market && isOf(order),
  );
  if (own.length === 0) return;
  const position = positionOf(parts, account, strategy, market);
  const left = (order: Order): number => order.remaining - order.owed;
  const most = new Map<Order, number>();
  let room = Math.abs(position);
  for (const order of own) {
    const first = own.find((one) => one === order || sameGroup(one, order))!;
    let kept = most.get(first);
    if (kept === undefined) {
      kept = Math.min(room, Math.max(...own.filter((one) => one === order || sameGroup(one, order)).map(left)));
      room -= kept;
      most.set(first, kept);
    }
    const allowed = position !== 0 && (order.side === 'sell') === position > 0 ? kept : 0;
    if (left(order) > allowed) give(parts, order, left(order) - allowed);
  }
}

const positionOf = ({ accounts }: Parts, account: Account, strategy: Order['strategy'], market: Market): number =>
  accounts.ledger.position(account.spec.id, strategy, market.definition.id);

/** Stage 6, after what commands ask and before the strategies' intents. */
export function takeLinks(parts: Parts): void {
  /** What fills of one entry in this round have been protected by already: one that walks a book has several. */
  const protectedLots = new Map<Order, number>();
  for (const link of parts.linked.splice(0)) {
    if ('reduce' in link) shrink(parts, link.reduce);
    else {
      const before = protectedLots.get(link.protect) ?? 0;
      protectedLots.set(link.protect, before + protect(parts, link, before));
    }
  }
}

/** Lots are taken away, so nobody is asked for leave. One that cannot be changed now is, when it is live. */
function shrink({ trading }: Parts, order: Order): void {
  if (order.ended || order.owed === 0) return;
  if (order.owed >= order.remaining) trading.askCancel(order, LINKED);
  else trading.askLess(order, order.living.context.lots - order.owed, LINKED);
}

export const LINKED = 'linked';

/** The lots it has asked protection for. */
function protect(parts: Parts, { protect: entry, lots: filled, fill }: Extract<Link, { protect: Order }>, before: number): number {
  const { account, strategy, market, terms } = entry;
  const position = positionOf(parts, account, strategy, market);
  const lots = Math.min(filled, (entry.side === 'buy' ? position : -position) - before);
  if (lots <= 0) return 0;
  const { stop, target } = terms.bracket!;
  const ask = (type: 'stop' | 'limit', price: number): boolean => {
    const order = askedOf(
      { account: account.spec.id, strategy, market },
      {
        side: entry.side === 'buy' ? 'sell' : 'buy',
        type,
        lots,
        limit: type === 'limit' ? price : null,
        stop: type === 'stop' ? price : null,
        expiresAt: null,
        terms: { ...plainTerms(null), protects: fill },
        reduceOnly: true,
        why: type === 'stop' ? 'bracket stop' : 'bracket target',
      },
    );
    return parts.trading.ask({ account, strategy, market, order, flatten: false, rearms: null });
  };
  if (stop !== null && !ask('stop', stop))
    parts.core.decide('Alerted', {
      severity: 'critical',
      topic: 'protection',
      text: `${strategy} ${market.definition.id}: no stop protects the ${lots} lots of ${entry.id}`,
    });
  if (target !== null) ask('limit', target);
  return lots;
}
