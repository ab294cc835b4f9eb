/**
 * The columns of one page of numbers, as runHash sees them: fixed width, little-endian, no trace of blocks or lanes. A row a number;
 * value column j holds only the numbers of kinds that have more than j. A bar's timeframe is its last value. A first byte says what is
 * left out because it says nothing: arrivals that all are the venue's times, sequence numbers where no source has any.
 */
import { assert } from '../assert.ts';
import { BLOCK_KINDS, type Block, type BlockKind, lowerBound, type MarketFrame, VALUE_COLUMNS } from '../market/blocks.ts';
import { type ByteReader, ByteWriter } from './bytes.ts';
import type { FeedOrdinal } from './hashes.ts';

/** The type of a number that was left out (a fork's hole) inside a page. */
export const HOLE = 255;
const MARKET = 0;
const WIDTH: Readonly<Record<BlockKind, number>> = {
  trade: VALUE_COLUMNS.trade.length,
  quote: VALUE_COLUMNS.quote.length,
  bar: VALUE_COLUMNS.bar.length + 1,
  book: VALUE_COLUMNS.book.length,
};
const MOST_VALUES = Math.max(...Object.values(WIDTH));
/** Below this many numbers a plain loop beats the setup of `set`. */
const FEW = 16;
assert(new Uint8Array(Uint16Array.of(1).buffer)[0] === 1, 'columns are hashed as they lie in memory, which must be little-endian');

export class InputPage {
  /** Canonical bytes of the page's records, in number order; they follow the columns. */
  readonly records = new ByteWriter(4096);
  #rows = 0;
  readonly #type: Uint8Array;
  readonly #at: Float64Array;
  readonly #venueTime: Float64Array;
  readonly #instrument: Uint32Array;
  readonly #kind: Uint8Array;
  readonly #flags: Uint8Array;
  readonly #venueSeq: Float64Array;
  readonly #values: readonly Float64Array[];
  readonly #filled = new Uint32Array(MOST_VALUES);
  /** Some number of the page carries a sequence number; some arrival is not the venue's time. */
  #numbered = false;
  #lagging = false;

  constructor(numbers: number) {
    this.#type = new Uint8Array(numbers);
    this.#at = new Float64Array(numbers);
    this.#venueTime = new Float64Array(numbers);
    this.#instrument = new Uint32Array(numbers);
    this.#kind = new Uint8Array(numbers);
    this.#flags = new Uint8Array(numbers);
    this.#venueSeq = new Float64Array(numbers);
    this.#values = Array.from({ length: MOST_VALUES }, () => new Float64Array(numbers));
  }

  clear(): void {
    this.#rows = 0;
    this.#filled.fill(0);
    this.#numbered = false;
    this.#lagging = false;
    this.records.at = 0;
  }

  input(row: number, id: number, at: number, bytes: Uint8Array): void {
    this.#skipTo(row);
    this.#blank(row, id, at);
    this.#rows = row + 1;
    this.records.raw(bytes);
  }

  /** The numbers at offsets begin … end − 1 of the frame, the first of them at `row`. */
  market(frame: MarketFrame, begin: number, end: number, row: number, ordinal: FeedOrdinal): void {
    this.#skipTo(row);
    const { blocks } = frame;
    this.#type.fill(MARKET, row, row + end - begin);
    if (blocks.length === 1) this.#one(blocks[0], begin, end, row, ordinal);
    else {
      const firsts = blocks.map((_, owner) => lowerBound(frame.offsets[owner], begin));
      for (let owner = 0; owner < blocks.length; owner++)
        this.#scatter(blocks[owner], frame.offsets[owner], firsts[owner], begin, end, row, ordinal);
      this.#merge(frame, firsts, begin, end);
    }
    this.#rows = row + end - begin;
  }

  /** The page's bytes, as views. */
  parts(): Uint8Array[] {
    const said = this.#rows === 0 ? [] : [Uint8Array.of((this.#lagging ? 1 : 0) | (this.#numbered ? 2 : 0))];
    return [...said, ...this.#columns(false).map(bytesOf), this.records.bytes.subarray(0, this.records.at)];
  }

  save(out: ByteWriter): void {
    out.u32(this.#rows);
    for (const filled of this.#filled) out.u32(filled);
    out.u32(this.records.at);
    out.u8((this.#lagging ? 1 : 0) | (this.#numbered ? 2 : 0));
    for (const column of this.#columns(true)) out.raw(bytesOf(column));
    out.raw(this.records.bytes.subarray(0, this.records.at));
  }

  load(from: ByteReader): void {
    this.clear();
    this.#rows = this.#count(from);
    for (let j = 0; j < MOST_VALUES; j++) this.#filled[j] = this.#count(from);
    const records = from.u32();
    const said = from.u8();
    this.#lagging = (said & 1) !== 0;
    this.#numbered = (said & 2) !== 0;
    for (const column of this.#columns(true)) bytesOf(column).set(from.raw(column.byteLength));
    this.records.raw(from.raw(records));
  }

  #count(from: ByteReader): number {
    const count = from.u32();
    if (count > this.#type.length) throw from.bad(`${count} numbers in a page of ${this.#type.length}`);
    return count;
  }

  #columns(all: boolean): (Uint8Array | Float64Array | Uint32Array)[] {
    const at = all || this.#lagging ? [this.#at] : [];
    const venueSeq = all || this.#numbered ? [this.#venueSeq] : [];
    const columns = [this.#type, ...at, this.#venueTime, this.#instrument, this.#kind, this.#flags, ...venueSeq];
    return [
      ...columns.map((column) => column.subarray(0, this.#rows)),
      ...this.#values.map((column, j) => column.subarray(0, this.#filled[j])),
    ];
  }

  #skipTo(row: number): void {
    for (let hole = this.#rows; hole < row; hole++) this.#blank(hole, HOLE, 0);
  }

  #blank(row: number, type: number, at: number): void {
    this.#type[row] = type;
    this.#at[row] = at;
    this.#venueTime[row] = 0;
    if (at !== 0) this.#lagging = true;
    this.#instrument[row] = 0;
    this.#kind[row] = 0;
    this.#flags[row] = 0;
    this.#venueSeq[row] = 0;
  }

  /** Looks only at the facts that enter this page: what is left out must not depend on how frames were cut. */
  #look(block: Block, from: number, to: number): void {
    if (!this.#lagging && block.at !== block.venueTime) this.#lagging = differ(block.at, block.venueTime, from, to);
    if (!this.#numbered && block.venueSeq.length > 0) this.#numbered = someNumber(block.venueSeq, from, to);
  }

  #one(block: Block, begin: number, end: number, row: number, ordinal: FeedOrdinal): void {
    this.#look(block, begin, end);
    const to = row + end - begin;
    this.#instrument.fill(ordinal(block.instrument, block.source), row, to);
    this.#kind.fill(BLOCK_KINDS.indexOf(block.kind), row, to);
    copy(block.at, begin, end, this.#at, row);
    copy(block.venueTime, begin, end, this.#venueTime, row);
    copyBytes(block.flags, begin, end, this.#flags, row);
    if (block.venueSeq.length === 0) this.#venueSeq.fill(0, row, to);
    else copy(block.venueSeq, begin, end, this.#venueSeq, row);
    for (let j = 0; j < block.values.length; j++) copy(block.values[j], begin, end, this.#values[j], this.#filled[j]);
    if (block.kind === 'bar')
      this.#values[WIDTH.bar - 1].fill(block.timeframeUs, this.#filled[WIDTH.bar - 1], this.#filled[WIDTH.bar - 1] + end - begin);
    for (let j = 0; j < WIDTH[block.kind]; j++) this.#filled[j] += end - begin;
  }

  #scatter(block: Block, offsets: Uint32Array, first: number, begin: number, end: number, row: number, ordinal: FeedOrdinal): void {
    const instrument = ordinal(block.instrument, block.source);
    const kind = BLOCK_KINDS.indexOf(block.kind);
    const shift = row - begin;
    const last = lowerBound(offsets, end);
    this.#look(block, first, last);
    const [instruments, kinds, flags] = [this.#instrument, this.#kind, this.#flags];
    for (let index = first; index < last; index++) {
      const at = shift + offsets[index];
      instruments[at] = instrument;
      kinds[at] = kind;
      flags[at] = block.flags[index];
    }
    place(block.at, offsets, first, last, this.#at, shift);
    place(block.venueTime, offsets, first, last, this.#venueTime, shift);
    place(block.venueSeq.length > 0 ? block.venueSeq : new Float64Array(block.count), offsets, first, last, this.#venueSeq, shift);
  }

  /**
   * Value columns have no row for kinds that lack them: where kinds of several widths meet they are merged in number order, else each
   * value goes to its number's place.
   */
  #merge({ blocks, lane, offsets }: MarketFrame, firsts: readonly number[], begin: number, end: number): void {
    const widths = Uint8Array.from(blocks, (block) => WIDTH[block.kind]);
    for (let j = 0; j < MOST_VALUES && widths.some((width) => width > j); j++) {
      const sources = blocks.map((block, owner) => (widths[owner] > j ? valuesOf(block, j) : NONE));
      const column = this.#values[j];
      let filled = this.#filled[j];
      if (widths.every((width) => width > j)) {
        for (let owner = 0; owner < blocks.length; owner++)
          place(sources[owner], offsets[owner], firsts[owner], lowerBound(offsets[owner], end), column, filled - begin);
        filled += end - begin;
      } else {
        const next = Uint32Array.from(firsts);
        for (let offset = begin; offset < end; offset++) {
          const owner = lane[offset];
          if (widths[owner] > j) column[filled++] = sources[owner][next[owner]++];
        }
      }
      this.#filled[j] = filled;
    }
  }
}

const valuesOf = (block: Block, j: number): Float64Array => block.values[j] ?? new Float64Array(block.count).fill(block.timeframeUs);

function place(from: Float64Array, offsets: Uint32Array, first: number, last: number, to: Float64Array, shift: number): void {
  for (let index = first; index < last; index++) to[shift + offsets[index]] = from[index];
}

function differ(a: Float64Array, b: Float64Array, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (a[index] !== b[index]) return true;
  return false;
}

function someNumber(column: Float64Array, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (column[index] !== 0) return true;
  return false;
}

const NONE = new Float64Array(0);

function copy(from: Float64Array, begin: number, end: number, to: Float64Array, at: number): void {
  if (end - begin < FEW) for (let index = begin; index < end; index++) to[at++] = from[index];
  else to.set(from.subarray(begin, end), at);
}

function copyBytes(from: Uint8Array, begin: number, end: number, to: Uint8Array, at: number): void {
  if (end - begin < FEW) for (let index = begin; index < end; index++) to[at++] = from[index];
  else to.set(from.subarray(begin, end), at);
}

const bytesOf = (column: Uint8Array | Float64Array | Uint32Array): Uint8Array =>
  new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
