/**
 * Readers of one cell each, from bytes to columns: the ordinary form of a number, a stamp, a side. Each says where its cell ends, or −1 for
 * whatever is not ordinary. Apart, because one function for all cells runs at half the speed; chosen once for each column.
 */
import { FLAG_SNAPSHOT, KNOWN_FLAGS } from '#engine/market/blocks.ts';
import { dayNumber } from '#engine/market/calendar.ts';
import { DAY_US } from '#engine/values.ts';
import { digitsAt, POWERS } from './digits.ts';
import { isSnapshot, joined, makerFlag, rolled, SEEDS, sideFlag } from './row-reader.ts';
import { type Rows, SEQ_COLUMN } from './rows.ts';
import { FIRST_TIME_US, LAST_TIME_US } from './stamps.ts';

/** The line that holds the cell ends before `bytes` does; `words` are the same bytes. */
export type CellReader = (bytes: Uint8Array, at: number, rows: Rows, row: number, words: DataView) => number;

export const NEWLINE = 10;
export const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const DIGIT_ZERO = 48; // x ^ 48 is below 10 for the digits and for nothing else
export const MAX_CELL_SCALE = 15;

/** Not read here: its whole line is read the careful way. */
export const careful: CellReader = () => -1;

/** A decimal in whole steps of `step` × 10^-scale, into a column of the sheet. */
export function steps(column: number, scale: number, step: number): CellReader {
  return (bytes, at, rows, row, words) => {
    const cell = column * rows.capacity + row;
    const end = digitsAt(bytes, words, at, scale, false, rows.sheet, cell);
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
  return (bytes, at, rows, row, words) => {
    const cell = column * rows.capacity + row;
    const end = digitsAt(bytes, words, at, scale, true, rows.sheet, cell);
    const us = rows.sheet[cell] as number;
    return end !== -1 && us >= FIRST_TIME_US && us < LAST_TIME_US ? end : -1;
  };
}

/** The venue's number; an empty cell is none. */
export function wholeId(delimiter: number): CellReader {
  const number = steps(SEQ_COLUMN, 0, 1);
  return (bytes, at, rows, row, words) => (bytes[at] === delimiter ? at : number(bytes, at, rows, row, words));
}

/** The number of a book's update; an empty cell is none, and whatever else is none is read the careful way. */
export function update(column: number, delimiter: number): CellReader {
  const number = steps(column, 0, 1);
  return (bytes, at, rows, row, words) => (bytes[at] === delimiter ? at : number(bytes, at, rows, row, words));
}

/** Passed over. */
export function skipped(delimiter: number): CellReader {
  return (bytes, at, _rows, _row, words) => cellEnd(bytes, words, at, delimiter);
}

export function side(delimiter: number): CellReader {
  return (bytes, at, rows, row, words) => {
    const flag = sideFlag(bytes[at] as number);
    if (flag === 0) return -1;
    rows.flags[row]! |= flag;
    return cellEnd(bytes, words, at, delimiter);
  };
}

export function maker(delimiter: number): CellReader {
  return (bytes, at, rows, row, words) => {
    const flag = makerFlag(bytes[at] as number);
    if (flag === 0) return -1;
    rows.flags[row]! |= flag;
    return cellEnd(bytes, words, at, delimiter);
  };
}

export function snapshot(delimiter: number): CellReader {
  return (bytes, at, rows, row, words) => {
    const end = cellEnd(bytes, words, at, delimiter);
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

/** Where a cell ends, looked for four bytes at a time; −1 when it is quoted. */
function cellEnd(bytes: Uint8Array, words: DataView, at: number, delimiter: number): number {
  if (bytes[at] === 34) return -1;
  const delimiters = delimiter * 0x01010101;
  let pos = at;
  for (const last = words.byteLength - 4; pos <= last; pos += 4) {
    const four = words.getInt32(pos, true);
    const a = four ^ delimiters;
    const b = four ^ 0x0a0a0a0a;
    // a byte of 0 borrows from what stands above it: never missed, and what is found too much the bytes tell
    if (((((a - 0x01010101) & ~a) | ((b - 0x01010101) & ~b)) & 0x80808080) !== 0) break;
  }
  let byte = bytes[pos] as number;
  while (byte !== delimiter && byte !== 10) byte = bytes[++pos] as number;
  return pos;
}

const ends = (byte: number | undefined, delimiter: number): boolean => byte === delimiter || byte === 10 || byte === 13;
