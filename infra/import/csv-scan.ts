/**
 * The byte scanner: lines of separated values become rows without a string being made. It reads the ordinary form of each cell itself
 * (plain digits on the grid, known letters, ISO stamps) and hands every line with anything else in it to the careful reader. Reads no file.
 */
import type { Decimal } from '#engine/decimal.ts';
import { FLAG_SNAPSHOT, KNOWN_FLAGS } from '#engine/market/blocks.ts';
import { dayNumber } from '#engine/market/calendar.ts';
import { DAY_US } from '#engine/values.ts';
import { cellsOfLine, isBlank, lineEnd } from './csv-line.ts';
import type { ColumnRole } from './dialects.ts';
import { MALFORMED } from './faults.ts';
import type { CheckedOptions } from './import-options.ts';
import type { Layout } from './layout.ts';
import { isSnapshot, joined, makerFlag, type RowReader, rolled, SEEDS, sideFlag, VALUE_ROLES } from './row-reader.ts';
import { BATCH_ROWS, NONE, type Rows } from './rows.ts';
import { FIRST_TIME_US, LAST_TIME_US, type StampForm, UNIT_SCALE } from './stamps.ts';

/** A line longer than this is no line of a table. */
export const MAX_LINE_BYTES = 1 << 20;

const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;
const DIGIT_ZERO = 48; // x ^ 48 is below 10 for the digits and for nothing else
const POINT = 46 ^ DIGIT_ZERO;
/** Digits that an int32 surely holds. */
const INT_DIGITS = 9;
const MAX_SCALE = 15;
const POWERS = Float64Array.from({ length: MAX_SCALE + 2 }, (_, n) => Number(`1e${n}`));

/** What the scanner does with a cell. */
const SKIP = 0;
const NUMBER = 1; // digits to whole steps, into a column of doubles
const STAMP = 2; // the same, with finer digits cut off and the bounds of a time
const ISO = 3;
const SIDE = 4;
const MAKER = 5;
const SNAPSHOT = 6;
const FLAGS = 7;
const SAME = 8; // must be these bytes
const KEY = 9;
const CAREFUL = 10; // not read here

/** Columns that a cell may be written to, beside the values. */
const TO_TIME = 5;
const TO_ARRIVAL = 6;
const TO_SEQ = 7;

export class CsvScan {
  /** Lines read. */
  line: number;
  readonly #reader: RowReader;
  readonly #delimiter: number;
  readonly #layout: Layout;
  readonly #doing: Uint8Array;
  readonly #scale: Int32Array;
  readonly #step: Float64Array;
  readonly #to: Uint8Array;
  readonly #same: readonly Uint8Array[];
  readonly #allCareful: boolean;
  readonly #hasArrival: boolean;
  /** The date last read, ten bytes as a number, and its day: neighbours share it. */
  #dateKey = 0;
  #dateUs = 0;

  constructor(reader: RowReader, delimiter: number, options: CheckedOptions, line: number) {
    const { layout } = reader;
    const width = layout.roles.length;
    this.line = line;
    this.#reader = reader;
    this.#layout = layout;
    this.#delimiter = delimiter;
    this.#doing = new Uint8Array(width).fill(CAREFUL);
    this.#scale = new Int32Array(width);
    this.#step = new Float64Array(width).fill(1);
    this.#to = new Uint8Array(width);
    const same: Uint8Array[] = layout.roles.map(() => new Uint8Array(0));
    layout.roles.forEach((role, column) => {
      this.#doing[column] = this.#howTo(role, column, options, same);
    });
    this.#same = same;
    this.#hasArrival = layout.roles.includes('arrival') && options.arrival === 'recorded';
    this.#allCareful = layout.levels.length > 0 || reader.stampShift !== 0 || this.#doing.includes(CAREFUL);
  }

  #howTo(role: ColumnRole | null, column: number, options: CheckedOptions, same: Uint8Array[]): number {
    if (role === null || role === 'end') return SKIP;
    const value = VALUE_ROLES[role];
    if (value !== undefined) {
      const step: Decimal = value.of === 'tick' ? options.tick : options.lot;
      if (step.scale > MAX_SCALE || step.digits > BigInt(Number.MAX_SAFE_INTEGER)) return CAREFUL;
      this.#scale[column] = step.scale;
      this.#step[column] = Number(step.digits);
      this.#to[column] = value.slot;
      return NUMBER;
    }
    switch (role) {
      case 'time':
        this.#to[column] = TO_TIME;
        return this.#stamp(column, this.#layout.time, options);
      case 'arrival':
        this.#to[column] = TO_ARRIVAL;
        return options.arrival === 'venue' ? SKIP : this.#stamp(column, this.#layout.arrival, options);
      case 'id':
        this.#to[column] = TO_SEQ;
        return this.#layout.numbered ? NUMBER : KEY;
      case 'symbol':
        same[column] = Buffer.from(this.#layout.symbol ?? '', 'latin1');
        return SAME;
      case 'timeframe':
        same[column] = Buffer.from(String(this.#layout.timeframeUs), 'latin1');
        return SAME;
      case 'side':
        return SIDE;
      case 'maker':
        return MAKER;
      case 'snapshot':
        return SNAPSHOT;
      case 'flags':
        return FLAGS;
      default:
        return CAREFUL;
    }
  }

  #stamp(column: number, form: StampForm, options: CheckedOptions): number {
    if (form === 'text') return options.dateOrder === 'ymd' && options.utcOffsetMinutes === 0 ? ISO : CAREFUL;
    this.#scale[column] = UNIT_SCALE[form];
    return STAMP;
  }

  /**
   * Reads whole lines of `bytes` from `from`, until `rows` is full or no whole line is left before `to`; returns where it stopped.
   * `bytes[to - 1]` is the end of a line. `base` is where `bytes` lies in the file. `last`: nothing follows.
   */
  scan(bytes: Uint8Array, from: number, to: number, last: boolean, rows: Rows, base: number): number {
    let pos = from;
    while (pos < to && rows.count < BATCH_ROWS) {
      if (bytes[pos] === NEWLINE) {
        pos += 1;
        this.line += 1;
        continue;
      }
      let next = -1;
      if (!this.#allCareful) {
        pos = this.#ordinary(bytes, pos, to, rows, base);
        if (pos >= to || rows.count >= BATCH_ROWS) break;
      }
      next = this.#careful(bytes, pos, to, last, rows, base);
      if (next === -1) break; // a quoted cell goes on beyond what is here
      pos = next;
    }
    return pos;
  }

  /** Reads ordinary lines; returns the beginning of the first that is not, or `to`. */
  #ordinary(bytes: Uint8Array, from: number, to: number, rows: Rows, base: number): number {
    const doing = this.#doing;
    const scales = this.#scale;
    const steps = this.#step;
    const targets = this.#to;
    const delimiter = this.#delimiter;
    const width = doing.length;
    const hasArrival = this.#hasArrival;
    const { time, arrival, seq, key, flags: flagColumn, faults, column: faultColumn, line: lineColumn, offset, part } = rows;
    const outs: Float64Array[] = [time, time, time, time, time, time, arrival, seq];
    for (let i = 0; i < rows.values.length; i += 1) outs[i] = rows.values[i] as Float64Array;
    const values = rows.values;
    let { line } = this;
    let row = rows.count;
    let begin = from;

    lines: while (begin < to && row < BATCH_ROWS) {
      if (bytes[begin] === NEWLINE) {
        begin += 1;
        line += 1;
        continue;
      }
      let pos = begin;
      let flags = 0;
      seq[row] = NONE;
      key[row] = 0;
      for (let i = 0; i < values.length; i += 1) (values[i] as Float64Array)[row] = 0;
      for (let column = 0; ; ) {
        const how = doing[column] as number;
        let byte = bytes[pos] as number;
        if (how === NUMBER || how === STAMP) {
          let scale = scales[column] as number;
          const first = pos;
          let c = byte ^ DIGIT_ZERO;
          let whole = 0;
          while (c < 10 && pos - first < INT_DIGITS) {
            whole = (whole * 10 + c) | 0;
            c = (bytes[++pos] as number) ^ DIGIT_ZERO;
          }
          let number = whole;
          let digits = pos - first;
          if (digits === 0) break lines;
          if (scale >= 0) {
            while (c < 10) {
              number = number * 10 + c;
              c = (bytes[++pos] as number) ^ DIGIT_ZERO;
            }
            digits = pos - first;
          } else {
            // ns: the last three digits are dropped; only nineteen of them are read here
            while (c < 10 && pos - first < 16) {
              number = number * 10 + c;
              c = (bytes[++pos] as number) ^ DIGIT_ZERO;
            }
            while (c < 10) c = (bytes[++pos] as number) ^ DIGIT_ZERO;
            if (pos - first !== 19) break lines;
            digits = 16;
            scale = 0;
          }
          if (digits + scale > 16) break lines;
          if (c === POINT) {
            const point = ++pos;
            c = (bytes[pos] as number) ^ DIGIT_ZERO;
            if (digits + scale <= INT_DIGITS) {
              let small = number | 0;
              while (c < 10 && pos - point < scale) {
                small = (small * 10 + c) | 0;
                c = (bytes[++pos] as number) ^ DIGIT_ZERO;
              }
              number = small;
            } else {
              while (c < 10 && pos - point < scale) {
                number = number * 10 + c;
                c = (bytes[++pos] as number) ^ DIGIT_ZERO;
              }
            }
            const missing = scale - (pos - point);
            if (missing > 0) number *= POWERS[missing] as number;
            while (c === 0) c = (bytes[++pos] as number) ^ DIGIT_ZERO;
            if (c < 10) {
              if (how === NUMBER) break lines; // off the grid
              while (c < 10) c = (bytes[++pos] as number) ^ DIGIT_ZERO;
            }
          } else if (scale > 0) number *= POWERS[scale] as number;
          if (number > Number.MAX_SAFE_INTEGER) break lines;
          if (how === STAMP) {
            if (number < FIRST_TIME_US || number >= LAST_TIME_US) break lines;
          } else {
            const step = steps[column] as number;
            if (step !== 1) {
              const count = number / step;
              if (Math.floor(count) !== count || count * step !== number) break lines;
              number = count;
            }
          }
          (outs[targets[column] as number] as Float64Array)[row] = number;
          byte = c ^ DIGIT_ZERO;
        } else {
          if (byte === QUOTE || byte === 32) break lines;
          switch (how) {
            case SKIP:
              break;
            case SIDE: {
              const flag = sideFlag(byte);
              if (flag === 0) break lines;
              flags |= flag;
              break;
            }
            case MAKER: {
              const flag = makerFlag(byte);
              if (flag === 0) break lines;
              flags |= flag;
              break;
            }
            case SNAPSHOT:
              if (byte === delimiter || byte === NEWLINE || byte === RETURN) break;
              if (isSnapshot(byte, bytes[pos + 1] as number)) flags |= FLAG_SNAPSHOT;
              break;
            case FLAGS: {
              const digit = byte ^ DIGIT_ZERO;
              if (digit > 9 || (digit & ~KNOWN_FLAGS) !== 0) break lines;
              flags |= digit;
              byte = bytes[++pos] as number;
              if (byte !== delimiter && byte !== NEWLINE && byte !== RETURN) break lines;
              break;
            }
            case SAME: {
              const wanted = this.#same[column] as Uint8Array;
              for (let i = 0; i < wanted.length; i += 1) if (bytes[pos++] !== wanted[i]) break lines;
              byte = bytes[pos] as number;
              if (byte !== delimiter && byte !== NEWLINE && byte !== RETURN) break lines;
              break;
            }
            case KEY: {
              let low: number = SEEDS[0];
              let high: number = SEEDS[1];
              while (byte !== delimiter && byte !== NEWLINE && byte !== RETURN) {
                if (byte <= 32 || byte > 126) break lines;
                low = rolled(low, byte, 31);
                high = rolled(high, byte, 131);
                byte = bytes[++pos] as number;
              }
              key[row] = joined(low, high);
              break;
            }
            case ISO: {
              const end = this.#iso(bytes, pos, outs[targets[column] as number] as Float64Array, row);
              if (end === -1) break lines;
              pos = end;
              byte = bytes[pos] as number;
              break;
            }
          }
          // what is left of a cell that was known by its first letters
          while (byte !== delimiter && byte !== NEWLINE) byte = bytes[++pos] as number;
        }
        column += 1;
        if (byte === delimiter) {
          if (column === width) break lines; // too many cells
          pos += 1;
          continue;
        }
        if (byte === RETURN && bytes[pos + 1] === NEWLINE) {
          pos += 1;
          byte = NEWLINE;
        }
        if (byte !== NEWLINE || column !== width) break lines;
        break;
      }
      if (!hasArrival) arrival[row] = NONE;
      flagColumn[row] = flags;
      faults[row] = 0;
      faultColumn[row] = -1;
      lineColumn[row] = ++line;
      offset[row] = base + begin;
      part[row] = 0;
      row += 1;
      begin = pos + 1;
    }
    this.line = line;
    rows.count = row;
    return begin;
  }

  /** `2021-12-31 23:01:00.000000`, with T or a space, with or without a fraction and a Z; returns where it ends, −1 for another form. */
  #iso(bytes: Uint8Array, at: number, out: Float64Array, row: number): number {
    let dateKey = 0;
    for (let i = 0; i < 10; i += 1) {
      const byte = bytes[at + i] as number;
      if (i === 4 || i === 7) {
        if (byte !== 45) return -1;
      } else {
        const digit = byte ^ DIGIT_ZERO;
        if (digit > 9) return -1;
        dateKey = dateKey * 10 + digit;
      }
    }
    if (dateKey !== this.#dateKey) {
      const text = String(dateKey).padStart(8, '0');
      let day: number;
      try {
        day = dayNumber(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`);
      } catch {
        return -1; // no day of the calendar: the careful reader says so
      }
      this.#dateKey = dateKey;
      this.#dateUs = day * DAY_US;
    }
    if (bytes[at + 10] !== 32 && bytes[at + 10] !== 84) return -1;
    if (bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return -1;
    const hour = twoDigits(bytes, at + 11);
    const minute = twoDigits(bytes, at + 14);
    const second = twoDigits(bytes, at + 17);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
    let pos = at + 19;
    let fraction = 0;
    if (bytes[pos] === 46) {
      pos += 1;
      const begin = pos;
      let digit = (bytes[pos] as number) ^ DIGIT_ZERO;
      if (digit > 9) return -1;
      for (; digit < 10; digit = (bytes[++pos] as number) ^ DIGIT_ZERO) if (pos - begin < 6) fraction = fraction * 10 + digit;
      if (pos - begin < 6) fraction *= POWERS[6 - (pos - begin)] as number;
    }
    if (bytes[pos] === 90) pos += 1;
    const byte = bytes[pos];
    if (byte !== this.#delimiter && byte !== NEWLINE && byte !== RETURN) return -1;
    const us = this.#dateUs + ((hour * 60 + minute) * 60 + second) * 1e6 + fraction;
    if (us < FIRST_TIME_US || us >= LAST_TIME_US) return -1;
    out[row] = us;
    return pos;
  }

  /** Reads one line the careful way; returns where it ends, −1 when its end is not here yet. */
  #careful(bytes: Uint8Array, begin: number, to: number, last: boolean, rows: Rows, base: number): number {
    const { end, next, lines, open } = lineEnd(bytes, begin, to, this.#delimiter);
    if (open) {
      if (!last && to - begin <= MAX_LINE_BYTES) return -1;
      // the quote is never closed: this line alone is lost, not the rest of the file
      const line = ++this.line;
      rows.fault(rows.add(line, base + begin, 0), MALFORMED, 0);
      return bytes.indexOf(NEWLINE, begin) + 1;
    }
    const line = this.line + 1;
    this.line += lines;
    const cells = cellsOfLine(bytes, begin, end, this.#delimiter);
    if (isBlank(cells) || this.#isHeader(cells)) return next;
    this.#reader.read(cells, rows, line, base + begin);
    return next;
  }

  /** Files that were joined repeat their header. */
  #isHeader(cells: readonly string[]): boolean {
    const { header, names } = this.#layout;
    return header && cells.length === names.length && cells.every((cell, i) => cell === names[i]);
  }
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) ^ DIGIT_ZERO;
  const ones = (bytes[at + 1] as number) ^ DIGIT_ZERO;
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}
