/** Orders, fills and transfers as the exchange holds them, as the protocol writes them, and read back from the ledger. Decides nothing. */
import { lotsOf, minorOf, minorText, ticksOf } from '#engine/decimal.ts';
import type { Minor, Side } from '#engine/values.ts';
import type { Listing } from './listings.ts';

export type VenueOrderType = 'market' | 'limit' | 'stop';
type VenueState = 'working' | 'filled' | 'cancelled' | 'rejected' | 'expired';

/** Whole numbers; a price is null where the type has none. */
export type VenueOrder = {
  readonly id: number;
  readonly clientId: string | null;
  readonly listing: Listing;
  readonly side: Side;
  readonly type: VenueOrderType;
  readonly reduceOnly: boolean;
  readonly expiresAt: number | null;
  readonly time: number;
  lots: number;
  limit: number | null;
  stop: number | null;
  filled: number;
  state: VenueState;
  reason: string;
  updated: number;
  /** The ledger entry that gave the order its place among its equals. */
  rank: number;
  /** Ids of its fills. */
  readonly fills: number[];
};

export type VenueFill = Readonly<{
  id: number;
  order: VenueOrder;
  lots: number;
  ticks: number;
  fee: bigint;
  maker: boolean;
  time: number;
}>;

export type VenueTransfer = Readonly<{ id: number; currency: string; scale: number; amount: bigint; why: string; time: number }>;

/** Built by hand: names are checked at the door, so nothing needs escaping, and this is the hot path. */
export function orderText(order: VenueOrder): string {
  const { listing, clientId, limit, stop } = order;
  return (
    `{"id":"${order.id}","clientId":${clientId === null ? 'null' : `"${clientId}"`},"symbol":"${listing.symbol}","side":"${order.side}",` +
    `"type":"${order.type}","quantity":"${listing.lotsText(order.lots)}","price":${limit === null ? 'null' : `"${listing.priceText(limit)}"`},` +
    `"stopPrice":${stop === null ? 'null' : `"${listing.priceText(stop)}"`},"filled":"${listing.lotsText(order.filled)}","state":"${order.state}",` +
    `"reason":"${order.reason}","reduceOnly":${order.reduceOnly},"expireTime":${order.expiresAt},"time":${order.time},"updated":${order.updated}}`
  );
}

export function fillText({ id, order, lots, ticks, fee, maker, time }: VenueFill): string {
  const { listing, clientId } = order;
  return (
    `{"id":"${id}","orderId":"${order.id}","clientId":${clientId === null ? 'null' : `"${clientId}"`},"symbol":"${listing.symbol}",` +
    `"side":"${order.side}","quantity":"${listing.lotsText(lots)}","price":"${listing.priceText(ticks)}",` +
    `"fee":"${minorText(fee as Minor, listing.spec.currencyScale)}","maker":${maker},"time":${time}}`
  );
}

export const transferText = ({ id, currency, scale, amount, why, time }: VenueTransfer): string =>
  JSON.stringify({ id: String(id), currency, amount: minorText(amount as Minor, scale), why, time });

/** As `orderText` writes it. The ledger is ours: what is not of that form is a broken program, not a refusal. */
type WrittenOrder = Readonly<{
  id: string;
  clientId: string | null;
  symbol: string;
  side: Side;
  type: VenueOrderType;
  quantity: string;
  price: string | null;
  stopPrice: string | null;
  filled: string;
  state: VenueState;
  reason: string;
  reduceOnly: boolean;
  expireTime: number | null;
  time: number;
  updated: number;
}>;
type WrittenFill = Readonly<{ id: string; orderId: string; quantity: string; price: string; fee: string; maker: boolean; time: number }>;
type WrittenTransfer = Readonly<{ id: string; currency: string; amount: string; why: string; time: number }>;

export function orderIn(written: unknown, rank: number, listings: ReadonlyMap<string, Listing>): VenueOrder {
  const { id, symbol, quantity, price, stopPrice, filled, expireTime, ...same } = written as WrittenOrder;
  const listing = listings.get(symbol)!;
  return {
    ...same,
    id: Number(id),
    listing,
    lots: lotsOf(quantity, listing.lot),
    limit: price === null ? null : ticksOf(price, listing.tick),
    stop: stopPrice === null ? null : ticksOf(stopPrice, listing.tick),
    filled: lotsOf(filled, listing.lot),
    expiresAt: expireTime,
    rank,
    fills: [],
  };
}

export function fillIn(written: unknown, orders: readonly VenueOrder[]): VenueFill {
  const { id, orderId, quantity, price, fee, maker, time } = written as WrittenFill;
  const order = orders[Number(orderId) - 1]!;
  const { listing } = order;
  return {
    id: Number(id),
    order,
    lots: lotsOf(quantity, listing.lot),
    ticks: ticksOf(price, listing.tick),
    fee: minorOf(fee, listing.spec.currencyScale),
    maker,
    time,
  };
}

export function transferIn(written: unknown, scaleOf: (currency: string) => number): VenueTransfer {
  const { id, currency, amount, why, time } = written as WrittenTransfer;
  const scale = scaleOf(currency);
  return { id: Number(id), currency, scale, amount: minorOf(amount, scale), why, time };
}
