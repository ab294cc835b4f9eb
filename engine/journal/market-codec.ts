/**
 * A market frame's payload: the lane column, then each block's columns, in the smallest encoding (column-codec.ts). Total against any
 * bytes: counts are checked before anything is allocated.
 */
import {
  BLOCK_KINDS,
  type Block,
  MAX_FRAME_NUMBERS,
  type MarketFrame,
  marketFrame,
  NO_LANE,
  NO_SEQ,
  VALUE_COLUMNS,
} from '../market/blocks.ts';
import type { InstrumentId, Seq, SourceId } from '../values.ts';
import { type ByteReader, type ByteWriter, Unrecordable } from './bytes.ts';
import { type ColumnRoom, OWN_ROOM, readColumn, writeColumn } from './column-codec.ts';
import { readCursor, writeCursor } from './payload-parts.ts';

const LANE = { u8: 0, u16: 1, runs: 2 } as const;
/** How arrivals are told: as a column of their own, or as venue time plus a constant. */
const AT = { column: 0, lag: 1 } as const;
const FLAGS = { constant: 0, raw: 1, runs: 2 } as const;
const LEAST_BLOCK = 40; // bytes: hostile counts are refused before blocks are made

export function writeMarket(out: ByteWriter, frame: MarketFrame): void {
  writeCursor(out, frame.cursor);
  out.u16(frame.blocks.length);
  if (frame.blocks.length > 1) writeLane(out, frame.lane, frame.blocks.length);
  for (const block of frame.blocks) writeBlock(out, block);
}

/** Columns are put where `room` says: memory of their own, if nothing is said. */
export function readMarket(reader: ByteReader, first: Seq, count: number, room: ColumnRoom = OWN_ROOM): MarketFrame {
  if (count < 1 || count > MAX_FRAME_NUMBERS) throw reader.bad(`a market frame of ${count} numbers`);
  reader.field = 'cursor';
  const cursor = readCursor(reader);
  reader.field = 'blocks';
  const size = reader.u16();
  if (size === 0 || size > count) throw reader.bad(`${size} blocks for ${count} numbers`);
  reader.need(size * LEAST_BLOCK);
  reader.field = 'lane';
  const lane = size === 1 ? NO_LANE : readLane(reader, count, size);
  const blocks: Block[] = [];
  let left = count;
  for (let owner = 0; owner < size; owner++) {
    const block = readBlock(reader, left, room);
    left -= block.count;
    blocks.push(block);
  }
  if (left > 0) throw reader.bad(`blocks hold ${count - left} of ${count} numbers`);
  if (size > 1) checkLane(reader, lane, blocks);
  return marketFrame(first, blocks, lane, cursor);
}

function writeBlock(out: ByteWriter, block: Block): void {
  const { kind, count, at, venueTime, venueSeq, flags, values } = block;
  const name = `${block.instrument} ${kind}`;
  const columns = [at, venueTime, flags, ...values, ...(venueSeq.length === 0 ? [] : [venueSeq])];
  if (count < 1 || columns.some((column) => column.length !== count) || values.length !== VALUE_COLUMNS[kind].length)
    throw new Unrecordable(`${name}: a block of ${count} whose columns are of other lengths`);
  out.text(block.instrument, 'instrument');
  out.text(block.source, 'source');
  out.u8(BLOCK_KINDS.indexOf(kind));
  out.whole(block.timeframeUs, 'timeframeUs');
  out.u32(count);
  writeColumn(out, venueTime, `${name} venueTime`);
  const lag = at[0] - venueTime[0];
  let constant = Number.isSafeInteger(lag);
  for (let index = 0; index < count; index++) {
    if (at[index] - venueTime[index] !== lag) constant = false;
    if (index > 0 && at[index] < at[index - 1]) throw new Unrecordable(`${name}: arrival falls at ${index}`);
  }
  out.u8(constant ? AT.lag : AT.column);
  if (constant) out.whole(lag, `${name} at`);
  else writeColumn(out, at, `${name} at`);
  out.u8(venueSeq.length === 0 ? 0 : 1);
  if (venueSeq.length > 0) writeColumn(out, venueSeq, `${name} venueSeq`);
  writeFlags(out, flags);
  values.forEach((column, j) => {
    writeColumn(out, column, `${name} ${VALUE_COLUMNS[kind][j]}`);
  });
}

function readBlock(reader: ByteReader, most: number, room: ColumnRoom): Block {
  reader.field = 'instrument';
  const instrument = reader.text() as InstrumentId;
  reader.field = 'source';
  const source = reader.text() as SourceId;
  reader.field = 'kind';
  const kind = BLOCK_KINDS[reader.u8()];
  if (kind === undefined) throw reader.bad('unknown kind of block');
  reader.field = 'timeframeUs';
  const timeframeUs = reader.whole();
  reader.field = 'count';
  const count = reader.u32();
  if (count === 0 || count > most) throw reader.bad(`a block of ${count} where ${most} numbers are left`);
  reader.field = 'venueTime';
  const venueTime = readColumn(reader, count, room);
  reader.field = 'at';
  const at = readAt(reader, count, venueTime, room);
  reader.field = 'venueSeq';
  const venueSeq = reader.flag() ? readColumn(reader, count, room) : NO_SEQ;
  reader.field = 'flags';
  const flags = readFlags(reader, count);
  const values = VALUE_COLUMNS[kind].map((column) => {
    reader.field = column;
    return readColumn(reader, count, room);
  });
  return { instrument, source, kind, timeframeUs, count, at, venueTime, venueSeq, flags, values };
}

function readAt(reader: ByteReader, count: number, venueTime: Float64Array, room: ColumnRoom): Float64Array {
  const how = reader.u8();
  if (how > AT.lag) throw reader.bad(`arrivals told in an unknown way, ${how}`);
  let at = venueTime;
  if (how === AT.column) at = readColumn(reader, count, room);
  else {
    const lag = reader.whole();
    // without a lag the two columns are one: scans and hashes know it by that
    if (lag !== 0) {
      at = room(count);
      for (let index = 0; index < count; index++) at[index] = venueTime[index] + lag;
    }
  }
  let rising = Number.isSafeInteger(at[0]) && Number.isSafeInteger(at[count - 1]);
  for (let index = 1; index < count; index++) if (at[index] < at[index - 1]) rising = false;
  if (!rising) throw reader.bad('arrival falls');
  return at;
}

function writeFlags(out: ByteWriter, flags: Uint8Array): void {
  let runs = 1;
  for (let index = 1; index < flags.length; index++) if (flags[index] !== flags[index - 1]) runs++;
  if (runs === 1) {
    out.u8(FLAGS.constant);
    out.u8(flags[0]);
  } else if (4 + 3 * runs < flags.length) {
    out.u8(FLAGS.runs);
    out.u32(runs);
    for (let start = 0, end = 0; start < flags.length; start = end) {
      for (end = start + 1; end < flags.length && flags[end] === flags[start]; ) end++;
      out.u8(flags[start]);
      out.u16(end - start - 1);
    }
  } else {
    out.u8(FLAGS.raw);
    out.raw(flags);
  }
}

function readFlags(reader: ByteReader, count: number): Uint8Array {
  const how = reader.u8();
  if (how === FLAGS.constant) return new Uint8Array(count).fill(reader.u8());
  if (how === FLAGS.raw) return reader.copy(count);
  if (how !== FLAGS.runs) throw reader.bad(`flags told in an unknown way, ${how}`);
  const flags = new Uint8Array(count);
  readRunsInto(reader, count, (value, from, to) => flags.fill(value, from, to), 1);
  return flags;
}

function writeLane(out: ByteWriter, lane: Uint16Array, blocks: number): void {
  let runs = 1;
  for (let index = 1; index < lane.length; index++) if (lane[index] !== lane[index - 1]) runs++;
  const narrow = blocks <= 256;
  if (4 + 4 * runs < lane.length * (narrow ? 1 : 2)) {
    out.u8(LANE.runs);
    out.u32(runs);
    for (let start = 0, end = 0; start < lane.length; start = end) {
      for (end = start + 1; end < lane.length && lane[end] === lane[start]; ) end++;
      out.u16(lane[start]);
      out.u16(end - start - 1);
    }
  } else {
    out.u8(narrow ? LANE.u8 : LANE.u16);
    out.raw(narrow ? new Uint8Array(lane) : new Uint8Array(lane.buffer, lane.byteOffset, lane.byteLength));
  }
}

function readLane(reader: ByteReader, count: number, blocks: number): Uint16Array {
  const how = reader.u8();
  if (how === LANE.u8 && blocks <= 256) return new Uint16Array(reader.raw(count));
  if (how === LANE.u16 && blocks > 256) return new Uint16Array(reader.copy(2 * count).buffer);
  if (how !== LANE.runs) throw reader.bad(`a lane told in an unknown way, ${how}`);
  const lane = new Uint16Array(count);
  readRunsInto(reader, count, (value, from, to) => lane.fill(value, from, to), 2);
  return lane;
}

/** Runs of small values: the value in `width` bytes, the length less one in two. */
function readRunsInto(reader: ByteReader, count: number, fill: (value: number, from: number, to: number) => void, width: 1 | 2): void {
  const runs = reader.u32();
  if (runs > count) throw reader.bad(`${runs} runs of ${count} numbers`);
  let at = 0;
  for (let run = 0; run < runs; run++) {
    const value = width === 1 ? reader.u8() : reader.u16();
    const to = at + reader.u16() + 1;
    if (to > count) throw reader.bad(`runs end ${to - count} numbers late`);
    fill(value, at, to);
    at = to;
  }
  if (at < count) throw reader.bad(`runs end ${count - at} numbers early`);
}

function checkLane(reader: ByteReader, lane: Uint16Array, blocks: readonly Block[]): void {
  const left = Uint32Array.from(blocks, ({ count }) => count);
  for (let offset = 0; offset < lane.length; offset++) {
    const owner = lane[offset];
    if (owner >= left.length || left[owner] === 0) throw reader.bad(`block ${owner} owns number ${offset}, which it does not hold`);
    left[owner]--;
  }
}
