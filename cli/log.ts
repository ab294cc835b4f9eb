/**
 * What an unattended desk says while it runs: one JSON document a line on stderr, or a short line where a person looks. It never slows
 * the desk: lines nobody reads are dropped and counted. It never tells a secret: those print as [secret], also inside a sentence.
 */
import { write as writeFd } from 'node:fs';
import { addressOf, type Decision, type DecisionOf, type DecisionType } from '#engine/decisions.ts';
import { tell } from '#replay/tell.ts';
import { type Figures, iso, type Measures } from '#replay/words.ts';
import type { Colours } from './screen/terminal.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

export type LogLine = Readonly<{
  at: string;
  level: Level;
  what: string;
  /** Of the decision it tells: `retrace explain` knows it. */
  address: string | null;
  type: string | null;
  numbers: Readonly<Record<string, unknown>>;
}>;

export interface Log {
  /** What is no decision: a start, a connection, an error outside the desk. */
  say(level: Level, what: string, numbers?: Readonly<Record<string, unknown>>): void;
  /** A decision, where it is one people want to hear of. Asked of every decision: what is below the level costs a look at a table. */
  decision(decision: Decision, measures: Measures): void;
  /** For the terminal alone, such as a link that is a key to the house: it is neither kept nor told to who follows. */
  sayHere(level: Level, what: string): void;
  /** Hears every line, from the oldest that is kept on, with nothing secret in it; returns what ends that. */
  follow(heard: HearLine): () => void;
  /** When everything said was written, or nobody takes it any more. */
  flush(): Promise<void>;
}

export type HearLine = (line: FollowedLine) => void;
/** `at`: µs since 1970. */
export type FollowedLine = Readonly<Omit<LogLine, 'at'> & { at: number }>;

/** For who follows later. */
const KEPT_LINES = 500;

/** A value that must not be printed; infra/config's Secret is one. */
type Hidden = Readonly<{ reveal(): string }>;

export type LogOptions = Readonly<{
  level: Level;
  /** Null: JSON lines. Else a person reads it, in these colours. */
  colours?: Colours | null;
  /** A person arms it: where that is waited for, the line says so. */
  armedByHand?: boolean;
  /** Known secrets: their values are hidden wherever they stand, also in somebody else's error message. */
  secrets?: readonly Hidden[];
  sink?: LineSink;
  nowUs?: () => number;
}>;

export function openLog({
  level,
  colours = null,
  armedByHand = false,
  secrets = [],
  sink = stderrSink(),
  nowUs = () => Date.now() * 1000,
}: LogOptions): Log {
  const least = LEVELS.indexOf(level);
  const hide = hiding(secrets);
  const kept: FollowedLine[] = [];
  const followers = new Set<HearLine>();
  const print = (line: LogLine): LogLine => {
    const shown = { ...line, what: hide(line.what) as string, numbers: hide(line.numbers) as LogLine['numbers'] };
    sink.write(colours === null ? jsonText(shown) : humanText(shown, colours));
    return shown;
  };
  const put = (line: LogLine, atUs: number): void => {
    const told = { ...print(line), at: atUs };
    kept.push(told);
    if (kept.length > KEPT_LINES) kept.shift();
    for (const heard of [...followers]) hand(told, heard);
  };
  /** Who cannot hear must not keep the desk from saying. */
  const hand = (line: FollowedLine, heard: HearLine): void => {
    try {
      heard(line);
    } catch (error) {
      followers.delete(heard);
      print({ ...spoken('error', `a line of the log could not be told: ${String(error)}`), at: iso(nowUs()) });
    }
  };
  return {
    say(at, what, numbers = {}) {
      if (LEVELS.indexOf(at) < least) return;
      const us = nowUs();
      put({ ...spoken(at, what), at: iso(us), numbers }, us);
    },
    sayHere(at, what) {
      if (LEVELS.indexOf(at) >= least) print({ ...spoken(at, what), at: iso(nowUs()) });
    },
    follow(heard) {
      followers.add(heard);
      for (const line of kept) if (followers.has(heard)) hand(line, heard);
      return () => void followers.delete(heard);
    },
    decision(decision, measures) {
      const at = levelOf(decision);
      if (at === null || LEVELS.indexOf(at) < least) return;
      let line: LogLine | null;
      try {
        line = logDecision(decision, measures);
      } catch (error) {
        // what has no words must not stop the desk that decided it
        line = {
          at: iso(decision.at),
          level: 'error',
          what: `a decision that cannot be told: ${String(error)}`,
          address: addressOf(decision),
          type: decision.type,
          numbers: {},
        };
      }
      if (line !== null) put(armedByHand && waits(decision) ? { ...line, what: `${line.what}; ${NOT_TRADING}` } : line, decision.at);
    },
    flush: () => sink.flush(),
  };
}

const spoken = (level: Level, what: string): Omit<LogLine, 'at'> => ({ level, what, address: null, type: null, numbers: {} });

/** To a trader ARMED alone says the contrary. */
export const NOT_TRADING = 'ARMED, not trading yet: npx retrace arm';
const waits = (decision: Decision): boolean =>
  decision.type === 'GateMoved' && decision.to === 'ARMED' && (decision.scope === 'global' || decision.scope === 'account');

/** The line of a decision; null for those that are only worth a look in the journal. */
export function logDecision(decision: Decision, measures: Measures): LogLine | null {
  const level = levelOf(decision);
  if (level === null) return null;
  const { at, type, what, numbers } = tell(decision, measures);
  return { at, level, what, address: addressOf(decision), type, numbers: numbers satisfies Figures };
}

type LevelOf<T extends DecisionType> = Level | null | ((decision: DecisionOf<T>) => Level | null);

const DECISION_LEVELS = {
  CandleClosed: null,
  CandleAmended: null,
  TickTooLate: null,
  TickRejected: 'debug',
  CandlesMoved: null,
  FeedMoved: 'debug', // its instrument's gate says what follows
  TicksRefusedNoted: 'warn',
  GateMoved: ({ from, to }) => {
    if (to === 'HALTED' || to === 'KILLED') return 'error';
    if (to === 'REDUCE_ONLY' || to === 'CANCEL_ONLY') return 'warn';
    return from === 'BOOT' || from === 'RECOVER' ? 'debug' : 'info';
  },
  SessionMoved: ({ to }) => (to === 'ready' ? 'info' : to === 'authenticating' || to === 'reconciling' ? 'debug' : 'warn'),
  CommandAnswered: ({ ok }) => (ok ? 'info' : 'warn'),
  StrategyMoved: ({ to }) => (to === 'faulted' ? 'error' : 'info'),
  StrategyWoke: null,
  OrderRefused: 'warn',
  OrderApproved: 'debug',
  OrderQualified: 'debug',
  OrderRequested: 'debug',
  VenueReported: null,
  OrderMoved: ({ to }) => (to === 'UNKNOWN' || to === 'REJECTED' ? 'warn' : 'debug'),
  OrderFilled: ({ late }) => (late ? 'warn' : 'info'),
  OrderRetired: null,
  OrderAdopted: 'warn',
  Posted: null,
  FeeTierMoved: 'info',
  PositionCharged: 'debug',
  EquityMarked: ({ why }) => (/^(soft-limit|hard-limit|drawdown)/.test(why) ? 'warn' : null),
  Alerted: ({ severity }) => (severity === 'critical' ? 'error' : severity === 'warning' ? 'warn' : 'info'),
  Defined: ({ why }) => (why.startsWith('refused') ? 'warn' : 'info'),
  ReconciliationNeeded: 'warn',
  DifferenceFound: 'warn',
  BudgetChanged: 'info',
} as const satisfies { [T in DecisionType]: LevelOf<T> };

export function levelOf(decision: Decision): Level | null {
  const level = DECISION_LEVELS[decision.type] as LevelOf<DecisionType>;
  return typeof level === 'function' ? level(decision) : level;
}

// ── how a line reads ──

const plainNumber = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** One shape for every line, what is not there left out. */
function jsonText({ at, level, what, address, type, numbers }: LogLine): string {
  return JSON.stringify(
    {
      ...{ at, level, what },
      ...(address === null ? {} : { address }),
      ...(type === null ? {} : { type }),
      ...(Object.keys(numbers).length === 0 ? {} : { numbers }),
    },
    plainNumber,
  );
}

function humanText({ at, level, what, address, numbers }: LogLine, colours: Colours): string {
  const mark = { debug: colours.dim, info: colours.green, warn: colours.yellow, error: colours.red }[level];
  const place = address === null ? '' : ` ${colours.dim(`(${address})`)}`;
  // a decision's sentence holds its numbers already
  const rest = address !== null || Object.keys(numbers).length === 0 ? '' : ` ${colours.dim(JSON.stringify(numbers, plainNumber))}`;
  return `${at.slice(11, 23).replace(/Z$/, '').padEnd(12)} ${mark(level.padEnd(5))} ${what.replaceAll('\n', ' ')}${place}${rest}`;
}

/** Shorter texts are no secrets worth the name, and would blot out half of every sentence. */
const LEAST_SECRET = 6;

/** Hides Secrets as they are and their values wherever they stand in a text. */
function hiding(secrets: readonly Hidden[]): (value: unknown) => unknown {
  const values = secrets.map((secret) => secret.reveal()).filter(({ length }) => length >= LEAST_SECRET);
  const hide = (value: unknown): unknown => {
    if (typeof value === 'string') return values.reduce((text, secret) => text.replaceAll(secret, '[secret]'), value);
    if (typeof value !== 'object' || value === null) return value;
    if (typeof (value as Partial<Hidden>).reveal === 'function') return '[secret]';
    if (value instanceof Error) return hide(`${value.name}: ${value.message}`);
    if (Array.isArray(value)) return value.map(hide);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hide(inner)]));
  };
  return hide;
}

// ── where it goes ──

export interface LineSink {
  write(line: string): void;
  flush(): Promise<void>;
}

type WriteSome = (bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null, written: number) => void) => void;

/** Waiting to be written; beyond it lines are dropped. */
const MOST_WAITING_BYTES = 4 * 2 ** 20;
const AGAIN_MS = 20;
const FLUSH_MS = 1_000;

/** Node writes to a pipe on this thread and waits for its reader; this one lets another thread wait. */
export const stderrSink = (): LineSink => new BoundedSink((bytes, done) => writeFd(2, bytes, done));

export class BoundedSink implements LineSink {
  readonly #write: WriteSome;
  readonly #most: number;
  #waiting: string[] = [];
  #bytes = 0;
  #dropped = 0;
  #busy = false;
  #broken = false;
  #idle: (() => void)[] = [];

  constructor(write: WriteSome, most = MOST_WAITING_BYTES) {
    this.#write = write;
    this.#most = most;
  }

  write(line: string): void {
    if (this.#broken) return;
    if (this.#bytes + line.length > this.#most) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#bytes += line.length;
    if (!this.#busy) this.#next();
  }

  flush(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MS);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #next(): void {
    const lines = this.#waiting;
    if (this.#dropped > 0)
      lines.push(
        JSON.stringify({
          at: new Date().toISOString(),
          level: 'warn',
          what: `${this.#dropped} log lines were dropped: nobody read them in time`,
        }),
      );
    this.#dropped = 0;
    if (lines.length === 0) {
      this.#busy = false;
      for (const idle of this.#idle.splice(0)) idle();
      return;
    }
    this.#busy = true;
    this.#waiting = [];
    this.#put(Buffer.from(`${lines.join('\n')}\n`), this.#bytes);
  }

  /** `weight`: what these lines count as waiting, given back when the last of them is written. */
  #put(bytes: Uint8Array, weight: number): void {
    this.#write(bytes, (error, written) => {
      if (error !== null && error.code !== 'EAGAIN') {
        this.#broken = true; // nobody will ever read it: the desk goes on
        this.#waiting = [];
        this.#dropped = 0;
        this.#next();
        return;
      }
      const rest = error === null ? bytes.subarray(written) : bytes;
      if (rest.length > 0) {
        if (error === null) this.#put(rest, weight);
        else setTimeout(() => this.#put(rest, weight), AGAIN_MS);
        return;
      }
      this.#bytes -= weight;
      this.#next();
    });
  }
}
