/**
 * What the rows of each topic hold. Prices, lots and money are decimal text at their instrument's or currency's own precision, so that no
 * reader rounds them; times are engine time in µs; `seq` is the journal's number that the row is true of.
 */
import { z } from 'zod';
import type { TopicName } from './live.ts';
import { replayRow } from './replays.ts';

const decimal = z.string().regex(/^-?\d+(\.\d+)?$/);
const decimalOrNone = decimal.nullable();
const us = z.int().min(0);
const usOrNone = us.nullable();
const side = z.enum(['buy', 'sell']);

/** By instrument; one row, `last`. Bid and ask stand beside each other as the source told them. */
export const quoteRow = z.strictObject({
  instrument: z.string(),
  source: z.string(),
  last: decimalOrNone,
  bid: decimalOrNone,
  bidLots: decimalOrNone,
  ask: decimalOrNone,
  askLots: decimalOrNone,
  /** When the source was last heard with a tick. */
  tickAt: usOrNone,
});

/** By instrument; a row a trade of the primary source, by its journal number. */
export const tradeRow = z.strictObject({ at: us, venueTime: us, price: decimal, lots: decimal, side: side.nullable() });

/** By instrument; a row a closed candle, by source, length and start. `version` rises when it is amended. */
export const candleRow = z.strictObject({
  source: z.string(),
  timeframeUs: us,
  start: us,
  end: us,
  open: decimal,
  high: decimal,
  low: decimal,
  close: decimal,
  volume: decimal,
  trades: z.int().min(0),
  complete: z.boolean(),
  version: z.int().min(1),
  seq: z.int().min(0),
});

/** By instrument whose source tells of its book; one row, `book`. Levels best first, as price and lots, so many a side. */
export const bookRow = z.strictObject({
  source: z.string(),
  /** False before the first snapshot and where changes are missing: there are no levels then. */
  known: z.boolean(),
  at: us,
  bids: z.array(z.tuple([decimal, decimal])),
  asks: z.array(z.tuple([decimal, decimal])),
  /** Levels that are held of each side; those beyond what is shown are counted only. */
  depth: z.strictObject({ bids: z.int().min(0), asks: z.int().min(0) }),
});

/** A row a feed, by instrument and source. `why`: what its last move was made of; null where that lies before this gateway's life. */
export const feedRow = z.strictObject({
  instrument: z.string(),
  source: z.string(),
  state: z.enum(['DOWN', 'DEGRADED', 'HEALTHY']),
  flags: z.array(z.enum(['silent', 'mute', 'lost', 'late', 'very late', 'faulted'])),
  heardAt: usOrNone,
  tickAt: usOrNone,
  why: z.string().nullable(),
  since: usOrNone,
});

/** A row a scope. `since` null: from before this gateway's life. */
export const gateRow = z.strictObject({
  scope: z.enum(['global', 'account', 'strategy', 'instrument']),
  of: z.string(),
  state: z.string(),
  /** `lifts`: what ends it, by itself or by whom. */
  reasons: z.array(z.strictObject({ cause: z.string(), of: z.string(), makes: z.string(), since: usOrNone, lifts: z.string() })),
  /** What leads it on from a state that has no reasons; null where it is open, or its reasons say it. */
  lifts: z.string().nullable(),
  /** The journal's number of its last move; what a disarm must name is the kill's. */
  movedBy: z.int().min(0),
  killedAt: z.int().nullable(),
});

/** A row an order that is not retired, by its address. */
export const orderRow = z.strictObject({
  order: z.string(),
  clientId: z.string(),
  account: z.string(),
  strategy: z.string(),
  instrument: z.string(),
  side,
  type: z.enum(['market', 'limit', 'stop', 'stop-limit', 'trailing']),
  state: z.string(),
  lots: decimal,
  filled: decimal,
  limit: decimalOrNone,
  stop: decimalOrNone,
  timeInForce: z.string(),
  reducing: z.boolean(),
  expiresAt: usOrNone,
  movedBy: z.int().min(0),
});

/** A row a position that is not flat, by account, strategy and instrument. */
export const positionRow = z.strictObject({
  account: z.string(),
  strategy: z.string(),
  instrument: z.string(),
  lots: decimal,
  /** What it was last valued at: the reference price, or before any its own last fill. */
  price: decimal,
  value: decimal,
  /** What its lots were bought for, or sold for where it is short. */
  cost: decimal,
  realised: decimal,
  unrealised: decimal,
  currency: z.string(),
});

/** A row an account. `dayLoss` is below 0 on a day of gains. */
export const equityRow = z.strictObject({
  account: z.string(),
  mode: z.enum(['BACKTEST', 'PAPER', 'LIVE']),
  currency: z.string(),
  cash: decimal,
  equity: decimal,
  peak: decimal,
  drawdown: decimal,
  dayLoss: decimal,
  session: z.string(),
});

/**
 * A row a decision, by its address: as it is recorded, amounts as decimal text of whole minor units. `said`: the same as one sentence, in
 * the units of its instrument and its currency.
 */
export const decisionRow = z.looseObject({ type: z.string(), cause: z.int(), index: z.int(), at: us, said: z.string() });

export const alertRow = z.strictObject({ at: us, severity: z.enum(['info', 'warning', 'critical']), topic: z.string(), text: z.string() });

/** One row, `journal`. */
export const journalRow = z.strictObject({ seq: z.int().min(0), at: us, durable: z.int().min(0) });

/** A row a deployed strategy, `strategy <id>`. It trades once it has seen as many candles as it warms up with. */
export const strategyRow = z.strictObject({
  what: z.literal('strategy'),
  id: z.string(),
  name: z.string(),
  version: z.string(),
  account: z.string(),
  state: z.string(),
  seen: z.int().min(0),
  warmup: z.int().min(0),
});

/** One row, `process`: what holds the desk up, as its process knows it. It changes without a fact of the market. */
export const processRow = z.strictObject({
  what: z.literal('process'),
  /** ISO time of its start, and the build it runs. */
  since: z.string(),
  build: z.string(),
  journal: z.string(),
  /** What stopped it; null while it runs. */
  halted: z.string().nullable(),
  /** Whether an order could leave, and every reason why not. */
  ready: z.boolean(),
  reasons: z.array(z.string()),
  pendingBytes: z.int().min(0),
  /** How long the oldest question for durability waits. */
  waitedMs: z.int().min(0),
  disk: z.strictObject({ freeBytes: z.number(), secondsLeft: z.number().nullable() }).nullable(),
  breaker: z.strictObject({ alive: z.boolean(), why: z.string() }).nullable(),
  memoryBytes: z.int().min(0),
  watchers: z.int().min(0),
});

/** By `what`. */
export const systemRow = z.discriminatedUnion('what', [strategyRow, processRow, replayRow]);

/** A row a backtest or branch that this gateway began in its life, by its id: as it waits, runs and ends. */
export const runRow = z.strictObject({
  backtest: z.string(),
  kind: z.enum(['backtest', 'fork']),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  /** Of the data that is played, 0 to 1; null where nobody tells. */
  share: z.number().min(0).max(1).nullable(),
  /** As it was asked for; null of a branch, which keeps those of what it parts from. */
  strategy: z.string().nullable(),
  /** The first of its tapes, or what a branch parts from. */
  over: z.array(z.string()),
  by: z.string(),
  askedAt: us,
  startedAt: usOrNone,
  endedAt: usOrNone,
  /** In the catalogue, once it is done. */
  run: z.string().nullable(),
  /** The first figures of it. */
  result: z
    .strictObject({ bars: z.int(), orders: z.int(), fills: z.int(), equity: decimal, currency: z.string(), again: z.boolean() })
    .nullable(),
  problem: z.strictObject({ messages: z.array(z.string()), next: z.string().nullable() }).nullable(),
});
export type RunRow = z.infer<typeof runRow>;

/** A row a line of the process's own log, by its place in it: the newest so many. No secret is ever in one. */
export const logRow = z.strictObject({
  n: z.int().min(1),
  at: us,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  what: z.string(),
  /** Of the decision it tells, if it tells one. */
  address: z.string().nullable(),
  type: z.string().nullable(),
  numbers: z.record(z.string(), z.unknown()),
  /** It was longer: what is missing stands in the log itself. */
  cut: z.boolean(),
});
export type LogRow = z.infer<typeof logRow>;

/** Topics that a desk itself fills, live or watched again. */
export const DESK_ROWS = {
  quotes: quoteRow,
  trades: tradeRow,
  candles: candleRow,
  book: bookRow,
  feeds: feedRow,
  gate: gateRow,
  orders: orderRow,
  positions: positionRow,
  equity: equityRow,
  decisions: decisionRow,
  alerts: alertRow,
  journal: journalRow,
  system: systemRow,
} as const satisfies Partial<Record<TopicName, z.ZodType>>;
export type DeskTopic = keyof typeof DESK_ROWS;

/** Topics of what stands beside a running desk: what was begun here, what the process says. A replay has neither. */
export const BESIDE_ROWS = { runs: runRow, logs: logRow } as const satisfies Partial<Record<TopicName, z.ZodType>>;
export const TOPIC_ROWS = { ...DESK_ROWS, ...BESIDE_ROWS } as const satisfies Record<TopicName, z.ZodType>;
export type RowOf<T extends TopicName> = z.infer<(typeof TOPIC_ROWS)[T]>;
