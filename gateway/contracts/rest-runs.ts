/** What REST says of runs (backtests, branches, sweeps) and of the backtests that make them. */
import { z } from 'zod';
import { decimal, flagText, name, paged, us, usOrNone } from './rest.ts';
import { metric } from './rest-desk.ts';

/** Of a run or a tape: it names a folder, so it is no path. */
export const folderName = z
  .string()
  .max(120)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'is no name of that kind');
const parameter = z.union([z.string().max(200), z.number(), z.boolean()]);
const parameters = z.record(z.string(), parameter);
const tag = z.string().regex(/^[\w.:-]{1,40}$/, 'is a word of letters, digits, points, colons, dashes and underscores');

export const run = z
  .object({
    run: z.string(),
    kind: z.enum(['backtest', 'fork', 'sweep']),
    made: z.string(),
    strategy: z.string(),
    version: z.string(),
    parameters,
    instruments: z.array(z.string()),
    tapes: z.array(z.string()),
    from: z.string(),
    to: z.string(),
    runHash: z.string(),
    ticks: z.int(),
    bars: z.int(),
    orders: z.int(),
    fills: z.int(),
    equity: decimal,
    currency: z.string(),
    costs: decimal.nullable(),
    figures: z.record(z.string(), z.number().nullable()),
    tags: z.array(z.string()),
  })
  .meta({ id: 'Run' });
export type RestRun = z.infer<typeof run>;
export const runDetail = run
  .extend({
    settings: z.unknown(),
    again: z
      .object({
        command: z.string(),
        missing: z.array(z.string()).describe('flags whose value came from a file, and stands in the settings'),
      })
      .nullable()
      .describe('the command that makes it again; null of a branch'),
    journal: z.boolean().describe('what it wrote is kept, and can be watched again'),
  })
  .meta({ id: 'RunDetail' });
export type RestRunDetail = z.infer<typeof runDetail>;
export const runsQuery = z.object({
  strategy: name.optional(),
  tape: name.optional(),
  tag: tag.optional(),
  kind: z.enum(['backtest', 'fork', 'sweep']).optional(),
  find: z.string().max(100).optional().describe('only those in whose name, strategy, parameters, tapes, instruments or tags it stands'),
  sort: z.enum(['made', 'return', 'sharpe', 'drawdown']).default('made').describe('newest first, or best first'),
  ...paged,
});
/** What is asked of the catalogue, wherever it is looked through. */
export type RunsAsked = Omit<z.output<typeof runsQuery>, 'cursor' | 'limit'>;
export const runParams = z.object({ run: folderName });
export const RUN_PARTS = ['report', 'ledger', 'equity', 'trades'] as const;
export const runPartParams = z.object({ run: folderName, part: z.enum(RUN_PARTS) });
/** Of its ledger and its trades, which are walked; the other parts are whole, and small. */
export const runPartQuery = z.object(paged);
export const runPatch = z.strictObject({ tags: z.array(tag).max(20) });

/** The longest drawdowns of a report, and trades of a comparison, that are told in one answer. */
export const MOST_DRAWDOWNS = 100;
export const MOST_PAIRS = 200;
/**
 * The report as `retrace report --json` has it, where its fields are described, but for what can be long: trades are walked by themselves, and of the
 * drawdowns the deepest are told.
 */
export const runReport = z
  .looseObject({
    part: z.literal('report'),
    report: z.int(),
    run: z.looseObject({ name: z.string(), hash: z.string() }),
    metrics: z.array(metric),
    trades: z.int().describe('how many there are'),
  })
  .meta({ id: 'RunReport' });
const walked = { run: z.string(), total: z.int().describe('of all pages'), next: z.string().nullable() };
export const ledgerRow = z.object({
  address: z.string(),
  timeUs: us,
  instrument: z.string(),
  side: z.enum(['buy', 'sell']),
  lots: z.int(),
  price: decimal,
  fee: decimal,
  realised: decimal,
  order: z.string(),
  maker: z.boolean(),
});
export type RestLedgerRow = z.infer<typeof ledgerRow>;
/** Fills in their order. */
export const runLedger = z.object({ part: z.literal('ledger'), ...walked, items: z.array(ledgerRow) }).meta({ id: 'RunLedger' });
/** Equity at bar closes, thinned to at most so many points; first, last, highest and lowest of each stretch are kept. */
export const runEquity = z
  .object({
    part: z.literal('equity'),
    run: z.string(),
    currency: z.string(),
    cash: decimal,
    points: z.int(),
    items: z.array(z.tuple([us, decimal])),
  })
  .meta({ id: 'RunEquity' });
/** From flat to flat, in the order of their entries. Prices are decimal text, times ISO. */
export const runTrade = z.object({
  number: z.int(),
  strategy: z.string(),
  instrument: z.string(),
  side: z.enum(['long', 'short']),
  entry: z.string().describe('address of the fill that began it'),
  exit: z.string().nullable(),
  entryTime: z.string(),
  exitTime: z.string().nullable(),
  largest: z.int().describe('lots'),
  entryPrice: decimal.describe('average, to the tick'),
  exitPrice: decimal.nullable(),
  net: decimal,
  fees: decimal,
  adverse: decimal,
  favourable: decimal,
  r: z.number().nullable(),
});
export type RestRunTrade = z.infer<typeof runTrade>;
export const runTrades = z.object({ part: z.literal('trades'), ...walked, items: z.array(runTrade) }).meta({ id: 'RunTrades' });
export const runPart = z.discriminatedUnion('part', [runReport, runLedger, runEquity, runTrades]);
export type RestRunPart = z.infer<typeof runPart>;

export const compareQuery = z.object({ a: folderName, b: folderName });
export const comparison = z
  .looseObject({
    runs: z.object({ a: z.string(), b: z.string() }),
    sameHash: z.boolean(),
    config: z.array(z.object({ field: z.string(), a: z.string().nullable(), b: z.string().nullable() })),
    metrics: z.array(
      z.looseObject({
        key: z.string(),
        name: z.string(),
        unit: z.string(),
        a: z.union([z.number(), z.string()]).nullable(),
        b: z.union([z.number(), z.string()]).nullable(),
      }),
    ),
    /** Decisions in their order, one beside the other: the first that is another, by its address in each; null: none is. */
    parting: z
      .object({
        place: z.int().min(0).describe('how many before it are the same'),
        a: z.object({ address: z.string(), type: z.string(), at: us, said: z.string() }).nullable(),
        b: z.object({ address: z.string(), type: z.string(), at: us, said: z.string() }).nullable(),
      })
      .nullable(),
    trades: z.looseObject({
      same: z.int(),
      pairs: z.array(z.looseObject({ kind: z.string() })),
      left: z.int().describe('pairs beyond the first'),
    }),
  })
  .meta({ id: 'Comparison' });
export type RestComparison = z.infer<typeof comparison>;

// ---------------------------------------------------------------- tapes and backtests

export const tape = z
  .object({
    tape: z.string(),
    from: us,
    to: us,
    facts: z.int(),
    bytes: z.int(),
    hash: z.string(),
    streams: z.array(
      z.object({ instrument: z.string(), source: z.string(), kind: z.string(), timeframeUs: us, facts: z.int(), from: us, to: us }),
    ),
  })
  .meta({ id: 'Tape' });

export type RestTape = z.infer<typeof tape>;

/** As `retrace backtest` takes it. Times are ISO. A strategy is named, never a file: what runs here is kept here first. */
export const backtestBody = z.strictObject({
  strategy: z.string().regex(/^[A-Za-z0-9][\w-]{0,79}$/, 'is no name of a strategy, nor the beginning of a version'),
  tapes: z.array(folderName).min(1).max(20),
  set: z.record(z.string().regex(/^[A-Za-z_][\w.-]{0,60}$/, 'is no name of a parameter'), parameter).default({}),
  timeframe: z
    .string()
    .regex(/^\d{1,9}(s|m|h|d)$/, 'is no length of time like 5m')
    .optional(),
  markets: z.record(z.string().regex(/^[A-Za-z_]\w{0,60}$/), name).default({}),
  instruments: z.array(name).max(50).default([]),
  from: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z)?$/, 'is no time like 2022-01-01 or 2022-01-01T09:30:00Z')
    .optional(),
  to: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z)?$/, 'is no time like 2022-01-01 or 2022-01-01T09:30:00Z')
    .optional(),
  cash: decimal.optional(),
  tags: z.array(tag).max(20).default([]),
  /** Of its venue, as the flags of `retrace backtest` have them. What those read from files is not taken here. */
  venue: z
    .strictObject({
      fee: decimal,
      'maker-fee': decimal,
      latency: z
        .string()
        .regex(
          /^(\d{1,6}(us|ms|s)|seeded:\d{1,6}(us|ms|s)\.\.\d{1,6}(us|ms|s)(:\d{1,9})?)$/,
          'is no time like 100ms, nor seeded:20ms..200ms:7',
        ),
      fills: z.enum(['lots', 'whole']),
      'limit-fills': z.enum(['touch', 'through']),
      slippage: z.string().regex(/^\d{1,6}$/),
      'slippage-bp': decimal,
      spread: z.string().regex(/^\d{1,6}$/),
      'volume-share': z.string().regex(/^\d{1,4}$/),
      takers: z.enum(['fact', 'book']),
      borrow: z.string().regex(/^\d{1,6}(\.\d{1,4})?(@\d\d:\d\d)?$/),
    })
    .partial()
    .default({}),
});
export type BacktestBody = z.infer<typeof backtestBody>;

export const backtest = z
  .object({
    backtest: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
    by: z.string(),
    asked: backtestBody,
    askedAt: us,
    startedAt: usOrNone,
    endedAt: usOrNone,
    share: z.number().min(0).max(1).describe('of the data that is played'),
    run: z.string().nullable().describe('in the catalogue, once it is done'),
    result: z
      .object({
        runHash: z.string(),
        ticks: z.int(),
        bars: z.int(),
        orders: z.int(),
        fills: z.int(),
        equity: decimal,
        currency: z.string(),
        again: z.boolean().describe('the same run was in the catalogue already, hash for hash'),
        faulted: z.array(z.string()),
      })
      .nullable(),
    problem: z.object({ messages: z.array(z.string()), next: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Backtest' });
export type RestBacktest = z.infer<typeof backtest>;
export const backtestParams = z.object({ backtest: z.string().regex(/^[0-9a-f-]{8,40}$/, 'is no backtest') });
export const backtestsQuery = z.object({ mine: flagText.optional(), ...paged });
