/**
 * Everything the desk says: a closed union. A decision is addressed by its cause (the last number that took effect) and an index.
 * A transition's decision names what moved it and the numbers it saw.
 */
import type { Bracket, TimeInForce } from './execution/order-terms.ts';
import type { FeedFault, Scope, VenueReport } from './inputs.ts';
import { amount, amountOrNone, type Body, flag, int, intOrNone, plain, record, text, textOrNone } from './record.ts';
import type { AccountId, ClientOrderId, InstrumentId, Minor, OrderId, Seq, Side, SourceId, StrategyId, TimeUs } from './values.ts';

/**
 * 'stop-limit' becomes a limit where its stop is reached. 'trailing' is a stop that the venue moves behind the best price there was
 * since it arrived.
 */
export type OrderType = 'market' | 'limit' | 'stop' | 'stop-limit' | 'trailing';
export const ORDER_TYPES: readonly OrderType[] = ['market', 'limit', 'stop', 'stop-limit', 'trailing'];
/** Named numbers, in a stated order: what a judgement was made of. */
export type Numbers = readonly (readonly [name: string, value: number | bigint | string])[];
/** A condition of a strategy at a wake: its value and whether it held. The answer to "why did nothing happen". */
export type Condition = Readonly<{ name: string; holds: boolean; numbers: Numbers }>;
/** One clause of approve(): passed or not, with what it compared. */
export type ClauseResult = Readonly<{ clause: ClauseName; ok: boolean; numbers: Numbers }>;
export type ClauseName =
  | 'gate'
  | 'collar'
  | 'quantity'
  | 'notional'
  | 'position'
  | 'daily-loss'
  | 'rate'
  | 'duplicate'
  | 'stale-data'
  | 'budget'
  | 'validity'
  | 'reduce-only'
  | 'venue';

const feed = { instrument: text<InstrumentId>(), source: text<SourceId>() };
const order = { order: text<OrderId>(), account: text<AccountId>(), strategy: text<StrategyId>(), instrument: text<InstrumentId>() };

export const DECISIONS = {
  // what the market was seen to do
  CandleClosed: record(1, {
    ...feed,
    timeframeUs: int(),
    start: int<TimeUs>(),
    end: int<TimeUs>(),
    open: int(),
    high: int(),
    low: int(),
    close: int(),
    volume: int(),
    trades: int(),
    complete: flag(),
    by: text<'deadline' | 'tick' | 'bar' | 'redefined'>(),
  }),
  CandleAmended: record(2, {
    ...feed,
    timeframeUs: int(),
    start: int<TimeUs>(),
    end: int<TimeUs>(),
    version: int(),
    open: int(),
    high: int(),
    low: int(),
    close: int(),
    volume: int(),
    trades: int(),
  }),
  TickTooLate: record(3, { ...feed, venueTime: int<TimeUs>(), count: int() }),
  TickRejected: record(4, { ...feed, fault: text<FeedFault>(), numbers: plain<Numbers>() }),
  CandlesMoved: record(5, { ...feed, timeframeUs: int(), from: text(), to: text(), why: text(), numbers: plain<Numbers>() }),
  FeedMoved: record(6, { ...feed, from: text(), to: text(), why: text(), numbers: plain<Numbers>() }),
  TicksRefusedNoted: record(7, { source: text<SourceId>(), reason: text(), count: int(), total: int() }),
  // whether we may act
  GateMoved: record(10, {
    scope: text<Scope>(),
    of: text(),
    from: text(),
    to: text(),
    why: text(),
    reasons: plain<readonly string[]>(),
    numbers: plain<Numbers>(),
  }),
  SessionMoved: record(11, { account: text<AccountId>(), from: text(), to: text(), why: text() }),
  CommandAnswered: record(12, { key: text(), ok: flag(), why: text(), numbers: plain<Numbers>() }),
  // what strategies think
  StrategyMoved: record(20, { strategy: text<StrategyId>(), from: text(), to: text(), why: text() }),
  StrategyWoke: record(21, {
    strategy: text<StrategyId>(),
    why: text(),
    end: intOrNone<TimeUs>(),
    absent: int(),
    conditions: plain<readonly Condition[]>(),
    intents: int(),
  }),
  // orders
  OrderRefused: record(30, {
    account: text<AccountId>(),
    strategy: text<StrategyId>(),
    instrument: text<InstrumentId>(),
    side: text<Side>(),
    orderType: text<OrderType>(),
    lots: int(),
    limit: intOrNone(),
    stop: intOrNone(),
    why: text(),
    clauses: plain<readonly ClauseResult[]>(),
  }),
  OrderApproved: record(31, {
    ...order,
    clientId: text<ClientOrderId>(),
    side: text<Side>(),
    orderType: text<OrderType>(),
    lots: int(),
    limit: intOrNone(),
    stop: intOrNone(),
    expiresAt: intOrNone<TimeUs>(),
    reducing: flag(),
    why: text(),
    clauses: plain<readonly ClauseResult[]>(),
  }),
  /** A request for an effect: send, cancel or replace. The address is the effect's id. */
  OrderRequested: record(32, {
    ...order,
    clientId: text<ClientOrderId>(),
    action: text<'send' | 'cancel' | 'replace'>(),
    validUntil: int<TimeUs>(),
    why: text(),
    lots: intOrNone(),
    limit: intOrNone(),
    stop: intOrNone(),
  }),
  /** What the pure venue derived from the market; it reaches the order actor as a broker's report would. */
  VenueReported: record(33, { ...order, report: plain<VenueReport>() }),
  OrderMoved: record(34, { ...order, from: text(), to: text(), why: text(), filled: int(), remaining: int() }),
  OrderFilled: record(35, {
    ...order,
    side: text<Side>(),
    lots: int(),
    price: int(),
    fee: amount<Minor>(),
    maker: flag(),
    late: flag(),
    /** After this fill. */
    position: int(),
    realised: amount<Minor>(),
  }),
  OrderRetired: record(36, { ...order }),
  /** An order found at an outside venue that is nobody's here: from now on it counts. */
  OrderAdopted: record(37, {
    ...order,
    clientId: text<ClientOrderId>(),
    side: text<Side>(),
    orderType: text<OrderType>(),
    lots: int(),
    limit: intOrNone(),
    stop: intOrNone(),
    filled: int(),
    why: text(),
  }),
  /** Right after the approval of an order that says more than its prices and its expiry. `protects`: the address of a fill. */
  OrderQualified: record(38, {
    ...order,
    timeInForce: text<TimeInForce>(),
    postOnly: flag(),
    trail: intOrNone(),
    bracket: plain<Bracket | null>(),
    oco: textOrNone(),
    protects: textOrNone(),
  }),
  // money
  Posted: record(40, {
    account: text<AccountId>(),
    strategy: text<StrategyId>(),
    instrument: text<InstrumentId>(),
    currency: text(),
    book: text(),
    amount: amount<Minor>(),
    why: text(),
  }),
  EquityMarked: record(41, {
    account: text<AccountId>(),
    equity: amount<Minor>(),
    peak: amount<Minor>(),
    drawdown: amount<Minor>(),
    dayLoss: amount<Minor>(),
    why: text(),
  }),
  /** A fill that pays other rates than the one before it: how many tiers it has reached, and by how much traded. */
  FeeTierMoved: record(42, { account: text<AccountId>(), from: int(), to: int(), traded: amount<Minor>() }),
  /** What holding a position cost at an instant: `amount` of its worth at `price`, got where it is below 0. */
  PositionCharged: record(43, {
    account: text<AccountId>(),
    strategy: text<StrategyId>(),
    instrument: text<InstrumentId>(),
    why: text<'borrow' | 'funding'>(),
    lots: int(),
    price: int(),
    rate: int(),
    amount: amount<Minor>(),
  }),
  // to people and programs
  Alerted: record(50, { severity: text<'info' | 'warning' | 'critical'>(), topic: text(), text: text() }),
  Defined: record(51, { what: text(), of: text(), version: text(), why: text() }),
  ReconciliationNeeded: record(52, { account: text<AccountId>(), why: text(), order: textOrNone<OrderId>() }),
  /** Where an outside venue and the desk differed, and what was done about it. */
  DifferenceFound: record(54, {
    account: text<AccountId>(),
    what: text<'fill' | 'order' | 'position' | 'balance'>(),
    of: text(),
    held: text(),
    venue: text(),
    resolution: text(),
  }),
  BudgetChanged: record(53, { account: text<AccountId>(), budget: amountOrNone<Minor>() }),
} as const;

export type DecisionType = keyof typeof DECISIONS;
export type DecisionBody<T extends DecisionType> = Body<(typeof DECISIONS)[T]>;
export type DecisionOf<T extends DecisionType> = Readonly<{ type: T; cause: Seq; index: number; at: TimeUs } & DecisionBody<T>>;
export type Decision = { [T in DecisionType]: DecisionOf<T> }[DecisionType];

export const addressOf = (decision: Readonly<{ cause: number; index: number }>): string => `${decision.cause}.${decision.index}`;
