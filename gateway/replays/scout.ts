/**
 * Plays a film ahead of whoever watches it: notes what happens when, and keeps places at even distances to go back to. Places are packed, and
 * where they would fill more than their room every second one is let go, so that a long day has them farther apart.
 */

import type { CheckpointPart } from '#replay/desk-run.ts';
import type { Film, Position } from '#replay/film.ts';
import { isBefore } from '#replay/film.ts';
import type { Midway } from '#replay/playhead.ts';
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
/** A row of a topic that is kept with a place, as it counts against the room. */
const ROW_BYTES = 16;
/** A window is closed after so many numbers: closing costs more than what is told in it. */
const WINDOW_NUMBERS = 16_384;

type Kept = Readonly<{
  at: Position;
  parts: readonly (Omit<CheckpointPart, 'bytes'> & Readonly<{ packed: Uint8Array }>)[];
  ahead: Midway['ahead'];
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
    const { at, parts, ahead, topics } = found;
    const unpacked = parts.map(({ packed, ...part }) => ({ ...part, bytes: this.#packing.unpack(packed) }));
    return { midway: { at, parts: unpacked, ahead: ahead.map((one) => one && this.#packing.unpack(one)) }, topics };
  }

  #flush(): void {
    this.#open = 0;
    this.#hub.flush();
  }

  #keep(): void {
    this.#work = 0;
    const showing = this.#showing!;
    this.#flush();
    const { at, parts, ahead } = showing.head.midway();
    const packed = parts.map(({ bytes, ...part }) => ({ ...part, packed: this.#packing.pack(bytes) }));
    const packedAhead = ahead.map((one) => one && this.#packing.pack(one));
    const memory = showing.save();
    const bytes =
      packed.reduce((sum, part) => sum + part.packed.length, 0) +
      packedAhead.reduce((sum, one) => sum + (one?.length ?? 0), 0) +
      memory.rows.reduce((sum, [, , rows]) => sum + rows.length * ROW_BYTES, 0);
    this.#kept.push({ at, parts: packed, ahead: packedAhead, topics: memory, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#limits.bytes && this.#kept.length > 2) {
      this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
      this.#bytes = this.#kept.reduce((sum, kept) => sum + kept.bytes, 0);
      this.#apart *= 2;
    }
  }
}
