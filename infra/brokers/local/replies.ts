/** What the exchange answers and tells, checked to the last field before anything is believed. Reads; decides nothing. */
import { z } from 'zod';
import { minorText } from '#engine/decimal.ts';
import type { OrderName, VenueFillRow, VenueOrderRow, VenueTransfer } from '#engine/execution/broker.ts';
import { type Minor, type TimeUs, timeUs } from '#engine/values.ts';
import { VenueNonsense } from './trouble.ts';
import { feeIn, lotsIn, notionalOf, priceIn, type UnitTable } from './units.ts';

const id = z.string().min(1).max(64);
const decimal = z.string().max(64);
const time = z.int().min(0);
const side = z.enum(['buy', 'sell']);
const cursor = z.string().min(1).max(64).nullable();

const orderText = z.object({
  id,
  clientId: id.nullable(),
  symbol: id,
  side,
  type: z.enum(['market', 'limit', 'stop']),
  quantity: decimal,
  price: decimal.nullable(),
  stopPrice: decimal.nullable(),
  filled: decimal,
  state: z.enum(['working', 'filled', 'cancelled', 'rejected', 'expired']),
  reason: z.string().max(1_000),
  reduceOnly: z.boolean(),
  expireTime: time.nullable(),
  time,
  updated: time,
});
const fillText = z.object({
  id,
  orderId: id,
  clientId: id.nullable(),
  symbol: id,
  side,
  quantity: decimal,
  price: decimal,
  fee: decimal,
  maker: z.boolean(),
  time,
});
const transferText = z.object({ id, currency: id, amount: decimal, why: z.string().max(1_000), time });

export type OrderText = z.infer<typeof orderText>;
export type FillText = z.infer<typeof fillText>;
export type TransferText = z.infer<typeof transferText>;

/** The answers, by question. */
export const REPLIES = {
  refusal: z.object({ code: z.string().max(64), message: z.string().max(2_000), retryAfterUs: time.nullish() }),
  time: z.object({ time }),
  instruments: z.object({
    instruments: z.array(
      z.object({ symbol: id, tick: decimal, lot: decimal, multiplier: decimal, currency: id, currencyScale: z.int().min(0).max(18) }),
    ),
  }),
  order: z.object({ order: orderText }),
  orderAndFills: z.object({ order: orderText, fills: z.array(fillText) }),
  cancelled: z.object({ cancelled: z.int().min(0) }),
  orders: z.object({ orders: z.array(orderText), next: cursor }),
  fills: z.object({ fills: z.array(fillText), next: cursor }),
  positions: z.object({ positions: z.array(z.object({ symbol: id, quantity: decimal, price: decimal.nullable() })) }),
  balances: z.object({ balances: z.array(z.object({ currency: id, amount: decimal })) }),
  transfers: z.object({ transfers: z.array(transferText) }),
} as const;
export type ReplyOf<K extends keyof typeof REPLIES> = z.infer<(typeof REPLIES)[K]>;

const seq = z.int().min(1);
const account = z.literal('account');
/** What comes over the stream, by what it says it is. Ticks are looked at by the door, not here. */
const STREAMED = {
  auth: z.object({ op: z.literal('auth'), ok: z.boolean(), message: z.string().max(2_000).nullish() }),
  subscribed: z.object({ op: z.literal('subscribed') }),
  error: z.object({ op: z.literal('error'), code: z.string().max(64), message: z.string().max(2_000) }),
  reset: z.object({ op: z.literal('reset'), seq }),
  beat: z.object({ op: z.literal('beat'), seq, time }),
  order: z.object({
    seq,
    channel: account,
    what: z.enum(['acked', 'replaced', 'cancelled', 'expired', 'rejected', 'filled']),
    order: orderText,
  }),
  fill: z.object({ seq, channel: account, what: z.literal('fill'), fill: fillText }),
  transfer: z.object({ seq, channel: account, what: z.literal('transfer'), transfer: transferText }),
  trades: z.object({ seq, channel: z.string().startsWith('trades:'), trades: z.array(z.unknown()) }),
  quotes: z.object({ seq, channel: z.string().startsWith('quotes:'), quotes: z.array(z.unknown()) }),
} as const;
export type Streamed = { [K in keyof typeof STREAMED]: Readonly<{ is: K } & z.infer<(typeof STREAMED)[K]>> }[keyof typeof STREAMED];

/** Throws VenueNonsense. */
export function readStreamed(text: string): Streamed {
  const json = jsonIn(text, 'the stream');
  const { op, channel, what } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const is = OPS.find((each) => each === op) ?? kindOf(channel, what);
  return { is, ...checked(STREAMED[is] as z.ZodType<object>, json, text, 'the stream') } as Streamed;
}

const OPS = ['auth', 'subscribed', 'error', 'beat', 'reset'] as const;

function kindOf(channel: unknown, what: unknown): keyof typeof STREAMED {
  if (channel === 'account') return what === 'fill' || what === 'transfer' ? what : 'order';
  return typeof channel === 'string' && channel.startsWith('quotes:') ? 'quotes' : 'trades';
}

/** Throws VenueNonsense. */
export function readReply<K extends keyof typeof REPLIES>(kind: K, text: string): ReplyOf<K> {
  return checked(REPLIES[kind] as z.ZodType, jsonIn(text, kind), text, kind) as ReplyOf<K>;
}

function jsonIn(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new VenueNonsense(`${what}: no JSON: ${excerpt(text)}`);
  }
}

function checked<T>(schema: z.ZodType<T>, json: unknown, text: string, what: string): T {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new VenueNonsense(`${what}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}: ${excerpt(text)}`);
}

export function orderRow(units: UnitTable, order: OrderText): VenueOrderRow {
  const its = units.of(order.symbol);
  const lots = lotsIn(its, order.quantity);
  const filled = lotsIn(its, order.filled);
  const limit = order.price === null ? null : priceIn(its, order.price);
  const stop = order.stopPrice === null ? null : priceIn(its, order.stopPrice);
  const { type, state } = order;
  const sane = lots >= 1 && filled <= lots && (type !== 'limit' || limit !== null) && (type !== 'stop' || stop !== null);
  if (!sane)
    throw new VenueNonsense(
      `order ${order.id}: ${type} ${order.quantity} at ${order.price}, stop ${order.stopPrice}, filled ${order.filled}`,
    );
  const { clientId, id: venueId, side, reason } = order;
  return { clientId, venueId, instrument: its.id, side, type, lots, limit, stop, filled, state, reason };
}

export function fillRow(units: UnitTable, fill: FillText): VenueFillRow {
  const its = units.of(fill.symbol);
  const lots = lotsIn(its, fill.quantity);
  if (lots < 1) throw new VenueNonsense(`fill ${fill.id}: of nothing`);
  const { id, clientId, orderId: venueId, side, maker } = fill;
  return {
    id,
    clientId,
    venueId,
    instrument: its.id,
    side,
    lots,
    price: priceIn(its, fill.price),
    fee: feeIn(its, fill.fee),
    maker,
    at: at(fill.time),
  };
}

export function transferRow(units: UnitTable, { id, currency, amount, why, time }: TransferText): VenueTransfer {
  return { id, currency, amount: units.money(currency, amount), why, at: at(time) };
}

/** A fill of a foreign instrument, as all that it is to us: money that moved on the account. */
export function foreignTransfer(units: UnitTable, text: FillText): VenueTransfer {
  const { id, instrument, side, lots, price, fee, at } = fillRow(units, text);
  const its = units.of(instrument);
  const moved = notionalOf(its, side === 'buy' ? -lots : lots, price) - fee;
  // in the scale in which the account's balance is read, should the listing tell of another one
  const amount = units.money(its.currency, minorText(moved as Minor, its.currencyScale));
  return { id: `fill:${id}`, currency: its.currency, amount, why: `${instrument} was traded by hand`, at };
}

/** An answer to a question about one order must be about that order: kept-alive connections have mixed answers up. */
export function isNamed(row: VenueOrderRow, name: OrderName): boolean {
  if (row.instrument !== name.instrument) return false;
  return name.clientId !== null ? row.clientId === name.clientId : row.venueId === name.venueId;
}

const at = (us: number): TimeUs => timeUs(us);
const excerpt = (text: string): string => JSON.stringify(text.slice(0, 120));
