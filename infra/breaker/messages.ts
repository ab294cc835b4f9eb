/** What the desk's process and its breaker say to each other, and what a kill reports. Types, and the time limits both sides keep to. */
import type { Plain } from '#engine/record.ts';
import type { AccountId, ClientOrderId, TimeUs } from '#engine/values.ts';
import type { Owner } from '../files/lock.ts';
import type { KillAsked, Registration } from './side-file.ts';

export const BEAT_EVERY_MS = 500;
export const SILENT_AFTER_MS = 2_000;

/** Everything the breaker needs, secrets too: it travels in a message, never in arguments or the environment. */
export type BreakerConfig = Readonly<{
  desk: string;
  home: string;
  /** What the factory makes brokers from, one an account. */
  brokers: readonly Readonly<{ account: AccountId; spec: Plain }>[];
  /** How long after a request is signed the venue may still act on it. */
  sendWindowUs: number;
  /** A loopback port for POST /kill, 0 for any; null: none. */
  httpPort: number | null;
}>;

/** Where a running breaker is found: `where.json` in its folder. */
export type Where = Owner & Readonly<{ desk: string; socket: string; http: Readonly<{ port: number; tokenFile: string }> | null }>;

export type Remaining = Readonly<{
  account: AccountId;
  what: 'order' | 'list' | 'position';
  name: string;
  instrument: string;
  why: string;
}>;

/** How far a kill has come. Counts are orders. */
export type Progress = Readonly<{
  id: string;
  at: TimeUs;
  by: string;
  why: string;
  flatten: boolean;
  /** The latch would survive a power cut. */
  latched: boolean;
  /** What went wrong and stays wrong; the cancels go on regardless. */
  troubles: readonly string[];
  orders: number;
  /** Orders with at least one cancel on its way. */
  cancelled: number;
  confirmed: number;
  remaining: readonly Remaining[];
  /** From the command to the first and the last order's first cancel; null: none yet. */
  firstCancelMs: number | null;
  lastCancelMs: number | null;
  /** Accounts whose venue has not answered anything since the kill. */
  unreached: readonly AccountId[];
  /** Emergency orders that closed positions. */
  flattened: readonly string[];
  /** What accounts hold on after a kill that closes nothing, as far as their venues told at its end. */
  held: readonly string[];
  done: boolean;
}>;

export type ToBreaker =
  | Readonly<{ type: 'start'; config: BreakerConfig }>
  | Readonly<{ type: 'orders'; registered: readonly Registration[]; settled: readonly ClientOrderId[] }>
  | Readonly<{ type: 'kill'; asked: KillAsked }>
  | Readonly<{ type: 'lifted'; id: string }>
  | Readonly<{ type: 'stop' }>;

export type FromBreaker =
  | Readonly<{ type: 'ready'; pid: number; socket: string; httpPort: number | null; killed: boolean }>
  | Readonly<{ type: 'alive'; orders: number; connected: number }>
  | Readonly<{ type: 'killed'; progress: Progress }>
  | Readonly<{ type: 'progress'; progress: Progress }>
  | Readonly<{ type: 'trouble'; why: string }>;
