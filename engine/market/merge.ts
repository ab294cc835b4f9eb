/**
 * Several tapes as one run of facts: by arrival, and where arrivals are equal by the order of the tapes; the order within a tape is kept.
 * Numbered anew from `first`. A frame ends where a frame of a tape ends, so columns are handed on as they are.
 */
import type { Seq } from '../values.ts';
import { type Block, lowerBound, MAX_FRAME_NUMBERS, type MarketFrame, marketFrame, NO_LANE, sliceBlock } from './blocks.ts';

export function* mergedFrames(tapes: readonly Iterable<MarketFrame>[], first: number): Generator<MarketFrame> {
  let number = first;
  if (tapes.length === 1) {
    for (const frame of tapes[0]!) {
      yield { ...frame, first: number as Seq, cursor: null };
      number += frame.count;
    }
    return;
  }
  const heads = tapes.flatMap((tape) => Head.of(tape[Symbol.iterator]()) ?? []);
  while (heads.length > 0) {
    const { blocks, lane } = taken(heads);
    const frame = marketFrame(number as Seq, blocks, blocks.length === 1 ? NO_LANE : lane, null);
    number += frame.count;
    yield frame;
    for (let index = heads.length - 1; index >= 0; index--) if (!heads[index]!.goesOn()) heads.splice(index, 1);
  }
}

/** Where a tape stands: in a frame, behind so many of its facts. */
class Head {
  readonly #frames: Iterator<MarketFrame>;
  frame: MarketFrame;
  /** Arrivals of the frame's facts, in their order. */
  arrivals: Float64Array;
  next = 0;

  private constructor(frames: Iterator<MarketFrame>, frame: MarketFrame) {
    this.#frames = frames;
    this.frame = frame;
    this.arrivals = arrivalsOf(frame);
  }

  static of(frames: Iterator<MarketFrame>): Head | null {
    const { done, value } = frames.next();
    return done === true ? null : new Head(frames, value);
  }

  /** Into the next frame when this one is told; false at the tape's end. */
  goesOn(): boolean {
    if (this.next < this.frame.count) return true;
    const { done, value } = this.#frames.next();
    if (done === true) return false;
    this.frame = value;
    this.arrivals = arrivalsOf(value);
    this.next = 0;
    return true;
  }
}

function arrivalsOf({ blocks, offsets, count }: MarketFrame): Float64Array {
  if (blocks.length === 1) return blocks[0]!.at;
  const arrivals = new Float64Array(count);
  blocks.forEach(({ at }, owner) => {
    const places = offsets[owner]!;
    for (let index = 0; index < at.length; index++) arrivals[places[index]!] = at[index]!;
  });
  return arrivals;
}

/** The earliest facts of all, up to the end of a frame of one of them. */
function taken(heads: readonly Head[]): Readonly<{ blocks: readonly Block[]; lane: Uint16Array }> {
  const size = Math.min(
    MAX_FRAME_NUMBERS,
    heads.reduce((sum, { frame, next }) => sum + frame.count - next, 0),
  );
  const owners = new Uint16Array(size);
  const begun = heads.map(({ next }) => next);
  const count = earliest(heads, owners);
  const blocks: Block[] = [];
  /** Of each head, the block of this frame that each block of its own frame became. */
  const renumbered = heads.map(({ frame, next }, index) => {
    const from = begun[index]!;
    return frame.blocks.map((block, owner) => {
      const places = frame.offsets[owner]!;
      const [begin, end] = frame.blocks.length === 1 ? [from, next] : [lowerBound(places, from), lowerBound(places, next)];
      if (begin === end) return -1;
      blocks.push(sliceBlock(block, begin, end));
      return blocks.length - 1;
    });
  });
  const lane = new Uint16Array(count);
  const at = begun.slice();
  const simple = heads.every(({ frame }) => frame.blocks.length === 1);
  if (simple) {
    const owner = Uint16Array.from(renumbered, ([only]) => Math.max(0, only!));
    for (let offset = 0; offset < count; offset++) lane[offset] = owner[owners[offset]!]!;
  } else
    for (let offset = 0; offset < count; offset++) {
      const index = owners[offset]!;
      const { frame } = heads[index]!;
      const place = at[index]!++;
      lane[offset] = renumbered[index]![frame.blocks.length === 1 ? 0 : frame.lane[place]!]!;
    }
  return { blocks, lane };
}

/** Writes whose fact is next, fact after fact, until a head's frame is told or the owners are full; says how many. */
function earliest(heads: readonly Head[], owners: Uint16Array): number {
  const size = heads.length;
  const next = Uint32Array.from(heads, (head) => head.next);
  const ends = Uint32Array.from(heads, ({ frame }) => frame.count);
  const due = Float64Array.from(heads, ({ arrivals, next: at }) => arrivals[at]!);
  let count = 0;
  for (let isOver = false; !isOver && count < owners.length; ) {
    let owner = 0;
    for (let other = 1; other < size; other++) if (due[other]! < due[owner]!) owner = other;
    owners[count++] = owner;
    const at = next[owner]! + 1;
    next[owner] = at;
    if (at === ends[owner]!) isOver = true;
    else due[owner] = heads[owner]!.arrivals[at]!;
  }
  heads.forEach((head, index) => {
    head.next = next[index]!;
  });
  return count;
}
