/** What the REST API asks of the rest of the house: the desk beside it, who reads its journal, the catalogue of runs, strategies, backtests, who may. */

import type { z } from 'zod';
import type { Desk } from '#actors/desk.ts';
import type { Command } from '#engine/inputs.ts';
import type { AccessState } from '../access/access-state.ts';
import type { Administer } from '../access/administer.ts';
import type { Attempt } from '../access/attempts.ts';
import type { SessionTimes } from '../access/sessions.ts';
import type { Page } from '../contracts/rest.ts';
import type { CommandAnswer } from '../contracts/rest-commands.ts';
import type { guardValues, mode, portfolioMetrics, RestDeskState } from '../contracts/rest-desk.ts';
import type * as journal from '../contracts/rest-journal.ts';
import type { RestCandle, RestTick } from '../contracts/rest-market.ts';
import type { orderLife, RestFill, RestOrder, RestTrade } from '../contracts/rest-orders.ts';
import type {
  BacktestBody,
  comparison,
  RestBacktest,
  RestRun,
  RestRunPart,
  RUN_PARTS,
  RunsAsked,
  runDetail,
  tape,
} from '../contracts/rest-runs.ts';
import type { RestStrategy, RestStrategyDetail, StrategyChecked } from '../contracts/rest-strategies.ts';
import type { RestPlateau, RestSweep, RestSweepDetail } from '../contracts/rest-sweeps.ts';
import type { Behind } from './slices.ts';

export type RestPorts = Readonly<{
  desk: DeskPort;
  journal: JournalQuestions;
  runs: RunsPort;
  sweeps: SweepsPort;
  strategies: StrategiesPort;
  backtests: BacktestsPort;
  alerts: SeenAlerts;
  access: PeoplePort;
  settings: SettingsPort;
  /** Beside what is measured of the desk itself. */
  figures: () => readonly Figure[];
  nowUs: () => number;
}>;

// ---------------------------------------------------------------- the desk

export type DeskPort = Readonly<{
  name: string;
  mode: z.infer<typeof mode>;
  /** Read, and never written to: what it is asked to do goes through `command`. */
  desk: Desk;
  /** Up to this number the journal is on the disk. */
  durable: () => number;
  state: () => RestDeskState;
  command: (asked: CommandAsked) => Promise<CommandAnswer>;
}>;

export type CommandAsked = Readonly<{
  /** The same key asked again does nothing a second time. */
  key: string;
  by: string;
  saw: number | null;
  command: Command;
}>;

/** The desk takes no command now: it was halted, or its answer did not come. `done`: what was asked may have been done. */
export class DeskAway extends Error {
  override readonly name = 'DeskAway';
  readonly done: 'no' | 'unknown';
  constructor(why: string, done: 'no' | 'unknown') {
    super(why);
    this.done = done;
  }
}

// ---------------------------------------------------------------- the journal

/** Each is answered away from the desk's thread, within a time and a size. They throw QuestionsBusy, QuestionTooLong, QuestionRefused. */
export type JournalQuestions = Readonly<{ [Name in keyof Questions]: Asking<Questions[Name]['asked'], Questions[Name]['said']> }>;
type Asking<Asked, Said> = (asked: Asked, signal: AbortSignal) => Promise<Said>;

type Window = Readonly<{ from: number | null; to: number | null }>;
/** `before` and `after`: addresses, of what the page before ended with. */
export type Walk = Window & Readonly<{ order: 'newest' | 'oldest'; limit: number; behind: string | null }>;
/** `next`: the address to go on behind. */
export type Walked<Row> = Page<Row>;
type Whose = Readonly<{ account: string | null; strategy: string | null; instrument: string | null }>;

export type Questions = {
  explain: { asked: Readonly<{ what: string }>; said: z.infer<typeof journal.explanation> };
  state: { asked: Readonly<{ seq: number | null; at: string | null }>; said: z.infer<typeof journal.state> };
  decisions: {
    asked: Walk & Readonly<{ after: number | null; types: readonly string[] | null; about: string | null }>;
    said: Walked<journal.RestDecision>;
  };
  decision: { asked: Readonly<{ address: string }>; said: journal.RestDecision | null };
  refusals: { asked: Walk & Whose & Readonly<{ clause: string | null }>; said: z.infer<typeof journal.refusals> };
  alerts: { asked: Walk & Readonly<{ severity: string | null }>; said: Walked<AlertSaid> };
  candles: {
    asked: Walk & Readonly<{ instrument: string; source: string; timeframeUs: number; versions: 'newest' | 'all' }>;
    said: Walked<RestCandle>;
  };
  ticks: {
    asked: Window & Readonly<{ instrument: string; source: string | null; kind: string | null; after: number | null; limit: number }>;
    said: Page<RestTick>;
  };
  fills: { asked: Walk & Whose & Readonly<{ of: string | null }>; said: Walked<RestFill> };
  trades: { asked: Whose; said: Readonly<{ items: RestTrade[]; seq: number }> };
  orders: { asked: Walk & Whose; said: Walked<RestOrder> };
  /** Null where there is no such order. */
  order: {
    asked: Readonly<{ order: string }>;
    said: z.infer<typeof orderLife> | null;
  };
  journal: { asked: Readonly<Record<never, never>>; said: Omit<z.infer<typeof journal.journal>, 'durable'> };
  guardValues: { asked: Readonly<{ account: string | null }>; said: z.infer<typeof guardValues> };
  frames: {
    asked: Readonly<{ number: number; frames: number; bytes: boolean }>;
    said: z.infer<typeof journal.frames> | null;
  };
  portfolioMetrics: { asked: Readonly<{ account: string | null }>; said: z.infer<typeof portfolioMetrics> };
};
export type AlertSaid = Omit<z.infer<typeof journal.alert>, 'seen'>;

/** So many wait already. */
export class QuestionsBusy extends Error {
  override readonly name = 'QuestionsBusy';
}
/** It took more time, or more memory, than one question may. */
export class QuestionTooLong extends Error {
  override readonly name = 'QuestionTooLong';
}
/** What was asked has no answer: which field is wrong (null: none in particular), and what would be right. */
export class QuestionRefused extends Error {
  override readonly name = 'QuestionRefused';
  readonly field: string | null;
  readonly remedy: string | null;
  constructor(why: string, field: string | null = null, remedy: string | null = null) {
    super(why);
    this.field = field;
    this.remedy = remedy;
  }
}

// ---------------------------------------------------------------- research

export type RunPart = (typeof RUN_PARTS)[number];
/** `behind`: the place of the last row of the page before. */
export type RunPartAsked = Readonly<{ run: string; part: RunPart; limit: number; behind: number | null }>;
/** `next`: the place to go on behind. */
export type RunPartSaid = Said<RestRunPart>;
type Said<Part> = Part extends Readonly<{ next: string | null }> ? Readonly<Omit<Part, 'next'> & { next: number | null }> : Part;
export type RunListAsked = RunsAsked & Readonly<{ limit: number; behind: Behind | null }>;
export type RunListSaid = Readonly<{ items: RestRun[]; next: Behind | null }>;
export type RunsPort = Readonly<{
  /** Chosen, put in order and cut away from the desk's thread: a catalogue may be long. */
  list: (asked: RunListAsked, signal: AbortSignal) => Promise<RunListSaid>;
  /** Null: there is no such run. */
  find: (run: string, signal: AbortSignal) => Promise<z.infer<typeof runDetail> | null>;
  /** The run played again, and told; away from the desk's thread. */
  part: (asked: RunPartAsked, signal: AbortSignal) => Promise<RunPartSaid>;
  compare: (a: string, b: string, signal: AbortSignal) => Promise<z.infer<typeof comparison>>;
  tag: (run: string, tags: readonly string[], signal: AbortSignal) => Promise<RestRun>;
  remove: (run: string, signal: AbortSignal) => Promise<void>;
  tapes: (signal: AbortSignal) => Promise<z.infer<typeof tape>[]>;
}>;

export type PlateauAsked = Readonly<{ sweep: string; x: string; y: string; others: 'median' | 'best' }>;
/** Null: there is no such sweep. */
export type SweepsPort = Readonly<{
  /** Newest first. */
  list: (signal: AbortSignal) => Promise<RestSweep[]>;
  find: (sweep: string, signal: AbortSignal) => Promise<RestSweepDetail | null>;
  plateau: (asked: PlateauAsked, signal: AbortSignal) => Promise<RestPlateau | null>;
}>;

export type StrategiesPort = Readonly<{
  list: (signal: AbortSignal) => Promise<RestStrategy[]>;
  find: (named: string, signal: AbortSignal) => Promise<RestStrategyDetail | null>;
  /** In words, from one document to another; both are there. */
  changes: (before: string, after: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** `name`: what it must be called, where it is to be another version of that; null: whatever it says. */
  check: (text: string, keep: boolean, name: string | null, signal: AbortSignal) => Promise<StrategyChecked>;
  /** Takes a kept version away; where something that is recorded here names it, it stays, and those are told. */
  remove: (version: string, signal: AbortSignal) => Promise<readonly string[]>;
}>;

export type BacktestsPort = Readonly<{
  /** Throws QuestionsBusy where as many wait as may. */
  start: (asked: BacktestBody, by: string) => RestBacktest;
  /** Newest first. */
  list: () => readonly RestBacktest[];
  find: (backtest: string) => RestBacktest | null;
  /** As it is after that; what has ended stays as it was. */
  cancel: (backtest: string) => RestBacktest;
  limits: Readonly<{ atOnce: number; waiting: number }>;
}>;

// ---------------------------------------------------------------- the rest

export type SeenAlerts = Readonly<{
  of: (alert: string) => Readonly<{ by: string; at: number }> | null;
  /** Who saw it first stays. */
  mark: (alert: string, by: string, at: number) => Promise<Readonly<{ by: string; at: number }>>;
}>;

export type PeoplePort = Readonly<{
  state: () => AccessState;
  administer: Administer;
  /** Newest first, of what is still kept. */
  attempts: (signal: AbortSignal) => Promise<readonly Attempt[]>;
  times: SessionTimes;
}>;

export type SettingsPort = Readonly<{
  version: string;
  build: string;
  rows: () => readonly Readonly<{ name: string; value: string; from: string }>[];
  questions: Readonly<{ withinMs: number; waiting: number }>;
}>;

/** A number over time, as Prometheus reads it. `name` without the prefix. */
export type Figure = Readonly<{
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  values: readonly Readonly<{ labels: Readonly<Record<string, string>>; value: number }>[];
}>;
