/** Signed requests with an end in the venue's time, and their checked answers. What an answer means for an order is said elsewhere. */
import { SECOND_US } from '#engine/values.ts';
import { answerOf, type Reply, replyOf } from './outcomes.ts';
import type { REPLIES, ReplyOf } from './replies.ts';
import { type SecretText, signRequest, signStream } from './sign.ts';
import { VenueClock } from './skew.ts';
import { VenueNonsense } from './trouble.ts';
import type { BrokerClock, Wire, WireRequest } from './wire.ts';

export const TIMEOUT_US = 2 * SECOND_US;
/** Half a million open orders, a million fills: beyond it the venue repeats itself. */
const MAX_PAGES = 10_000;

type Kind = keyof typeof REPLIES;
type Read<K extends Kind, T> = (reply: ReplyOf<K>) => T;
type Change = Readonly<{
  method: 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: object /** Ours. */;
  until: number;
  mayLeave?: (() => boolean) | undefined;
}>;

export class Requests {
  readonly venue: VenueClock;
  readonly timeoutUs: number;
  readonly #wire: Wire;
  readonly #clock: BrokerClock;
  readonly #key: string;
  readonly #secret: SecretText;

  constructor(wire: Wire, clock: BrokerClock, key: string, secret: SecretText, timeoutUs: number) {
    this.#wire = wire;
    this.#clock = clock;
    this.#key = key;
    this.#secret = secret;
    this.timeoutUs = timeoutUs;
    this.venue = new VenueClock(clock, async () => (await this.public('/time', 'time')).time);
  }

  async public<K extends 'time' | 'instruments'>(path: string, kind: K): Promise<ReplyOf<K>> {
    return answerOf(replyOf(await this.#wire.ask({ method: 'GET', path, headers: {}, body: '' }, this.timeoutUs), kind, (reply) => reply));
  }

  /** Rejects with an error of trouble.ts, also one that `read` throws. */
  async question<K extends Kind, T>(path: string, kind: K, read: Read<K, T>): Promise<T> {
    return answerOf(await this.ask(path, kind, this.timeoutUs, read));
  }

  ask<K extends Kind, T>(path: string, kind: K, timeoutUs: number, read: Read<K, T>): Promise<Reply<T>> {
    return this.#signed({ method: 'GET', path, body: '' }, kind, this.nobodyWaits(), timeoutUs, read);
  }

  change<K extends Kind, T>({ method, path, body, until, mayLeave }: Change, kind: K, read: Read<K, T>): Promise<Reply<T>> {
    const request = { method, path, body: body === undefined ? '' : JSON.stringify(body), ...(mayLeave === undefined ? {} : { mayLeave }) };
    return this.#signed(request, kind, until, this.timeoutUs, read);
  }

  /** All pages, each row once. */
  async pages<K extends 'orders' | 'fills', T>(
    path: string,
    kind: K,
    read: Read<K, { rows: T[]; next: string | null }>,
    idOf: (row: T) => string,
  ): Promise<readonly T[]> {
    const rows = new Map<string, T>();
    const cursors = new Set<string>();
    for (let after = ''; ; ) {
      const page: { rows: T[]; next: string | null } = await this.question(`${path}${after}`, kind, read);
      for (const row of page.rows) if (!rows.has(idOf(row))) rows.set(idOf(row), row);
      if (page.next === null) return [...rows.values()];
      if (cursors.has(page.next)) throw new VenueNonsense(`${path}: the page after ${page.next} leads back to itself`);
      if (cursors.size === MAX_PAGES) throw new VenueNonsense(`${path}: more than ${MAX_PAGES} pages`);
      cursors.add(page.next);
      after = `${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(page.next)}`;
    }
  }

  /** The message that signs a stream in. */
  hello(): string {
    const time = this.venue.there(this.#clock.wallUs());
    return JSON.stringify({ op: 'auth', key: this.#key, time, sign: signStream(this.#secret, time) });
  }

  /** The end of a request that names none: then we wait for it no longer. */
  nobodyWaits(): number {
    return this.#clock.wallUs() + this.timeoutUs;
  }

  /** A failure keeps what was known: requests and the stream tell of a venue that is away. */
  measureAgain(): void {
    this.venue.measure().catch(() => {});
  }

  async #signed<K extends Kind, T>(
    { method, path, body, ...more }: Omit<WireRequest, 'headers'>,
    kind: K,
    until: number,
    timeoutUs: number,
    read: Read<K, T>,
  ): Promise<Reply<T>> {
    if (!this.venue.known) return { kind: 'unsent', reason: 'not connected: the clock of the venue is not known yet' };
    const time = this.venue.there(this.#clock.wallUs());
    const end = this.venue.lastThere(until);
    if (end <= time) return { kind: 'unsent', reason: 'too late: its end has come' };
    const sign = signRequest(this.#secret, time, end, method, path, body);
    const headers = { 'x-key': this.#key, 'x-time': String(time), 'x-until': String(end), 'x-sign': sign };
    const reply = replyOf(await this.#wire.ask({ method, path, headers, body, ...more }, timeoutUs), kind, read);
    if (reply.kind === 'refused' && reply.code === 'expired') this.measureAgain();
    return reply;
  }
}
