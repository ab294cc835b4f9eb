/**
 * One topic about one thing, as the gateway holds it: its rows, what changed since the last window, and the last messages as bytes, so
 * that whoever comes back with a place in it is sent what came since. It encodes once; who gets it is the hub's.
 */
import type { ServerMessage, TopicName } from '../contracts/live.ts';
import type { Truth } from './truth.ts';

/**
 * `newest`: a row by key, and of several changes of one key within a window the last is told. `grows`: rows come and stay; each is told,
 * and the newest so many are what a snapshot holds.
 */
export type ChannelKind = Readonly<{ keeps: 'newest' } | { keeps: 'grows'; rows: number }>;

export type Row = readonly [key: string, value: unknown];
/** A channel's rows as they are told: key, JSON, key, JSON … in the order of their first telling. */
export type RowTexts = readonly string[];
export type SnapshotWhy = Extract<ServerMessage, { say: 'snapshot' }>['why'];

/** What is kept for those who come back: no more messages, and no more bytes, than this. */
export type Kept = Readonly<{ messages: number; bytes: number }>;

export class Channel {
  readonly topic: TopicName;
  readonly of: string;
  readonly name: string;
  readonly #kind: ChannelKind;
  readonly #kept: Kept;
  /** As JSON by key, in the order of their first telling. */
  readonly #rows = new Map<string, string>();
  readonly #changed = new Map<string, string | null>();
  readonly #recent: string[] = [];
  #recentBytes = 0;
  #n = 0;
  /** Of message `#n`, while nobody asked for more. */
  #whole: string | null = null;

  constructor(topic: TopicName, of: string, kind: ChannelKind, kept: Kept) {
    this.topic = topic;
    this.of = of;
    this.name = channelName(topic, of);
    this.#kind = kind;
    this.#kept = kept;
  }

  /** Number of the newest message. */
  get n(): number {
    return this.#n;
  }

  get isDirty(): boolean {
    return this.#changed.size > 0;
  }

  /** Null takes the row away. A value is read now: what becomes of it later is not seen. */
  put(key: string, value: unknown): void {
    if (this.#kind.keeps === 'grows') {
      if (value === null || this.#rows.has(key) || this.#changed.has(key))
        throw new Error(`${this.name}: a row of a topic that grows comes once and stays: ${key}`);
    } else if (value === null && !this.#rows.has(key)) {
      this.#changed.delete(key); // it came and went within the window
      return;
    }
    const text = value === null ? null : JSON.stringify(value);
    if (text === undefined) throw new Error(`${this.name}: the row ${key} is nothing that JSON can say`);
    if (this.#kind.keeps === 'newest' && !this.#changed.has(key) && this.#rows.get(key) === text) return; // nothing new
    this.#changed.set(key, text);
  }

  /** Closes the window: what changed, as one message; null when nothing did. */
  delta(truth: Truth): string | null {
    if (this.#changed.size === 0) return null;
    const told: string[] = [];
    for (const [key, text] of this.#changed) {
      if (text === null) this.#rows.delete(key);
      else if (this.#kind.keeps === 'newest' && this.#rows.get(key) === text)
        continue; // back where it was
      else this.#rows.set(key, text);
      told.push(rowText(key, text));
    }
    this.#changed.clear();
    if (told.length === 0) return null;
    if (this.#kind.keeps === 'grows') this.#dropOldest(this.#kind.rows);
    this.#n += 1;
    this.#whole = null;
    const message = this.#message('delta', '', truth, told.join(','));
    this.#remember(message);
    return message;
  }

  /** All of it, as of the last message: what changed since is told with the next. */
  snapshot(why: SnapshotWhy, truth: Truth): string {
    this.#whole ??= [...this.#rows].map(([key, text]) => rowText(key, text)).join(',');
    return this.#message('snapshot', `,"why":"${why}"`, truth, this.#whole);
  }

  /** As of the last message. */
  save(): RowTexts {
    return [...this.#rows].flat();
  }

  /** Holds these rows instead. Nobody's place in it leads here: messages from before are not kept. */
  replace(rows: RowTexts): void {
    this.#rows.clear();
    this.#changed.clear();
    for (let i = 0; i < rows.length; i += 2) this.#rows.set(rows[i]!, rows[i + 1]!);
    this.#recent.length = 0;
    this.#recentBytes = 0;
    this.#whole = null;
    this.#n += 1;
  }

  /** The messages behind that number, oldest first; null where not all of them are kept, or there is no such number. */
  since(n: number): readonly string[] | null {
    if (n > this.#n || n < this.#n - this.#recent.length) return null;
    return this.#recent.slice(this.#recent.length - (this.#n - n));
  }

  #dropOldest(most: number): void {
    for (const key of this.#rows.keys()) {
      if (this.#rows.size <= most) return;
      this.#rows.delete(key);
    }
  }

  #remember(message: string): void {
    this.#recent.push(message);
    this.#recentBytes += Buffer.byteLength(message);
    while (this.#recent.length > this.#kept.messages || this.#recentBytes > this.#kept.bytes)
      this.#recentBytes -= Buffer.byteLength(this.#recent.shift()!);
  }

  #message(say: 'delta' | 'snapshot', more: string, { seq, at, age, durable }: Truth, rows: string): string {
    const head = `{"say":"${say}","topic":"${this.topic}","of":${JSON.stringify(this.of)},"n":${this.#n}${more}`;
    return `${head},"seq":${seq},"at":${at},"age":${age ?? 'null'},"durable":${durable},"rows":[${rows}]}`;
  }
}

export const channelName = (topic: TopicName, of: string): string => `${topic} ${of}`;

const rowText = (key: string, text: string | null): string => `[${JSON.stringify(key)},${text ?? 'null'}]`;
