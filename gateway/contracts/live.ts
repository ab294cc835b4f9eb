/**
 * The live protocol as its two sides speak it. A client sends one JSON message a frame; it is sent frames that hold a JSON list of messages, in
 * order. The same for a live desk, a paper desk, a replay and a backtest. What a topic's rows hold is said per topic elsewhere; here is
 * what all topics share.
 */
import { z } from 'zod';

/** Raised when a client of the version before could misread a message. New optional fields do not raise it. */
export const LIVE_VERSION = 1;

export const TOPICS = [
  'quotes',
  'trades',
  'candles',
  'book',
  'feeds',
  'gate',
  'orders',
  'positions',
  'equity',
  'decisions',
  'alerts',
  'journal',
  'runs',
  'system',
  'logs',
] as const;
export const topicName = z.enum(TOPICS);
export type TopicName = z.infer<typeof topicName>;

/** What a topic is about, where it is about one thing: an instrument, a run. `*`: all of it. */
export const of = z.string().min(1).max(200);

/**
 * A place in a topic: messages of one topic are numbered from 1 within an epoch, which is one life of one gateway. It is what a client
 * keeps to go on where it was.
 */
export const cursor = z.strictObject({ epoch: z.string().min(1).max(64), n: z.int().min(0) });
export type Cursor = z.infer<typeof cursor>;

const id = z.int().min(0).max(1_000_000_000);

export const clientMessage = z.discriminatedUnion('do', [
  /**
   * `of: '*'` of a topic by instrument is all there are and will be. `after`: what the client has of one channel; it is sent what came since,
   * or a snapshot where that is not kept any more.
   */
  z.strictObject({ do: z.literal('subscribe'), id, topic: topicName, of: of.default('*'), after: cursor.optional() }),
  z.strictObject({ do: z.literal('unsubscribe'), id, topic: topicName, of: of.default('*') }),
  z.strictObject({ do: z.literal('ping'), id }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

const channel = { topic: topicName, of };
/** A row by its key; null: gone. Of a topic of rows that only grow, the key is the row's own address. */
const rows = z.array(z.tuple([z.string(), z.unknown()]));

/** What every message of content carries of when it was true. */
const truth = {
  /** The journal's number of the newest fact in it. */
  seq: z.int().min(0),
  /** Engine time of that fact, µs. */
  at: z.int().min(0),
  /** Milliseconds from that time to the sending; null where the desk's time is not the wall's (replay, backtest). */
  age: z.number().min(0).nullable(),
  /** Up to this number the journal is on the disk; what lies beyond is not durable yet. */
  durable: z.int().min(0),
};

export const serverMessage = z.discriminatedUnion('say', [
  /** First of all. `beatMs`: as long as the connection lives, something is said at least so often. */
  z.strictObject({
    say: z.literal('welcome'),
    version: z.literal(LIVE_VERSION),
    epoch: z.string(),
    desk: z.string(),
    mode: z.enum(['BACKTEST', 'PAPER', 'LIVE', 'REPLAY']),
    windowMs: z.number(),
    beatMs: z.number(),
    limits: z.strictObject({ subscriptions: z.int(), messageBytes: z.int(), unsentBytes: z.int() }),
  }),
  /**
   * All of a topic as it is after message `n`. `why`: it was asked for; what the client had is not kept any more; the client read too
   * slowly, and was not sent everything between; or a replay was moved, and nothing that was told before holds any more.
   */
  z.strictObject({
    say: z.literal('snapshot'),
    ...channel,
    n: z.int().min(0),
    why: z.enum(['asked', 'not kept', 'behind', 'moved']),
    ...truth,
    rows,
  }),
  /** What changed since message `n - 1`. */
  z.strictObject({ say: z.literal('delta'), ...channel, n: z.int().min(1), ...truth, rows }),
  /** The cursor that was asked for is the newest: nothing to send. */
  z.strictObject({ say: z.literal('resumed'), id, ...channel, n: z.int().min(0) }),
  z.strictObject({ say: z.literal('unsubscribed'), id, ...channel }),
  z.strictObject({ say: z.literal('refused'), id: id.nullable(), reason: z.string(), remedy: z.string() }),
  z.strictObject({ say: z.literal('pong'), id }),
  /** Nothing else was said for a while. */
  z.strictObject({ say: z.literal('beat'), seq: truth.seq, at: truth.at, durable: truth.durable }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;
