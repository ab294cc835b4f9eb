/** What the admin's token may do: reset, switch faults, move a market and money by hand, read the truth. Always answered, also in a hang. */
import { BadDecimal, minorOf } from '#engine/decimal.ts';
import { BadValue } from '#engine/values.ts';
import { faultRates } from './faults.ts';
import type { ListingSpec } from './listings.ts';
import { type Fields, fieldsIn, listingIn, priceIn, quantityIn, sideIn, wholeIn } from './order-requests.ts';
import { transferText } from './orders.ts';
import { Refusal } from './refusal.ts';
import type { Asked } from './routes.ts';
import type { Running, Standing } from './running.ts';

/** Beyond what a request can say by itself: what a reset does to connections, and whose the account is. */
export type AdminPlace = Readonly<{ running: Running; key: string; onReset: () => void; onAwake: () => void }>;

const DONE = '{"ok":true}';
const MOST_STEPS = 1_000;
const MOST_LIMIT = 1_000_000;
const MOST_DELAY_US = 600_000_000;

export const ADMIN: Readonly<Record<string, (place: AdminPlace, asked: Asked) => string>> = {
  'POST /admin/reset': ({ running, onReset }, { body }) => {
    const asked = standingIn(body === '' ? {} : fieldsIn(body), running);
    running.reset(asked);
    onReset();
    return DONE;
  },
  'POST /admin/faults': ({ running }, { body }) => {
    const fields = fieldsIn(body);
    const { faults } = fields;
    if (typeof faults !== 'object' || faults === null || Array.isArray(faults)) throw new Refusal('bad-request', 'faults is {name: rate}');
    const seed = wholeField(fields, 'seed', 0, Number.MAX_SAFE_INTEGER);
    const delayUs = wholeField(fields, 'delayUs', 0, MOST_DELAY_US);
    running.setFaults(
      seed,
      orRefuse(() => faultRates(faults as Fields)),
      delayUs,
    );
    return DONE;
  },
  'POST /admin/quote': ({ running: { exchange } }, { body }) => {
    const fields = fieldsIn(body);
    const listing = listingIn(fields, exchange.state.listings);
    const bid = { ticks: priceIn(fields, 'bid', listing), lots: quantityIn(fields, 'bidQuantity', listing) };
    const ask = { ticks: priceIn(fields, 'ask', listing), lots: quantityIn(fields, 'askQuantity', listing) };
    if (bid.ticks >= ask.ticks) throw new Refusal('bad-request', 'the bid is not below the ask');
    exchange.quote(exchange.state.symbols.get(listing.symbol)!, bid, ask);
    return DONE;
  },
  'POST /admin/trade': ({ running: { exchange } }, { body }) => {
    const fields = fieldsIn(body);
    const listing = listingIn(fields, exchange.state.listings);
    const symbol = exchange.state.symbols.get(listing.symbol)!;
    exchange.trade(symbol, sideIn(fields), priceIn(fields, 'price', listing), quantityIn(fields, 'quantity', listing));
    return DONE;
  },
  'POST /admin/transfer': ({ running: { exchange }, key: ours }, { body }) => {
    const { key, currency, amount, why } = fieldsIn(body);
    if (key !== ours) throw new Refusal('bad-request', 'key: there is no such account');
    const scale = typeof currency === 'string' ? exchange.state.scaleOf(currency) : null;
    if (scale === null) throw new Refusal('bad-request', 'currency: nothing listed here is in it');
    if (typeof amount !== 'string' || typeof why !== 'string') throw new Refusal('bad-request', 'amount is decimal text, why is text');
    const units = orRefuse(() => minorOf(amount, scale));
    return `{"transfer":${transferText(exchange.transfer(currency as string, scale, units, why))}}`;
  },
  'POST /admin/maintenance': ({ running }, { body }) => {
    running.maintenance = onIn(body);
    return DONE;
  },
  'POST /admin/hang': ({ running, onAwake }, { body }) => {
    running.hang(onIn(body));
    if (!running.hung) onAwake();
    return DONE;
  },
  'GET /admin/ledger': ({ running }, { query }) => {
    const { lines, next } = running.ledger.page(wholeIn(query, 'after'));
    return `{"entries":[${lines.join()}],"next":${next}}`;
  },
};

function standingIn(fields: Fields, running: Running): Partial<Standing> {
  const seed = wholeField(fields, 'seed', 0, Number.MAX_SAFE_INTEGER);
  const steps = wholeField(fields, 'steps', 0, MOST_STEPS);
  const limit = wholeField(fields, 'limit', 1, MOST_LIMIT);
  const cash = cashIn(fields['cash'], running.exchange.state.listings.values().next().value!.spec);
  const ids = fields['ids'] ?? null;
  if (ids !== null && ids !== 'ever' && ids !== 'working') throw new Refusal('bad-request', 'ids is "working" or "ever"');
  return {
    ...(seed === null ? {} : { seed }),
    ...(steps === null ? {} : { steps }),
    ...(limit === null ? {} : { limit }),
    ...(cash === null ? {} : { cash }),
    ...(ids === null ? {} : { ids }),
  };
}

function cashIn(value: unknown, { currencyScale }: ListingSpec): bigint | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new Refusal('bad-request', 'cash is decimal text');
  return orRefuse(() => minorOf(value, currencyScale));
}

function wholeField(fields: Fields, name: string, least: number, most: number): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
    throw new Refusal('bad-request', `${name} is a whole number from ${least} to ${most}`);
  return value as number;
}

function onIn(body: string): boolean {
  const { on } = fieldsIn(body);
  if (typeof on !== 'boolean') throw new Refusal('bad-request', 'on is true or false');
  return on;
}

function orRefuse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadDecimal || error instanceof BadValue) throw new Refusal('bad-request', error.message);
    throw error;
  }
}
