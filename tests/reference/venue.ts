/** Which resting orders of one account a fact of the primary source fills, in which order, at what price. Changes nothing. */
import type { OrderType } from '#engine/decisions.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import { randomStream } from '#engine/random.ts';
import { DAY_US, type Side } from '#engine/values.ts';
import { compareAddresses } from './agenda.ts';

export type Resting = Readonly<{
  order: string;
  side: Side;
  type: OrderType;
  /** Its first fact decides it: of a bar the open. */
  atOnce: boolean;
  /** All at this fact or nothing. */
  whole: boolean;
  postOnly: boolean;
  /** Asked when its turn comes: what filled before it in this very fact may have taken some. */
  remaining: () => number;
  limit: number | null;
  stop: number | null;
  /** A stop that was reached before: a market order now, or the limit order that a stop-limit becomes. */
  triggered: boolean;
  fresh: boolean;
  arrival: number;
}>;

export type Market =
  | Readonly<{ kind: 'trade'; price: number; lots: number }>
  | Readonly<{ kind: 'quote'; bid: number; bidLots: number; ask: number; askLots: number }>
  | Readonly<{ kind: 'bar'; open: number; high: number; low: number; close: number; volume: number }>;

/** lots may be 0: reached, but nothing was left of the pool, or the stop alone was reached. */
export type Reached = Readonly<{ order: string; lots: number; price: number; maker: boolean }>;

/** What makes a fill worse than the fact (12.5). */
export type Model = Pick<VenueSpec, 'fills' | 'limitFills' | 'slippageTicks' | 'slippageBp' | 'spreadTicks' | 'volumePermille'>;

/** The book that this account's takers walk: what is left of each level, best first, and where an eaten one is noted. */
export type Walked = Readonly<{
  left: (taker: Side) => readonly Readonly<{ price: number; lots: number }>[];
  eat: (taker: Side, price: number, lots: number) => void;
}>;

export function* match(
  resting: readonly Resting[],
  market: Market,
  model: Model,
  walked: Walked | null,
): Generator<Reached, void, undefined> {
  const whole = model.fills === 'whole';
  const onlyBeyond = model.limitFills === 'through';
  /** A limit that may take meets the best level, not the fact. */
  const seenBy = (order: Resting): Market => {
    if (walked === null || !isLimit(order) || !order.fresh || order.postOnly) return market;
    const best = walked.left(order.side)[0]?.price ?? (order.side === 'buy' ? Infinity : -Infinity);
    return { kind: 'quote', bid: best, bidLots: 0, ask: best, askLots: 0 };
  };
  const ranked = [...resting].sort((a, b) => compareRank(a, b, seenBy, market.kind === 'bar'));
  const pools = poolsOf(market);
  const most = poolsOf(market);
  for (const order of ranked) {
    const at = priceFor(order, seenBy(order));
    if (walked !== null && at !== null && !at.maker) {
      yield* walk(order, at.price, walked, model);
      continue;
    }
    if (at === null || (onlyBeyond && at.maker && touch(order.side, market) === order.limit && market.kind !== 'bar')) continue;
    const pool = market.kind === 'quote' && order.side === 'sell' ? pools.sells : pools.buys;
    const share = shareOf(market.kind === 'quote' && order.side === 'sell' ? most.sells.lots : most.buys.lots, model);
    const remaining = order.remaining();
    let lots = whole ? remaining : Math.min(remaining, pool.lots, share);
    if (order.whole && lots < remaining) lots = 0;
    if (!stands(order, at.price)) lots = 0;
    if (!whole) pool.lots -= lots;
    const price = at.maker ? at.price : worsened(order, at.price, market, model);
    yield { order: order.order, lots, price, maker: at.maker };
  }
}

/** Level by level, as far as its limit allows; one that must fill whole only where the levels hold that much. */
function* walk(order: Resting, factPrice: number, walked: Walked, model: Model): Generator<Reached, void, undefined> {
  const limit = order.type === 'limit' || order.type === 'stop-limit' ? (order.limit as number) : null;
  const within = walked.left(order.side).filter(({ price }) => limit === null || (order.side === 'buy' ? price <= limit : price >= limit));
  yield { order: order.order, lots: 0, price: factPrice, maker: false }; // a stop is reached, whatever there is to take
  if (!stands(order, factPrice)) return;
  if (order.whole && within.reduce((sum, { lots }) => sum + lots, 0) < order.remaining()) return;
  for (const { price, lots: there } of within) {
    const lots = Math.min(there, order.remaining());
    if (lots === 0) continue;
    walked.eat(order.side, price, lots);
    yield { order: order.order, lots, price: worsened(order, price, NO_SPREAD, model), maker: false };
  }
}

/** A quote has its spread in it, as a book has. */
const NO_SPREAD: Market = { kind: 'quote', bid: 0, bidLots: 0, ask: 0, askLots: 0 };

/** One order's part of a fact's lots, never rounded up. */
function shareOf(lots: number, { volumePermille }: Model): number {
  return volumePermille === undefined ? lots : (lots * volumePermille - ((lots * volumePermille) % 1000)) / 1000;
}

/** A taker's price: half the spread where the fact has none, and the slippage, each in whole ticks against it; its limit is the end. */
function worsened(order: Resting, price: number, market: Market, model: Model): number {
  const spread = market.kind === 'quote' ? 0 : (model.spreadTicks ?? 0);
  const part = BigInt(price < 0 ? -price : price) * BigInt(model.slippageBp ?? 0);
  const ticks = (spread + (spread % 2)) / 2 + (model.slippageTicks ?? 0) + Number(part / 10_000n) + (part % 10_000n === 0n ? 0 : 1);
  const worse = order.side === 'buy' ? price + ticks : price - ticks;
  const limit = order.type === 'limit' || order.type === 'stop-limit' ? (order.limit as number) : worse;
  return order.side === 'buy' ? Math.min(worse, limit) : Math.max(worse, limit);
}

/** A stop-limit whose stop is reached at a price its limit does not allow waits for its limit. */
function stands({ type, side, limit }: Resting, price: number): boolean {
  if (type !== 'stop-limit') return true;
  return side === 'buy' ? price <= (limit as number) : price >= (limit as number);
}

/** The stop of a trailing order: where it stood, or behind the first price it meets; then behind the best of what did not reach it. */
export function trailingStop(
  order: Readonly<{ side: Side; stop: number | null; trail: number }>,
  market: Market,
): Readonly<{ before: number; after: number }> {
  const { side, stop, trail } = order;
  const behind = (price: number): number => (side === 'sell' ? price - trail : price + trail);
  const before = stop ?? behind(touch(side, market));
  const best = market.kind !== 'bar' ? touch(side, market) : side === 'sell' ? market.high : market.low;
  return { before, after: side === 'sell' ? Math.max(before, behind(best)) : Math.min(before, behind(best)) };
}

/** One pool for a trade and a bar; a quote has one a side. */
function poolsOf(market: Market): { buys: { lots: number }; sells: { lots: number } } {
  if (market.kind === 'quote') return { buys: { lots: market.askLots }, sells: { lots: market.bidLots } };
  const one = { lots: market.kind === 'trade' ? market.lots : market.volume };
  return { buys: one, sells: one };
}

function priceFor(order: Resting, market: Market): { price: number; maker: boolean } | null {
  if (market.kind === 'bar') return priceInBar(order, market);
  const price = touch(order.side, market);
  if (isMarket(order)) return { price, maker: false };
  if (isLimit(order)) {
    const limit = order.limit as number;
    const reached = order.side === 'buy' ? price <= limit : price >= limit;
    if (!reached) return null;
    return order.fresh && !order.postOnly ? { price, maker: false } : { price: limit, maker: true };
  }
  const stop = order.stop as number;
  const reached = order.side === 'buy' ? price >= stop : price <= stop;
  return reached ? { price, maker: false } : null;
}

function priceInBar(order: Resting, bar: Extract<Market, { kind: 'bar' }>): { price: number; maker: boolean } | null {
  if (isMarket(order)) return { price: bar.open, maker: false };
  if (!isLimit(order)) {
    const stop = order.stop as number;
    if (order.side === 'buy') return bar.high >= stop ? { price: Math.max(bar.open, stop), maker: false } : null;
    return bar.low <= stop ? { price: Math.min(bar.open, stop), maker: false } : null;
  }
  const limit = order.limit as number;
  const openReaches = order.side === 'buy' ? bar.open <= limit : bar.open >= limit;
  if (order.fresh && !order.postOnly && openReaches) return { price: bar.open, maker: false };
  if (order.atOnce) return null; // the open was its moment
  const passed = order.side === 'buy' ? bar.low < limit : bar.high > limit;
  return passed ? { price: limit, maker: true } : null;
}

/** The price at which this side meets the fact; of a bar its open. */
function touch(side: Side, market: Market): number {
  if (market.kind === 'trade') return market.price;
  if (market.kind === 'bar') return market.open;
  return side === 'buy' ? market.ask : market.bid;
}

const isLimit = (order: Resting): boolean => order.type === 'limit' || (order.type === 'stop-limit' && order.triggered);
const isMarket = (order: Resting): boolean => order.type === 'market' || (order.triggered && !isLimit(order));

function compareRank(a: Resting, b: Resting, seenBy: (order: Resting) => Market, isBar: boolean): number {
  return (
    classOf(a, isBar) - classOf(b, isBar) ||
    beyond(b, seenBy(b)) - beyond(a, seenBy(a)) ||
    a.arrival - b.arrival ||
    compareAddresses(a.order, b.order)
  );
}

/** Market orders first; against a bar, stops before limits too. */
function classOf(order: Resting, isBar: boolean): number {
  if (isMarket(order)) return 0;
  return isBar && isLimit(order) ? 2 : 1;
}

/** How far the limit or stop lies beyond the price. */
function beyond(order: Resting, market: Market): number {
  if (isMarket(order)) return 0;
  const price = touch(order.side, market);
  if (isLimit(order)) {
    const limit = order.limit as number;
    return order.side === 'buy' ? limit - price : price - limit;
  }
  const stop = order.stop as number;
  return order.side === 'buy' ? price - stop : stop - price;
}

/** From a request of this order at this instant to the venue's receipt. */
export function requestTakes({ latencyUs, moreLatency: more }: VenueSpec, order: string, at: number): number {
  if (more === undefined) return latencyUs;
  if (more.kind === 'recorded') {
    const timeOfDay = at % DAY_US;
    const [, us] = more.rows.findLast(([from]) => from <= timeOfDay) ?? (more.rows.at(-1) as readonly [number, number]);
    return latencyUs + us;
  }
  const bits = randomStream(more.seed, `latency ${order}`).u32().toString(2).padStart(32, '0');
  const zeros = Math.min(7, bits.indexOf('1') < 0 ? 32 : bits.indexOf('1'));
  const inEighth = Number.parseInt(bits.slice(16), 2);
  return latencyUs + Number((BigInt(more.mostUs) * (BigInt(zeros) * 65_536n + BigInt(inEighth))) / 524_288n);
}

/** What was traded on the thirty days before this one. */
export function tradedBefore(traded: readonly Readonly<{ day: number; worth: bigint }>[], day: number): bigint {
  return traded.filter((one) => day - one.day >= 1 && day - one.day <= 30).reduce((sum, { worth }) => sum + worth, 0n);
}

type Tiers = NonNullable<VenueSpec['feeTiers']>;

/** The last tier that so much reaches, from 1 on; 0: none. */
export function tierAt(tiers: Tiers, traded: bigint, currencyScale: number): number {
  return tiers.findLastIndex(({ from }) => BigInt(`${from}${'0'.repeat(currencyScale)}`) <= traded) + 1;
}

export function ratesAt(pure: VenueSpec, tier: number): Readonly<{ makerFee: number; takerFee: number }> {
  return tier === 0 ? pure : (pure.feeTiers as Tiers)[tier - 1];
}
