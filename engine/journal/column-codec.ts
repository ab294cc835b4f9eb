/**
 * A column of whole numbers as bytes: one value, a steady step, else the smallest of a few encodings, of equal sizes the first. So equal
 * columns have equal bytes. Written and read with typed-array loops; −0, NaN and fractions are refused on both sides.
 */
import { assert } from '../assert.ts';
import { type ByteReader, type ByteWriter, Unrecordable } from './bytes.ts';

const TAG = {
  constant: 0, // the value
  steady: 1, // the first value and the step
  offset8: 2, // the least value, and each value's distance above it
  offset16: 3,
  offset32: 4,
  change8: 5, // the first value, and each change
  change16: 6,
  change32: 7,
  runs: 8, // values and how often each
  raw: 9,
} as const;
/** 2⁵²: below it, sums of a whole column of 32-bit steps stay exact. */
const SMALL = 0x10_0000_0000_0000;
assert(SMALL + 65_536 * 0x8000_0000 < Number.MAX_SAFE_INTEGER, 'changes added to a small first value stay whole');

export function writeColumn(out: ByteWriter, column: Float64Array, name: string): void {
  const count = column.length;
  const first = column[0];
  let least = first;
  let most = first;
  let leastChange = 0;
  let mostChange = 0;
  let runs = 1;
  let previous = first;
  let steady = true;
  const step = count > 1 ? column[1] - first : 0;
  for (let index = 0; index < count; index++) {
    const value = column[index];
    if (Math.floor(value) !== value || (value === 0 && 1 / value < 0)) throw refused(value, name);
    const change = value - previous;
    if (change !== 0) runs++;
    if (change !== step && index > 0) steady = false;
    // Comparisons, not Math.min: that one must mind −0 and NaN, and took twice as long.
    if (change < leastChange) leastChange = change;
    if (change > mostChange) mostChange = change;
    if (value < least) least = value;
    if (value > most) most = value;
    previous = value;
  }
  if (least < -Number.MAX_SAFE_INTEGER || most > Number.MAX_SAFE_INTEGER) throw refused(least < -most ? least : most, name);

  const spread = most - least;
  const offset = Math.abs(least) >= SMALL ? 9 : spread < 0x100 ? 1 : spread < 0x1_0000 ? 2 : spread < 0x1_0000_0000 ? 4 : 9;
  const reach = Math.max(mostChange, -leastChange - 1);
  const change = Math.abs(first) >= SMALL ? 9 : reach < 0x80 ? 1 : reach < 0x8000 ? 2 : reach < 0x8000_0000 ? 4 : 9;
  const sizes = { offset: 8 + offset * count, change: 8 + change * (count - 1), runs: 4 + 12 * runs, raw: 8 * count };
  const size = Math.min(sizes.offset, sizes.change, sizes.runs, sizes.raw);

  if (runs === 1) {
    out.u8(TAG.constant);
    out.f64(first);
  } else if (steady && count > 2 && Math.abs(first) < SMALL && Math.abs(previous) < SMALL) {
    out.u8(TAG.steady);
    out.f64(first);
    out.f64(step);
  } else if (sizes.offset === size && offset < 9) {
    out.u8(offset === 1 ? TAG.offset8 : offset === 2 ? TAG.offset16 : TAG.offset32);
    out.f64(least);
    rawArray(out, offsetsOf(column, least, offset));
  } else if (sizes.change === size && change < 9) {
    out.u8(change === 1 ? TAG.change8 : change === 2 ? TAG.change16 : TAG.change32);
    out.f64(first);
    rawArray(out, changesOf(column, change));
  } else if (sizes.runs === size) {
    out.u8(TAG.runs);
    writeRuns(out, column, runs);
  } else {
    out.u8(TAG.raw);
    rawArray(out, column);
  }
}

/** Where columns that are read are put: an array of so many numbers, whatever was in it before. */
export type ColumnRoom = (count: number) => Float64Array;

export const OWN_ROOM: ColumnRoom = (count) => new Float64Array(count);

/** The next column of `count` numbers. `count` was checked against the frame's. */
export function readColumn(reader: ByteReader, count: number, room: ColumnRoom): Float64Array {
  const tag = reader.u8();
  if (tag === TAG.raw) return readRaw(reader, count, room);
  if (tag === TAG.runs) return readRuns(reader, count, room);
  const base = reader.whole();
  switch (tag) {
    case TAG.constant:
      return room(count).fill(base);
    case TAG.steady: {
      const step = reader.whole();
      if (Math.abs(base) >= SMALL || Math.abs(base + step * (count - 1)) >= SMALL)
        throw reader.bad(`${base} in steps of ${step} leaves the whole numbers`);
      const column = room(count);
      for (let index = 0; index < count; index++) column[index] = base + step * index;
      return column;
    }
    case TAG.offset8:
      return fromOffsets(reader, base, reader.raw(count), room);
    case TAG.offset16:
      return fromOffsets(reader, base, new Uint16Array(aligned(reader, 2 * count), 0, count), room);
    case TAG.offset32:
      return fromOffsets(reader, base, new Uint32Array(aligned(reader, 4 * count), 0, count), room);
    case TAG.change8: {
      const bytes = reader.raw(count - 1);
      return fromChanges(reader, base, new Int8Array(bytes.buffer, bytes.byteOffset, count - 1), room);
    }
    case TAG.change16:
      return fromChanges(reader, base, new Int16Array(aligned(reader, 2 * (count - 1)), 0, count - 1), room);
    case TAG.change32:
      return fromChanges(reader, base, new Int32Array(aligned(reader, 4 * (count - 1)), 0, count - 1), room);
    default:
      throw reader.bad(`unknown column encoding ${tag}`);
  }
}

// A loop a width, here and below: one loop over three kinds of arrays would be compiled well for none of them.
function offsetsOf(column: Float64Array, least: number, width: number): Offsets {
  const count = column.length;
  if (width === 1) {
    const offsets = new Uint8Array(count);
    for (let index = 0; index < count; index++) offsets[index] = column[index] - least;
    return offsets;
  }
  if (width === 2) {
    const offsets = new Uint16Array(count);
    for (let index = 0; index < count; index++) offsets[index] = column[index] - least;
    return offsets;
  }
  const offsets = new Uint32Array(count);
  for (let index = 0; index < count; index++) offsets[index] = column[index] - least;
  return offsets;
}

function changesOf(column: Float64Array, width: number): Changes {
  const count = column.length - 1;
  if (width === 1) {
    const changes = new Int8Array(count);
    for (let index = 0; index < count; index++) changes[index] = column[index + 1] - column[index];
    return changes;
  }
  if (width === 2) {
    const changes = new Int16Array(count);
    for (let index = 0; index < count; index++) changes[index] = column[index + 1] - column[index];
    return changes;
  }
  const changes = new Int32Array(count);
  for (let index = 0; index < count; index++) changes[index] = column[index + 1] - column[index];
  return changes;
}

type Offsets = Uint8Array | Uint16Array | Uint32Array;
type Changes = Int8Array | Int16Array | Int32Array;

function fromOffsets(reader: ByteReader, base: number, offsets: Offsets, room: ColumnRoom): Float64Array {
  if (Math.abs(base) >= SMALL) throw reader.bad(`offsets above ${base}`);
  const column = room(offsets.length);
  if (offsets instanceof Uint8Array) for (let index = 0; index < offsets.length; index++) column[index] = base + offsets[index];
  else if (offsets instanceof Uint16Array) for (let index = 0; index < offsets.length; index++) column[index] = base + offsets[index];
  else for (let index = 0; index < offsets.length; index++) column[index] = base + offsets[index];
  return column;
}

function fromChanges(reader: ByteReader, base: number, changes: Changes, room: ColumnRoom): Float64Array {
  if (Math.abs(base) >= SMALL) throw reader.bad(`changes from ${base}`);
  const column = room(changes.length + 1);
  let value = base;
  column[0] = value;
  if (changes instanceof Int8Array) for (let index = 0; index < changes.length; index++) column[index + 1] = value += changes[index];
  else if (changes instanceof Int16Array) for (let index = 0; index < changes.length; index++) column[index + 1] = value += changes[index];
  else for (let index = 0; index < changes.length; index++) column[index + 1] = value += changes[index];
  return column;
}

function readRaw(reader: ByteReader, count: number, room: ColumnRoom): Float64Array {
  const column = room(count);
  new Uint8Array(column.buffer, column.byteOffset, 8 * count).set(reader.raw(8 * count));
  for (let index = 0; index < count; index++) {
    const value = column[index];
    if (!Number.isSafeInteger(value) || (value === 0 && 1 / value < 0))
      throw reader.bad(`${Object.is(value, -0) ? '−0' : value} in a column`);
  }
  return column;
}

function writeRuns(out: ByteWriter, column: Float64Array, runs: number): void {
  out.u32(runs);
  for (let start = 0; start < column.length; ) {
    const value = column[start];
    let end = start + 1;
    while (end < column.length && column[end] === value) end++;
    out.f64(value);
    out.u32(end - start);
    start = end;
  }
}

function readRuns(reader: ByteReader, count: number, room: ColumnRoom): Float64Array {
  const runs = reader.u32();
  if (runs > count) throw reader.bad(`${runs} runs of ${count} numbers`);
  reader.need(12 * runs);
  const column = room(count);
  let at = 0;
  for (let run = 0; run < runs; run++) {
    const value = reader.whole();
    const length = reader.u32();
    if (length === 0 || length > count - at) throw reader.bad(`a run of ${length}, ${count - at} numbers left`);
    if (run > 0 && column[at - 1] === value) throw reader.bad('two runs of one value');
    column.fill(value, at, at + length);
    at += length;
  }
  if (at < count) throw reader.bad(`runs end ${count - at} numbers early`);
  return column;
}

let workbench = new Uint8Array(1 << 18);

/** The next bytes at the start of a buffer, so that any width of array may lie over them; good until the next call. */
function aligned(reader: ByteReader, size: number): ArrayBuffer {
  const bytes = reader.raw(size);
  if (workbench.length < size) workbench = new Uint8Array(2 * size);
  workbench.set(bytes);
  return workbench.buffer;
}

const rawArray = (out: ByteWriter, array: Float64Array | Offsets | Changes): void =>
  out.raw(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

const refused = (value: number, name: string): Unrecordable =>
  new Unrecordable(`${name}: ${Object.is(value, -0) ? '−0' : String(value)} is not a whole number of a column`);
