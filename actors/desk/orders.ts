/**
 * Orders as they live (stages 4 and 7): requests going out, reports coming back, and the pure venue that answers inside the desk.
 * A report moves the order actor the same way whoever made it.
 */
import { Deadline, VENUE } from '#engine/deadlines.ts';
import type { OrderType } from '#engine/decisions.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import { dayOf, type FeeTier, tierOf } from '#engine/execution/fee-tiers.ts';
import { shareOf, takerPrice } from '#engine/execution/fill-model.ts';
import type { HeldBook } from '#engine/execution/held-book.ts';
import { delayUs } from '#engine/execution/latency.ts';
import { awaitsStop, followFact, placeTrail, type Reached, type Resting, rank, reach, type VenueFact } from '#engine/execution/matching.ts';
import { isAtOnce, isGrouped, type OrderTerms } from '#engine/execution/order-terms.ts';
import type { VenueReport } from '#engine/inputs.ts';
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import { feeOf, value } from '#engine/portfolio/valuation.ts';
import type { ClientOrderId, Minor, OrderId, Side, StrategyId, TimeUs } from '#engine/values.ts';
import { SECOND_US } from '#engine/values.ts';
import { Living } from '../actor.ts';
import { ORDER_ENDS, type OrderContext, type OrderEvent, type OrderState } from '../order.ts';
import { type Account, fillKey } from './accounts.ts';
import type { Core } from './core.ts';
import type { Gates } from './gates.ts';
import type { Market } from './markets.ts';

/** An order whose outcome is unknown for longer restricts its gates. */
export const UNKNOWN_BOUND_US = 10 * SECOND_US;
/** An ended order leaves the registry after this. */
export const RETIRE_AFTER_US = 86_400 * SECOND_US;

export type NewOrder = Readonly<{
  account: Account;
  strategy: StrategyId;
  market: Market;
  side: Side;
  type: OrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  expiresAt: TimeUs | null;
  terms: OrderTerms;
  reducing: boolean;
  clientId: ClientOrderId;
  /** Made by a Flatten, which neither cancels nor forgets its own. */
  flatten: boolean;
  reduceOnly: boolean;
  /** How often its protection was placed again before it. */
  rearms: number;
}>;

/** The order as the pure venue holds it. */
export class VenueOrder implements Resting {
  readonly side: Side;
  readonly type: OrderType;
  readonly terms: OrderTerms;
  readonly sortKey: string;
  readonly market: Market;
  readonly receive: Deadline;
  readonly cancel: Deadline;
  readonly replace: Deadline;
  readonly expire: Deadline;
  limit: number | null;
  stop: number | null;
  lots: number;
  filled = 0;
  working = false;
  fresh = false;
  triggered = false;
  arrival = -1;
  replacement: Readonly<{ lots: number; limit: number | null; stop: number | null }> | null = null;

  constructor(orders: Orders, order: Order) {
    this.side = order.side;
    this.type = order.type;
    this.terms = order.terms;
    this.sortKey = order.sortKey;
    this.market = order.market;
    this.lots = order.living.context.lots;
    this.limit = order.living.context.limit;
    this.stop = order.living.context.stop;
    const key = `venue:${order.sortKey}`;
    const at = order.market.index;
    this.receive = new Deadline(VENUE, 0, at, key, 'receive', () => orders.venueReceives(order, this));
    this.cancel = new Deadline(VENUE, 0, at, key, 'cancel', () => orders.venueCancels(order, this));
    this.replace = new Deadline(VENUE, 0, at, key, 'replace', () => orders.venueReplaces(order, this));
    this.expire = new Deadline(VENUE, 0, at, key, 'expire', () => orders.venueExpires(order, this));
  }

  remaining(): number {
    return this.lots - this.filled;
  }
}

export class Order {
  readonly id: OrderId;
  readonly sortKey: string;
  readonly account: Account;
  readonly strategy: StrategyId;
  readonly market: Market;
  /** The instrument's version it was made for. */
  readonly version: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly expiresAt: TimeUs | null;
  readonly terms: OrderTerms;
  reducing: boolean;
  readonly clientId: ClientOrderId;
  readonly living: Living<OrderState, OrderContext, OrderEvent>;
  readonly unknown: Deadline;
  readonly retire: Deadline;
  venue: VenueOrder | null = null;
  readonly flatten: boolean;
  readonly reduceOnly: boolean;
  readonly rearms: number;
  /** Lots of a replacement approved in this round and not requested yet: counts already. */
  asked: number | null = null;
  /** Lots that a group's fills have taken from it, not yet given up at its venue. */
  owed = 0;
  /** Effects that may stay home: the last cancel and the last replace. */
  cancelAddress: string | null = null;
  replaceAddress: string | null = null;
  /** Fills an outside venue has reported: one reported twice is one fill. */
  readonly fills: string[] = [];
  requestAddress: string | null = null;
  changedAt: number;
  /** What of `worst` is in the sums of what works. Kept by Orders alone. */
  counted = 0;

  constructor(
    orders: Orders,
    core: Core,
    id: OrderId,
    given: NewOrder,
    version: number,
    saved: { value: OrderState; context: OrderContext } | null,
  ) {
    this.id = id;
    this.sortKey = sortKeyOf(id);
    this.account = given.account;
    this.strategy = given.strategy;
    this.market = given.market;
    this.version = version;
    this.side = given.side;
    this.type = given.type;
    this.expiresAt = given.expiresAt;
    this.terms = given.terms;
    this.reducing = given.reducing;
    this.clientId = given.clientId;
    this.flatten = given.flatten;
    this.reduceOnly = given.reduceOnly;
    this.rearms = given.rearms;
    this.changedAt = core.cause;
    const key = `order:${this.sortKey}`;
    const input = { lots: given.lots, limit: given.limit, stop: given.stop };
    const over = saved !== null && ORDER_ENDS.includes(saved.value);
    this.living = new Living(core.machines.order, key, input, saved, over);
    this.unknown = new Deadline(VENUE, 0, given.market.index, key, 'unknown', () => orders.unknownTooLong(this));
    this.retire = new Deadline(VENUE, 0, given.market.index, key, 'retire', () => orders.retired(this));
  }

  get ended(): boolean {
    return ORDER_ENDS.includes(this.living.value);
  }

  /** Lots that may still fill by its terms. */
  get remaining(): number {
    return Math.max(0, this.living.context.lots - this.living.context.filled);
  }

  /** …and at the worst, should a replacement that is not answered yet have been taken. */
  get worst(): number {
    const { lots, wanted, filled } = this.living.context;
    return Math.max(0, Math.max(lots, wanted ?? 0, this.asked ?? 0) - filled);
  }
}

/** A strategy's protective stop at an outside venue. */
function protects({ account, type, reducing, strategy }: Order): boolean {
  return account.outside !== null && type === 'stop' && reducing && strategy !== NO_STRATEGY;
}

/** It ended at its venue although nobody here asked for it. */
function losesProtection(order: Order, from: OrderState, event: OrderEvent): boolean {
  if (!protects(order)) return false;
  if (from !== 'LIVE' && from !== 'REPLACE_PENDING' && from !== 'UNKNOWN') return false;
  return event.type === 'Cancelled' || (event.type === 'Expired' && order.expiresAt === null);
}

/** An address as text that sorts as its two numbers do. */
export function sortKeyOf(address: string): string {
  const dot = address.indexOf('.');
  return `${address.slice(0, dot).padStart(16, '0')}.${address.slice(dot + 1).padStart(10, '0')}`;
}

const WOULD_TAKE = 'would take';

/** Against the book where it is known and walked, else the quote as its venue has it, or the last price where there is none. */
function wouldTake({ side, market }: VenueOrder, { walk }: VenueSpec, limit: number | null): boolean {
  const best = walk !== undefined && market.book?.known === true ? market.book.best(side) : undefined;
  if (best === null) return false;
  const quoted = best ?? (side === 'buy' ? market.ask : market.bid);
  const price = Number.isNaN(quoted) ? market.last : quoted; // NaN where there is neither: it takes nothing
  return side === 'buy' ? limit! >= price : limit! <= price;
}

/** It may take what stands at its limit or better, at the first fact it meets. */
const isFreshLimit = ({ fresh, terms, type, triggered }: VenueOrder): boolean =>
  fresh && !terms.postOnly && (type === 'limit' || (type === 'stop-limit' && triggered));

/** The fact as a limit meets it that looks at the book: by the best of the other side, and out of reach where nothing lies. */
const metByBook = (fact: VenueFact, book: HeldBook): VenueFact => ({
  ...fact,
  buyPrice: book.best('buy') ?? Infinity,
  sellPrice: book.best('sell') ?? -Infinity,
});

type Rates = Pick<VenueSpec, 'makerFee' | 'takerFee'>;

const NOTHING_WORKS: Readonly<WorkingSums> = { buys: 0, sells: 0, strategies: new Map() };

/** Who hears of fills, once they are booked. */
export type FillListener = (
  order: Order,
  fill: Readonly<{ lots: number; price: number; fee: Minor; maker: boolean }>,
  late: boolean,
) => void;

/** Lots that may still fill at the worst, of an account in a market; and of each of its strategies. */
export type WorkingLots = { buys: number; sells: number };
export type WorkingSums = WorkingLots & { readonly strategies: Map<StrategyId, WorkingLots> };

export class Orders {
  /** Not retired, in address order. */
  readonly all = new Map<string, Order>();
  /** Not ended, in address order. */
  readonly working: Order[] = [];
  /** How many of `working` belong to a group. */
  grouped = 0;
  readonly retiredIds: OrderId[] = [];
  readonly #core: Core;
  readonly #gates: Gates;
  readonly #filled: FillListener;
  /** Of `all`, by account and the name its venue knows; the newest of several. Not state: made again on loading. */
  readonly #names = new Map<Account, Map<string, Order>>();
  /** Names that more than one order has borne: an adopted one may bear any. */
  readonly #sharedNames = new Set<string>();
  readonly #sums = new Map<Account, Map<Market, WorkingSums>>();
  /** Told when an order that owes lots can be changed. */
  readonly #shrinks: (order: Order) => void;
  #fillsOfFact = 0;
  #fillsAt = -1;

  constructor(core: Core, gates: Gates, filled: FillListener, shrinks: (order: Order) => void) {
    this.#core = core;
    this.#gates = gates;
    this.#filled = filled;
    this.#shrinks = shrinks;
  }

  /** A new order; its id is the address of the approval that the caller has just decided. */
  create(id: OrderId, terms: NewOrder): Order {
    return this.hold(new Order(this, this.#core, id, terms, terms.market.definition.version, null));
  }

  /** An order that an outside venue was found to have working: live from its first moment here. */
  adopt(id: OrderId, terms: NewOrder, filled: number): Order {
    const { lots, limit, stop } = terms;
    const context = { lots, limit, stop, filled, wanted: null, cancelWanted: false, lateFills: 0 };
    return this.hold(new Order(this, this.#core, id, terms, terms.market.definition.version, { value: 'LIVE', context }));
  }

  /** Takes an order in that was just made, or loaded; in address order. */
  hold(order: Order): Order {
    this.all.set(order.id, order);
    let names = this.#names.get(order.account);
    if (names === undefined) this.#names.set(order.account, (names = new Map()));
    if (names.has(order.clientId)) this.#sharedNames.add(order.clientId);
    names.set(order.clientId, order);
    if (!order.ended) {
      this.working.push(order);
      if (isGrouped(order.terms)) this.grouped++;
    }
    this.count(order);
    return order;
  }

  /** The order an outside venue knows by this name; of several the newest. */
  named(account: Account, name: string): Order | null {
    return this.#names.get(account)?.get(name) ?? null;
  }

  #unname(order: Order): void {
    const names = this.#names.get(order.account)!;
    if (names.get(order.clientId) !== order) return;
    names.delete(order.clientId);
    if (!this.#sharedNames.has(order.clientId)) return;
    for (const other of this.all.values())
      if (other.account === order.account && other.clientId === order.clientId) names.set(order.clientId, other);
  }

  /** What works of an account in a market, as lots that may still fill at the worst. */
  workingLots(account: Account, market: Market): Readonly<WorkingSums> {
    return this.#sums.get(account)?.get(market) ?? NOTHING_WORKS;
  }

  /** After whatever moves an order's `worst`. */
  count(order: Order): void {
    const worst = order.ended ? 0 : order.worst;
    const more = worst - order.counted;
    if (more === 0) return;
    order.counted = worst;
    let markets = this.#sums.get(order.account);
    if (markets === undefined) this.#sums.set(order.account, (markets = new Map()));
    let sums = markets.get(order.market);
    if (sums === undefined) markets.set(order.market, (sums = { buys: 0, sells: 0, strategies: new Map() }));
    let own = sums.strategies.get(order.strategy);
    if (own === undefined) sums.strategies.set(order.strategy, (own = { buys: 0, sells: 0 }));
    const side = order.side === 'buy' ? 'buys' : 'sells';
    sums[side] += more;
    own[side] += more;
  }

  #move(order: Order, event: OrderEvent): boolean {
    const from = order.living.value;
    const { cancelWanted } = order.living.context;
    const moved = order.living.send(event);
    this.count(order);
    if (!moved) return false;
    const to = order.living.value;
    order.changedAt = this.#core.cause;
    this.#core.decide('OrderMoved', {
      order: order.id,
      account: order.account.spec.id,
      strategy: order.strategy,
      instrument: order.market.definition.id,
      from,
      to,
      why: event.type,
      filled: order.living.context.filled,
      remaining: order.remaining,
    });
    if (to === 'UNKNOWN') this.#core.deadlines.arm(order.unknown, this.#core.at + UNKNOWN_BOUND_US, this.#core.at);
    if (from === 'UNKNOWN') this.#known(order);
    if (order.ended) this.#end(order);
    if (to === 'LIVE' && order.owed > 0 && event.type !== 'ReplaceRejected') this.#shrinks(order);
    if (protects(order) && (to === 'REJECTED' || (to === 'CANCELLED' && event.type === 'NotSent'))) this.unprotected(order);
    if (order.flatten && order.account.outside !== null && (to === 'REJECTED' || to === 'CANCELLED' || to === 'EXPIRED'))
      this.#notClosed(order);
    if (!cancelWanted && losesProtection(order, from, event)) order.account.outside?.unprotected.push(order.id);
    if ((from === 'SENDING' || from === 'UNKNOWN') && to === 'CANCEL_PENDING') this.#request(order, 'cancel', 'cancel wanted before', null);
    return true;
  }

  /** A position stands without its stop, and none could be placed. */
  unprotected({ strategy, market, id }: Order): void {
    this.#core.decide('Alerted', {
      severity: 'critical',
      topic: 'protection',
      text: `${strategy} ${market.definition.id}: its stop ${id} is gone`,
    });
  }

  /** Somebody counts on a position being closed. */
  #notClosed({ strategy, market, id, remaining }: Order): void {
    const text = `${strategy} ${market.definition.id}: its close ${id} ended with ${remaining} lots open`;
    this.#core.decide('Alerted', { severity: 'critical', topic: 'protection', text });
  }

  #end(order: Order): void {
    const { deadlines, at } = this.#core;
    deadlines.arm(order.retire, at + RETIRE_AFTER_US, at);
    const place = this.working.indexOf(order);
    if (place >= 0) {
      this.working.splice(place, 1);
      if (isGrouped(order.terms)) this.grouped--;
    }
    order.living.rest();
    if (order.venue !== null) this.#unrest(order.venue);
  }

  #known(order: Order): void {
    this.#core.deadlines.cancel(order.unknown);
    for (const gate of [order.account.gate, order.market.gate]) {
      if (this.#gates.has(gate, 'order-unknown', order.id)) this.#gates.clear(gate, 'order-unknown', order.id);
    }
  }

  unknownTooLong(order: Order): void {
    this.#gates.restrict(order.account.gate, 'order-unknown', order.id);
    this.#gates.restrict(order.market.gate, 'order-unknown', order.id);
  }

  retired(order: Order): void {
    this.#core.decide('OrderRetired', {
      order: order.id,
      account: order.account.spec.id,
      strategy: order.strategy,
      instrument: order.market.definition.id,
    });
    this.all.delete(order.id);
    this.#unname(order);
    const { outside } = order.account;
    if (outside !== null) for (const fill of order.fills) outside.foreignFills.add(fillKey(order.market.definition.id, fill));
    // ids retire out of order only when ends do: the index stays sorted
    let place = this.retiredIds.length;
    while (place > 0 && sortKeyOf(this.retiredIds[place - 1]) > order.sortKey) place--;
    this.retiredIds.splice(place, 0, order.id);
  }

  #request(
    order: Order,
    action: 'send' | 'cancel' | 'replace',
    why: string,
    terms: Readonly<{ lots: number; limit: number | null; stop: number | null }> | null,
  ): void {
    const address = this.#core.nextAddress();
    if (action === 'send') order.requestAddress = address;
    else if (action === 'cancel') order.cancelAddress = address;
    else order.replaceAddress = address;
    this.#core.decide('OrderRequested', {
      order: order.id,
      account: order.account.spec.id,
      strategy: order.strategy,
      instrument: order.market.definition.id,
      clientId: order.clientId,
      action,
      validUntil: (this.#core.at + order.account.outsideSpec.sendWindowUs) as TimeUs,
      why,
      lots: terms?.lots ?? null,
      limit: terms?.limit ?? null,
      stop: terms?.stop ?? null,
    });
    const { pure } = order.account.spec;
    if (pure === null) return;
    const venue = order.venue ?? (order.venue = new VenueOrder(this, order));
    const arrives = this.#core.at + delayUs(pure, order.id, this.#core.at);
    if (action === 'replace') venue.replacement = terms;
    const deadline = action === 'send' ? venue.receive : action === 'cancel' ? venue.cancel : venue.replace;
    this.#core.deadlines.arm(deadline, arrives, this.#core.at);
  }

  // stage 7

  send(order: Order, why: string): void {
    this.#move(order, { type: 'Sent' });
    const { lots, limit, stop } = order.living.context;
    this.#request(order, 'send', why, { lots, limit, stop });
  }

  /** False when there is nothing left to cancel. */
  cancel(order: Order, why: string): boolean {
    if (order.ended) return false;
    if (order.living.value === 'CANCEL_PENDING') return true;
    // moved: to CANCEL_PENDING, the only place a cancel leads to; not moved: wanted, and asked for once the venue has the order
    if (this.#move(order, { type: 'CancelAsked' })) this.#request(order, 'cancel', why, null);
    return true;
  }

  replace(order: Order, terms: Readonly<{ lots: number; limit: number | null; stop: number | null }>, why: string): boolean {
    if (order.living.value !== 'LIVE') return false;
    this.#move(order, { type: 'ReplaceAsked', lots: terms.lots });
    this.#request(order, 'replace', why, terms);
    return true;
  }

  // stage 4: what the venue says

  /** A report reaches the order as the same event, whether a broker sent it or the pure venue derived it. */
  report(order: Order, report: VenueReport): void {
    const late = order.ended;
    switch (report.kind) {
      case 'Filled': {
        if (order.venue === null) {
          const key = fillKey(order.market.definition.id, report.fill);
          if (order.fills.includes(report.fill) || order.account.outside?.foreignFills.has(key)) {
            this.#core.decide('ReconciliationNeeded', { account: order.account.spec.id, why: 'fill reported twice', order: order.id });
            return;
          }
          order.fills.push(report.fill);
        }
        this.#move(order, { type: 'Filled', lots: report.lots });
        if (order.venue !== null && order.ended) this.#unrest(order.venue);
        this.#filled(order, { lots: report.lots, price: report.price, fee: BigInt(report.fee) as Minor, maker: report.maker }, late);
        return;
      }
      case 'Replaced':
        order.owed = Math.max(0, order.owed - Math.max(0, order.living.context.lots - report.lots));
        this.#move(order, { type: 'Replaced', lots: report.lots, limit: report.limit, stop: report.stop });
        return;
      default:
        this.#move(order, { type: report.kind });
    }
  }

  #derive(order: Order, report: VenueReport): void {
    this.#core.decide('VenueReported', {
      order: order.id,
      account: order.account.spec.id,
      strategy: order.strategy,
      instrument: order.market.definition.id,
      report,
    });
    this.report(order, report);
  }

  /** An effect of an outside order stayed home: the send, or its last cancel or replace, which may then be asked for again. */
  notSent(effect: string): void {
    for (const order of this.working) {
      if (order.venue !== null) continue;
      if (order.requestAddress === effect) this.#move(order, { type: 'NotSent' });
      else if (order.cancelAddress === effect) this.#move(order, { type: 'CancelRejected' });
      else if (order.replaceAddress === effect) this.#move(order, { type: 'ReplaceRejected' });
      else continue;
      return;
    }
  }

  venueReceives(order: Order, venue: VenueOrder): void {
    if (order.ended) return; // ended by a report from outside while it was under way
    const above = order.account.spec.pure?.rejectAboveLots ?? null;
    if (above !== null && venue.lots > above) {
      this.#derive(order, { kind: 'Rejected', reason: 'too many lots' });
      return;
    }
    if (order.version !== order.market.definition.version) {
      this.#derive(order, { kind: 'Rejected', reason: 'instrument changed' });
      return;
    }
    if (venue.terms.postOnly && wouldTake(venue, order.account.spec.pure!, venue.limit)) {
      this.#derive(order, { kind: 'Rejected', reason: WOULD_TAKE });
      return;
    }
    this.#rest(venue);
    this.#derive(order, { kind: 'Acked' });
    if (order.expiresAt !== null && venue.working) {
      if (order.expiresAt > this.#core.at) this.#core.deadlines.arm(venue.expire, order.expiresAt, this.#core.at);
      else this.venueExpires(order, venue);
    }
  }

  venueCancels(order: Order, venue: VenueOrder): void {
    if (!venue.working) {
      this.#derive(order, { kind: 'CancelRejected', reason: 'not working' });
      return;
    }
    this.#unrest(venue);
    this.#derive(order, { kind: 'Cancelled' });
  }

  venueReplaces(order: Order, venue: VenueOrder): void {
    const wanted = venue.replacement!;
    venue.replacement = null;
    if (!venue.working) this.#derive(order, { kind: 'ReplaceRejected', reason: 'not working' });
    else if (wanted.lots <= venue.filled) this.#derive(order, { kind: 'ReplaceRejected', reason: 'filled' });
    else if (venue.terms.postOnly && wanted.limit !== venue.limit && wouldTake(venue, order.account.spec.pure!, wanted.limit))
      this.#derive(order, { kind: 'ReplaceRejected', reason: WOULD_TAKE });
    else {
      const stop = venue.type === 'trailing' ? venue.stop : wanted.stop; // where it has come to, it stays
      const keepsPlace = wanted.limit === venue.limit && stop === venue.stop && wanted.lots <= venue.lots;
      venue.lots = wanted.lots;
      venue.limit = wanted.limit;
      venue.stop = stop;
      if (!keepsPlace) {
        venue.arrival = this.#core.at;
        venue.fresh = true;
      }
      this.#levels(venue.market);
      this.#derive(order, { kind: 'Replaced', ...wanted });
    }
  }

  venueExpires(order: Order, venue: VenueOrder): void {
    if (!venue.working) return;
    this.#unrest(venue);
    this.#derive(order, { kind: 'Expired' });
  }

  /** A change of the contract ends what rests at the pure venue. */
  venueDropsAll(market: Market): void {
    for (const venue of [...market.resting].sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1))) {
      const order = this.#orderOf(venue);
      this.#unrest(venue);
      this.#derive(order, { kind: 'Cancelled' });
    }
  }

  #orderOf(venue: VenueOrder): Order {
    for (const order of this.working) if (order.venue === venue) return order;
    throw new Error(`no order rests as ${venue.sortKey}`);
  }

  #rest(venue: VenueOrder): void {
    venue.working = true;
    venue.fresh = true;
    venue.arrival = this.#core.at;
    venue.market.resting.push(venue);
    this.#levels(venue.market);
  }

  #unrest(venue: VenueOrder): void {
    if (!venue.working) return;
    venue.working = false;
    this.#core.deadlines.cancel(venue.expire);
    venue.market.resting.splice(venue.market.resting.indexOf(venue), 1);
    this.#levels(venue.market);
  }

  #levels(market: Market): void {
    market.levels.clear();
    for (const venue of market.resting) market.levels.add(venue);
    market.levelVersion++;
  }

  restore(venue: VenueOrder): void {
    if (!venue.working) return;
    venue.market.resting.push(venue);
    this.#levels(venue.market);
  }

  /** A fact of the primary source meets what rests on its instrument. */
  match(market: Market, fact: VenueFact, accounts: readonly Account[]): void {
    if (market.resting.length === 0) return;
    const examined = [...market.resting];
    for (const account of accounts) {
      const { pure } = account.spec;
      if (pure === null) continue;
      const book = pure.walk !== undefined && fact.kind !== 'bar' && market.book?.known === true ? market.book : null;
      const found: { order: Order; venue: VenueOrder; hit: Reached<VenueOrder> }[] = [];
      for (const order of this.working) {
        const { venue } = order;
        if (venue === null || !venue.working || order.market !== market || order.account !== account) continue;
        placeTrail(venue, fact);
        const hit = reach(venue, book !== null && isFreshLimit(venue) ? metByBook(fact, book) : fact, pure.limitFills);
        if (hit !== null) found.push({ order, venue, hit });
      }
      found.sort((a, b) => rank(fact.kind, a.hit, b.hit));
      const shared = fact.kind !== 'quote';
      let buys = fact.buyLots;
      let sells = fact.sellLots;
      for (const { order, venue, hit } of found) {
        if (awaitsStop(venue)) venue.triggered = true;
        if (hit.price === null) continue;
        if (book !== null && !hit.maker) {
          this.#walk(order, venue, book, pure);
          continue;
        }
        const buy = venue.side === 'buy';
        const there = buy ? Math.min(buys, shareOf(fact.buyLots, pure)) : Math.min(sells, shareOf(fact.sellLots, pure));
        const room = Math.max(0, venue.remaining() - order.owed); // its group has taken the rest, if the change is still under way
        const lots = pure.fills === 'whole' ? room : Math.min(room, there);
        if (lots === 0 || (venue.terms.timeInForce === 'FOK' && lots < room)) continue;
        if (pure.fills === 'lots') {
          if (buy || shared) buys -= lots;
          if (!buy || shared) sells -= lots;
        }
        this.#fill(order, venue, lots, hit.maker ? hit.price : takerPrice(venue, hit.price, fact.kind, pure), hit.maker);
      }
      this.#endAtOnce(account, examined);
    }
    for (const venue of examined) {
      venue.fresh = false;
      followFact(venue, fact);
    }
    this.#levels(market);
  }

  /** A taker eats what lies in the book, a fill a level. */
  #walk(order: Order, venue: VenueOrder, book: HeldBook, pure: VenueSpec): void {
    const { id } = order.account.spec;
    const room = () => Math.max(0, venue.remaining() - order.owed);
    const slices = [...book.slices(id, venue.side, venue.limit, room(), pure.volumePermille)];
    if (venue.terms.timeInForce === 'FOK' && slices.reduce((sum, { lots }) => sum + lots, 0) < room()) return;
    for (const { price, lots: there } of slices) {
      const lots = Math.min(there, room());
      if (lots === 0) return;
      book.eat(id, venue.side, price, lots);
      this.#fill(order, venue, lots, takerPrice(venue, price, 'quote', pure), false);
    }
  }

  /** What one fact decides has had its fact. */
  #endAtOnce(account: Account, examined: readonly VenueOrder[]): void {
    if (!examined.some(({ terms }) => isAtOnce(terms))) return;
    for (const order of [...this.working]) {
      const { venue } = order;
      if (venue?.working && order.account === account && isAtOnce(venue.terms) && examined.includes(venue)) this.venueExpires(order, venue);
    }
  }

  /** The rates of a fill by what its account traded in the days before, and the fill as traded today. */
  #tiered({ account, market }: Order, lowest: Rates, tiers: readonly FeeTier[], lots: number, price: number): Rates {
    const { spec, turnover } = account;
    const day = dayOf(this.#core.at);
    const traded = turnover.before(day);
    const tier = tierOf(tiers, traded, spec.currencyScale);
    if (tier !== turnover.tier) {
      this.#core.decide('FeeTierMoved', { account: spec.id, from: turnover.tier, to: tier, traded: traded as Minor });
      turnover.tier = tier;
    }
    turnover.add(day, value(market.unit, lots, price));
    return tier === 0 ? lowest : tiers[tier - 1];
  }

  #fill(order: Order, venue: VenueOrder, lots: number, price: number, maker: boolean): void {
    const pure = order.account.spec.pure!;
    if (this.#fillsAt !== this.#core.cause) {
      this.#fillsAt = this.#core.cause;
      this.#fillsOfFact = 0;
    }
    venue.filled += lots;
    const { makerFee, takerFee } = pure.feeTiers === undefined ? pure : this.#tiered(order, pure, pure.feeTiers, lots, price);
    const rate = maker ? makerFee : takerFee;
    const fee = rate === 0 ? 0n : feeOf(value(order.market.unit, lots, price), rate);
    this.#derive(order, {
      kind: 'Filled',
      fill: `${this.#core.cause}.${this.#fillsOfFact++}`,
      lots,
      price,
      fee: fee.toString(),
      maker,
    });
  }
}
