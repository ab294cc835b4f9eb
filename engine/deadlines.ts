/**
 * The desk's only timers: absolute instants, each owned by an actor under a name. Arming replaces; nothing counts how often.
 * An indexed heap by instant; the order inside an instant is the sort key, never the order of arming.
 */
import { assert } from './assert.ts';

/** The stages of KERNEL §3 that deadlines belong to. */
export const HEALTH = 1;
export const CLOSES = 2;
export const MARKS = 3;
export const VENUE = 4;
export const STRATEGIES = 5;

export class Deadline {
  /** When it is due; Infinity when not armed. */
  at = Infinity;
  /** Its place in the heap; −1 when not armed. Kept by Deadlines alone. */
  slot = -1;
  readonly stage: number;
  readonly timeframeUs: number;
  readonly instrument: number;
  readonly key: string;
  readonly fire: (deadline: Deadline) => void;
  /** When it is really due, for one whose arming lags behind (liveness: each tick moves it); null for the others. */
  readonly trueAt: ((before: number) => number) | null;

  constructor(
    stage: number,
    timeframeUs: number,
    instrument: number,
    actor: string,
    name: string,
    fire: (deadline: Deadline) => void,
    trueAt: ((before: number) => number) | null = null,
  ) {
    this.stage = stage;
    this.timeframeUs = timeframeUs;
    this.instrument = instrument;
    this.key = `${actor}|${name}`;
    this.fire = fire;
    this.trueAt = trueAt;
  }

  get armed(): boolean {
    return this.slot >= 0;
  }
}

/** Inside one instant: stage, timeframe, instrument, actor key, name. */
export function compareDue(a: Deadline, b: Deadline): number {
  return a.stage - b.stage || a.timeframeUs - b.timeframeUs || a.instrument - b.instrument || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

export class Deadlines {
  readonly #heap: Deadline[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest instant armed, or Infinity. */
  get next(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0].at;
  }

  get first(): Deadline | null {
    return this.#heap.length === 0 ? null : this.#heap[0];
  }

  arm(deadline: Deadline, at: number, now: number): void {
    assert(at >= now, () => `${deadline.key} armed for ${at}, which is before ${now}`);
    const before = deadline.at;
    deadline.at = at;
    if (deadline.slot < 0) {
      deadline.slot = this.#heap.length;
      this.#heap.push(deadline);
      this.#up(deadline.slot);
    } else if (at < before) this.#up(deadline.slot);
    else this.#down(deadline.slot);
  }

  cancel(deadline: Deadline): void {
    const slot = deadline.slot;
    if (slot < 0) return;
    const last = this.#heap.pop()!;
    if (last !== deadline) {
      this.#heap[slot] = last;
      last.slot = slot;
      this.#up(slot);
      this.#down(last.slot);
    }
    deadline.slot = -1;
    deadline.at = Infinity;
  }

  /** Takes everything due at `instant`, in the order of KERNEL §1. */
  takeDue(instant: number): Deadline[] {
    const due: Deadline[] = [];
    while (this.#heap.length > 0 && this.#heap[0].at <= instant) {
      const deadline = this.#heap[0];
      this.cancel(deadline);
      due.push(deadline);
    }
    return due.length > 1 ? due.sort(compareDue) : due;
  }

  #up(slot: number): void {
    const heap = this.#heap;
    const moving = heap[slot];
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (heap[parent].at <= moving.at) break;
      heap[slot] = heap[parent];
      heap[slot].slot = slot;
      slot = parent;
    }
    heap[slot] = moving;
    moving.slot = slot;
  }

  #down(slot: number): void {
    const heap = this.#heap;
    const moving = heap[slot];
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].at < heap[child].at) child++;
      if (heap[child].at >= moving.at) break;
      heap[slot] = heap[child];
      heap[slot].slot = slot;
      slot = child;
    }
    heap[slot] = moving;
    moving.slot = slot;
  }
}
