/** Orders by hand and in lists. Text becomes whole ticks and lots here, exactly or not at all; whether an order goes out is the desk's to decide. */
import type { Desk } from '#actors/desk.ts';
import { BadDecimal, formatDecimal, lotsOf, minorOf, parseDecimal, ticksOf } from '#engine/decimal.ts';
import type { Command } from '#engine/inputs.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { AccountId, InstrumentId, OrderId, TimeUs } from '#engine/values.ts';
import { page } from '../contracts/rest.ts';
import { commandAnswer } from '../contracts/rest-commands.ts';
import {
  cancelQuery,
  changeBody,
  fill,
  fillsQuery,
  orderLife,
  orderParams,
  ordersQuery,
  placeBody,
  type RestTrade,
  restOrder,
  trade,
  tradesQuery,
} from '../contracts/rest-orders.ts';
import type { FieldFault } from '../http/problem.ts';
import { type Route, route } from '../http/router.ts';
import { moneyOf, positionOf } from '../live/desk-rows.ts';
import { commanded } from './commands.ts';
import { pageAt } from './cursors.ts';
import { ofAccount, ofOrder } from './live-accounts.ts';
import type { DeskPort, RestPorts } from './ports.ts';
import { answered, notThere, wrongFields } from './problems.ts';
import { walkedPage, walkIn, whoseIn } from './walks.ts';
import { workingOrders } from './working-orders.ts';

type OrderPorts = Pick<RestPorts, 'desk' | 'journal'>;
const tags = ['orders'];

export function orderRoutes(ports: OrderPorts): Route[] {
  const { desk, journal } = ports;
  return [
    route({
      ...{
        route: 'GET /api/v1/orders',
        summary: 'Orders that work, or all of a window',
        tags,
        query: ordersQuery,
        out: { 200: page(restOrder) },
      },
      async handle({ query, request }) {
        if (query.state === 'all') {
          const walk = walkIn('orders', query);
          return {
            status: 200,
            body: walkedPage('orders', query, await answered(() => journal.orders({ ...walk, ...whoseIn(query) }, request.signal))),
          };
        }
        const whose = whoseIn(query);
        const rows = workingOrders(desk.desk).filter(
          ({ account, strategy, instrument }) =>
            (whose.account ?? account) === account &&
            (whose.strategy ?? strategy) === strategy &&
            (whose.instrument ?? instrument) === instrument,
        );
        if (query.order === 'newest') rows.reverse();
        return { status: 200, body: { ...pageAt('working', rows, ({ order }) => order, query), seq: desk.desk.seq } };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/orders/:order',
        summary: 'One order, with its whole life',
        tags,
        params: orderParams,
        out: { 200: orderLife },
      },
      async handle({ params: { order }, request }) {
        const found = await answered(() => journal.order({ order }, request.signal), 'params');
        if (found === null) throw notThere(`no order ${order} was approved here`, 'GET /api/v1/orders?state=all lists them');
        return { status: 200, body: found };
      },
    }),
    route({
      ...{ route: 'POST /api/v1/orders', summary: 'Ask for an order by hand', tags, body: placeBody, out: { 200: commandAnswer } },
      about: ({ body: { account } }) => ofAccount(desk.desk.parts, account),
      handle: async ({ body: { saw, ...asked }, request }) =>
        ({ status: 200, body: await commanded(ports, request, placeOf(desk, asked), saw) }) as const,
    }),
    route({
      ...{ route: 'PATCH /api/v1/orders/:order', summary: 'Ask for other terms of an order', tags },
      ...{ params: orderParams, body: changeBody, out: { 200: commandAnswer } },
      about: ({ params: { order } }) => ofOrder(desk.desk.parts, order),
      handle: async ({ params: { order }, body: { saw, ...asked }, request }) =>
        ({ status: 200, body: await commanded(ports, request, changeOf(desk, order, asked), saw) }) as const,
    }),
    route({
      ...{ route: 'DELETE /api/v1/orders/:order', summary: 'Cancel an order', tags },
      ...{ params: orderParams, query: cancelQuery, out: { 200: commandAnswer } },
      handle: async ({ params: { order }, query: { saw }, request }) =>
        ({ status: 200, body: await commanded(ports, request, { do: 'CancelOrder', order: order as OrderId }, saw) }) as const,
    }),
    route({
      ...{ route: 'GET /api/v1/fills', summary: 'What was filled, of whom, at what price', tags, query: fillsQuery, out: { 200: page(fill) } },
      async handle({ query, request }) {
        const asked = { ...walkIn('fills', query), ...whoseIn(query), of: query.of ?? null };
        return { status: 200, body: walkedPage('fills', query, await answered(() => journal.fills(asked, request.signal))) };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/trades', summary: 'Trades from flat to flat', tags, query: tradesQuery, out: { 200: page(trade) } },
      async handle({ query, request }) {
        const { items, seq } = await answered(() => journal.trades(whoseIn(query), request.signal));
        const rows = items
          .filter(({ exit }) => query.state === 'all' || (exit === null) === (query.state === 'open'))
          .map((one) => (one.exit === null ? valued(desk.desk, one) : one));
        if (query.order === 'newest') rows.reverse();
        return { status: 200, body: { ...pageAt('trades', rows, ({ account, trade }) => `${account} ${trade}`, query), seq } };
      },
    }),
  ];
}

/** What its open rest is worth now: the strategy's position in that instrument is what is left of it. */
function valued({ parts }: Desk, one: RestTrade): RestTrade {
  const held = [...parts.accounts.ledger.holdings(one.account as AccountId)].find(
    ({ strategy, instrument }) => strategy === one.strategy && instrument === one.instrument,
  );
  const market = parts.markets.byId.get(one.instrument);
  if (held === undefined || market === undefined) return one; // it was closed since the journal was read
  const { currencyScale } = market.definition;
  const unrealised = minorOf(positionOf(parts, held).unrealised, currencyScale);
  return {
    ...one,
    unrealised: moneyOf(unrealised, currencyScale),
    net: moneyOf(minorOf(one.net, currencyScale) + unrealised, currencyScale),
  };
}

type Placed = Omit<(typeof placeBody)['_output'], 'saw'>;

/** Every field that does not fit is named at once. */
function placeOf({ desk }: DeskPort, asked: Placed): Command {
  const { accounts, markets } = desk.parts;
  const faults: FieldFault[] = [];
  const { account, side, type, timeInForce, postOnly, reduceOnly } = asked;
  if (!accounts.byId.has(account))
    faults.push({
      field: 'body.account',
      detail: `there is no account ${account}`,
      remedy: oneOf(accounts.all.map(({ spec }) => spec.id)),
    });
  const market = markets.byId.get(asked.instrument);
  if (market === undefined)
    faults.push({
      field: 'body.instrument',
      detail: `there is no instrument ${asked.instrument}`,
      remedy: oneOf(markets.all.map(({ definition }) => definition.id)),
    });
  const wanted = {
    limit: type === 'limit' || type === 'stop-limit',
    stop: type === 'stop' || type === 'stop-limit',
    trail: type === 'trailing',
    expiresAt: timeInForce === 'GTD',
  };
  const kinds = { limit: `a ${type} order`, stop: `a ${type} order`, trail: `a ${type} order`, expiresAt: `a ${timeInForce} order` };
  for (const field of ['limit', 'stop', 'trail', 'expiresAt'] as const) {
    if (wanted[field] && asked[field] === null)
      faults.push({ field: `body.${field}`, detail: `${kinds[field]} needs one`, remedy: 'give it' });
    if (!wanted[field] && asked[field] !== null)
      faults.push({ field: `body.${field}`, detail: `${kinds[field]} has none`, remedy: 'send null' });
  }
  if (postOnly && type !== 'limit')
    faults.push({ field: 'body.postOnly', detail: `a ${type} order cannot only rest`, remedy: 'send false' });
  const isAtOnce = timeInForce === 'IOC' || timeInForce === 'FOK';
  if (isAtOnce && postOnly)
    faults.push({ field: 'body.timeInForce', detail: 'an order that only rests is not decided at once', remedy: 'send GTC' });
  if (isAtOnce && type !== 'market' && type !== 'limit')
    faults.push({ field: 'body.timeInForce', detail: `a ${type} order waits for its stop`, remedy: 'send GTC' });
  const terms = market === undefined ? null : termsIn(asked, market.definition, faults);
  if (faults.length > 0 || terms === null) throw wrongFields(faults);
  return {
    do: 'PlaceOrder',
    ...{ account: account as AccountId, instrument: asked.instrument as InstrumentId, side, type },
    ...{ ...terms, expiresAt: asked.expiresAt as TimeUs | null, timeInForce, postOnly, reduceOnly },
  };
}

function changeOf({ desk }: DeskPort, id: string, asked: Readonly<{ lots: string; limit: string | null; stop: string | null }>): Command {
  const order = desk.parts.orders.all.get(id as OrderId);
  if (order === undefined) throw notThere(`no order ${id} is known to the desk now`, 'GET /api/v1/orders lists those that work');
  const faults: FieldFault[] = [];
  const terms = termsIn({ ...asked, trail: null }, order.market.definition, faults);
  if (faults.length > 0 || terms === null) throw wrongFields(faults);
  const { lots, limit, stop } = terms;
  return { do: 'ReplaceOrder', order: id as OrderId, lots, limit, stop };
}

type Terms = Readonly<{ lots: number; limit: number | null; stop: number | null; trail: number | null }>;

/** Decimal text as whole steps of the instrument; null where something is at fault. */
function termsIn(
  { lots, limit, stop, trail }: Readonly<{ lots: string; limit: string | null; stop: string | null; trail: string | null }>,
  { id, tick, lot }: Instrument,
  faults: FieldFault[],
): Terms | null {
  const read = <T>(field: string, of: () => T, remedy: string): T | null => {
    try {
      return of();
    } catch (error) {
      if (!(error instanceof BadDecimal)) throw error;
      faults.push({ field: `body.${field}`, detail: error.message, remedy });
      return null;
    }
  };
  const price = (field: string, text: string | null): number | null =>
    text === null ? null : read(field, () => ticksOf(text, parseDecimal(tick)), `a multiple of the tick of ${id}, ${tick}`);
  const before = faults.length;
  const whole = read('lots', () => lotsOf(lots, parseDecimal(lot)), `a multiple of the lot of ${id}, ${lot}`);
  if (whole === 0) faults.push({ field: 'body.lots', detail: 'is nothing', remedy: `at least ${formatDecimal(parseDecimal(lot))}` });
  const terms = { lots: whole ?? 0, limit: price('limit', limit), stop: price('stop', stop), trail: price('trail', trail) };
  if (terms.trail !== null && terms.trail <= 0)
    faults.push({ field: 'body.trail', detail: 'is no distance', remedy: `at least one tick of ${id}, ${tick}` });
  return faults.length > before ? null : terms;
}

const oneOf = (names: readonly string[]): string => (names.length === 0 ? 'there is none yet' : `one of ${names.slice(0, 20).join(', ')}`);
