/** A desk as a person reads it: gates with their reasons, feeds, strategies, orders, money. Made from the live parts; changes nothing. */
import type { Account } from '#actors/desk/accounts.ts';
import type { Feed, Market } from '#actors/desk/markets.ts';
import type { Order } from '#actors/desk/orders.ts';
import type { Parts } from '#actors/desk/parts.ts';
import type { Deployed } from '#actors/desk/strategies.ts';
import type { GateReason } from '#actors/gate.ts';
import type { AccountSpec } from '#engine/execution/account.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { value } from '#engine/portfolio/valuation.ts';
import { iso, Measures, span } from './words.ts';

export type PictureGate = Readonly<{ scope: string; of: string; state: string; since: number; reasons: readonly string[] }>;
export type PictureFeed = Readonly<{
  instrument: string;
  source: string;
  primary: boolean;
  state: string;
  /** Every reason it is not HEALTHY, in words. */
  because: readonly string[];
  heardAt: string | null;
  tickAt: string | null;
}>;
export type PictureOrder = Readonly<{
  order: string;
  clientId: string;
  account: string;
  strategy: string;
  instrument: string;
  side: string;
  type: string;
  state: string;
  lots: number;
  filled: number;
  limit: string | null;
  stop: string | null;
  expiresAt: string | null;
}>;
export type PictureStrategy = Readonly<{
  strategy: string;
  name: string;
  version: string;
  account: string;
  state: string;
  awake: boolean;
  seen: number;
  warmup: number;
  parameters: Readonly<Record<string, string | number | boolean>>;
  positions: readonly PicturePosition[];
  watches: readonly Readonly<{ instrument: string; above: string | null; below: string | null }>[];
  alarmAt: string | null;
}>;
export type PicturePosition = Readonly<{ instrument: string; lots: number; quantity: string; value: string; cost: string }>;
export type PictureAccount = Readonly<{
  account: string;
  mode: string;
  venue: string;
  session: string;
  cash: string;
  equity: string;
  peak: string;
  drawdown: string;
  dayLoss: string;
  positions: readonly (PicturePosition & Readonly<{ strategy: string }>)[];
}>;
export type PictureInstrument = Readonly<{
  instrument: string;
  version: number;
  last: string | null;
  bid: string | null;
  ask: string | null;
}>;

export type DeskPicture = Readonly<{
  seq: number;
  at: string;
  gates: readonly PictureGate[];
  feeds: readonly PictureFeed[];
  instruments: readonly PictureInstrument[];
  strategies: readonly PictureStrategy[];
  orders: readonly PictureOrder[];
  accounts: readonly PictureAccount[];
  refusedTicks: readonly Readonly<{ source: string; reason: string; total: number }>[];
}>;

/** `now`: the moment of asking, for how long things have lasted. */
export function pictureOf(parts: Parts, now: number = parts.core.at): DeskPicture {
  const { core, gates, markets, accounts, strategies, orders, refused } = parts;
  const measures = measuresOf(parts);
  return {
    seq: core.cause,
    at: iso(core.at),
    gates: gates.all.map(({ scope, of, living, changedAt }) => ({
      scope,
      of,
      state: living.value,
      /** Number of its last move. */
      since: changedAt,
      reasons: living.context.reasons.map((reason) => reasonText(reason, parts, scope === 'instrument' ? of : null, now)),
    })),
    feeds: markets.all.flatMap((market) => market.feeds.map((feed) => pictureFeed(feed, now))),
    instruments: markets.all.map((market) => pictureInstrument(market, measures)),
    strategies: strategies.all.map((strategy) => pictureStrategy(strategy, parts, measures)),
    orders: [...orders.all.values()].map((order) => pictureOrder(order, measures)),
    accounts: accounts.all.map((account) => pictureAccount(account, parts, measures)),
    refusedTicks: refused.map((entry) => ({ ...entry })),
  };
}

export function measuresOf({ markets, accounts, strategies }: Parts): Measures {
  const instruments = new Map<string, Instrument>(markets.all.map(({ definition }) => [definition.id, definition]));
  const specs = new Map<string, AccountSpec>(accounts.all.map(({ spec }) => [spec.id, spec]));
  return new Measures(instruments, specs, strategies.byId);
}

const instant = (at: number): string | null => (at < 0 || at === Infinity ? null : iso(at));

function pictureFeed(feed: Feed, now: number): PictureFeed {
  const { market, spec, primary, living, heardAt, tickAt } = feed;
  const base = { instrument: market.definition.id, source: spec.source, primary, state: living.value };
  return { ...base, because: feedReasons(feed, now), heardAt: instant(heardAt), tickAt: instant(tickAt) };
}

/** Why a feed is not trusted: `silent since …`. */
export function feedReasons({ living, spec, heardAt, tickAt }: Feed, now: number): string[] {
  const { silent, mute, lost, lag, faults, lastFault } = living.context;
  const since = (at: number, what: string): string => (at < 0 ? `${what} yet` : `${what} since ${iso(at)} (${span(now - at)})`);
  const reasons: string[] = [];
  if (lost) reasons.push('its source is lost');
  if (silent && spec.silentUs !== null) reasons.push(since(heardAt, heardAt < 0 ? 'nothing was heard' : 'silent'));
  if (mute && !silent && spec.muteUs !== null) reasons.push(since(tickAt, tickAt < 0 ? 'no tick came' : 'no tick'));
  if (lag > 0) reasons.push(lag === 1 ? 'its ticks come late' : 'its ticks come far too late');
  if (faults > 0) reasons.push(`${faults} faults since it last settled, the last one ${lastFault}`);
  if (reasons.length === 0 && living.value !== 'HEALTHY') reasons.push('it has not settled yet');
  return reasons;
}

/** A gate's reason with what stands behind it: `feed-down: synthetic, silent since …`. */
export function reasonText({ cause, of }: GateReason, { core, markets }: Parts, instrument: string | null, now: number = core.at): string {
  const feeds = markets.all.flatMap((market) => (instrument === null || market.definition.id === instrument ? market.feeds : []));
  const behind = cause === 'feed-down' || cause === 'feed-degraded' ? feeds.filter(({ spec }) => spec.source === of) : [];
  const why = behind.length === 1 ? feedReasons(behind[0], now) : [];
  return `${cause}${of === '' ? '' : `: ${of}`}${why.length === 0 ? '' : `, ${why.join(', ')}`}`;
}

function pictureInstrument({ definition, last, bid, ask }: Market, measures: Measures): PictureInstrument {
  const price = (ticks: number): string | null => (Number.isNaN(ticks) ? null : measures.price(definition.id, ticks));
  return { instrument: definition.id, version: definition.version, last: price(last), bid: price(bid), ask: price(ask) };
}

function pictureStrategy(strategy: Deployed, parts: Parts, measures: Measures): PictureStrategy {
  const { id, name, version, account, living, seen, warmup, parameters, watches, alarm } = strategy;
  const price = (instrument: string, ticks: number | null) => (ticks === null ? null : measures.price(instrument, ticks));
  return {
    strategy: id,
    name,
    version,
    account: account.spec.id,
    state: living.value,
    awake: strategy.listens,
    seen,
    warmup,
    parameters,
    positions: positionsOf(account, parts, measures).filter((held) => held.strategy === id),
    watches: watches.map(({ market: { definition }, above, below }) => ({
      instrument: definition.id,
      above: price(definition.id, above),
      below: price(definition.id, below),
    })),
    alarmAt: instant(alarm.at),
  };
}

function positionsOf(account: Account, { accounts, markets }: Parts, measures: Measures): PictureAccount['positions'] {
  return [...accounts.ledger.holdings(account.spec.id)].map(({ strategy, instrument, lots, inventory, lastFillPrice }) => {
    const market = markets.byId.get(instrument)!;
    const worth = value(market.unit, lots, market.reference ?? lastFillPrice!);
    const money = (amount: bigint) => measures.money(account.spec.id, amount);
    return { strategy, instrument, lots, quantity: measures.quantity(instrument, lots), value: money(worth), cost: money(inventory) };
  });
}

function pictureOrder(order: Order, measures: Measures): PictureOrder {
  const { id, clientId, account, strategy, market, side, type, living, expiresAt } = order;
  const { lots, filled, limit, stop } = living.context;
  const instrument = market.definition.id;
  const price = (ticks: number | null) => (ticks === null ? null : measures.price(instrument, ticks));
  return {
    order: id,
    clientId,
    account: account.spec.id,
    strategy,
    instrument,
    side,
    type,
    state: living.value,
    lots,
    filled,
    limit: price(limit),
    stop: price(stop),
    expiresAt: expiresAt === null ? null : iso(expiresAt),
  };
}

function pictureAccount(account: Account, parts: Parts, measures: Measures): PictureAccount {
  const { spec, session, book } = account;
  const equity = parts.accounts.equity(book);
  const money = (amount: bigint) => measures.money(spec.id, amount);
  return {
    account: spec.id,
    mode: spec.mode,
    venue: spec.venue,
    session: session.value,
    cash: money(parts.accounts.ledger.cashOf(spec.id, spec.currency)),
    equity: money(equity),
    peak: money(book.peak),
    drawdown: money(book.peak - equity),
    dayLoss: money(book.dayStart - equity),
    positions: positionsOf(account, parts, measures),
  };
}
