/**
 * The pure venue's rules: which resting orders a market fact reaches, at what price, in what order they share its lots. It looks;
 * the desk reports. The level scan says which facts need looking at.
 */
import type { OrderType } from '../decisions.ts';
import type { Block } from '../market/blocks.ts';
import type { Side } from '../values.ts';
import { isAtOnce, type OrderTerms } from './order-terms.ts';

/** What matching needs to know of a working order. */
export type Resting = {
  readonly side: Side;
  readonly type: OrderType;
  readonly terms: OrderTerms;
  limit: number | null;
  stop: number | null;
  /** A stop that has been reached is a market order from then on, a stop-limit a limit order. */
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

/** The fact at an index of a block, as the venue sees it. */
export function venueFact(kind: 'trade' | 'quote' | 'bar', block: Block, index: number): VenueFact {
  const [a, b, c, d, e] = block.values;
  switch (kind) {
    case 'trade': {
      const price = a[index];
      return { kind, buyPrice: price, sellPrice: price, high: price, low: price, buyLots: b[index], sellLots: b[index] };
    }
    case 'quote':
      return { kind, buyPrice: c[index], sellPrice: a[index], high: 0, low: 0, buyLots: d[index], sellLots: b[index] };
    case 'bar':
      return { kind, buyPrice: a[index], sellPrice: a[index], high: b[index], low: c[index], buyLots: e[index], sellLots: e[index] };
  }
}

/** `price` null: its stop is reached and its limit is not. */
export type Reached<T> = { order: T; price: number | null; maker: boolean; market: boolean; beyond: number };

/** What the fact does to one order: the price it would fill at, or null. */
export function reach<T extends Resting>(order: T, fact: VenueFact, limitFills: 'touch' | 'through' = 'touch'): Reached<T> | null {
  const buy = order.side === 'buy';
  const price = buy ? fact.buyPrice : fact.sellPrice;
  if (isMarket(order)) return { order, price, maker: false, market: true, beyond: Infinity };
  if (awaitsStop(order)) {
    const stop = order.stop!;
    const extreme = fact.kind === 'bar' ? (buy ? fact.high : fact.low) : price;
    if (buy ? extreme < stop : extreme > stop) return null;
    const at = fact.kind === 'bar' ? (buy ? Math.max(price, stop) : Math.min(price, stop)) : price;
    const isWithin = order.limit === null || (buy ? at <= order.limit : at >= order.limit);
    return { order, price: isWithin ? at : null, maker: false, market: false, beyond: buy ? price - stop : stop - price };
  }
  const fresh = order.fresh && !order.terms.postOnly;
  const limit = order.limit!;
  const reached = buy ? price <= limit : price >= limit;
  if (fact.kind === 'bar') {
    const beyond = buy ? limit - price : price - limit;
    if (fresh && reached) return { order, price, maker: false, market: false, beyond };
    const passed = !isAtOnce(order.terms) && (buy ? fact.low < limit : fact.high > limit);
    return passed ? { order, price: limit, maker: true, market: false, beyond } : null;
  }
  if (!reached || (!fresh && limitFills === 'through' && price === limit)) return null;
  const beyond = buy ? limit - price : price - limit;
  return { order, price: fresh ? price : limit, maker: !fresh, market: false, beyond };
}

const isMarket = ({ type, triggered }: Resting): boolean => type === 'market' || (triggered && type !== 'stop-limit');

/** Its stop stands between it and the market. */
export const awaitsStop = ({ type, triggered }: Resting): boolean => type !== 'market' && type !== 'limit' && !triggered;

/** A trailing stop that has none yet gets it from the first price it meets, of a bar the open. */
export function placeTrail(order: Resting, fact: VenueFact): void {
  if (order.type === 'trailing' && order.stop === null) followPrice(order, order.side === 'buy' ? fact.buyPrice : fact.sellPrice);
}

/** What the fact did not trigger follows it: of a bar its best price, which is thought to come after its worst. */
export function followFact(order: Resting, fact: VenueFact): void {
  if (order.type !== 'trailing' || order.triggered) return;
  const buy = order.side === 'buy';
  followPrice(order, fact.kind === 'bar' ? (buy ? fact.low : fact.high) : buy ? fact.buyPrice : fact.sellPrice);
}

function followPrice(order: Resting, price: number): void {
  const trail = order.terms.trail!;
  const stop = order.side === 'buy' ? price + trail : price - trail;
  if (order.stop === null || (order.side === 'buy' ? stop < order.stop : stop > order.stop)) order.stop = stop;
}

/** Market first, then the farther beyond, then arrival, then address. On bars stops go before limits. */
export function rank<T extends Resting>(kind: VenueFact['kind'], a: Reached<T>, b: Reached<T>): number {
  if (a.market !== b.market) return a.market ? -1 : 1;
  if (kind === 'bar' && awaitsStop(a.order) !== awaitsStop(b.order)) return awaitsStop(a.order) ? -1 : 1;
  if (a.beyond !== b.beyond) return a.beyond > b.beyond ? -1 : 1;
  if (a.order.arrival !== b.order.arrival) return a.order.arrival - b.order.arrival;
  return a.order.sortKey < b.order.sortKey ? -1 : a.order.sortKey > b.order.sortKey ? 1 : 0;
}

/** The prices at which some resting order must be looked at. Always true: an order that no level describes is waiting. */
export class Levels {
  always = false;
  buyBelow = -Infinity; // highest buy limit, and below what a trailing buy stop has followed
  buyAbove = Infinity; // lowest buy stop
  sellAbove = Infinity; // lowest sell limit, and above what a trailing sell stop has followed
  sellBelow = -Infinity; // highest sell stop

  clear(): void {
    this.always = false;
    this.buyBelow = -Infinity;
    this.buyAbove = Infinity;
    this.sellAbove = Infinity;
    this.sellBelow = -Infinity;
  }

  add(order: Resting): void {
    if (order.fresh || isMarket(order)) this.always = true;
    else if (!awaitsStop(order)) {
      if (order.side === 'buy') this.buyBelow = Math.max(this.buyBelow, order.limit!);
      else this.sellAbove = Math.min(this.sellAbove, order.limit!);
    } else {
      // a trailing stop is looked at where it is reached, and where the price is better than any it has followed
      const { trail } = order.terms;
      if (order.side === 'buy') {
        this.buyAbove = Math.min(this.buyAbove, order.stop!);
        if (trail !== null) this.buyBelow = Math.max(this.buyBelow, order.stop! - trail - 1);
      } else {
        this.sellBelow = Math.max(this.sellBelow, order.stop!);
        if (trail !== null) this.sellAbove = Math.min(this.sellAbove, order.stop! + trail + 1);
      }
    }
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
