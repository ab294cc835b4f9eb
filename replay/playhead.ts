/** A desk that plays a film up to wherever it is told, and no further; and what it takes to put another one where it stands. It knows no clock. */
import type { Machines } from '#actors/desk/core.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import { type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { TimeUs } from '#engine/values.ts';
import { type CheckpointPart, DeskRun } from './desk-run.ts';
import type { Film, Position } from './film.ts';

export type PlayheadOptions = Readonly<{
  digest: Digest;
  catalogue: StrategyCatalogue;
  machines?: Machines;
  /** Before `took` of the facts it comes from. */
  decided?: (decision: Decision) => void;
  /** Facts that have taken effect. */
  took?: (facts: MarketFrame) => void;
}>;

/** A run in the middle of a film. */
export type Midway = Readonly<{ at: Position; parts: readonly CheckpointPart[]; ahead: readonly (Uint8Array | null)[] }>;

export class Playhead {
  readonly run: DeskRun;
  readonly #film: Film;
  readonly #took: (facts: MarketFrame) => void;
  readonly #dropped: Film['dropped'];
  /** The part of the film that comes next, or is not at its end. */
  #next: number;

  constructor(film: Film, { digest, catalogue, machines, decided, took = () => {} }: PlayheadOptions, from: Midway | null = null) {
    this.#film = film;
    this.#took = took;
    this.#dropped = film.dropped;
    const more = machines === undefined ? {} : { machines };
    this.run = new DeskRun({ desk: film.desk, digest, catalogue, observer: decided ?? null, ...more });
    if (film.manifest !== null) this.run.begin(film.manifest);
    if (from !== null) this.run.putBack(from.parts, from.ahead);
    else if (film.origin.length > 0) this.run.restore(film.origin);
    this.#next = film.indexAfter(this.run.desk.seq);
  }

  get at(): Position {
    return { seq: this.run.desk.seq, at: this.run.desk.at };
  }

  midway(): Midway {
    return { at: this.at, parts: this.run.checkpoint(), ahead: this.run.ahead() };
  }

  /** Towards a position that does not lie behind, by so many numbers at most. True once it is there. */
  forward(to: Position, most: number): boolean {
    const { parts } = this.#film;
    for (let left = most; ; ) {
      const part = parts[this.#next];
      const { seq, at } = this.run.desk;
      if (part === undefined) break;
      if (part.kind === 'time') {
        if (seq >= to.seq && part.at > to.at) break;
        if (part.at > at) this.run.time(part.at as TimeUs);
      } else {
        const end = Math.min(to.seq, part.first + part.count - 1, seq + left);
        if (end > seq) this.#take(this.#next, seq + 1, end);
        left -= Math.max(0, end - seq);
        if (end < part.first + part.count - 1) {
          if (end >= to.seq) break;
          this.run.takeDecisions();
          return false;
        }
      }
      this.#next++;
      this.run.takeDecisions(); // nobody writes them
      if (left <= 0 && this.run.desk.seq < to.seq) return false;
    }
    const { seq, at } = this.run.desk;
    if (seq === to.seq && to.at > at) this.run.time(to.at as TimeUs);
    this.run.takeDecisions();
    return true;
  }

  /** Numbers of one part, both ends included. */
  #take(index: number, from: number, to: number): void {
    const payload = this.#film.payload(index);
    if (payload.kind === 'inputs') {
      for (const record of payload.records) if (record.seq >= from && record.seq <= to) this.run.input(record);
      return;
    }
    if (payload.kind !== 'market') return;
    const facts = sliced(payload.frame, from, to);
    this.run.market(facts);
    for (const [first, last] of happening(from, to, this.#dropped)) this.#took(sliced(facts, first, last));
  }
}

function sliced(frame: MarketFrame, from: number, to: number): MarketFrame {
  const isWhole = from === frame.first && to === frame.first + frame.count - 1;
  return isWhole ? frame : sliceFrame(frame, from, to + 1);
}

/** What is left of some numbers without those that were dropped. */
function happening(from: number, to: number, dropped: Film['dropped']): readonly (readonly [first: number, last: number])[] {
  if (dropped.length === 0) return [[from, to]];
  const left: [number, number][] = [];
  let next = from;
  for (const [first, last] of [...dropped].sort(([a], [b]) => a - b)) {
    if (last < next || first > to) continue;
    if (first > next) left.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= to) left.push([next, to]);
  return left;
}
