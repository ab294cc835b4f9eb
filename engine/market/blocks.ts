/**
 * Market facts as columns: what one instrument's source sent of one kind, in number order. A frame holds the blocks of a contiguous
 * range of numbers and says which block owns each. Codec and checksum: journal/market-codec.ts. Never an object a tick.
 */
import { assert } from '../assert.ts';
import type { InstrumentId, Seq, SourceId } from '../values.ts';

export type BlockKind = 'trade' | 'quote' | 'bar' | 'book';
export const BLOCK_KINDS: readonly BlockKind[] = ['trade', 'quote', 'bar', 'book'];

/** The value columns of each kind, in the order they are stored and hashed. Prices in ticks, sizes in lots, all whole numbers. */
export const VALUE_COLUMNS = {
  trade: ['price', 'lots'],
  quote: ['bid', 'bidLots', 'ask', 'askLots'],
  bar: ['open', 'high', 'low', 'close', 'volume'],
  book: ['price', 'lots'],
} as const satisfies Record<BlockKind, readonly string[]>;

/** Bits of the flag column. */
export const FLAG_BUY = 1; // the aggressor bought (trades), the bid side (book changes)
export const FLAG_SELL = 2; // the aggressor sold, the ask side
export const FLAG_SNAPSHOT = 4; // part of a book snapshot
export const FLAG_GAP = 8; // changes before this one are missing: the book is not known until the next snapshot
export const KNOWN_FLAGS = FLAG_BUY | FLAG_SELL | FLAG_SNAPSHOT | FLAG_GAP;

export type Block = Readonly<{
  instrument: InstrumentId;
  source: SourceId;
  kind: BlockKind;
  /** The bar's length for bars, else 0. */
  timeframeUs: number;
  count: number;
  /** Arrival, µs, never falling. */
  at: Float64Array;
  /** What the venue says, µs. For a bar its start. */
  venueTime: Float64Array;
  /** The venue's own sequence number; empty when the source has none. Whole, ≥ 1. A jump is a gap, a number not above the last a duplicate. */
  venueSeq: Float64Array;
  flags: Uint8Array;
  /** One array a value column, in the order of VALUE_COLUMNS. */
  values: readonly Float64Array[];
}>;

export const MAX_FRAME_NUMBERS = 65_536;

/** A contiguous range of numbers, `first … first + count - 1`. */
export type MarketFrame = Readonly<{
  first: Seq;
  count: number;
  blocks: readonly Block[];
  /** Which block owns each number; empty when there is one block. */
  lane: Uint16Array;
  /** For each block, the offset in the frame of each of its facts, rising. With one block: 0, 1, 2 … */
  offsets: readonly Uint32Array[];
  /** Where a pulled source goes on from after this frame; null for live ones. Opaque to all but its source. */
  cursor: string | null;
}>;

const IDENTITY = new Uint32Array(MAX_FRAME_NUMBERS).map((_, index) => index);
export const NO_SEQ = new Float64Array(0);
export const NO_LANE = new Uint16Array(0);

/** Makes a frame, checking what every reader relies on: lengths, lanes, rising arrivals. */
export function marketFrame(first: Seq, blocks: readonly Block[], lane: Uint16Array, cursor: string | null): MarketFrame {
  let count = 0;
  for (const block of blocks) count += block.count;
  assert(count >= 1 && count <= MAX_FRAME_NUMBERS, `a frame holds 1–${MAX_FRAME_NUMBERS} numbers, not ${count}`);
  if (blocks.length === 1) return { first, count, blocks, lane: NO_LANE, offsets: [IDENTITY.subarray(0, count)], cursor };
  assert(lane.length === count, `lane column of ${lane.length} for ${count} numbers`);
  const offsets = blocks.map((block) => new Uint32Array(block.count));
  const counts = Uint32Array.from(blocks, (block) => block.count);
  const filled = new Uint32Array(blocks.length);
  for (let offset = 0; offset < count; offset++) {
    const owner = lane[offset];
    if (!(owner < counts.length && filled[owner] < counts[owner]))
      assert(false, `lane ${owner} at offset ${offset} owns more facts than its block holds`);
    offsets[owner][filled[owner]++] = offset;
  }
  return { first, count, blocks, lane, offsets, cursor };
}

/** The part of a frame from number `from` to `to` (exclusive), as a frame of its own: another cut of the same facts. */
export function sliceFrame(frame: MarketFrame, from: number, to: number): MarketFrame {
  const low = from - frame.first;
  const high = to - frame.first;
  assert(low >= 0 && high > low && high <= frame.count, `slice ${from}–${to} of ${frame.first}+${frame.count}`);
  const blocks: Block[] = [];
  const renumbered = new Map<number, number>();
  frame.blocks.forEach((block, owner) => {
    const begin = lowerBound(frame.offsets[owner], low);
    const end = lowerBound(frame.offsets[owner], high);
    if (begin === end) return;
    renumbered.set(owner, blocks.length);
    blocks.push(sliceBlock(block, begin, end));
  });
  const lane = blocks.length === 1 ? NO_LANE : frame.lane.slice(low, high).map((owner) => renumbered.get(owner)!);
  return marketFrame((frame.first + low) as Seq, blocks, lane, high === frame.count ? frame.cursor : null);
}

export function sliceBlock(block: Block, begin: number, end: number): Block {
  const venueTime = block.venueTime.subarray(begin, end);
  return {
    instrument: block.instrument,
    source: block.source,
    kind: block.kind,
    timeframeUs: block.timeframeUs,
    count: end - begin,
    // without a lag the two columns are one: scans and hashes know it by that
    at: block.at === block.venueTime ? venueTime : block.at.subarray(begin, end),
    venueTime,
    venueSeq: block.venueSeq.length === 0 ? NO_SEQ : block.venueSeq.subarray(begin, end),
    flags: block.flags.subarray(begin, end),
    values: block.values.map((column) => column.subarray(begin, end)),
  };
}

/** First index whose value is not below `bound`, in a rising array. */
export function lowerBound(rising: Float64Array | Uint32Array, bound: number, from = 0, to = rising.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of a frame's facts had arrived by a moment. */
export function arrivedBy(frame: MarketFrame, at: number): number {
  let offset = frame.count;
  frame.blocks.forEach((block, owner) => {
    const index = lowerBound(block.at, at + 1);
    if (index < block.count) offset = Math.min(offset, frame.offsets[owner][index]);
  });
  return offset;
}
