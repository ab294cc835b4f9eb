/**
 * The whole desk as plain data, and back: each actor's value and context, each fold, each armed instant. What can be derived (heaps,
 * levels, scans) is not in it. Restoring at any number changes nothing.
 */

import type { OrderType } from '#engine/decisions.ts';
import type { AccountSpec } from '#engine/execution/account.ts';
import type { Turnover } from '#engine/execution/fee-tiers.ts';
import type { SavedHeldBook } from '#engine/execution/held-book.ts';
import { isPlain, type OrderTerms, plainTerms } from '#engine/execution/order-terms.ts';
import type { Scope } from '#engine/inputs.ts';
import { BLOCK_KINDS, type BlockKind } from '#engine/market/blocks.ts';
import type { Candle, FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { Ledger } from '#engine/portfolio/ledger.ts';
import type { Plain } from '#engine/record.ts';
import type { RecentOrder } from '#engine/risk/facts.ts';
import type { Limits } from '#engine/risk/limits.ts';
import { RecentOrders } from '#engine/risk/recent.ts';
import type { Parameters, Subscription } from '#engine/strategy/strategy.ts';
import { UnknownStrategy } from '#engine/strategy/strategy.ts';
import type { ClientOrderId, OrderId, Seq, Sha256, Side, StrategyId, TimeUs } from '#engine/values.ts';
import type { FeedContext } from '../feed.ts';
import type { GateContext, GateState } from '../gate.ts';
import type { OrderContext, OrderState } from '../order.ts';
import type { StrategyState } from '../strategy.ts';
import { Account, Book, type Outside, type SessionState } from './accounts.ts';
import type { CandlesState } from './candles.ts';
import { Feed, type FeedState, Market } from './markets.ts';
import { Order, VenueOrder } from './orders.ts';
import type { Parts } from './parts.ts';
import { Deployed, type Pending } from './strategies.ts';

type SavedLane = { kind: BlockKind; newestTime: number; newestSeq: number; last: readonly number[] | null; absurdRun: number };
type SavedFeed = {
  instrument: string;
  /** The terms it was first defined with. */
  spec: FeedSpec;
  ordinal: number;
  source: string;
  value: FeedState;
  context: FeedContext;
  heardAt: number | null;
  tickAt: number | null;
  settleAt: number | null;
  lanes: readonly SavedLane[];
};
type SavedCandles = {
  instrument: string;
  source: string;
  timeframeUs: number;
  parent: number | null;
  value: CandlesState;
  open: Candle | null;
  closeAt: number | null;
  lastEnd: number | null;
  lastClose: number | null;
  graces: readonly { candle: Candle; version: number }[];
};
type SavedBook = { dayStart: bigint; peak: bigint; maxDrawdown: bigint };
type SavedOutside = {
  synced: boolean;
  accepting: boolean;
  differing: number;
  foreignFills: readonly string[];
  transfers: readonly string[];
  unprotected: readonly string[];
};
type SavedAccount = SavedBook & {
  spec: AccountSpec;
  budget: bigint | null;
  dayAt: number | null;
  recent: readonly RecentOrder[];
  /** Only where they are armed. */
  borrowAt?: number;
  fundingAt?: number;
  /** Only where something was counted. */
  turnover?: { tier: number; days: Turnover['days'] };
  /** Only of an account at an outside venue: states of before there were any are the same bytes. */
  outside?: SavedOutside;
};
type SavedStrategy = SavedBook & {
  id: string;
  name: string;
  version: string;
  account: string;
  parameters: Parameters;
  subscriptions: readonly Subscription[];
  value: StrategyState;
  seen: number;
  state: Plain;
  newest: readonly (Candle | null)[];
  history: readonly (readonly Candle[] | null)[];
  pending: readonly { end: number; bars: readonly (Candle | null)[]; wakeAt: number | null }[];
  wokenFor: number | null;
  alarmAt: number | null;
  watches: readonly { instrument: string; above: number | null; below: number | null }[];
  changedAt: number;
};
type SavedVenue = {
  receiveAt: number | null;
  cancelAt: number | null;
  replace: { at: number; lots: number; limit: number | null; stop: number | null } | null;
  expireAt: number | null;
  working: boolean;
  fresh: boolean;
  triggered: boolean;
  arrival: number | null;
  lots: number;
  filled: number;
  limit: number | null;
  stop: number | null;
};
type SavedOrder = {
  order: string;
  account: string;
  strategy: string;
  instrument: string;
  version: number;
  side: Side;
  type: OrderType;
  expiresAt: number | null;
  /** Only where they are not plain. */
  terms?: OrderTerms;
  reducing: boolean;
  clientId: string;
  value: OrderState;
  context: OrderContext;
  flatten: boolean;
  reduceOnly: boolean;
  /** Only where it is not 0. */
  rearms?: number;
  /** Only where it is not 0. */
  owed?: number;
  requestAddress: string | null;
  cancelAddress: string | null;
  replaceAddress: string | null;
  fills: readonly string[];
  unknownAt: number | null;
  retireAt: number | null;
  changedAt: number;
  venue: SavedVenue | null;
};
export type SavedDesk = {
  seq: number;
  at: number;
  index: number;
  /** `book`: only while one is held. */
  instruments: readonly { definition: Instrument; last: number | null; bid: number | null; ask: number | null; book?: SavedHeldBook }[];
  feeds: readonly SavedFeed[];
  candles: readonly SavedCandles[];
  gates: readonly { scope: Scope; of: string; value: GateState; context: GateContext; changedAt: number }[];
  sessions: readonly { account: string; value: SessionState }[];
  accounts: readonly SavedAccount[];
  limits: readonly { scope: Scope; of: string; limits: Limits }[];
  strategies: readonly SavedStrategy[];
  orders: readonly SavedOrder[];
  retired: readonly string[];
  ledger: Plain;
  refused: readonly { source: string; reason: string; total: number }[];
  commands: readonly { key: string; ok: boolean }[];
  signals: readonly string[];
};

/** The number of the state's schema: digests compare only at an equal one. */
export const STATE_SCHEMA = 1;

const orNone = (value: number): number | null => (Number.isNaN(value) || value === -1 || value === Infinity ? null : value);
const price = (value: number): number | null => (Number.isNaN(value) ? null : value);
const armedAt = (deadline: { armed: boolean; at: number }): number | null => (deadline.armed ? deadline.at : null);

export function saveDesk(parts: Parts): SavedDesk {
  const { core, gates, markets, accounts, strategies, orders } = parts;
  const feeds = markets.all.flatMap((market) => market.feeds);
  return {
    seq: core.cause,
    at: core.at,
    index: core.index,
    instruments: markets.all.map(({ definition, last, bid, ask, book }) => ({
      definition,
      last: price(last),
      bid: price(bid),
      ask: price(ask),
      ...(book === null ? {} : { book: book.save(accounts.all.map(({ spec }) => spec.id)) }),
    })),
    feeds: feeds.map(saveFeed),
    candles: feeds.flatMap((feed) => feed.candles.map((candles) => saveCandles(feed, candles))),
    gates: gates.save() as unknown as SavedDesk['gates'],
    sessions: accounts.all.map(({ spec, session }) => ({ account: spec.id, value: session.value })),
    accounts: accounts.all.map(({ spec, budget, book, day, borrow, funding, recent, turnover, outside }) => ({
      spec,
      budget,
      ...saveBook(book),
      dayAt: armedAt(day),
      ...(borrow.armed ? { borrowAt: borrow.at } : {}),
      ...(funding.armed ? { fundingAt: funding.at } : {}),
      recent: recent.orders,
      ...(turnover.days.length === 0 ? {} : { turnover: { tier: turnover.tier, days: turnover.days } }),
      ...(outside === null ? {} : { outside: saveOutside(outside) }),
    })),
    limits: accounts.limits.map(({ scope, of, limits }) => ({ scope, of, limits })),
    strategies: strategies.all.map(saveStrategy),
    orders: [...orders.all.values()].map(saveOrder),
    retired: [...orders.retiredIds],
    ledger: accounts.ledger.save(),
    refused: parts.refused.map((entry) => ({ ...entry })),
    commands: [...parts.commands].map(([key, ok]) => ({ key, ok })),
    signals: parts.signals.list(),
  };
}

function saveFeed({ market, spec, ordinal, living, heardAt, tickAt, settle, lanes }: Feed): SavedFeed {
  return {
    instrument: market.definition.id,
    spec,
    ordinal,
    source: spec.source,
    value: living.value,
    context: living.context,
    heardAt: orNone(heardAt),
    tickAt: orNone(tickAt),
    settleAt: armedAt(settle),
    lanes: BLOCK_KINDS.flatMap((kind) => {
      const lane = lanes.get(kind);
      if (lane === undefined || !lane.seen) return [];
      const { newestTime, newestSeq, last, lastBid, lastAsk, absurdRun } = lane;
      return [
        {
          kind,
          newestTime,
          newestSeq,
          last: kind === 'book' ? (newestTime < 0 ? null : []) : Number.isNaN(last) ? null : kind === 'quote' ? [lastBid, lastAsk] : [last],
          absurdRun,
        },
      ];
    }),
  };
}

function saveCandles({ market, spec }: Feed, candles: Feed['candles'][number]): SavedCandles {
  return {
    instrument: market.definition.id,
    source: spec.source,
    timeframeUs: candles.timeframeUs,
    parent: candles.parent?.timeframeUs ?? null,
    value: candles.living.value,
    open: candles.fold.isOpen ? candles.fold.candle() : null,
    closeAt: armedAt(candles.close),
    lastEnd: candles.lastEnd,
    lastClose: candles.lastClose,
    graces: candles.graces.map(({ candle, version }) => ({ candle, version })),
  };
}

function saveBook({ dayStart, peak, maxDrawdown }: Book): SavedBook {
  return { dayStart, peak, maxDrawdown };
}

function saveOutside({ synced, accepting, differing, foreignFills, transfers, unprotected }: Outside): SavedOutside {
  return { synced, accepting, differing, foreignFills: foreignFills.list(), transfers: transfers.list(), unprotected: [...unprotected] };
}

function loadOutside(outside: Outside, from: SavedOutside): void {
  outside.synced = from.synced;
  outside.accepting = from.accepting;
  outside.differing = from.differing;
  for (const key of from.foreignFills) outside.foreignFills.add(key);
  for (const id of from.transfers) outside.transfers.add(id);
  outside.unprotected.push(...(from.unprotected as OrderId[]));
}

function saveStrategy(strategy: Deployed): SavedStrategy {
  const { id, name, version, account, parameters, subscriptions, living, seen, newest, history, wokenFor, changedAt } = strategy;
  return {
    id,
    name,
    version,
    account: account.spec.id,
    parameters,
    subscriptions,
    value: living.value,
    seen,
    state: strategy.definition.save(strategy.state),
    newest,
    history,
    pending: strategy.pending.map(({ end, bars, deadline }) => ({ end, bars, wakeAt: deadline === null ? null : armedAt(deadline) })),
    wokenFor,
    alarmAt: armedAt(strategy.alarm),
    watches: strategy.watches.map(({ market, above, below }) => ({ instrument: market.definition.id, above, below })),
    ...saveBook(strategy.book),
    changedAt,
  };
}

function saveOrder(order: Order): SavedOrder {
  const { venue } = order;
  return {
    order: order.id,
    account: order.account.spec.id,
    strategy: order.strategy,
    instrument: order.market.definition.id,
    version: order.version,
    side: order.side,
    type: order.type,
    expiresAt: order.expiresAt,
    ...(isPlain(order.terms) ? {} : { terms: order.terms }),
    reducing: order.reducing,
    clientId: order.clientId,
    value: order.living.value,
    context: order.living.context,
    flatten: order.flatten,
    reduceOnly: order.reduceOnly,
    ...(order.rearms === 0 ? {} : { rearms: order.rearms }),
    ...(order.owed === 0 ? {} : { owed: order.owed }),
    requestAddress: order.requestAddress,
    cancelAddress: order.cancelAddress,
    replaceAddress: order.replaceAddress,
    fills: [...order.fills],
    unknownAt: armedAt(order.unknown),
    retireAt: armedAt(order.retire),
    changedAt: order.changedAt,
    venue:
      venue === null
        ? null
        : {
            receiveAt: armedAt(venue.receive),
            cancelAt: armedAt(venue.cancel),
            replace: venue.replacement === null ? null : { at: venue.replace.at, ...venue.replacement },
            expireAt: armedAt(venue.expire),
            working: venue.working,
            fresh: venue.fresh,
            triggered: venue.triggered,
            arrival: orNone(venue.arrival),
            lots: venue.lots,
            filled: venue.filled,
            limit: venue.limit,
            stop: venue.stop,
          },
  };
}

/** Fills a desk that has just been made. */
export function loadDesk(parts: Parts, saved: SavedDesk): void {
  const { core, gates, markets, accounts, strategies, orders } = parts;
  core.at = saved.at as TimeUs;
  core.cause = saved.seq as Seq;
  core.index = saved.index;
  gates.load(saved.gates);
  loadMarkets(parts, saved);
  accounts.ledger = Ledger.load(saved.ledger);
  for (const { scope, of, limits } of saved.limits) accounts.limits.push({ scope, of, limits });
  saved.accounts.forEach((from, index) => {
    const account = new Account(accounts, core, from.spec, gates.find('account', from.spec.id)!, saved.sessions[index].value);
    loadBook(account.book, from);
    account.budget = from.budget as Account['budget'];
    account.recent = new RecentOrders(from.recent);
    if (from.turnover !== undefined) Object.assign(account.turnover, from.turnover);
    if (account.outside !== null && from.outside !== undefined) loadOutside(account.outside, from.outside);
    if (from.dayAt !== null) core.deadlines.arm(account.day, from.dayAt, core.at);
    if (from.borrowAt !== undefined) core.deadlines.arm(account.borrow, from.borrowAt, core.at);
    if (from.fundingAt !== undefined) core.deadlines.arm(account.funding, from.fundingAt, core.at);
    accounts.all.push(account);
    accounts.byId.set(from.spec.id, account);
  });
  accounts.holdBooks();
  saved.instruments.forEach(({ book }, index) => {
    if (book !== undefined) markets.all[index].book?.load(book);
  });
  for (const from of saved.strategies) loadStrategy(parts, from);
  for (const market of markets.all) strategies.levelsOf(market);
  for (const from of saved.orders) loadOrder(parts, from);
  orders.retiredIds.push(...(saved.retired as OrderId[]));
  for (const { source, reason, total } of saved.refused) parts.refused.push({ source, reason, total });
  for (const { key, ok } of saved.commands) parts.commands.set(key, ok);
  for (const key of saved.signals) parts.signals.add(key);
  accounts.positionsChanged();
}

function loadMarkets(parts: Parts, saved: SavedDesk): void {
  const { core, gates, markets } = parts;
  for (const { definition, last, bid, ask } of saved.instruments) {
    const market = new Market(definition, markets.all.length, gates.find('instrument', definition.id)!);
    market.last = last ?? Number.NaN;
    market.bid = bid ?? Number.NaN;
    market.ask = ask ?? Number.NaN;
    markets.all.push(market);
    markets.byId.set(definition.id, market);
  }
  for (const from of saved.feeds) {
    const market = markets.byId.get(from.instrument)!;
    const feed = new Feed(markets, core, market, from.spec, from.ordinal, { value: from.value, context: from.context });
    market.feeds.push(feed);
    feed.heardAt = from.heardAt ?? -1;
    feed.tickAt = from.tickAt ?? -1;
    if (from.settleAt !== null) core.deadlines.arm(feed.settle, from.settleAt, core.at);
    for (const { kind, newestTime, newestSeq, last, absurdRun } of from.lanes) {
      const lane = feed.lane(kind);
      lane.seen = true;
      lane.newestTime = newestTime;
      lane.newestSeq = newestSeq;
      lane.absurdRun = absurdRun;
      if (last === null || last.length === 0) continue;
      lane.last = kind === 'quote' ? last[0] + last[1] : last[0];
      if (kind === 'quote') [lane.lastBid, lane.lastAsk] = last as [number, number];
    }
    feed.watch(core);
  }
  for (const from of saved.candles) {
    const candles = parts.candles(markets.feed(from.instrument, from.source)!, from.timeframeUs, {
      value: from.value,
      parent: from.parent,
    });
    if (from.open !== null) candles.fold.load(from.open, candles.parent !== null);
    candles.lastEnd = from.lastEnd;
    candles.lastClose = from.lastClose;
    if (from.closeAt !== null) core.deadlines.arm(candles.close, from.closeAt, core.at);
    for (const { candle, version } of from.graces) candles.loadGrace(candle, version);
  }
}

function loadBook(book: Book, { dayStart, peak, maxDrawdown }: SavedBook): void {
  book.dayStart = dayStart;
  book.peak = peak;
  book.maxDrawdown = maxDrawdown;
}

function loadStrategy(parts: Parts, from: SavedStrategy): void {
  const { core, gates, markets, accounts, strategies } = parts;
  const definition = core.catalogue(from.name, from.version as Sha256);
  if (definition === null)
    throw new UnknownStrategy(`strategy ${from.name} of version ${from.version} is not here; the checkpoint needs it`);
  const account = accounts.byId.get(from.account)!;
  const gate = gates.find('strategy', from.id)!;
  const book = new Book(account, from.id as StrategyId, gate, 0n);
  loadBook(book, from);
  account.strategyBooks.push(book);
  const feeds = from.subscriptions.map(({ instrument, source }) => markets.feed(instrument, source)!);
  const patienceUs =
    feeds.reduce((most, { spec }) => Math.max(most, spec.latenessUs), 0) +
    feeds.reduce((most, { spec }) => Math.max(most, spec.graceUs), 0);
  const strategy = new Deployed(strategies, core, {
    id: from.id as StrategyId,
    name: from.name,
    version: from.version as Sha256,
    account,
    parameters: from.parameters,
    subscriptions: from.subscriptions,
    definition,
    gate,
    book,
    patienceUs,
    state: definition.load(from.state, from.parameters, from.subscriptions),
    saved: from.value,
  });
  strategy.seen = from.seen;
  strategy.newest = [...from.newest];
  from.history.forEach((history, index) => {
    strategy.history[index] = history;
  });
  strategy.wokenFor = from.wokenFor;
  strategy.changedAt = from.changedAt;
  strategies.add(
    strategy,
    from.subscriptions.map(({ timeframeUs }, index) => parts.candles(feeds[index], timeframeUs)),
  );
  for (const { end, bars, wakeAt } of from.pending) {
    const pending: Pending = { end, bars: [...bars], deadline: null };
    strategy.pending.push(pending);
    if (wakeAt !== null) strategies.armWake(strategy, pending);
  }
  if (from.alarmAt !== null) core.deadlines.arm(strategy.alarm, from.alarmAt, core.at);
  for (const { instrument, above, below } of from.watches) strategy.watches.push({ market: markets.byId.get(instrument)!, above, below });
}

function loadOrder(parts: Parts, from: SavedOrder): void {
  const { core, markets, accounts, orders } = parts;
  const { context } = from;
  const terms = {
    account: accounts.byId.get(from.account)!,
    strategy: from.strategy as StrategyId,
    market: markets.byId.get(from.instrument)!,
    side: from.side,
    type: from.type,
    lots: context.lots,
    limit: context.limit,
    stop: context.stop,
    expiresAt: from.expiresAt as TimeUs | null,
    terms: from.terms ?? plainTerms(from.expiresAt as TimeUs | null),
    reducing: from.reducing,
    clientId: from.clientId as ClientOrderId,
    flatten: from.flatten,
    reduceOnly: from.reduceOnly,
    rearms: from.rearms ?? 0,
  };
  const order = new Order(orders, core, from.order as OrderId, terms, from.version, { value: from.value, context });
  order.owed = from.owed ?? 0;
  order.requestAddress = from.requestAddress;
  order.cancelAddress = from.cancelAddress;
  order.replaceAddress = from.replaceAddress;
  order.fills.push(...from.fills);
  order.changedAt = from.changedAt;
  orders.hold(order);
  if (from.unknownAt !== null) core.deadlines.arm(order.unknown, from.unknownAt, core.at);
  if (from.retireAt !== null) core.deadlines.arm(order.retire, from.retireAt, core.at);
  if (from.venue === null) return;
  const venue = new VenueOrder(orders, order);
  const { receiveAt, cancelAt, replace, expireAt, working, fresh, triggered, arrival, lots, filled, limit, stop } = from.venue;
  Object.assign(venue, { working, fresh, triggered, arrival: arrival ?? -1, lots, filled, limit, stop });
  order.venue = venue;
  if (receiveAt !== null) core.deadlines.arm(venue.receive, receiveAt, core.at);
  if (cancelAt !== null) core.deadlines.arm(venue.cancel, cancelAt, core.at);
  if (expireAt !== null) core.deadlines.arm(venue.expire, expireAt, core.at);
  if (replace !== null) {
    venue.replacement = { lots: replace.lots, limit: replace.limit, stop: replace.stop };
    core.deadlines.arm(venue.replace, replace.at, core.at);
  }
  orders.restore(venue);
}
