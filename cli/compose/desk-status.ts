/** A running desk as its operator needs it: may it trade, every reason why not and what lifts it, what is open, and what may fail next. */
import type { Account } from '#actors/desk/accounts.ts';
import type { Gate } from '#actors/desk/gates.ts';
import type { Order } from '#actors/desk/orders.ts';
import type { Parts } from '#actors/desk/parts.ts';
import type { StrategyId } from '#engine/values.ts';
import { liftsReason, liftsState } from '#replay/gate-lifts.ts';
import { measuresOf, type PictureAccount, pictureOf, reasonText } from '#replay/picture.ts';
import type { Measures } from '#replay/words.ts';
import { iso, span } from '#replay/words.ts';
import type { DiskState } from './disk-forecast.ts';

export type StatusReason = Readonly<{ cause: string; of: string; text: string /** What ends it. */; lifts: string }>;
export type StatusGate = Readonly<{
  scope: string;
  of: string;
  state: string;
  /** Number of its last move. */
  since: number;
  reasons: readonly StatusReason[];
  lifts: string | null;
}>;
export type StatusOrder = Readonly<{
  order: string;
  account: string;
  strategy: string;
  instrument: string;
  side: string;
  type: string;
  state: string;
  /** As text in the instrument's own measure, never lots. */
  quantity: string;
  filled: string;
  limit: string | null;
  stop: string | null;
}>;
export type StatusAccount = PictureAccount & Readonly<{ currency: string /** Digits of its currency's minor unit. */; scale: number }>;
export type StatusStrategy = Readonly<{
  strategy: string;
  name: string;
  account: string;
  state: string;
  seen: number;
  warmup: number;
  /** What its owner should know of it; null: nothing. */
  note: string | null;
}>;
/** The breaker beside the desk: null where none was started. */
export type BreakerState = Readonly<{ alive: boolean; why: string }>;

export type DeskStatus = Readonly<{
  desk: string;
  /** PAPER, LIVE, BACKTEST; several of them joined by +. */
  mode: string;
  seq: number;
  at: string;
  /** What stopped it; null while it runs. */
  halted: string | null;
  killedAt: number | null;
  health: Readonly<{ live: boolean; ready: boolean; reasons: readonly string[] }>;
  gates: readonly StatusGate[];
  strategies: readonly StatusStrategy[];
  orders: readonly StatusOrder[];
  accounts: readonly StatusAccount[];
  /** Of its last input; null where time is the data's own. */
  inputAgeUs: number | null;
  journal: Readonly<{ folder: string; pendingBytes: number /** How long the oldest question for durability waits. */; waitedMs: number }>;
  disk: DiskState | null;
  breaker: BreakerState | null;
}>;

/** What the desk itself cannot know. */
export type Surroundings = Pick<DeskStatus, 'desk' | 'halted' | 'inputAgeUs' | 'journal' | 'disk' | 'breaker'>;

/** The disk answers within this, or the desk is not ready. */
export const MOST_DURABLE_MS = 5_000;
/** Less disk than this at the present pace is a reason to act. */
export const LEAST_DISK_SECONDS = 3_600;

/** Of a strategy that is in the configuration, and never runs again in this journal. */
export const stoppedNote = (strategy: string): string =>
  `${strategy} was stopped and stays stopped in this journal: take it out of the file, or give it another id to begin anew`;

/** `now`: the moment of asking, for how long things have lasted. `configured`: the strategies its file names. */
export function statusOf(parts: Parts, now: number, around: Surroundings, configured: readonly string[] = []): DeskStatus {
  const { core, gates, accounts, strategies, orders } = parts;
  const measures = measuresOf(parts);
  const picture = pictureOf(parts, now);
  const status = {
    ...around,
    mode: [...new Set(accounts.all.map(({ spec }) => spec.mode))].join('+') || 'no account',
    seq: core.cause,
    at: iso(core.at),
    killedAt: gates.global.living.context.killedAt,
    gates: gates.all.map((gate) => statusGate(gate, parts, now)),
    strategies: strategies.all.map(({ id, name, account, living, seen, warmup }) => ({
      ...{ strategy: id, name, account: account.spec.id, state: living.value, seen, warmup },
      note: living.value === 'stopped' && configured.includes(id) ? stoppedNote(id) : null,
    })),
    orders: [...orders.working].map((order) => statusOrder(order, measures)),
    accounts: picture.accounts.map((account, index) => ({ ...account, ...currencyOf(accounts.all[index]!) })),
  };
  return { ...status, health: healthOf(status) };
}

const currencyOf = ({ spec }: Account) => ({ currency: spec.currency, scale: spec.currencyScale });

function statusGate({ scope, of, living, changedAt }: Gate, parts: Parts, now: number): StatusGate {
  const { reasons, killedAt } = living.context;
  const strategy = scope === 'strategy' ? (parts.strategies.byId.get(of as StrategyId)?.living.value ?? null) : null;
  const gate = { scope, of, killedAt, strategy };
  return {
    ...{ scope, of, state: living.value, since: changedAt },
    reasons: reasons.map((reason) => ({
      ...reason,
      text: reasonText(reason, parts, scope === 'instrument' ? of : null, now),
      lifts: liftsReason(reason, gate),
    })),
    lifts: liftsState(living.value, gate),
  };
}

function statusOrder({ id, account, strategy, market, side, type, living }: Order, measures: Measures): StatusOrder {
  const { lots, filled, limit, stop } = living.context;
  const instrument = market.definition.id;
  const price = (ticks: number | null) => (ticks === null ? null : measures.price(instrument, ticks));
  return {
    ...{ order: id, account: account.spec.id, strategy, instrument, side, type, state: living.value },
    quantity: measures.quantity(instrument, lots),
    filled: measures.quantity(instrument, filled),
    limit: price(limit),
    stop: price(stop),
  };
}

export const gateTitle = ({ scope, of }: Readonly<{ scope: string; of: string }>): string =>
  scope === 'global' ? 'the desk' : `${scope} ${of}`;

/** A gate that is ARMED waits for its person; to a trader the bare word says the contrary. */
export const stateName = (state: string): string => (state === 'ARMED' ? 'ARMED, not trading yet' : state);

/** Every reason why an order could not leave; one instrument that cannot be traded is no such reason, all of them are. */
export function healthOf(status: Omit<DeskStatus, 'health'>): DeskStatus['health'] {
  const { halted, gates, accounts, journal, disk, breaker } = status;
  const reasons: string[] = [];
  if (halted !== null) reasons.push(`the desk stopped itself: ${halted}`);
  for (const gate of gates) {
    if ((gate.scope !== 'global' && gate.scope !== 'account') || gate.state === 'OPEN') continue;
    const why = gate.reasons.map(({ text }) => text).join('; ');
    reasons.push(
      `${gateTitle(gate)} is ${stateName(gate.state)}${why === '' ? (gate.state === 'ARMED' ? `: ${gate.lifts}` : '') : `: ${why}`}`,
    );
  }
  if (accounts.length === 0) reasons.push('it has no account');
  for (const { account, venue, session } of accounts)
    if (session !== 'ready') reasons.push(`the session of ${account} with ${venue} is ${session}`);
  const instruments = gates.filter(({ scope }) => scope === 'instrument');
  if (instruments.length > 0 && instruments.every(({ state }) => state !== 'OPEN')) reasons.push('no instrument can be traded');
  if (journal.waitedMs > MOST_DURABLE_MS)
    reasons.push(`the disk has been behind for ${span(journal.waitedMs * 1000)} by ${journal.pendingBytes} bytes`);
  if (disk?.secondsLeft != null && disk.secondsLeft < LEAST_DISK_SECONDS) reasons.push(`the disk is full in ${roughly(disk.secondsLeft)}`);
  if (breaker !== null && !breaker.alive) reasons.push(`the breaker does not answer: ${breaker.why}`);
  return { live: halted === null, ready: reasons.length === 0, reasons };
}

/** A forecast has no more digits than it deserves. */
export function roughly(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
