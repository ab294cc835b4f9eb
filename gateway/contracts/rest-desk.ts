/** What REST says of the desk itself: whether it may trade and every reason why not, what it holds, what limits it. */
import { z } from 'zod';
import { decimal, name, seq, us, usOrNone } from './rest.ts';
import { equityRow, positionRow } from './rows.ts';

export const health = z.object({ live: z.boolean(), ready: z.boolean(), reasons: z.array(z.string()) }).meta({ id: 'Health' });

export const mode = z.enum(['BACKTEST', 'PAPER', 'LIVE', 'REPLAY']);

const reason = z.object({ cause: z.string(), of: z.string(), text: z.string(), lifts: z.string().describe('what ends it') });
/** Whether orders may leave in a scope. `since`: the journal's number of its last move. */
export const gate = z
  .object({
    scope: z.string(),
    of: z.string(),
    state: z.string(),
    since: seq,
    reasons: z.array(reason),
    lifts: z.string().nullable(),
  })
  .meta({ id: 'Gate' });
export type RestGate = z.infer<typeof gate>;

/** In a list: enough to choose one. */
export const deskRow = z
  .object({
    desk: z.string(),
    mode,
    seq,
    at: us,
    durable: seq.describe('up to this number the journal is on the disk'),
    halted: z.string().nullable().describe('what stopped it; null while it runs'),
    health,
  })
  .meta({ id: 'Desk' });

const held = z.object({ instrument: z.string(), lots: z.int(), quantity: z.string(), value: z.string(), cost: z.string() });
/** The desk as its operator needs it. Amounts in `accounts` carry their currency, as people read them; /portfolio has them for programs. */
export const deskState = z
  .object({
    desk: z.string(),
    mode: z.string().describe('of its accounts, joined by +'),
    seq,
    at: z.string(),
    halted: z.string().nullable(),
    killedAt: seq.nullable(),
    health,
    gates: z.array(gate),
    strategies: z.array(
      z.object({
        strategy: z.string(),
        name: z.string(),
        account: z.string(),
        state: z.string(),
        seen: z.int(),
        warmup: z.int(),
        note: z.string().nullable(),
      }),
    ),
    orders: z.array(
      z.object({
        order: z.string(),
        account: z.string(),
        strategy: z.string(),
        instrument: z.string(),
        side: z.string(),
        type: z.string(),
        state: z.string(),
        quantity: z.string(),
        filled: z.string(),
        limit: z.string().nullable(),
        stop: z.string().nullable(),
      }),
    ),
    accounts: z.array(
      z.object({
        account: z.string(),
        mode: z.string(),
        venue: z.string(),
        session: z.string(),
        currency: z.string(),
        scale: z.int(),
        cash: z.string(),
        equity: z.string(),
        peak: z.string(),
        drawdown: z.string(),
        dayLoss: z.string(),
        positions: z.array(held.extend({ strategy: z.string() })),
      }),
    ),
    inputAgeUs: usOrNone,
    journal: z.object({ folder: z.string(), pendingBytes: z.number(), waitedMs: z.number() }),
    disk: z.looseObject({}).nullable(),
    breaker: z.object({ alive: z.boolean(), why: z.string() }).nullable(),
  })
  .meta({ id: 'DeskState' });
export type RestDeskState = z.infer<typeof deskState>;

/** An account's venue. `takes` null: the venue inside the desk, which takes everything. */
export const broker = z
  .object({
    broker: name.describe('the account whose venue it is'),
    venue: z.string(),
    mode: z.enum(['BACKTEST', 'PAPER', 'LIVE']),
    inside: z.boolean().describe('the venue inside the desk'),
    session: z.string(),
    takes: z.object({ orderTypes: z.array(z.string()), timesInForce: z.array(z.string()), postOnly: z.boolean() }).nullable(),
    working: z.int().describe('orders of it that have not ended'),
    unknown: z.int().describe('orders of it whose outcome nobody knows'),
  })
  .meta({ id: 'Broker' });

export const position = positionRow.meta({ id: 'Position' });
export const positionQuery = z.object({ account: name.optional(), strategy: name.optional(), instrument: name.optional() });

/** An account's money. `exposure`: what its positions are worth, long and short, at their reference prices. */
export const portfolio = equityRow
  .extend({
    deposited: decimal.describe('what was put in, less what was taken out'),
    profit: decimal.describe('equity over what was deposited'),
    realised: decimal,
    unrealised: decimal,
    fees: decimal,
    carry: decimal.describe('what holding positions cost'),
    exposure: z.object({ long: decimal, short: decimal, net: decimal, gross: decimal }),
    positions: z.int(),
    working: z.int(),
  })
  .meta({ id: 'Portfolio' });
export const portfolioQuery = z.object({ account: name.optional() });

/** A figure with its formula and what went into it. `value` is decimal text where the unit is money; null: there is none, and why. */
export const metric = z
  .object({
    key: z.string(),
    group: z.string(),
    name: z.string(),
    value: z.union([z.number(), z.string()]).nullable(),
    unit: z.string(),
    formula: z.string(),
    inputs: z.array(z.object({ name: z.string(), value: z.union([z.number(), z.string()]).nullable() })),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Metric' });
export const portfolioMetrics = z
  .object({ account: z.string(), from: z.string(), to: z.string(), seq, metrics: z.array(metric) })
  .meta({ id: 'PortfolioMetrics' });
export const portfolioMetricsQuery = z.object({ account: name.optional() });

/** What each guard cost or saved: the recorded day played a second time without it, on the same facts. */
export const guardValues = z
  .object({
    account: z.string(),
    currency: z.string(),
    seq: seq.describe('the day as far as this number'),
    items: z.array(
      z.object({
        guard: z.string().describe("a clause, or all that refused something; `other reasons` are nobody's to lift"),
        refused: z.int().describe('orders that it refused, alone or with others'),
        value: decimal.nullable().describe('equity at the end less that of the same day without it: above 0 it saved so much'),
        moreFills: z.int().nullable().describe('without it; below 0: fewer'),
      }),
    ),
    assumes: z.array(z.string()).describe('what these figures take for granted, and to which side that leans'),
  })
  .meta({ id: 'GuardValues' });

/** A limit of a scope, and how much of it is used now where that can be said. `used` of losses is what was lost. */
export const limit = z
  .object({
    scope: z.enum(['global', 'account', 'strategy', 'instrument']),
    of: z.string(),
    name: z.enum([
      'collarPermille',
      'maxOrderLots',
      'maxOrderNotional',
      'maxPositionLots',
      'softDailyLoss',
      'hardDailyLoss',
      'maxDrawdown',
      'ordersPerSecond',
      'duplicateUs',
      'staleUs',
    ]),
    most: decimal.describe('in whole lots, µs, permille, orders, or money of the currency'),
    unit: z.string(),
    usage: z.array(z.object({ account: z.string(), of: z.string(), used: decimal, share: z.number() })),
  })
  .meta({ id: 'Limit' });

export const settings = z
  .object({
    desk: z.string(),
    mode,
    version: z.string(),
    build: z.string(),
    settings: z.array(z.object({ name: z.string(), value: z.string(), from: z.string().describe('who said so') })),
    limits: z.object({ backtestsAtOnce: z.int(), backtestsWaiting: z.int(), questionMs: z.int(), questionsWaiting: z.int() }),
  })
  .meta({ id: 'Settings' });

export const deskParams = z.object({ desk: name });
export const brokerParams = z.object({ broker: name });
