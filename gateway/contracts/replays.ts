/**
 * Recorded days that are watched again, as a client asks for them, moves them and is told where they stand. What it watches of one is the live
 * protocol, at `/api/v1/replays/live?replay=<id>`. Times are engine time in µs.
 */
import { z } from 'zod';

const us = z.int().min(0);
const seq = z.int().min(0);

/**
 * Right after that number of the journal took effect, and once all that was due by `at` had happened. A number stands for many moments: candles
 * close and orders expire between it and the next one.
 */
export const position = z.strictObject({ seq, at: us });
export type ReplayPosition = z.infer<typeof position>;

const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!\.+$)[\w.:@-]+$/, 'is a name as the list of journals or of runs has it, and no path');

/** A journal of this house, or what a kept run wrote; never a path. */
export const replayAsked = z.union([z.strictObject({ journal: name }), z.strictObject({ run: name })]);
export type ReplayAsked = z.infer<typeof replayAsked>;

export const SPEED_LEAST = 0.25;
export const SPEED_MOST = 1000;
export const speed = z.union([z.number().min(SPEED_LEAST).max(SPEED_MOST), z.literal('max')]);
export type ReplaySpeed = z.infer<typeof speed>;

/** `event`: a number of the journal. `order`: whatever happened to an order. Several at one moment are one step. */
export const STEPS = ['event', 'candle', 'order', 'decision'] as const;
export const JUMPS = ['fill', 'refusal', 'alert', 'gate'] as const;
const instrument = z.string().min(1).max(200).optional();
const back = z.boolean().optional();

export const replayMove = z.union([
  /** A number as it arrived; a time, with all that had arrived by then; or a position that was told, just as it was. */
  z.strictObject({ to: z.union([z.strictObject({ seq }), z.strictObject({ at: us }), position]) }),
  z.strictObject({ step: z.enum(STEPS), back, instrument }),
  z.strictObject({ jump: z.enum(JUMPS), back, instrument }),
  z.strictObject({ play: speed }),
  z.strictObject({ pause: z.literal(true) }),
]);
export type ReplayMove = z.infer<typeof replayMove>;

/**
 * Why it stands where it stands. `none further`: there was no such thing in that direction, and it did not move. `overtaken`: a later move came
 * before this one was done, and what is told is where that one found it.
 */
export const STOPPED = ['opened', 'moved', 'paused', 'start', 'end', 'none further', 'overtaken'] as const;
export type ReplayStopped = (typeof STOPPED)[number];

export const replayStanding = z.strictObject({
  ...position.shape,
  playing: z.boolean(),
  /** Null while it does not play. */
  speed: speed.nullable(),
  /** Null while it plays. */
  why: z.enum(STOPPED).nullable(),
});
export type ReplayStanding = z.infer<typeof replayStanding>;

/** A place worth going to, known before anything is played. */
export const replayMark = z.strictObject({ name: z.enum(['the market begins', 'the branch parts']), ...position.shape });
export type ReplayMark = z.infer<typeof replayMark>;

export const replayDocument = z.strictObject({
  id: z.string(),
  /** Whose it is: others may watch and move it, and only they and an admin may end it. */
  owner: z.string(),
  source: replayAsked,
  desk: z.string(),
  /** What was recorded: `demo`, `run`, `backtest`, `fork`. */
  original: z.string(),
  from: position,
  to: position,
  marks: z.array(replayMark),
  stands: replayStanding,
  /** How much of it was looked through for what `timeline` tells and for places to go back to, 0 to 1. What lies beyond is reached more slowly. */
  ready: z.number().min(0).max(1),
  /** A branch and what it is a branch of: with `together` both move on one clock. */
  beside: z.string().nullable(),
  together: z.boolean(),
  watchers: z.int().min(0),
  /** Why it is no more; null while it is. */
  ended: z.string().nullable(),
});
export type ReplayDocument = z.infer<typeof replayDocument>;

export const replayList = z.strictObject({
  replays: z.array(replayDocument),
  /** Journals of this house that can be opened, newest first. */
  journals: z.array(z.string()),
  limits: z.strictObject({ each: z.int(), all: z.int(), idleMs: z.int() }),
});
export type ReplayList = z.infer<typeof replayList>;

/** A bucket covers `[at, to)`, the last one its end as well. */
export const timelineBucket = z.strictObject({
  at: us,
  to: us,
  /** The numbers that arrived in it; null where none did. */
  firstSeq: seq.nullable(),
  lastSeq: seq.nullable(),
  ticks: z.int(),
  decisions: z.int(),
  fills: z.int(),
  refusals: z.int(),
  alerts: z.int(),
  gates: z.int(),
});
export type TimelineBucket = z.infer<typeof timelineBucket>;

export const replayTimeline = z.strictObject({
  from: us,
  to: us,
  /** Whether all of it was looked through; until then buckets behind `looked` hold ticks alone. */
  ready: z.number().min(0).max(1),
  looked: us,
  buckets: z.array(timelineBucket),
  /** Every move of a gate, as long as there are not too many. `seq` and `at` are a position to go to. */
  gates: z.array(
    z.strictObject({ ...position.shape, scope: z.string(), of: z.string(), from: z.string(), to: z.string(), why: z.string() }),
  ),
  gatesLeftOff: z.int(),
  /** Stretches in which nothing arrived, long beside the whole: a scrubber may draw them short. */
  gaps: z.array(z.strictObject({ from: us, to: us })),
});
export type ReplayTimeline = z.infer<typeof replayTimeline>;

export const timelineAsked = z.strictObject({ buckets: z.coerce.number().int().min(1).max(2000).default(200) });

const amount = z
  .string()
  .max(40)
  .regex(/^-?\d+(\.\d+)?$/, 'is decimal text such as 1.5');

/** What is another in the branch, as `retrace fork` takes it; where nothing else is said it parts where the replay stands. */
export const forkAsked = z.strictObject({
  /** The last number that stays as it was. */
  at: seq.optional(),
  /** Only of this account, strategy or instrument. */
  of: name.optional(),
  /** Whose money is told, where there are several accounts. */
  account: name.optional(),
  set: z.record(z.string().max(60), z.union([z.number(), z.boolean(), z.string().max(200)])).optional(),
  /** A kept or bundled strategy by its name; never a file. */
  strategy: z
    .string()
    .max(100)
    .regex(/^[\w-]+$/, 'is the name of a bundled or kept strategy, and no file')
    .optional(),
  /** Basis points of the notional. */
  fee: amount.optional(),
  makerFee: amount.optional(),
  latency: z
    .string()
    .max(80)
    .regex(/^\d+(ms|s)$|^seeded:[\w.]+:\d+$/, 'is a time such as 100ms, or seeded:20ms..200ms:7')
    .optional(),
  /** By name, money in units of the currency; `none` lifts one. */
  limits: z.record(z.string().max(60), z.string().max(40)).optional(),
  /** Numbers that do not happen. */
  drop: z
    .array(z.tuple([seq, seq]))
    .max(1000)
    .optional(),
  tags: z.array(z.string().max(40)).max(20).optional(),
});
export type ReplayForkAsked = z.infer<typeof forkAsked>;
export const replayForkAsked = z.strictObject({ change: forkAsked });

export const togetherAsked = z.strictObject({ together: z.boolean() });

const told = z.array(z.strictObject({ address: z.string(), what: z.string(), at: z.string() }));
/** A decision in which branch and baseline part, with what led there on each side; `seq` and `at` are where to go to see it. */
export const replayParting = z.strictObject({ address: z.string(), ...position.shape, baseline: told, branch: told });

export const replayForked = z.strictObject({
  /** The branch as the catalogue of runs keeps it. */
  run: z.string(),
  replay: replayDocument,
  /** Null: no decision differs. */
  first: replayParting.nullable(),
  /** The first thing done differently; null: nothing is. */
  firstDeed: replayParting.nullable(),
  same: z.int(),
  different: z.int(),
});
export type ReplayForked = z.infer<typeof replayForked>;

/** Row `replay` of topic `system`: where the clock of this replay stands, for everybody who watches it. */
export const replayRow = z.strictObject({
  what: z.literal('replay'),
  id: z.string(),
  ...replayStanding.shape,
  from: position,
  to: position,
  ready: z.number().min(0).max(1),
  beside: z.string().nullable(),
  together: z.boolean(),
});
export type ReplayRow = z.infer<typeof replayRow>;
