/**
 * A watcher's one connection to the gateway: opens it, asks for what is looked at, goes on where it was after a break, and knows since when it
 * hears nothing. It never asks again and again: it asks once, and is told. Sockets and time are handed in.
 */
import { Followed } from './followed.ts';
import type { ClientMessage, LIVE_VERSION, ServerMessage, TopicName } from './live.ts';

/** The protocol spoken here; the type holds it to the gateway's own. */
const VERSION: typeof LIVE_VERSION = 1;

/** A second, doubled up to so long; the wait is drawn from its upper half, so that a thousand watchers do not come back at once. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A connection that is not welcomed by then is given up. */
const WELCOME_MS = 10_000;
/** Said to be so before the first welcome. */
const BEAT_BEFORE_WELCOME_MS = 5_000;
/** Rows that are held of what only grows, for a list one can scroll back in. */
const GROWING: Partial<Record<TopicName, number>> = { decisions: 3_000, trades: 3_000, alerts: 500, logs: 2_000 };

export type Wire = Readonly<{ send: (text: string) => void; close: () => void }>;
export type WireEvents = Readonly<{ heard: (text: string) => void; closed: (code: number, reason: string) => void }>;
export type LinePorts = Readonly<{
  open: (events: WireEvents) => Wire;
  nowMs: () => number;
  after: (ms: number, call: () => void) => () => void;
  /** 0 to below 1. */
  random: () => number;
}>;

type Welcome = Extract<ServerMessage, { say: 'welcome' }>;
type Content = Extract<ServerMessage, { say: 'snapshot' | 'delta' }>;

export type LineState = Readonly<
  /** `since`: when the last word came that was heard before; null: never any. */
  | { is: 'connecting'; tries: number; since: number | null }
  | { is: 'open'; since: number }
  | { is: 'waiting'; tries: number; since: number | null; until: number; why: string }
  | { is: 'closed'; why: string }
>;

/** What is held of one channel. */
export class Place {
  readonly topic: TopicName;
  readonly of: string;
  readonly followed: Followed;
  /** By row: the journal's number it was told at. Beyond `durable` it is not on the disk yet. */
  readonly rowSeq = new Map<string, number>();
  /** Why the rows began anew, where something between may be missing, and from which number on they are whole. */
  broke: Readonly<{ why: 'not kept' | 'behind'; seq: number }> | null = null;
  asking = false;

  constructor(topic: TopicName, of: string) {
    this.topic = topic;
    this.of = of;
    this.followed = new Followed(GROWING[topic] ?? null);
  }
}

type Asked = { readonly topic: TopicName; readonly of: string; watchers: number; refused: string | null };

export type Heard = Readonly<{
  /** Rows of a channel changed; or null: nothing but the state of the line, or how far the journal is on the disk. `news`: what is new in it; null: all of it was told anew. */
  changed: (place: Place | null, news: Content['rows'] | null) => void;
}>;

export class Line {
  readonly #ports: LinePorts;
  readonly #heard: Heard;
  readonly #asked = new Map<string, Asked>();
  readonly #places = new Map<string, Place>();
  #state: LineState = { is: 'closed', why: 'not begun' };
  #welcome: Welcome | null = null;
  #wire: Wire | null = null;
  #forget: (() => void) | null = null;
  #lastHeard: number | null = null;
  #tries = 0;
  #id = 0;
  /** Newest known of the desk, whatever it was told with. */
  seq = 0;
  at = 0;
  durable = 0;
  /** By how much the gateway's clock is ahead of this machine's, ms; null where the desk's time is not the wall's. */
  aheadMs: number | null = null;
  /** Messages that were missing, in this line's life; each was asked for again. */
  gaps = 0;

  constructor(ports: LinePorts, heard: Heard) {
    this.#ports = ports;
    this.#heard = heard;
  }

  get state(): LineState {
    return this.#state;
  }

  get welcome(): Welcome | null {
    return this.#welcome;
  }

  /** When the gateway was last heard, on this machine's clock; null: never. */
  get lastHeard(): number | null {
    return this.#lastHeard;
  }

  begin(): void {
    if (this.#state.is !== 'closed') return;
    this.#tries = 0;
    this.#connect();
  }

  /** Ends it for good, until `begin`. */
  end(why: string): void {
    this.#drop();
    this.#move({ is: 'closed', why });
  }

  /** Now, and not when the wait is over. */
  hurry(): void {
    if (this.#state.is !== 'waiting') return;
    this.#forget?.();
    this.#connect();
  }

  /** One more looks at it. What is returned says that it no longer does. */
  watch(topic: TopicName, of: string): () => void {
    const name = nameOf(topic, of);
    let asked = this.#asked.get(name);
    if (asked === undefined) {
      asked = { topic, of, watchers: 0, refused: null };
      this.#asked.set(name, asked);
      this.#subscribe(asked);
    }
    asked.watchers += 1;
    const one = asked;
    let gone = false;
    return () => {
      if (gone) return;
      gone = true;
      one.watchers -= 1;
      // a page that is left and the one that is opened often look at the same: asked for again at once, it goes on
      if (one.watchers === 0) this.#ports.after(LINGER_MS, () => this.#leave(name, one));
    };
  }

  places(topic: TopicName, of: string): readonly Place[] {
    const one = this.#places.get(nameOf(topic, of));
    if (one !== undefined || of !== '*') return one === undefined ? [] : [one];
    return [...this.#places.values()].filter((place) => place.topic === topic && this.#watched(place));
  }

  /** Why the gateway does not tell it; null where it does. */
  refusal(topic: TopicName, of: string): string | null {
    return this.#asked.get(nameOf(topic, of))?.refused ?? null;
  }

  #leave(name: string, asked: Asked): void {
    if (asked.watchers > 0 || this.#asked.get(name) !== asked) return;
    this.#asked.delete(name);
    if (this.#state.is === 'open') this.#send({ do: 'unsubscribe', id: this.#nextId(), topic: asked.topic, of: asked.of });
    for (const [key, place] of this.#places) if (!this.#watched(place)) this.#places.delete(key);
  }

  #watched({ topic, of }: Place): boolean {
    return this.#asked.has(nameOf(topic, of)) || this.#asked.has(nameOf(topic, '*'));
  }

  #connect(): void {
    this.#drop();
    this.#move({ is: 'connecting', tries: this.#tries, since: this.#lastHeard });
    let mine: Wire | null = null;
    const current = (): boolean => mine === null || this.#wire === mine;
    this.#forget = this.#ports.after(WELCOME_MS, () => this.#lost('the gateway did not answer'));
    mine = this.#ports.open({
      heard: (text) => {
        if (current()) this.#take(text);
      },
      closed: (code, reason) => {
        if (current()) this.#lost(reason === '' ? `the connection ended (${code})` : reason);
      },
    });
    this.#wire = mine;
  }

  #lost(why: string): void {
    this.#drop();
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#tries, 16));
    const wait = longest * (0.5 + this.#ports.random() / 2);
    this.#tries += 1;
    this.#forget = this.#ports.after(wait, () => this.#connect());
    this.#move({ is: 'waiting', tries: this.#tries, since: this.#lastHeard, until: this.#ports.nowMs() + wait, why });
  }

  #drop(): void {
    this.#forget?.();
    this.#forget = null;
    const wire = this.#wire;
    this.#wire = null;
    wire?.close();
  }

  #take(text: string): void {
    this.#lastHeard = this.#ports.nowMs();
    let messages: ServerMessage[];
    try {
      messages = JSON.parse(text);
    } catch {
      this.#lost('the gateway said what is no message');
      return;
    }
    for (const message of messages) this.#hear(message);
  }

  #hear(message: ServerMessage): void {
    switch (message.say) {
      case 'welcome':
        this.#welcomed(message);
        return;
      case 'snapshot':
      case 'delta':
        this.#content(message);
        return;
      case 'beat':
        this.#truth(message);
        this.#heard.changed(null, null);
        return;
      case 'resumed': {
        const place = this.#places.get(nameOf(message.topic, message.of));
        if (place !== undefined) place.asking = false;
        return;
      }
      case 'refused':
        this.#refused(message);
        return;
      case 'unsubscribed':
      case 'pong':
        return;
    }
  }

  #welcomed(welcome: Welcome): void {
    if (welcome.version !== VERSION) {
      this.end(
        `version ${VERSION} of the protocol is spoken here and ${String(welcome.version)} by the gateway: load the page again, or take the program of the desk's build`,
      );
      return;
    }
    // another life of the gateway counts anew
    if (this.#welcome !== null && this.#welcome.epoch !== welcome.epoch) this.seq = this.at = this.durable = 0;
    this.#welcome = welcome;
    this.#tries = 0;
    this.#move({ is: 'open', since: this.#ports.nowMs() });
    this.#watchBeats();
    for (const asked of this.#asked.values()) this.#subscribe(asked);
  }

  /** Twice as long as it may be silent: then it is gone, whatever the socket says. */
  #watchBeats(): void {
    const beat = this.#welcome?.beatMs ?? BEAT_BEFORE_WELCOME_MS;
    this.#forget?.();
    this.#forget = this.#ports.after(beat, () => {
      const silent = this.#ports.nowMs() - (this.#lastHeard ?? 0);
      if (silent > 2 * beat) this.#lost(`nothing was heard for ${Math.round(silent / 1000)} s`);
      else this.#watchBeats();
    });
  }

  #content(message: Content): void {
    const name = nameOf(message.topic, message.of);
    let place = this.#places.get(name);
    if (place === undefined) {
      place = new Place(message.topic, message.of);
      if (!this.#watched(place)) return; // told before the gateway heard that nobody looks any more
      this.#places.set(name, place);
    }
    const { followed, rowSeq } = place;
    const fresh = followed.cursor === null;
    if (followed.take(message, this.#welcome!.epoch) === 'gap') {
      this.gaps += place.asking ? 0 : 1;
      if (!place.asking) this.#askAnew(place);
      return;
    }
    place.asking = false;
    this.#truth(message);
    this.aheadMs = message.age === null ? null : message.at / 1_000 + message.age - this.#lastHeard!;
    if (message.say === 'snapshot') {
      rowSeq.clear();
      // a replay that was moved is whole at its new place; whatever else is told anew to who held it may have a hole before it
      if (message.why === 'moved') place.broke = null;
      else if (!fresh) place.broke = { why: message.why === 'behind' ? 'behind' : 'not kept', seq: message.seq };
    }
    for (const [key, row] of message.rows) {
      if (row === null) rowSeq.delete(key);
      else rowSeq.set(key, message.seq);
    }
    if (rowSeq.size > followed.rows.size) for (const key of rowSeq.keys()) if (!followed.rows.has(key)) rowSeq.delete(key);
    this.#heard.changed(place, message.say === 'delta' ? message.rows : null);
  }

  #truth({ seq, at, durable }: Readonly<{ seq: number; at: number; durable: number }>): void {
    // the newest word, not the largest: a replay goes back as well
    this.seq = seq;
    this.at = at;
    this.durable = durable;
  }

  #askAnew(place: Place): void {
    place.asking = true;
    const asked = this.#asked.get(nameOf(place.topic, place.of)) ?? this.#asked.get(nameOf(place.topic, '*'));
    if (asked !== undefined) this.#send({ do: 'subscribe', id: this.#idOf(asked), topic: asked.topic, of: asked.of });
  }

  #subscribe(asked: Asked): void {
    if (this.#state.is !== 'open') return;
    const { topic, of } = asked;
    const cursor = this.#places.get(nameOf(topic, of))?.followed.cursor ?? null;
    // all of a topic by instrument is many channels, each with a place of its own: they are told anew
    this.#send({ do: 'subscribe', id: this.#idOf(asked), topic, of, ...(cursor === null ? {} : { after: cursor }) });
  }

  readonly #ids = new Map<number, Asked>();

  #idOf(asked: Asked): number {
    const id = this.#nextId();
    this.#ids.set(id, asked);
    return id;
  }

  #refused({ id, reason, remedy }: Extract<ServerMessage, { say: 'refused' }>): void {
    const asked =
      id === null ? [...this.#asked.values()].find((one) => reason.startsWith(`${nameOf(one.topic, one.of)}:`)) : this.#ids.get(id);
    if (asked === undefined) return;
    asked.refused = `${reason}: ${remedy}`;
    this.#heard.changed(null, null);
  }

  #nextId(): number {
    this.#id = (this.#id + 1) % 1_000_000_000;
    this.#ids.delete(this.#id - IDS_KEPT);
    return this.#id;
  }

  #send(message: ClientMessage): void {
    this.#wire?.send(JSON.stringify(message));
  }

  #move(state: LineState): void {
    this.#state = state;
    this.#heard.changed(null, null);
  }
}

const LINGER_MS = 1_000;
const IDS_KEPT = 1_000;

export const nameOf = (topic: TopicName, of: string): string => `${topic} ${of}`;
