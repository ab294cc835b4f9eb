/**
 * The venue as a plain state machine: accepts, matches, fills, ends. It writes each fact to the ledger before it tells it, and is the same
 * for the same calls at the same instants. It knows no sockets, no timers and nothing of desks.
 */
import type { Side } from '#engine/values.ts';
import { type ExchangeState, type Listed, type OrderChange, signOf, type VenueQuote } from './exchange-state.ts';
import type { Listing } from './listings.ts';
import type { Level } from './market.ts';
import { fillText, orderText, transferText, type VenueFill, type VenueOrder, type VenueOrderType, type VenueTransfer } from './orders.ts';
import { Refusal } from './refusal.ts';

/** Where entries go; `next` is the number the next one will have. */
export interface ExchangeLog {
  next(): number;
  /** `rest` is the entry's own part as JSON text, `"name":value,…`. */
  append(what: string, at: number, rest: string): number;
}

type OrderWhat = 'acked' | 'replaced' | 'cancelled' | 'expired' | 'rejected' | 'filled';

export type ExchangeEvent =
  | Readonly<{ type: 'order'; what: OrderWhat; order: VenueOrder; text: string }>
  | Readonly<{ type: 'fill'; fill: VenueFill; text: string }>
  | Readonly<{ type: 'transfer'; text: string }>
  | Readonly<{ type: 'trade'; symbol: Listed; n: number; time: number; ticks: number; lots: number; side: Side }>
  | Readonly<{ type: 'quote'; quote: VenueQuote }>;

export type PlaceAsk = Readonly<{
  clientId: string | null;
  listing: Listing;
  side: Side;
  type: VenueOrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  reduceOnly: boolean;
  expiresAt: number | null;
}>;

export type OrderRef = Readonly<{ id: number | null; clientId: string | null }>;

/** `ever`: a client id can be used once. `working`: as soon as the order that has it ended. */
export type IdsRule = 'working' | 'ever';

export const MOST_LOTS = 10_000_000;
const MOST_LEVERAGE = 5n;
/** In market steps: ten seconds at the usual pace. */
const NOTE_EVERY = 200;
const FILLS_A_PAGE = 100;
const ORDERS_A_PAGE = 50;

type ExchangeParts = Readonly<{
  state: ExchangeState;
  log: ExchangeLog;
  clock: () => number;
  tell: (event: ExchangeEvent) => void;
  ids: IdsRule;
}>;

export class Exchange {
  readonly state: ExchangeState;
  readonly ids: IdsRule;
  readonly #log: ExchangeLog;
  readonly #clock: () => number;
  readonly #tell: (event: ExchangeEvent) => void;
  /** Trades of this call whose stops have not been looked for yet. */
  readonly #prints: { symbol: Listed; ticks: number }[] = [];
  readonly #expiring = new Set<VenueOrder>();
  /** No order expires before; it may be early, never late. */
  #nextExpiry = Number.POSITIVE_INFINITY;
  #steps = 0;

  constructor({ state, log, clock, tell, ids }: ExchangeParts) {
    this.state = state;
    this.ids = ids;
    this.#log = log;
    this.#clock = clock;
    this.#tell = tell;
    for (const order of state.working.values()) this.#watchExpiry(order);
  }

  /** After a restart: what a crash cut in two is brought to its end. A market order never waits. */
  recover(): void {
    const at = this.now();
    for (const order of [...this.state.working.values()])
      if (order.type === 'market' || (order.type === 'stop' && order.filled > 0)) this.#end(order, 'cancelled', 'no liquidity', null);
    for (const symbol of this.state.symbols.values()) this.#cross(symbol, at);
    this.#settlePrints(at);
    this.now();
  }

  /** The exchange's time; what has expired by then has expired. */
  now(): number {
    const { state } = this;
    state.at = Math.max(state.at, this.#clock());
    if (state.at >= this.#nextExpiry) this.#expireDue(state.at);
    return state.at;
  }

  /** When now() should next be called if nothing else happens; infinite when no order expires. */
  nextExpiry(): number {
    return this.#nextExpiry;
  }

  // -------------------------------------------------------------- orders; `request` is the ledger number of what asked

  place(ask: PlaceAsk, request: number): VenueOrder {
    const at = this.now();
    const { clientId, listing, side, type, lots, limit, stop, reduceOnly, expiresAt } = ask;
    const namesake = clientId === null ? undefined : this.state.named.get(clientId);
    if (namesake !== undefined && (this.ids === 'ever' || namesake.state === 'working'))
      throw new Refusal('duplicate-id', `order ${namesake.id} ${namesake.state === 'working' ? 'is working with' : 'had'} this client id`);
    if (expiresAt !== null && expiresAt <= at) throw new Refusal('expired', 'expireTime is not ahead');
    this.#judge(listing, side, lots, lots, reduceOnly);
    const n = this.#log.next();
    const order: VenueOrder = {
      id: this.state.orders.length + 1,
      clientId,
      listing,
      side,
      type,
      reduceOnly,
      expiresAt,
      time: at,
      lots,
      limit,
      stop,
      filled: 0,
      state: 'working',
      reason: '',
      updated: at,
      rank: n,
      fills: [],
    };
    this.state.accepted(order);
    this.#watchExpiry(order);
    const text = orderText(order);
    this.#log.append('order', at, `"order":${text},"request":${request}`);
    this.#tell({ type: 'order', what: 'acked', order, text });
    if (type === 'market') this.#takeAll(order, at, request);
    else if (type === 'limit') this.#take(order, at, request);
    this.#settlePrints(at);
    return order;
  }

  replace(ref: OrderRef, asked: (order: VenueOrder) => Pick<OrderChange, 'lots' | 'limit' | 'stop'>, request: number): VenueOrder {
    const at = this.now();
    const order = this.#workingOf(ref);
    const { lots, limit, stop } = asked(order);
    if (lots <= order.filled) {
      this.#change(order, { ...order, lots: order.filled, state: 'filled' }, 'filled', request);
      return order;
    }
    this.#judge(order.listing, order.side, lots, lots - order.filled, order.reduceOnly);
    this.#change(order, { lots, limit, stop, state: 'working', reason: '' }, 'replaced', request);
    if (order.type === 'limit') this.#take(order, at, request);
    this.#settlePrints(at);
    return order;
  }

  cancel(ref: OrderRef, request: number): VenueOrder {
    this.now();
    const order = this.#workingOf(ref);
    this.#end(order, 'cancelled', 'asked', request);
    return order;
  }

  cancelAll(request: number): number {
    this.now();
    const all = [...this.state.working.values()];
    for (const order of all) this.#end(order, 'cancelled', 'asked', request);
    return all.length;
  }

  // -------------------------------------------------------------- asking

  order(ref: OrderRef): VenueOrder {
    this.now();
    const { orders, named } = this.state;
    const order = ref.id !== null ? orders[ref.id - 1] : ref.clientId !== null ? named.get(ref.clientId) : undefined;
    if (order === undefined) throw new Refusal('unknown-order', 'there is no order of that name');
    return order;
  }

  fillsOf(order: VenueOrder): VenueFill[] {
    return order.fills.map((id) => this.state.fills[id - 1]!);
  }

  openOrders(after: number): { orders: VenueOrder[]; next: number | null } {
    this.now();
    const orders: VenueOrder[] = [];
    for (const order of this.state.working.values()) {
      if (order.id <= after) continue;
      if (orders.length === ORDERS_A_PAGE) return { orders, next: orders.at(-1)!.id };
      orders.push(order);
    }
    return { orders, next: null };
  }

  /** The same list as it was then, and a later page without its first order: what a lagging replica of a venue answers. */
  staleOrders(after: number, then: number): { orders: VenueOrder[]; next: number | null } {
    this.now();
    const { working, ended } = this.state;
    const were = [...working.values()];
    for (let at = ended.length - 1; at >= 0 && ended[at]!.updated > then; at -= 1) were.push(ended[at]!);
    const all = were.filter(({ id, time }) => id > after && time <= then).sort((a, b) => a.id - b.id);
    const orders = all.slice(0, ORDERS_A_PAGE);
    const next = all.length > orders.length ? orders.at(-1)!.id : null;
    return {
      orders: orders.slice(after > 0 ? 1 : 0).map((order) => ({
        ...order,
        state: 'working',
        reason: '',
        filled: this.fillsOf(order).reduce((sum, { lots, time }) => (time <= then ? sum + lots : sum), 0),
      })),
      next,
    };
  }

  fills(since: number, after: number): { fills: VenueFill[]; next: number | null } {
    const { fills } = this.state;
    let [from, to] = [after, fills.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (fills[middle]!.time < since) from = middle + 1;
      else to = middle;
    }
    const page = fills.slice(from, from + FILLS_A_PAGE);
    return { fills: page, next: from + page.length < fills.length ? page.at(-1)!.id : null };
  }

  transfers(since: number): VenueTransfer[] {
    return this.state.transfers.filter(({ time }) => time >= since);
  }

  /** The middle of the outsiders' quote, in half ticks; the last price where a side is empty. */
  middle({ book, last }: Listed): number {
    const [bid, ask] = [book.outsiders('buy')[0], book.outsiders('sell')[0]];
    return bid === undefined || ask === undefined ? 2 * last : bid.ticks + ask.ticks;
  }

  // -------------------------------------------------------------- the market

  /** One step of every seeded market: a quote, then the trades it shows. */
  step(): void {
    const at = this.now();
    for (const symbol of this.state.symbols.values()) {
      const { bids, asks, prints } = symbol.market.step();
      symbol.book.setOutsiders(bids, asks);
      symbol.quotes += 1;
      this.#tellQuote(symbol);
      this.#cross(symbol, at);
      for (const { side, ticks, lots } of prints) this.#print(symbol, side, ticks, lots, at);
    }
    this.#settlePrints(at);
    this.#steps += 1;
    if (this.#steps % NOTE_EVERY === 0) this.note();
  }

  /** Where the market stands, for a restart. */
  note(): void {
    this.#log.append('market', this.state.at, `"symbols":${this.state.markets()}`);
  }

  quote(symbol: Listed, bid: Level, ask: Level): void {
    const at = this.now();
    const { listing } = symbol;
    const [b, bq, a, aq] = [
      listing.priceText(bid.ticks),
      listing.lotsText(bid.lots),
      listing.priceText(ask.ticks),
      listing.lotsText(ask.lots),
    ];
    this.#log.append('quote', at, `"symbol":"${listing.symbol}","bid":"${b}","bidQuantity":"${bq}","ask":"${a}","askQuantity":"${aq}"`);
    this.state.quoted(symbol, bid.ticks, bid.lots, ask.ticks, ask.lots);
    this.#tellQuote(symbol);
    this.#cross(symbol, at);
    this.#settlePrints(at);
  }

  trade(symbol: Listed, side: Side, ticks: number, lots: number): void {
    const at = this.now();
    const { listing } = symbol;
    const [price, quantity] = [listing.priceText(ticks), listing.lotsText(lots)];
    this.#log.append('trade', at, `"symbol":"${listing.symbol}","side":"${side}","price":"${price}","quantity":"${quantity}"`);
    this.#print(symbol, side, ticks, lots, at);
    this.#settlePrints(at);
  }

  transfer(currency: string, scale: number, amount: bigint, why: string): VenueTransfer {
    const at = this.now();
    const transfer = { id: this.state.transfers.length + 1, currency, scale, amount, why, time: at };
    const text = transferText(transfer);
    this.#log.append('transfer', at, `"transfer":${text}`);
    this.state.transferred(transfer);
    this.#tell({ type: 'transfer', text });
    return transfer;
  }

  // -------------------------------------------------------------- rules

  /** `left` is what would still be to fill. */
  #judge(listing: Listing, side: Side, lots: number, left: number, reduceOnly: boolean): void {
    if (lots > MOST_LOTS) throw new Refusal('too-large', `more than ${listing.lotsText(MOST_LOTS)} of ${listing.symbol}`);
    if (reduceOnly && this.#closable(listing, side) === 0)
      throw new Refusal('reduce-only', `there is no ${side === 'buy' ? 'short' : 'long'} position of ${listing.symbol} to reduce`);
    if (!reduceOnly && !this.#affords(listing, side, left))
      throw new Refusal('insufficient-margin', `positions after it would be worth more than ${MOST_LEVERAGE} times the equity`);
  }

  /** Lots of the position that an order of this side would close. */
  #closable(listing: Listing, side: Side): number {
    return Math.max(0, -signOf(side) * this.state.account.lotsOf(listing));
  }

  #affords(listing: Listing, side: Side, lots: number): boolean {
    const { account, symbols } = this.state;
    const held = account.lotsOf(listing);
    const then = held + signOf(side) * lots;
    if (Math.abs(then) <= Math.abs(held)) return true;
    const { currency } = listing.spec;
    let equity = account.cash(currency);
    let exposure = 0n;
    for (const symbol of symbols.values()) {
      if (symbol.listing.spec.currency !== currency) continue;
      const now = account.lotsOf(symbol.listing);
      const after = symbol.listing === listing ? then : now;
      if (now === 0 && after === 0) continue;
      const middle = this.middle(symbol);
      equity += symbol.listing.valueAtHalfTicks(now, middle);
      exposure += symbol.listing.valueAtHalfTicks(Math.abs(after), middle);
    }
    return exposure <= MOST_LEVERAGE * equity;
  }

  #workingOf(ref: OrderRef): VenueOrder {
    const order = this.order(ref);
    if (order.state !== 'working') throw new Refusal('not-working', `order ${order.id} is ${order.state}`);
    return order;
  }

  // -------------------------------------------------------------- matching

  /** Takes from the outsiders what the order crosses; our own orders on the other side are passed over. */
  #take(order: VenueOrder, at: number, request: number | null): void {
    const { book } = this.state.symbolOf(order);
    while (order.state === 'working') {
      const level = book.met(order.side, order.limit);
      if (level === null) return;
      const lots = this.#fillable(order, level.lots, request);
      if (lots > 0) this.#fill(order, lots, level.ticks, false, at, request);
    }
  }

  #takeAll(order: VenueOrder, at: number, request: number | null): void {
    this.#take(order, at, request);
    if (order.state === 'working') this.#end(order, 'cancelled', 'no liquidity', request);
  }

  /** How much of what is offered the order may take; a reduce-only order with nothing left to close ends here. */
  #fillable(order: VenueOrder, offered: number, request: number | null): number {
    const lots = Math.min(offered, order.lots - order.filled);
    if (!order.reduceOnly) return lots;
    const closable = this.#closable(order.listing, order.side);
    if (closable === 0) this.#end(order, 'cancelled', 'reduce-only', request);
    return Math.min(lots, closable);
  }

  /** A quote that came to our resting prices or through them: a book is never crossed. */
  #cross(symbol: Listed, at: number): void {
    for (const side of SIDES) {
      for (;;) {
        const level = symbol.book.met(side, null);
        const order = level === null ? null : symbol.book.resting(side, level.ticks);
        if (level === null || order === null) break;
        const lots = this.#fillable(order, level.lots, null);
        if (lots > 0) this.#fill(order, lots, order.limit!, true, at, null);
      }
    }
  }

  /** An outsider's trade: it meets our resting orders of the other side, then sets off stops. */
  #print(symbol: Listed, side: Side, ticks: number, lots: number, at: number): void {
    this.state.traded(symbol, ticks);
    this.#tell({ type: 'trade', symbol, n: symbol.trades, time: at, ticks, lots, side });
    const resting = side === 'buy' ? 'sell' : 'buy';
    for (let left = lots; left > 0; ) {
      const order = symbol.book.resting(resting, ticks);
      if (order === null) break;
      const filled = this.#fillable(order, left, null);
      if (filled > 0) this.#fill(order, filled, order.limit!, true, at, null);
      left -= filled;
    }
    this.#prints.push({ symbol, ticks });
    this.#settlePrints(at);
  }

  /** Stops set each other off: one's takings are trades that may reach the next. */
  #settlePrints(at: number): void {
    for (let print = this.#prints.shift(); print !== undefined; print = this.#prints.shift())
      for (const stop of print.symbol.book.triggered(print.ticks)) {
        if (stop.state !== 'working') continue;
        if (!stop.reduceOnly && !this.#affords(stop.listing, stop.side, stop.lots - stop.filled))
          this.#end(stop, 'rejected', 'insufficient-margin', null);
        else if (stop.reduceOnly && this.#closable(stop.listing, stop.side) === 0) this.#end(stop, 'cancelled', 'reduce-only', null);
        else this.#takeAll(stop, at, null);
      }
  }

  // -------------------------------------------------------------- facts: written, folded, told

  #fill(order: VenueOrder, lots: number, ticks: number, maker: boolean, at: number, request: number | null): void {
    const { state } = this;
    const symbol = state.symbolOf(order);
    const { trades } = symbol;
    const fill: VenueFill = { id: state.fills.length + 1, order, lots, ticks, fee: order.listing.fee(lots, ticks, maker), maker, time: at };
    const text = fillText(fill);
    this.#log.append('fill', at, `"fill":${text}`);
    state.filled(fill);
    this.#tell({ type: 'fill', fill, text });
    if (symbol.trades > trades) {
      const side = maker === (order.side === 'buy') ? 'sell' : 'buy'; // the taker's: ours, or whoever quoted through our price
      this.#tell({ type: 'trade', symbol, n: symbol.trades, time: at, ticks, lots, side });
      this.#prints.push({ symbol, ticks });
    }
    if (order.state === 'working') return;
    this.#sayChanged(order, 'filled', request);
  }

  #tellQuote(symbol: Listed): void {
    const quote = this.state.quoteNow(symbol);
    if (quote !== null) this.#tell({ type: 'quote', quote });
  }

  #end(order: VenueOrder, state: 'cancelled' | 'expired' | 'rejected', reason: string, request: number | null): void {
    this.#change(order, { ...order, state, reason }, state, request);
  }

  #change(order: VenueOrder, change: OrderChange, what: OrderWhat, request: number | null): void {
    this.state.changed(order, change, this.state.at, this.#log.next());
    this.#sayChanged(order, what, request);
  }

  #sayChanged(order: VenueOrder, what: OrderWhat, request: number | null): void {
    const text = orderText(order);
    this.#log.append('changed', this.state.at, `"order":${text},"request":${request}`);
    this.#tell({ type: 'order', what, order, text });
    if (order.state !== 'working') this.#expiring.delete(order);
  }

  #watchExpiry(order: VenueOrder): void {
    if (order.expiresAt === null) return;
    this.#expiring.add(order);
    this.#nextExpiry = Math.min(this.#nextExpiry, order.expiresAt);
  }

  #expireDue(at: number): void {
    const due = [...this.#expiring].filter(({ expiresAt }) => expiresAt! <= at).sort((a, b) => a.expiresAt! - b.expiresAt! || a.id - b.id);
    for (const order of due) this.#end(order, 'expired', 'expireTime', null);
    this.#nextExpiry = [...this.#expiring].reduce((least, { expiresAt }) => Math.min(least, expiresAt!), Number.POSITIVE_INFINITY);
  }
}

const SIDES = ['buy', 'sell'] as const;
