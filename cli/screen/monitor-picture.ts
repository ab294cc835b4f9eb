/** What a monitor shows of a desk: the rows its gateway told, as plain data. Nothing is computed here that the desk did not say. */
import type { Line, LineState } from '#gateway/contracts/line.ts';
import type { TopicName } from '#gateway/contracts/live.ts';
import type { DeskTopic, RowOf } from '#gateway/contracts/rows.ts';

export type Mode = 'BACKTEST' | 'PAPER' | 'LIVE' | 'REPLAY';
export type ProcessRow = Extract<RowOf<'system'>, { what: 'process' }>;
export type StrategyRow = Extract<RowOf<'system'>, { what: 'strategy' }>;

/** A decision, and how many fills of one order in a row it stands for: then it is the last of them. */
export type Told = Readonly<{ decision: RowOf<'decisions'>; fills: number }>;

export type MonitorPicture = Readonly<{
  desk: string;
  mode: Mode | null;
  line: LineState;
  /** On this machine's clock, ms. */
  nowMs: number;
  lastHeardMs: number | null;
  seq: number;
  /** Engine time of the newest fact, µs. */
  at: number;
  durable: number;
  /** Of the newest fact, ms; null where the desk's time is not the wall's. */
  ageMs: number | null;
  process: ProcessRow | null;
  strategies: readonly StrategyRow[];
  gates: readonly RowOf<'gate'>[];
  feeds: readonly RowOf<'feeds'>[];
  quotes: ReadonlyMap<string, RowOf<'quotes'>>;
  accounts: readonly RowOf<'equity'>[];
  positions: readonly RowOf<'positions'>[];
  /** Those that may still do something. */
  orders: readonly RowOf<'orders'>[];
  /** Worth a line, the newest last. */
  decisions: readonly Told[];
  alerts: readonly RowOf<'alerts'>[];
}>;

const SHOWN: readonly TopicName[] = [
  'quotes',
  'feeds',
  'gate',
  'orders',
  'positions',
  'equity',
  'decisions',
  'alerts',
  'journal',
  'system',
];
/** Of decisions; more than any terminal has lines for. */
const MOST_NEWS = 200;
const ENDED = new Set(['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED']);

export function askForPicture(line: Line): void {
  for (const topic of SHOWN) line.watch(topic, '*');
}

export function pictureFrom(line: Line, desk: string, nowMs: number): MonitorPicture {
  const { state, welcome, seq, at, durable, aheadMs, lastHeard } = line;
  const rows = <T extends DeskTopic>(topic: T) =>
    line.places(topic, '*').flatMap(({ followed }) => [...followed.rows.values()]) as RowOf<T>[];
  const system = rows('system');
  return {
    ...{ desk, mode: welcome?.mode ?? null, line: state, nowMs, lastHeardMs: lastHeard, seq, at, durable },
    ageMs: aheadMs === null ? null : Math.max(0, nowMs + aheadMs - at / 1_000),
    process: system.find((row) => row.what === 'process') ?? null,
    strategies: system.filter((row) => row.what === 'strategy'),
    gates: rows('gate'),
    feeds: rows('feeds'),
    quotes: new Map(rows('quotes').map((row) => [row.instrument, row])),
    accounts: rows('equity'),
    positions: rows('positions'),
    orders: rows('orders').filter(({ state: of }) => !ENDED.has(of)),
    decisions: folded(rows('decisions').filter(isWorth)).slice(-MOST_NEWS),
    alerts: rows('alerts'),
  };
}

export function folded(decisions: readonly RowOf<'decisions'>[]): Told[] {
  const told: Told[] = [];
  for (const decision of decisions) {
    const last = told.at(-1);
    const same = decision.type === 'OrderFilled' && last?.decision.type === 'OrderFilled' && last.decision['order'] === decision['order'];
    if (same) told[told.length - 1] = { decision, fills: last.fills + 1 };
    else told.push({ decision, fills: 1 });
  }
  return told;
}

/** Whether a decision is one that somebody would want to hear of. */
export function isWorth(decision: RowOf<'decisions'>): boolean {
  switch (decision.type) {
    case 'OrderApproved':
    case 'OrderFilled':
    case 'OrderRefused':
    case 'OrderAdopted':
    case 'GateMoved':
    case 'FeedMoved':
    case 'SessionMoved':
    case 'StrategyMoved':
    case 'Alerted':
    case 'CommandAnswered':
    case 'ReconciliationNeeded':
      return true;
    case 'OrderMoved':
      return decision['to'] === 'UNKNOWN' || decision['from'] === 'UNKNOWN';
    default:
      return false;
  }
}
