/** Money: positions, what accounts are worth, and the limits they are held against with how much of each is used. Read from the desk, exact. */
import type { Account, Book } from '#actors/desk/accounts.ts';
import type { Desk } from '#actors/desk.ts';
import { value } from '#engine/portfolio/valuation.ts';
import type { Limits } from '#engine/risk/limits.ts';
import { whole } from '../contracts/rest.ts';
import {
  guardValues,
  limit,
  portfolio,
  portfolioMetrics,
  portfolioMetricsQuery,
  portfolioQuery,
  position,
  positionQuery,
} from '../contracts/rest-desk.ts';
import { type Route, route } from '../http/router.ts';
import { equityOf, moneyOf, positionOf } from '../live/desk-rows.ts';
import type { RestPorts } from './ports.ts';
import { answered, wrongField } from './problems.ts';

export function portfolioRoutes({ desk: { desk }, journal }: Pick<RestPorts, 'desk' | 'journal'>): Route[] {
  const tags = ['portfolio'];
  const { accounts } = desk.parts;
  const mustBe = (id: string | undefined): void => {
    if (id !== undefined && !accounts.byId.has(id))
      throw wrongField('query.account', `there is no account ${id}`, `one of ${accounts.all.map(({ spec }) => spec.id).join(', ')}`);
  };
  /** Null: the only one. */
  const theAccount = (id: string | undefined): string | null => {
    mustBe(id);
    if (id === undefined && accounts.all.length !== 1)
      throw wrongField('query.account', 'is missing', `one of ${accounts.all.map(({ spec }) => spec.id).join(', ')}`);
    return id ?? null;
  };
  return [
    route({
      ...{ route: 'GET /api/v1/positions', summary: 'What is held', tags, query: positionQuery, out: { 200: whole(position) } },
      handle({ query: { account, strategy, instrument } }) {
        const items = accounts.all
          .filter(({ spec }) => (account ?? spec.id) === spec.id)
          .flatMap(({ spec }) => [...accounts.ledger.holdings(spec.id)])
          .filter((held) => (strategy ?? held.strategy) === held.strategy && (instrument ?? held.instrument) === held.instrument)
          .map((held) => positionOf(desk.parts, held));
        return { status: 200, body: { items, seq: desk.seq } };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/portfolio',
        summary: 'What each account is worth',
        tags,
        query: portfolioQuery,
        out: { 200: whole(portfolio) },
      },
      handle({ query: { account } }) {
        mustBe(account);
        const items = accounts.all.filter(({ spec }) => (account ?? spec.id) === spec.id).map((one) => portfolioOf(desk, one));
        return { status: 200, body: { items, seq: desk.seq } };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/portfolio/metrics',
        summary: 'What an account was worth over its journal: every figure with its formula',
        tags,
      },
      ...{ query: portfolioMetricsQuery, out: { 200: portfolioMetrics } },
      async handle({ query: { account }, request }) {
        const asked = theAccount(account);
        return { status: 200, body: await answered(() => journal.portfolioMetrics({ account: asked }, request.signal)) };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/guards',
        summary: 'What each guard of the gate cost or saved: the day played again without it',
        tags,
        query: portfolioMetricsQuery,
        out: { 200: guardValues },
      },
      async handle({ query: { account }, request }) {
        const asked = theAccount(account);
        return { status: 200, body: await answered(() => journal.guardValues({ account: asked }, request.signal)) };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/limits', summary: 'The limits, and how much of them is used', tags, out: { 200: whole(limit) } },
      handle: () => ({
        status: 200,
        body: { items: accounts.limits.flatMap(({ scope, of, limits }) => limitsOf(desk, { scope, of, limits })), seq: desk.seq },
      }),
    }),
  ];
}

function portfolioOf({ parts }: Desk, account: Account) {
  const { ledger } = parts.accounts;
  const { id, currencyScale } = account.spec;
  const money = (minor: bigint): string => moneyOf(minor, currencyScale);
  const sums = { deposited: 0n, realised: 0n, fees: 0n, carry: 0n };
  for (const line of ledger.balances()) {
    if (line.account !== id || line.currency !== account.spec.currency) continue;
    sums.deposited -= line.equity;
    sums.realised += line.realised;
    sums.fees += line.fees;
    sums.carry += (line.borrow ?? 0n) + (line.funding ?? 0n);
  }
  let [long, short, cost, positions] = [0n, 0n, 0n, 0];
  for (const held of ledger.holdings(id)) {
    const market = parts.markets.byId.get(held.instrument)!;
    const worth = value(market.unit, held.lots, market.reference ?? held.lastFillPrice!);
    if (worth > 0n) long += worth;
    else short -= worth;
    cost += held.inventory;
    positions += 1;
  }
  const equity = parts.accounts.equity(account.book);
  return {
    ...equityOf(parts, account),
    deposited: money(sums.deposited),
    profit: money(equity - sums.deposited),
    // the ledger's columns are what they add to the books: a gain is below 0 there, a fee above
    realised: money(-sums.realised),
    unrealised: money(long - short - cost),
    fees: money(sums.fees),
    carry: money(sums.carry),
    exposure: { long: money(long), short: money(short), net: money(long - short), gross: money(long + short) },
    positions,
    working: [...parts.orders.working].filter((order) => order.account === account).length,
  };
}

type LimitName = keyof Limits & string;
type Usage = { account: string; of: string; used: string; share: number };
type Held = Readonly<{ scope: 'global' | 'account' | 'strategy' | 'instrument'; of: string; limits: Limits }>;

function limitsOf(desk: Desk, held: Held) {
  const scale = scaleOf(desk, held);
  return (Object.keys(held.limits) as LimitName[]).flatMap((name) => {
    const most = held.limits[name];
    if (most === null) return [];
    const isMoney = typeof most === 'bigint';
    return [
      {
        ...{ scope: held.scope, of: held.of, name },
        most: isMoney ? moneyOf(most, scale.digits) : String(most),
        unit: isMoney ? scale.currency : UNITS[name],
        usage: usageOf(desk, held, name, most),
      },
    ];
  });
}

const UNITS: Readonly<Record<LimitName, string>> = {
  collarPermille: 'permille',
  maxOrderLots: 'lots',
  maxOrderNotional: 'money',
  maxPositionLots: 'lots',
  softDailyLoss: 'money',
  hardDailyLoss: 'money',
  maxDrawdown: 'money',
  ordersPerSecond: 'orders a second',
  duplicateUs: 'µs',
  staleUs: 'µs',
};

/** Of money: the account's, the strategy's account's, the instrument's; of the whole desk, its first account's. */
function scaleOf({ parts: { accounts, strategies, markets } }: Desk, { scope, of }: Held): Readonly<{ currency: string; digits: number }> {
  const market = scope === 'instrument' ? markets.byId.get(of)?.definition : undefined;
  if (market !== undefined) return { currency: market.currency, digits: market.currencyScale };
  const account = scope === 'account' ? accounts.byId.get(of) : scope === 'strategy' ? strategies.byId.get(of)?.account : accounts.all[0];
  return { currency: account?.spec.currency ?? '', digits: account?.spec.currencyScale ?? 0 };
}

/** Losses of the books it is held against, and positions; of what each order is asked for by itself, nothing is used. */
function usageOf({ parts: { accounts } }: Desk, { scope, of }: Held, name: LimitName, most: number | bigint): Usage[] {
  const shareOf = (used: number): number => (Number(most) === 0 ? 1 : Math.max(0, used / Number(most)));
  if (name === 'maxPositionLots')
    return accounts.all.flatMap(({ spec: { id } }) => {
      if (scope === 'account' && id !== of) return [];
      return [...accounts.ledger.holdings(id)].flatMap((held): Usage[] => {
        if (scope === 'strategy' ? held.strategy !== of : scope === 'instrument' && held.instrument !== of) return [];
        const lots = Math.abs(scope === 'strategy' ? held.lots : accounts.ledger.accountPosition(id, held.instrument));
        return [{ account: id, of: held.instrument, used: String(lots), share: shareOf(lots) }];
      });
    });
  if (name !== 'softDailyLoss' && name !== 'hardDailyLoss' && name !== 'maxDrawdown') return [];
  return accounts.all.flatMap((account) =>
    account.books
      .filter((book) => isHeld(book, account, scope, of))
      .map((book): Usage => {
        const equity = accounts.equity(book);
        const lost = name === 'maxDrawdown' ? (book.peak > equity ? book.peak - equity : 0n) : book.dayStart - equity;
        const used = lost > 0n ? lost : 0n;
        return {
          account: account.spec.id,
          of: book.strategy ?? account.spec.id,
          used: moneyOf(used, account.spec.currencyScale),
          share: shareOf(Number(used)),
        };
      }),
  );
}

const isHeld = (book: Book, account: Account, scope: Held['scope'], of: string): boolean =>
  scope === 'strategy'
    ? book.strategy === of
    : book.strategy === null && (scope === 'global' || (scope === 'account' && account.spec.id === of));
