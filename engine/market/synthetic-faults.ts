/**
 * What can go wrong in the synthetic market, and when. The k-th occurrence of a fault is drawn from a stream of its own name and
 * number, so no fault shifts another or the market, and a fault's whole state is k and where it falls.
 */
import { log } from '../math.ts';
import { type RandomStream, randomStream } from '../random.ts';
import { MINUTE_US, SECOND_US } from '../values.ts';

/** A time of trouble: on average so long after the last, lasting half to one and a half times `forUs`. `everyUs` 0: never. */
export type Spell = Readonly<{ everyUs: number; forUs: number }>;

/** Counts are "one in so many messages of the feed", on average; 0: never. */
export type Faults = Readonly<{
  /** The source says nothing, not even beats. */
  silence: Spell;
  /** One instrument says nothing while its source's beats go on. */
  mute: Spell;
  /** Messages of one instrument arrive ever later, then all that waited at once. */
  lag: Spell;
  /** The connection is known to be lost: SourceLost … SourceRestored, and what was sent meanwhile is missing from the numbers. */
  reconnect: Spell;
  /** The venue's numbers jump. */
  gap: number;
  /** A message arrives twice. */
  duplicate: number;
  /** Bid at or above ask (one in so many quotes). */
  crossed: number;
  /** A price several times too high or low, or a trade of no lots. */
  absurd: number;
  /** A trade whose venue time lies back: inside lateness, inside grace behind a border of `borderUs`, or too far (one in so many trades). */
  late: number;
  borderUs: number;
}>;

const NEVER: Spell = { everyUs: 0, forUs: 0 };

export const CALM: Faults = {
  silence: NEVER,
  mute: NEVER,
  lag: NEVER,
  reconnect: NEVER,
  gap: 0,
  duplicate: 0,
  crossed: 0,
  absurd: 0,
  late: 0,
  borderUs: MINUTE_US,
};

/** Few, and each visible to someone who watches for some minutes. */
export const DEMO: Faults = {
  silence: { everyUs: 30 * MINUTE_US, forUs: 5 * SECOND_US },
  mute: { everyUs: 12 * MINUTE_US, forUs: 6 * SECOND_US },
  lag: { everyUs: 15 * MINUTE_US, forUs: 6 * SECOND_US },
  reconnect: { everyUs: 20 * MINUTE_US, forUs: 4 * SECOND_US },
  gap: 20_000,
  duplicate: 10_000,
  crossed: 12_000,
  absurd: 15_000,
  late: 4_000,
  borderUs: MINUTE_US,
};

/** Everything, often: a thousand ticks see most of it. */
export const STORMY: Faults = {
  silence: { everyUs: 12 * SECOND_US, forUs: 3 * SECOND_US },
  mute: { everyUs: 10 * SECOND_US, forUs: 3 * SECOND_US },
  lag: { everyUs: 8 * SECOND_US, forUs: 4 * SECOND_US },
  reconnect: { everyUs: 15 * SECOND_US, forUs: 2 * SECOND_US },
  gap: 60,
  duplicate: 40,
  crossed: 40,
  absurd: 50,
  late: 15,
  borderUs: SECOND_US,
};

/** Occurrences counted in messages: `next` is the message that is struck. */
export class Strikes {
  next = Infinity;
  /** Its state, for a cursor: written when it changes, because it rarely does. */
  saved = '';
  readonly #seed: number;
  readonly #name: string;
  readonly #every: number;
  #k = 0;

  constructor(seed: number, name: string, every: number) {
    this.#seed = seed;
    this.#name = name;
    this.#every = every;
    if (every > 0) this.#plan(0);
  }

  /** Call when message `next` is there: gives the stream for its details, and plans the following one. */
  strike(): RandomStream {
    const details = randomStream(this.#seed, `${this.#name}!${this.#k}`);
    this.#k += 1;
    this.#plan(this.next);
    return details;
  }

  load(saved: readonly number[], from: number): number {
    if (this.#every === 0) return from;
    this.#k = saved[from]!;
    this.next = saved[from + 1]!;
    this.saved = `.${this.#k}.${this.next}`;
    return from + 2;
  }

  #plan(after: number): void {
    this.next = after + 1 + Math.floor(exponential(randomStream(this.#seed, `${this.#name}#${this.#k}`), this.#every));
    this.saved = `.${this.#k}.${this.next}`;
  }
}

/** Spells in time: the current or coming one is [start, end). Ask with times that never fall. */
export class Spells {
  start = Infinity;
  end = Infinity;
  saved = '';
  readonly #seed: number;
  readonly #name: string;
  readonly #spell: Spell;
  #k = 0;

  constructor(seed: number, name: string, spell: Spell, startUs: number) {
    this.#seed = seed;
    this.#name = name;
    this.#spell = spell;
    if (spell.everyUs > 0) this.#plan(startUs);
  }

  covers(time: number): boolean {
    while (time >= this.end) this.pass();
    return time >= this.start;
  }

  /** On to the next spell. */
  pass(): void {
    this.#k += 1;
    this.#plan(this.end);
  }

  load(saved: readonly number[], from: number): number {
    if (this.#spell.everyUs === 0) return from;
    this.#k = saved[from]!;
    this.start = saved[from + 1]!;
    this.end = saved[from + 2]!;
    this.saved = `.${this.#k}.${this.start}.${this.end}`;
    return from + 3;
  }

  #plan(after: number): void {
    const stream = randomStream(this.#seed, `${this.#name}#${this.#k}`);
    const { everyUs, forUs } = this.#spell;
    this.start = after + 1 + Math.floor(exponential(stream, everyUs));
    this.end = this.start + 1 + Math.floor(forUs / 2) + stream.below(forUs + 1);
    this.saved = `.${this.#k}.${this.start}.${this.end}`;
  }
}

const exponential = (stream: RandomStream, mean: number): number => -mean * log(1 - stream.float());
