/** What each request of the account and of the public answers, as JSON text. Who may ask, and what misbehaves on the way, is the server's. */
import { minorText } from '#engine/decimal.ts';
import type { Minor, Side } from '#engine/values.ts';
import type { ExchangeState, Listed } from './exchange-state.ts';
import { changeAsk, fieldsIn, listingIn, placeAsk, refIn, wholeIn } from './order-requests.ts';
import type { VenueOrder } from './orders.ts';
import { fillText, orderText, transferText } from './orders.ts';
import type { Running } from './running.ts';

export type Asked = Readonly<{ query: URLSearchParams; body: string /** The ledger's number of an order request. */; n: number }>;
type Route = (running: Running, asked: Asked) => string;
type Routes = Readonly<Record<string, Route>>;

export const PUBLIC: Routes = {
  'GET /time': ({ exchange }) => `{"time":${exchange.now()}}`,
  'GET /instruments': ({ exchange: { state } }) =>
    `{"instruments":[${[...state.listings.values()].map(({ spec }) => instrumentText(spec)).join()}]}`,
  'GET /book': ({ exchange }, { query }) => {
    const listing = listingIn({ symbol: query.get('symbol') }, exchange.state.listings);
    const time = exchange.now();
    const symbol = exchange.state.symbols.get(listing.symbol)!;
    return `{"symbol":"${listing.symbol}","bids":${levelsText(symbol, 'buy')},"asks":${levelsText(symbol, 'sell')},"time":${time}}`;
  },
};

/** Requests that act on orders: each has its entry in the ledger before anything else. */
export const ORDERS: Routes = {
  'POST /orders': ({ exchange }, { body, n }) => answer(exchange.place(placeAsk(fieldsIn(body), exchange.state.listings), n)),
  'PUT /orders': ({ exchange }, { body, n }) => {
    const fields = fieldsIn(body);
    return answer(exchange.replace(refIn({ id: fields['id'], clientId: fields['clientId'] }), (order) => changeAsk(fields, order), n));
  },
  'DELETE /orders': ({ exchange }, { query, n }) =>
    answer(exchange.cancel(refIn({ id: query.get('id'), clientId: query.get('clientId') }), n)),
  'DELETE /orders/all': ({ exchange }, { n }) => `{"cancelled":${exchange.cancelAll(n)}}`,
};

export const READS: Routes = {
  'GET /orders/one': ({ exchange }, { query }) => {
    const order = exchange.order(refIn({ id: query.get('id'), clientId: query.get('clientId') }));
    return `{"order":${orderText(order)},"fills":[${exchange.fillsOf(order).map(fillText).join()}]}`;
  },
  'GET /orders/open': ({ exchange, faults }, { query }) => {
    const after = wholeIn(query, 'after');
    const stale = faults.draw('stale-lists');
    const { orders, next } = stale ? exchange.staleOrders(after, exchange.now() - faults.delayUs) : exchange.openOrders(after);
    return `{"orders":[${orders.map(orderText).join()}],"next":${nextText(next)}}`;
  },
  'GET /fills': ({ exchange }, { query }) => {
    const { fills, next } = exchange.fills(wholeIn(query, 'since'), wholeIn(query, 'after'));
    return `{"fills":[${fills.map(fillText).join()}],"next":${nextText(next)}}`;
  },
  'GET /positions': ({ exchange: { state } }) => {
    const rows = state.account.positions().map(({ listing, lots, ticks }) => {
      const quantity = `${lots < 0 ? '-' : ''}${listing.lotsText(Math.abs(lots))}`;
      return `{"symbol":"${listing.symbol}","quantity":"${quantity}","price":"${listing.priceText(ticks)}"}`;
    });
    return `{"positions":[${rows.join()}]}`;
  },
  'GET /balances': ({ exchange: { state } }) => `{"balances":[${balances(state).join()}]}`,
  'GET /transfers': ({ exchange }, { query }) => `{"transfers":[${exchange.transfers(wholeIn(query, 'since')).map(transferText).join()}]}`,
};

const answer = (order: VenueOrder): string => `{"order":${orderText(order)}}`;

const nextText = (next: number | null): string => (next === null ? 'null' : `"${next}"`);

const balances = (state: ExchangeState): string[] =>
  state.account
    .balances()
    .map(([currency, amount]) => JSON.stringify({ currency, amount: minorText(amount as Minor, state.scaleOf(currency)!) }));

function instrumentText({
  symbol,
  tick,
  lot,
  multiplier,
  currency,
  currencyScale,
  makerFee,
  takerFee,
}: {
  [name in 'symbol' | 'tick' | 'lot' | 'multiplier' | 'currency']: string;
} & { [name in 'currencyScale' | 'makerFee' | 'takerFee']: number }): string {
  return JSON.stringify({ symbol, tick, lot, multiplier, currency, currencyScale, makerFee, takerFee });
}

function levelsText({ listing, book }: Listed, side: Side): string {
  const rows = book.levels(side).map(({ ticks, lots }) => `["${listing.priceText(ticks)}","${listing.lotsText(lots)}"]`);
  return `[${rows.join()}]`;
}
