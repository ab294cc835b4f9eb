/**
 * The byte scanner: lines of separated values become rows without a string being made. Lines of ordinary cells are read here; every line
 * with anything else in it goes to the careful reader. Reads no file.
 */
import type { Decimal } from '#engine/decimal.ts';
import { VALUE_COLUMNS } from '#engine/market/blocks.ts';
import * as cells from './csv-cells.ts';
import { type CellReader, MAX_CELL_SCALE, NEWLINE, RETURN } from './csv-cells.ts';
import { cellsOfLine, isBlank, lineEnd } from './csv-line.ts';
import type { ColumnRole } from './dialects.ts';
import { MALFORMED } from './faults.ts';
import type { CheckedOptions } from './import-options.ts';
import type { Layout } from './layout.ts';
import { type RowReader, VALUE_ROLES } from './row-reader.ts';
import {
  ARRIVAL_COLUMN,
  BATCH_ROWS,
  FIRST_UPDATE_COLUMN,
  FIRST_VALUE,
  LAST_UPDATE_COLUMN,
  NONE,
  PREVIOUS_UPDATE_COLUMN,
  type Rows,
  TIME_COLUMN,
} from './rows.ts';
import { type StampForm, UNIT_SCALE } from './stamps.ts';

/** A line longer than this is no line of a table. */
export const MAX_LINE_BYTES = 1 << 20;

export class CsvScan {
  /** Lines read. */
  line: number;
  readonly #reader: RowReader;
  readonly #delimiter: number;
  readonly #layout: Layout;
  readonly #cells: readonly CellReader[];
  readonly #allCareful: boolean;
  readonly #hasArrival: boolean;
  /** Values that no column gives. */
  readonly #blank: readonly number[];
  /** The bytes last scanned, to be read by words. */
  #words: DataView = new DataView(new ArrayBuffer(0));

  constructor(reader: RowReader, delimiter: number, options: CheckedOptions, line: number) {
    const { layout } = reader;
    this.line = line;
    this.#reader = reader;
    this.#layout = layout;
    this.#delimiter = delimiter;
    this.#cells = layout.roles.map((role) => cellReader(role, layout, delimiter, options));
    this.#hasArrival = layout.roles.includes('arrival') && options.arrival === 'recorded';
    const given = layout.roles.map((role) => (role === null ? undefined : VALUE_ROLES[role]?.slot));
    this.#blank = VALUE_COLUMNS[layout.kind].flatMap((_, slot) => (given.includes(slot) ? [] : [slot]));
    this.#allCareful = layout.levels.length > 0 || reader.stampShift !== 0 || this.#cells.includes(cells.careful);
  }

  /**
   * Reads whole lines of `bytes` from `from`, until `rows` is full or no whole line is left before `to`; returns where it stopped.
   * `bytes[to - 1]` is the end of a line. `base` is where `bytes` lies in the file. `last`: nothing follows.
   */
  scan(bytes: Uint8Array, from: number, to: number, last: boolean, rows: Rows, base: number): number {
    const words = this.#words;
    if (words.buffer !== bytes.buffer || words.byteOffset !== bytes.byteOffset || words.byteLength !== bytes.byteLength)
      this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let pos = from;
    while (pos < to && rows.count < BATCH_ROWS) {
      if (bytes[pos] === NEWLINE) {
        pos += 1;
        this.line += 1;
        continue;
      }
      let next = this.#allCareful ? -1 : this.#ordinary(bytes, pos, rows, base);
      if (next === -1) next = this.#careful(bytes, pos, to, last, rows, base);
      if (next === -1) return pos; // a quoted cell goes on beyond what is here
      pos = next;
    }
    return pos;
  }

  /** Reads one ordinary line; returns where the next begins, −1 when something in it is not ordinary. */
  #ordinary(bytes: Uint8Array, begin: number, rows: Rows, base: number): number {
    const row = rows.count;
    rows.seq[row] = NONE;
    rows.key[row] = 0;
    rows.flags[row] = 0;
    if (this.#layout.kind === 'book') rows.noUpdates(row);
    for (let i = 0; i < this.#blank.length; i += 1) (rows.values[this.#blank[i] as number] as Float64Array)[row] = 0;
    const next = this.#line(bytes, begin, rows, row);
    if (next === -1) return -1;
    if (!this.#hasArrival) rows.arrival[row] = NONE;
    rows.faults[row] = 0;
    rows.column[row] = -1;
    rows.line[row] = ++this.line;
    rows.offset[row] = base + begin;
    rows.part[row] = 0;
    rows.count = row + 1;
    return next;
  }

  #line(bytes: Uint8Array, begin: number, rows: Rows, row: number): number {
    const width = this.#cells.length;
    const words = this.#words;
    let pos = begin;
    for (let column = 0; ; ) {
      pos = (this.#cells[column] as CellReader)(bytes, pos, rows, row, words);
      if (pos === -1) return -1;
      column += 1;
      const byte = bytes[pos];
      if (byte === this.#delimiter) {
        if (column === width) return -1; // too many cells
        pos += 1;
        continue;
      }
      if (column !== width) return -1;
      if (byte === NEWLINE) return pos + 1;
      return byte === RETURN && bytes[pos + 1] === NEWLINE ? pos + 2 : -1;
    }
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

function cellReader(role: ColumnRole | null, layout: Layout, delimiter: number, options: CheckedOptions): CellReader {
  const value = role === null ? undefined : VALUE_ROLES[role];
  if (value !== undefined) {
    const step: Decimal = value.of === 'tick' ? options.tick : options.lot;
    if (step.scale > MAX_CELL_SCALE || step.digits > BigInt(Number.MAX_SAFE_INTEGER)) return cells.careful;
    return cells.steps(FIRST_VALUE + value.slot, step.scale, Number(step.digits));
  }
  const stamp = (column: number, form: StampForm): CellReader => {
    if (form !== 'text') return cells.stamp(column, UNIT_SCALE[form]);
    return options.utcOffsetMinutes === 0 ? cells.isoStamp(column, delimiter) : cells.careful;
  };
  switch (role) {
    case null:
    case 'end':
      return cells.skipped(delimiter);
    case 'time':
      return stamp(TIME_COLUMN, layout.time);
    case 'arrival':
      return options.arrival === 'venue' ? cells.skipped(delimiter) : stamp(ARRIVAL_COLUMN, layout.arrival);
    case 'id':
      return layout.numbered ? cells.wholeId(delimiter) : cells.textId(delimiter);
    case 'symbol':
      return cells.same(layout.symbol ?? '', delimiter);
    case 'timeframe':
      return cells.same(String(layout.timeframeUs), delimiter);
    case 'side':
      return cells.side(delimiter);
    case 'maker':
      return cells.maker(delimiter);
    case 'snapshot':
      return cells.snapshot(delimiter);
    case 'firstUpdate':
      return cells.update(FIRST_UPDATE_COLUMN, delimiter);
    case 'lastUpdate':
      return cells.update(LAST_UPDATE_COLUMN, delimiter);
    case 'previousUpdate':
      return cells.update(PREVIOUS_UPDATE_COLUMN, delimiter);
    case 'flags':
      return cells.flagNumber(delimiter);
    default:
      return cells.careful;
  }
}
