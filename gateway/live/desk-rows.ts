/** A desk's parts as the rows that topics hold of them: read, never kept, so that a row is what the desk itself says. */
import type { Account } from '#actors/desk/accounts.ts';
import type { Gate } from '#actors/desk/gates.ts';
import type { Feed, Market } from '#actors/desk/markets.ts';
import type { Order } from '#actors/desk/orders.ts';
import type { Parts } from '#actors/desk/parts.ts';
import type { Deployed } from '#actors/desk/strategies.ts';
import { type GateCause, LEVEL_OF } from '#actors/gate.ts';
import { formatDecimal, lotsText, parseDecimal, priceText } from '#engine/decimal.ts';
import type { Decision } from '#engine/decisions.ts';
import type { BookSide } from '#engine/market/book.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { RecordedBook } from '#engine/market/recorded-book.ts';
import type { Balances } from '#engine/portfolio/ledger.ts';
import { value } from '#engine/portfolio/valuation.ts';
import type { Lots, PriceTicks, StrategyId } from '#engine/values.ts';
import { liftsReason, liftsState } from '#replay/gate-lifts.ts';
import { tell } from '#replay/tell.ts';
import type { Measures } from '#replay/words.ts';
import type { RowOf } from '../contracts/rows.ts';

export const priceOf = (ticks: number, { tick }: Instrument): string => priceText(ticks as PriceTicks, parseDecimal(tick));
/** Signed: a short position's are below 0. */
export const sizeOf = (lots: number, { lot }: Instrument): string =>
  lots < 0 ? `-${lotsText(-lots as Lots, parseDecimal(lot))}` : lotsText(lots as Lots, parseDecimal(lot));
export const moneyOf = (minor: bigint, scale: number): string => formatDecimal({ digits: minor, scale });

const priceOrNone = (ticks: number | null, instrument: Instrument): string | null =>
  ticks === null || Number.isNaN(ticks) ? null : priceOf(ticks, instrument);
const timeOrNone = (us: number): number | null => (us < 0 ? null : us);

/** `lots`: of the newest quote, bid and ask; null before the first. */
export function quoteOf(market: Market, lots: readonly [number, number] | null): RowOf<'quotes'> {
  const { definition, last, bid, ask } = market;
  const [primary] = market.feeds;
  return {
    instrument: definition.id,
    source: primary!.spec.source,
    last: priceOrNone(last, definition),
    bid: priceOrNone(bid, definition),
    bidLots: lots === null ? null : sizeOf(lots[0], definition),
    ask: priceOrNone(ask, definition),
    askLots: lots === null ? null : sizeOf(lots[1], definition),
    tickAt: timeOrNone(primary!.tickAt),
  };
}

/** Levels a side that are shown. */
const SHOWN_LEVELS = 20;

export function bookOf({ definition, feeds }: Market, recorded: RecordedBook, at: number): RowOf<'book'> {
  const { book } = recorded;
  const shown = (side: BookSide | undefined): [string, string][] =>
    (side?.levels(SHOWN_LEVELS) ?? []).map(([price, lots]) => [priceOf(price, definition), sizeOf(lots, definition)]);
  return {
    ...{ source: feeds[0]!.spec.source, known: book !== null, at },
    ...{ bids: shown(book?.bids), asks: shown(book?.asks) },
    depth: { bids: book?.bids.count ?? 0, asks: book?.asks.count ?? 0 },
  };
}

type Since = Readonly<{ why: string; at: number }>;

export function feedOf({ market, spec, living, heardAt, tickAt }: Feed, moved: Since | null): RowOf<'feeds'> {
  const { silent, mute, lost, lag, faults } = living.context;
  return {
    instrument: market.definition.id,
    source: spec.source,
    state: living.value,
    flags: [
      ...(silent ? (['silent'] as const) : []),
      ...(mute ? (['mute'] as const) : []),
      ...(lost ? (['lost'] as const) : []),
      ...(lag === 1 ? (['late'] as const) : lag === 2 ? (['very late'] as const) : []),
      ...(faults > 0 ? (['faulted'] as const) : []),
    ],
    heardAt: timeOrNone(heardAt),
    tickAt: timeOrNone(tickAt),
    why: moved?.why ?? null,
    since: moved?.at ?? null,
  };
}

export function gateOf(
  { strategies }: Parts,
  { scope, of, living, changedAt }: Gate,
  sinceOf: (cause: GateCause, of: string) => number | null,
): RowOf<'gate'> {
  const { killedAt } = living.context;
  const strategy = scope === 'strategy' ? (strategies.byId.get(of as StrategyId)?.living.value ?? null) : null;
  const gate = { scope, of, killedAt, strategy };
  return {
    scope,
    of,
    state: living.value,
    reasons: living.context.reasons.map((reason) => ({
      ...reason,
      makes: LEVEL_OF[reason.cause],
      since: sinceOf(reason.cause, reason.of),
      lifts: liftsReason(reason, gate),
    })),
    lifts: liftsState(living.value, gate),
    movedBy: changedAt,
    killedAt,
  };
}

/** `definition`: its instrument as it was when the order was made. */
export function orderOf(order: Order, definition: Instrument): RowOf<'orders'> {
  const { lots, filled, limit, stop } = order.living.context;
  return {
    order: order.id,
    clientId: order.clientId,
    account: order.account.spec.id,
    strategy: order.strategy,
    instrument: definition.id,
    side: order.side,
    type: order.type,
    state: order.living.value,
    lots: sizeOf(lots, definition),
    filled: sizeOf(filled, definition),
    limit: priceOrNone(limit, definition),
    stop: priceOrNone(order.venue?.stop ?? stop, definition), // a trailing stop stands where its venue has moved it
    timeInForce: order.terms.timeInForce,
    reducing: order.reducing,
    expiresAt: order.expiresAt,
    movedBy: order.changedAt,
  };
}

export function positionOf({ markets }: Parts, held: Balances): RowOf<'positions'> {
  const market = markets.byId.get(held.instrument)!;
  const { definition, unit } = market;
  const price = market.reference ?? held.lastFillPrice!;
  const worth = value(unit, held.lots, price);
  return {
    account: held.account,
    strategy: held.strategy,
    instrument: held.instrument,
    lots: sizeOf(held.lots, definition),
    price: priceOf(price, definition),
    value: moneyOf(worth, definition.currencyScale),
    cost: moneyOf(held.inventory, definition.currencyScale),
    realised: moneyOf(-held.realised, definition.currencyScale), // a gain is below 0 in the ledger's columns
    unrealised: moneyOf(worth - held.inventory, definition.currencyScale),
    currency: definition.currency,
  };
}

export function equityOf({ accounts }: Parts, account: Account): RowOf<'equity'> {
  const { id, mode, currency, currencyScale } = account.spec;
  const equity = accounts.equity(account.book);
  const money = (minor: bigint): string => moneyOf(minor, currencyScale);
  return {
    account: id,
    mode,
    currency,
    cash: money(accounts.ledger.cashOf(id, currency)),
    equity: money(equity),
    peak: money(account.book.peak),
    drawdown: money(equity < account.book.peak ? account.book.peak - equity : 0n), // a peak is marked by a fact: it may lie behind for a moment
    dayLoss: money(account.book.dayStart - equity),
    session: account.session.value,
  };
}

export function strategyOf({ id, name, version, account, living, seen, warmup }: Deployed): RowOf<'system'> {
  return { what: 'strategy', id, name, version, account: account.spec.id, state: living.value, seen, warmup };
}

/** As it is recorded, whole amounts, which JSON has no number for, as text; and as a sentence in the units of a person. */
export const decisionOf = (decision: Decision, measures: Measures): RowOf<'decisions'> => ({
  ...(JSON.parse(
    JSON.stringify(decision, (_, held: unknown) => (typeof held === 'bigint' ? held.toString() : held)),
  ) as RowOf<'decisions'>),
  said: tell(decision, measures).what,
});
