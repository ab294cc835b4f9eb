/**
 * The pure venue's rules: which resting orders a market fact reaches, at what price, in what order they share its lots. It looks;
 * the desk reports. The level scan says which facts need looking at.
 */
import type { OrderType } from '../decisions.ts';
import type { Side } from '../values.ts';

/** What matching needs to know of a working order. */
export type Resting = {
  readonly side: Side;
  readonly type: OrderType;
  limit: number | null;
  stop: number | null;
  /** A stop that has been reached is a market order from then on. */
  triggered: boolean;
  /** Not yet examined by any fact since it arrived. */
  fresh: boolean;
  arrival: number;
  /** The address, as a sort key that orders as numbers do. */
  readonly sortKey: string;
  remaining(): number;
};

/** One fact as the venue sees it. A bar has a range; for ticks open = high = low. */
export type VenueFact = Readonly<{
  kind: 'trade' | 'quote' | 'bar';
  buyPrice: number;
  sellPrice: number;
  high: number;
  low: number;
  buyLots: number;
  sellLots: number;
}>;

export type Reached<T> = { order: T; price: number; maker: boolean; market: boolean; beyond: number };

/** What the fact does to one order: the price it would fill at, or null. */
export function reach<T extends Resting>(order: T, fact: VenueFact): Reached<T> | null {
  const buy = order.side === 'buy';
  const price = buy ? fact.buyPrice : fact.sellPrice;
  if (order.type === 'market' || order.triggered) return { order, price, maker: false, market: true, beyond: Infinity };
  if (order.type === 'stop') {
    const stop = order.stop!;
    const extreme = fact.kind === 'bar' ? (buy ? fact.high : fact.low) : price;
    if (buy ? extreme < stop : extreme > stop) return null;
    const at = fact.kind === 'bar' ? (buy ? Math.max(price, stop) : Math.min(price, stop)) : price;
    return { order, price: at, maker: false, market: false, beyond: buy ? price - stop : stop - price };
  }
  const limit = order.limit!;
  const reached = buy ? price <= limit : price >= limit;
  if (fact.kind === 'bar') {
    const beyond = buy ? limit - price : price - limit;
    if (order.fresh && reached) return { order, price, maker: false, market: false, beyond };
    const passed = buy ? fact.low < limit : fact.high > limit;
    return passed ? { order, price: limit, maker: true, market: false, beyond } : null;
  }
  if (!reached) return null;
  const beyond = buy ? limit - price : price - limit;
  return { order, price: order.fresh ? price : limit, maker: !order.fresh, market: false, beyond };
}

/** Market first, then the farther beyond, then arrival, then address. On bars stops go before limits. */
export function rank<T extends Resting>(kind: VenueFact['kind'], a: Reached<T>, b: Reached<T>): number {
  if (a.market !== b.market) return a.market ? -1 : 1;
  if (kind === 'bar' && (a.order.type === 'stop') !== (b.order.type === 'stop')) return a.order.type === 'stop' ? -1 : 1;
  if (a.beyond !== b.beyond) return a.beyond > b.beyond ? -1 : 1;
  if (a.order.arrival !== b.order.arrival) return a.order.arrival - b.order.arrival;
  return a.order.sortKey < b.order.sortKey ? -1 : a.order.sortKey > b.order.sortKey ? 1 : 0;
}

/** The prices at which some resting order must be looked at. Always true: an order that no level describes is waiting. */
export class Levels {
  always = false;
  buyBelow = -Infinity; // highest buy limit
  buyAbove = Infinity; // lowest buy stop
  sellAbove = Infinity; // lowest sell limit
  sellBelow = -Infinity; // highest sell stop

  clear(): void {
    this.always = false;
    this.buyBelow = -Infinity;
    this.buyAbove = Infinity;
    this.sellAbove = Infinity;
    this.sellBelow = -Infinity;
  }

  add(order: Resting): void {
    if (order.fresh || order.type === 'market' || order.triggered) this.always = true;
    else if (order.type === 'limit') {
      if (order.side === 'buy') this.buyBelow = Math.max(this.buyBelow, order.limit!);
      else this.sellAbove = Math.min(this.sellAbove, order.limit!);
    } else if (order.side === 'buy') this.buyAbove = Math.min(this.buyAbove, order.stop!);
    else this.sellBelow = Math.max(this.sellBelow, order.stop!);
  }

  /** First quote in [from, to) that reaches a level: buys look at the ask, sells at the bid. */
  nextQuote(bids: Float64Array, asks: Float64Array, from: number, to: number): number {
    const { buyBelow, buyAbove, sellAbove, sellBelow } = this;
    for (let i = from; i < to; i++) {
      if (asks[i] <= buyBelow || asks[i] >= buyAbove || bids[i] >= sellAbove || bids[i] <= sellBelow) return i;
    }
    return to;
  }
}
