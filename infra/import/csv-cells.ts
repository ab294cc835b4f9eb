/**
 * Readers of one cell each, from bytes to columns: the ordinary form of a number, a stamp, a side. Each says where its cell ends, or −1 for
 * whatever is not ordinary. Apart, because one function for all cells runs at half the speed; chosen once for each column.
 */
import { FLAG_SNAPSHOT, KNOWN_FLAGS } from '#engine/market/blocks.ts';
import { dayNumber } from '#engine/market/calendar.ts';
import { DAY_US } from '#engine/values.ts';
import { isSnapshot, joined, makerFlag, rolled, SEEDS, sideFlag } from './row-reader.ts';
import { type Rows, SEQ_COLUMN } from './rows.ts';
import { FIRST_TIME_US, LAST_TIME_US } from './stamps.ts';

/** The line that holds the cell ends before `bytes` does. */
export type CellReader = (bytes: Uint8Array, at: number, rows: Rows, row: number) => number;

export const NEWLINE = 10;
export const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const DIGIT_ZERO = 48; // x ^ 48 is below 10 for the digits and for nothing else
export const MAX_CELL_SCALE = 15;
const POWERS = Float64Array.from({ length: 17 }, (_, n) => Number(`1e${n}`));

/** Not read here: its whole line is read the careful way. */
export const careful: CellReader = () => -1;

/** A decimal in whole steps of `step` × 10^-scale, into a column of the sheet. */
export function steps(column: number, scale: number, step: number): CellReader {
  return (bytes, at, rows, row) => {
    const cell = column * rows.capacity + row;
    const end = digitsAt(bytes, at, scale, false, rows.sheet, cell);
    if (end === -1 || step === 1) return end;
    const value = rows.sheet[cell] as number;
    const count = value / step;
    if (Math.floor(count) !== count || count * step !== value) return -1;
    rows.sheet[cell] = count;
    return end;
  };
}

/** A number since 1970, `scale` digits away from µs; finer digits are cut off. */
export function stamp(column: number, scale: number): CellReader {
  return (bytes, at, rows, row) => {
    const cell = column * rows.capacity + row;
    const end = digitsAt(bytes, at, scale, true, rows.sheet, cell);
    const us = rows.sheet[cell] as number;
    return end !== -1 && us >= FIRST_TIME_US && us < LAST_TIME_US ? end : -1;
  };
}

/** The venue's number; an empty cell is none. */
export function wholeId(delimiter: number): CellReader {
  const number = steps(SEQ_COLUMN, 0, 1);
  return (bytes, at, rows, row) => (bytes[at] === delimiter ? at : number(bytes, at, rows, row));
}

/** The number of a book's update; an empty cell is none, and whatever else is none is read the careful way. */
export function update(column: number, delimiter: number): CellReader {
  const number = steps(column, 0, 1);
  return (bytes, at, rows, row) => (bytes[at] === delimiter ? at : number(bytes, at, rows, row));
}

/** Passed over. */
export function skipped(delimiter: number): CellReader {
  return (bytes, at) => cellEnd(bytes, at, delimiter);
}

export function side(delimiter: number): CellReader {
  return (bytes, at, rows, row) => {
    const flag = sideFlag(bytes[at] as number);
    if (flag === 0) return -1;
    rows.flags[row]! |= flag;
    return cellEnd(bytes, at, delimiter);
  };
}

export function maker(delimiter: number): CellReader {
  return (bytes, at, rows, row) => {
    const flag = makerFlag(bytes[at] as number);
    if (flag === 0) return -1;
    rows.flags[row]! |= flag;
    return cellEnd(bytes, at, delimiter);
  };
}

export function snapshot(delimiter: number): CellReader {
  return (bytes, at, rows, row) => {
    const end = cellEnd(bytes, at, delimiter);
    if (bytes[at] === SPACE) return -1;
    if (end > at && isSnapshot(bytes[at] as number, bytes[at + 1] as number)) rows.flags[row]! |= FLAG_SNAPSHOT;
    return end;
  };
}

export function flagNumber(delimiter: number): CellReader {
  return (bytes, at, rows, row) => {
    const digit = (bytes[at] as number) ^ DIGIT_ZERO;
    if (digit > 9 || (digit & ~KNOWN_FLAGS) !== 0 || !ends(bytes[at + 1], delimiter)) return -1;
    rows.flags[row]! |= digit;
    return at + 1;
  };
}

/** Must be this very text. */
export function same(text: string, delimiter: number): CellReader {
  const wanted = Buffer.from(text, 'utf8');
  return (bytes, at) => {
    for (let i = 0; i < wanted.length; i += 1) if (bytes[at + i] !== wanted[i]) return -1;
    return ends(bytes[at + wanted.length], delimiter) ? at + wanted.length : -1;
  };
}

/** An id that is no number, as its fingerprint. */
export function textId(delimiter: number): CellReader {
  return (bytes, at, rows, row) => {
    let low: number = SEEDS[0];
    let high: number = SEEDS[1];
    let pos = at;
    for (let byte = bytes[pos] as number; !ends(byte, delimiter); byte = bytes[++pos] as number) {
      if (byte <= SPACE || byte === QUOTE || byte > 126) return -1;
      low = rolled(low, byte, 31);
      high = rolled(high, byte, 131);
    }
    if (pos > at) rows.key[row] = joined(low, high);
    return pos;
  };
}

/** `2021-12-31 23:01:00.000000`: T or a space between, a fraction and a Z or not; UTC. */
export function isoStamp(column: number, delimiter: number): CellReader {
  // the date last read and its first moment: neighbours share it
  let date = 0;
  let dateUs = 0;
  return (bytes, at, rows, row) => {
    if (bytes[at + 4] !== 45 || bytes[at + 7] !== 45 || bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return -1;
    if (bytes[at + 10] !== SPACE && bytes[at + 10] !== 84) return -1;
    const here =
      ((twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2)) * 100 + twoDigits(bytes, at + 5)) * 100 + twoDigits(bytes, at + 8);
    if (Number.isNaN(here)) return -1;
    if (here !== date) {
      const day = dayOfDigits(here);
      if (Number.isNaN(day)) return -1;
      date = here;
      dateUs = day * DAY_US;
    }
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const second = twoDigits(bytes, at + 17);
    if (!(hour < 24 && minute < 60 && second < 60)) return -1;
    let pos = at + 19;
    let fraction = 0;
    if (bytes[pos] === 46) {
      const begin = pos + 1;
      for (pos = begin; ; pos += 1) {
        const digit = (bytes[pos] as number) ^ DIGIT_ZERO;
        if (digit > 9) break;
        if (pos - begin < 6) fraction = fraction * 10 + digit;
      }
      if (pos - begin < 6) fraction *= POWERS[6 - (pos - begin)] as number;
    }
    if (bytes[pos] === 90) pos += 1;
    const us = dateUs + ((hour * 60 + minute) * 60 + second) * 1e6 + fraction;
    if (us < FIRST_TIME_US || us >= LAST_TIME_US || !ends(bytes[pos], delimiter)) return -1;
    rows.sheet[column * rows.capacity + row] = us;
    return pos;
  };
}

function dayOfDigits(date: number): number {
  const text = String(date).padStart(8, '0');
  try {
    return dayNumber(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`);
  } catch {
    return Number.NaN; // no day of the calendar: the careful reader says so
  }
}

/** NaN where there are not two digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) ^ DIGIT_ZERO;
  const ones = (bytes[at + 1] as number) ^ DIGIT_ZERO;
  return tens > 9 || ones > 9 ? Number.NaN : tens * 10 + ones;
}

/**
 * Plain digits, times ten to the power of `scale`, as a whole number into `out`; returns where they end, −1 when they are none, too many
 * or finer than that. `cut`: finer digits are left off. Bare numbers, because the bundle turns named ones into variables that every turn
 * of a loop reads again: x ^ 48 is below 10 for digits only and 30 for the point; nine digits fit an int32, sixteen a double, if below 2^53.
 */
function digitsAt(bytes: Uint8Array, at: number, scale: number, cut: boolean, out: Float64Array, index: number): number {
  let pos = at;
  let c = (bytes[pos] as number) ^ 48;
  let whole = 0;
  while (c < 10) {
    whole = (whole * 10 + c) | 0;
    c = (bytes[++pos] as number) ^ 48;
  }
  let digits = pos - at;
  if (digits === 0) return -1;
  let number = whole;
  if (digits > 9) {
    if (scale < 0) {
      // ns are read to the µs; their nineteen digits last until 2286
      if (digits !== 16 - scale) return -1;
      digits = 16;
      scale = 0;
    }
    if (digits + scale > 16) return -1;
    number = manyDigits(bytes, at, digits);
  } else if (scale < 0) return -1;
  if (c === 30) {
    const point = ++pos;
    const stop = point + scale;
    c = (bytes[pos] as number) ^ 48;
    if (digits + scale <= 9) {
      let small = number | 0;
      while (c < 10 && pos < stop) {
        small = (small * 10 + c) | 0;
        c = (bytes[++pos] as number) ^ 48;
      }
      number = small;
    } else {
      if (digits + scale > 16) return -1;
      while (c < 10 && pos < stop) {
        number = number * 10 + c;
        c = (bytes[++pos] as number) ^ 48;
      }
    }
    if (pos < stop) number *= POWERS[stop - pos] as number;
    while (c === 0) c = (bytes[++pos] as number) ^ 48;
    if (c < 10) {
      if (!cut) return -1; // off the grid
      while (c < 10) c = (bytes[++pos] as number) ^ 48;
    }
  } else if (scale > 0) {
    if (digits + scale > 16) return -1;
    number *= POWERS[scale] as number;
  }
  out[index] = number;
  return number <= Number.MAX_SAFE_INTEGER ? pos : -1;
}

/** More digits than an int32 holds, in two halves. */
function manyDigits(bytes: Uint8Array, at: number, digits: number): number {
  let high = 0;
  let low = 0;
  let pos = at;
  for (const half = at + 9; pos < half; pos += 1) high = (high * 10 + ((bytes[pos] as number) ^ 48)) | 0;
  for (const end = at + digits; pos < end; pos += 1) low = (low * 10 + ((bytes[pos] as number) ^ 48)) | 0;
  return high * (POWERS[digits - 9] as number) + low;
}

/** Where a cell ends; −1 when it is quoted. */
function cellEnd(bytes: Uint8Array, at: number, delimiter: number): number {
  let pos = at;
  let byte = bytes[pos] as number;
  if (byte === 34) return -1;
  while (byte !== delimiter && byte !== 10) byte = bytes[++pos] as number;
  return pos;
}

const ends = (byte: number | undefined, delimiter: number): boolean => byte === delimiter || byte === 10 || byte === 13;
