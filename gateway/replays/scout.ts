/**
 * Plays a film ahead of whoever watches it: notes what happens when, and keeps places at even distances to go back to. Places are packed, and
 * where they would fill more than their room every second one is let go, so that a long day has them farther apart.
 */

import type { Film, Position } from '#replay/film.ts';
import { isBefore } from '#replay/film.ts';
import type { Midway } from '#replay/playhead.ts';
import type { RowTexts } from '../live/channel.ts';
import type { TopicsMemory } from '../live/desk-topics.ts';
import type { Hub } from '../live/hub.ts';
import { Happenings } from './happenings.ts';
import { type Derive, type Place, quietHub, Showing } from './showing.ts';

/** Makes bytes smaller, and what they were again. */
export type Packing = Readonly<{ pack: (bytes: Uint8Array) => Uint8Array; unpack: (bytes: Uint8Array) => Uint8Array }>;

export type ScoutLimits = Readonly<{
  /** Between two places lies at least so much work: a number is one, a decision ten. */
  workApart: number;
  /** All places together. */
  bytes: number;
}>;
/** Some tenths of a second of playing lie between two places, at most. */
export const SCOUT_LIMITS: ScoutLimits = { workApart: 12_000, bytes: 192 * 2 ** 20 };
const DECISION_WORK = 10;
/** A text that is kept with a place, as it counts against the room beside its letters. */
const TEXT_BYTES = 32;
/** Texts that most places have in common are there once; of these topics each place has its own. */
const PASSING: ReadonlySet<string> = new Set(['trades', 'decisions', 'alerts']);
/** A window is closed after so many numbers: closing costs more than what is told in it. */
const WINDOW_NUMBERS = 16_384;

type Kept = Readonly<{
  at: Position;
  /** Packed, as the desks ahead are. */
  midway: Midway;
  topics: TopicsMemory;
  bytes: number;
}>;

export class Scout {
  readonly happenings = new Happenings();
  readonly #film: Film;
  readonly #packing: Packing;
  readonly #limits: ScoutLimits;
  readonly #hub: Hub = quietHub();
  /** Let go once it is through. */
  #showing: Showing | null;
  #kept: Kept[] = [];
  #bytes = 0;
  #apart: number;
  #work = 0;
  /** Numbers in the window that is open. */
  #open = 0;
  #reached: Position;

  constructor(film: Film, derive: Derive, packing: Packing, limits: ScoutLimits = SCOUT_LIMITS) {
    this.#film = film;
    this.#packing = packing;
    this.#limits = limits;
    this.#apart = limits.workApart;
    this.#showing = new Showing(film, derive, this.#hub, null, (decision) => {
      this.#work += DECISION_WORK;
      this.happenings.note(decision);
    });
    this.#reached = film.first;
    this.#keep();
  }

  get done(): boolean {
    return this.#showing === null;
  }

  /** All that happened up to here is noted. */
  get reached(): Position {
    return this.#reached;
  }

  get share(): number {
    const { first, last } = this.#film;
    return this.done ? 1 : Math.min(0.999, (this.#reached.seq - first.seq) / Math.max(1, last.seq - first.seq));
  }

  get places(): number {
    return this.#kept.length;
  }

  /** Goes on by so many numbers. */
  work(numbers: number): void {
    if (this.#showing === null) return;
    const { last } = this.#film;
    const { seq } = this.#showing.at;
    const done = this.#showing.forward(last, numbers);
    this.#reached = done ? last : this.#showing.at;
    this.#work += this.#reached.seq - seq;
    this.#open += this.#reached.seq - seq;
    if (this.#work >= this.#apart) this.#keep();
    else if (this.#open >= WINDOW_NUMBERS) this.#flush();
    if (done) this.#showing = null;
  }

  /** The last place at or before a position that was kept so far; null: only the beginning. */
  before(to: Position): Place | null {
    let found: Kept | null = null;
    for (const kept of this.#kept) {
      if (isBefore(to, kept.at)) break;
      found = kept;
    }
    if (found === null) return null;
    const { midway, topics } = found;
    return { midway: mapped(midway, this.#packing.unpack), topics };
  }

  #flush(): void {
    this.#open = 0;
    this.#hub.flush();
  }

  #keep(): void {
    this.#work = 0;
    const showing = this.#showing!;
    this.#flush();
    const midway = mapped(showing.head.midway(), this.#packing.pack);
    const topics = showing.save();
    const bytes =
      midway.state.length +
      midway.ahead.reduce((sum, one) => sum + (one?.length ?? 0), 0) +
      topics.rows.reduce((sum, [topic, , rows]) => sum + sizeOfRows(rows, PASSING.has(topic)), 0);
    this.#kept.push({ at: midway.at, midway, topics, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#limits.bytes && this.#kept.length > 2) {
      this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
      this.#bytes = this.#kept.reduce((sum, kept) => sum + kept.bytes, 0);
      this.#apart *= 2;
    }
  }
}

const sizeOfRows = (rows: RowTexts, areOwn: boolean): number =>
  areOwn ? rows.reduce((sum, text) => sum + text.length + TEXT_BYTES, 0) : rows.length * TEXT_BYTES;

const mapped = (midway: Midway, through: (bytes: Uint8Array) => Uint8Array): Midway => ({
  ...midway,
  state: through(midway.state),
  ahead: midway.ahead.map((one) => one && through(one)),
});
