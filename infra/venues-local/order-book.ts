/**
 * One symbol's book: the outsiders' levels, our resting limit orders in price-time priority, our waiting stops. It finds who is met next
 * and keeps the order of things; it never decides whether an order may trade, and moves no money.
 */
import { assert } from '#engine/assert.ts';
import type { Side } from '#engine/values.ts';
import type { Level } from './market.ts';
import type { VenueOrder } from './orders.ts';

export class OrderBook {
  #bids: Level[] = [];
  #asks: Level[] = [];
  /** Best first; the same price by rank. */
  readonly #buys: VenueOrder[] = [];
  readonly #sells: VenueOrder[] = [];
  readonly #stops = new Set<VenueOrder>();

  /** The outsiders' levels, best first; they replace what was there. */
  setOutsiders(bids: Level[], asks: Level[]): void {
    this.#bids = bids;
    this.#asks = asks;
  }

  outsiders(side: Side): readonly Level[] {
    return side === 'buy' ? this.#bids : this.#asks;
  }

  /** The outsiders' best level that a taker of this side meets within its limit (null: any price). */
  met(taker: Side, limit: number | null): Level | null {
    const level = (taker === 'buy' ? this.#asks : this.#bids)[0];
    if (level === undefined) return null;
    return limit === null || reaches(taker, limit, level.ticks) ? level : null;
  }

  /** What a taker of this side took at a price is gone from there; a level that is not there (any more) has nothing to lose. */
  take(taker: Side, ticks: number, lots: number): void {
    const levels = taker === 'buy' ? this.#asks : this.#bids;
    const at = levels.findIndex((level) => level.ticks === ticks);
    const level = levels[at];
    if (level === undefined) return;
    level.lots -= lots;
    if (level.lots <= 0) levels.splice(at, 1);
  }

  /** Our first order in line on this side, if a price of the other side reaches it. */
  resting(side: Side, reachedBy: number): VenueOrder | null {
    const first = (side === 'buy' ? this.#buys : this.#sells)[0];
    return first !== undefined && reaches(side, first.limit!, reachedBy) ? first : null;
  }

  add(order: VenueOrder): void {
    if (order.type === 'stop') this.#stops.add(order);
    else {
      const line = order.side === 'buy' ? this.#buys : this.#sells;
      line.splice(placeOf(line, order), 0, order);
    }
  }

  remove(order: VenueOrder): void {
    if (order.type === 'stop') {
      this.#stops.delete(order);
      return;
    }
    const line = order.side === 'buy' ? this.#buys : this.#sells;
    const at = placeOf(line, order);
    assert(line[at] === order, () => `order ${order.id} is not where its price and rank put it`);
    line.splice(at, 1);
  }

  /** Stops that a trade at this price sets off, the oldest first. */
  triggered(ticks: number): VenueOrder[] {
    if (this.#stops.size === 0) return [];
    const hit = [...this.#stops].filter(({ side, stop }) => (side === 'buy' ? ticks >= stop! : ticks <= stop!));
    return hit.sort((a, b) => a.rank - b.rank);
  }

  /** Outsiders and ours together, a level a price, best first. */
  levels(side: Side): Level[] {
    const sum = new Map<number, number>();
    for (const { ticks, lots } of this.outsiders(side)) sum.set(ticks, (sum.get(ticks) ?? 0) + lots);
    for (const { limit, lots, filled } of side === 'buy' ? this.#buys : this.#sells)
      sum.set(limit!, (sum.get(limit!) ?? 0) + lots - filled);
    return [...sum].map(([ticks, lots]) => ({ ticks, lots })).sort((a, b) => (side === 'buy' ? b.ticks - a.ticks : a.ticks - b.ticks));
  }
}

/** Whether an order of this side with this limit may trade at that price. */
const reaches = (side: Side, limit: number, ticks: number): boolean => (side === 'buy' ? ticks <= limit : ticks >= limit);

/** Where an order stands in its line, or would: found by halving, for a line may be thousands long. */
function placeOf(line: readonly VenueOrder[], order: VenueOrder): number {
  let [from, to] = [0, line.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (before(line[middle]!, order)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function before(a: VenueOrder, b: VenueOrder): boolean {
  if (a.limit !== b.limit) return a.side === 'buy' ? a.limit! > b.limit! : a.limit! < b.limit!;
  return a.rank < b.rank;
}
