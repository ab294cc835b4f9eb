/** What a request's body and query ask, as whole numbers of the instrument; or the refusal that says what is wrong with them. Changes nothing. */
import { BadDecimal, type Decimal, lotsOf, parseDecimal, ticksOf } from '#engine/decimal.ts';
import type { Side } from '#engine/values.ts';
import type { OrderRef, PlaceAsk } from './exchange.ts';
import type { OrderChange } from './exchange-state.ts';
import type { Listing } from './listings.ts';
import type { VenueOrder, VenueOrderType } from './orders.ts';
import { Refusal, type RefusalCode } from './refusal.ts';

export type Fields = Readonly<Record<string, unknown>>;

const CLIENT_ID = /^[A-Za-z0-9_-]{1,64}$/;
const WHOLE = /^\d{1,16}$/;
const MOST_DIGITS = 64;
const SIDES: readonly Side[] = ['buy', 'sell'];
const TYPES: readonly VenueOrderType[] = ['market', 'limit', 'stop'];

/** A body as fields. `__proto__` in it is a field like any other (JSON.parse makes it so), and none that is asked for is inherited. */
export function fieldsIn(body: string): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refusal('bad-request', 'the body is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Refusal('bad-request', 'the body is not a JSON object');
  return parsed as Fields;
}

/** For the ledger, before anything is judged: the client id as claimed, if it could be one. */
export function claimedClientId(body: string, query: URLSearchParams): string | null {
  const inQuery = query.get('clientId');
  if (inQuery !== null) return CLIENT_ID.test(inQuery) ? inQuery : null;
  if (body === '') return null;
  try {
    const { clientId } = fieldsIn(body);
    return typeof clientId === 'string' && CLIENT_ID.test(clientId) ? clientId : null;
  } catch {
    return null;
  }
}

export function placeAsk(fields: Fields, listings: ReadonlyMap<string, Listing>): PlaceAsk {
  const listing = listingIn(fields, listings);
  const type = oneOf(fields, 'type', TYPES);
  return {
    clientId: fields['clientId'] === undefined || fields['clientId'] === null ? null : clientIdIn(fields['clientId']),
    listing,
    side: oneOf(fields, 'side', SIDES),
    type,
    lots: quantityIn(fields, 'quantity', listing),
    limit: priceFor(fields, 'price', type === 'limit', type, listing),
    stop: priceFor(fields, 'stopPrice', type === 'stop', type, listing),
    reduceOnly: flagIn(fields, 'reduceOnly'),
    expiresAt: timeIn(fields['expireTime'], 'expireTime'),
  };
}

/** What a replace makes of the order it names; a price left out stays. */
export function changeAsk(fields: Fields, { type, listing, limit, stop }: VenueOrder): Pick<OrderChange, 'lots' | 'limit' | 'stop'> {
  const kept = (name: string) => fields[name] === undefined || fields[name] === null;
  return {
    lots: quantityIn(fields, 'quantity', listing),
    limit: kept('price') ? limit : priceFor(fields, 'price', type === 'limit', type, listing),
    stop: kept('stopPrice') ? stop : priceFor(fields, 'stopPrice', type === 'stop', type, listing),
  };
}

export function refIn(given: Readonly<{ id: unknown; clientId: unknown }>): OrderRef {
  const id = given.id ?? null;
  const clientId = given.clientId ?? null;
  if (id !== null) {
    if (typeof id !== 'string' || !WHOLE.test(id)) throw new Refusal('bad-request', 'id is an order id as the exchange gave it, as text');
    return { id: Number(id), clientId: null };
  }
  if (clientId === null) throw new Refusal('bad-request', 'id or clientId is needed');
  return { id: null, clientId: clientIdIn(clientId) };
}

export function listingIn(fields: Fields, listings: ReadonlyMap<string, Listing>): Listing {
  const { symbol } = fields;
  const listing = typeof symbol === 'string' ? listings.get(symbol) : undefined;
  if (listing === undefined) throw new Refusal('unknown-symbol', `symbol: the exchange lists ${[...listings.keys()].join(', ')}`);
  return listing;
}

export const sideIn = (fields: Fields): Side => oneOf(fields, 'side', SIDES);

export function quantityIn(fields: Fields, name: string, { lot }: Listing): number {
  const lots = stepsIn(fields[name], name, 'quantity-grid', lot, lotsOf);
  if (lots === 0) throw new Refusal('bad-request', `${name} is 0`);
  return lots;
}

export function priceIn(fields: Fields, name: string, { tick }: Listing): number {
  const ticks = stepsIn(fields[name], name, 'price-grid', tick, ticksOf);
  if (ticks <= 0) throw new Refusal('bad-request', `${name} is not above 0`);
  return ticks;
}

/** A whole number of a query: 0 when it is not there. */
export function wholeIn(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null || text === '') return 0;
  if (!WHOLE.test(text)) throw new Refusal('bad-request', `${name} is not a whole number`);
  return Number(text);
}

function priceFor(fields: Fields, name: string, needed: boolean, type: string, listing: Listing): number | null {
  if (needed) return priceIn(fields, name, listing);
  if (fields[name] !== undefined && fields[name] !== null) throw new Refusal('bad-request', `a ${type} order has no ${name}`);
  return null;
}

function stepsIn(text: unknown, name: string, code: RefusalCode, step: Decimal, read: (text: string, step: Decimal) => number): number {
  if (typeof text !== 'string' || text.length > MOST_DIGITS) throw new Refusal('bad-request', `${name} is decimal text, in quotes`);
  try {
    parseDecimal(text);
  } catch (error) {
    if (error instanceof BadDecimal) throw new Refusal('bad-request', `${name}: ${error.message}`);
    throw error;
  }
  if (text.startsWith('-')) throw new Refusal('bad-request', `${name} is not above 0`);
  try {
    return read(text, step);
  } catch (error) {
    if (error instanceof BadDecimal) throw new Refusal(code, `${name}: ${error.message}`);
    throw error;
  }
}

function oneOf<T extends string>(fields: Fields, name: string, of: readonly T[]): T {
  const value = fields[name];
  if (!of.includes(value as T)) throw new Refusal('bad-request', `${name} is one of ${of.join(', ')}`);
  return value as T;
}

function clientIdIn(value: unknown): string {
  if (typeof value !== 'string' || !CLIENT_ID.test(value)) throw new Refusal('bad-request', 'clientId is 1 to 64 of A–Z a–z 0–9 _ -');
  return value;
}

function flagIn(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') throw new Refusal('bad-request', `${name} is true or false`);
  return value;
}

function timeIn(value: unknown, name: string): number | null {
  if (value === undefined || value === null) return null;
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Refusal('bad-request', `${name} is whole µs since 1970`);
  return value as number;
}
