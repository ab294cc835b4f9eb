/**
 * Rows read from foreign files, as columns: what the readers fill and the judge reads. A row is one fact offered; a line of a book holds
 * many. Decides nothing about them.
 */

/** A reader hands over about so many rows at a time. */
export const BATCH_ROWS = 4096;

/** No value in a column of doubles that are whole otherwise. */
export const NONE = -1;

/** Where a column of doubles lies in the sheet, in columns. */
export const TIME_COLUMN = 0;
export const ARRIVAL_COLUMN = 1;
export const SEQ_COLUMN = 2;
export const FIRST_UPDATE_COLUMN = 6;
export const LAST_UPDATE_COLUMN = 7;
export const PREVIOUS_UPDATE_COLUMN = 8;
export const FIRST_VALUE = 9;

export class Rows {
  count = 0;
  capacity = 0;
  /** What the venue says, µs; for a bar its start. */
  time = new Float64Array(0);
  /** A recorded arrival, µs; NONE without. */
  arrival = new Float64Array(0);
  /** The venue's number of the fact; NONE without. */
  seq = new Float64Array(0);
  /** A fingerprint of an id that is no number; 0 without. */
  key = new Float64Array(0);
  /** Of a book's message: its first and last update, and the last of the one before it; NONE without. */
  firstUpdate = new Float64Array(0);
  lastUpdate = new Float64Array(0);
  previousUpdate = new Float64Array(0);
  flags = new Uint8Array(0);
  values: readonly Float64Array[] = [];
  /** Faults seen while reading, as bits of faults.ts. */
  faults = new Uint32Array(0);
  /** The column of the file with the first of them; −1 without. */
  column = new Int32Array(0);
  /** The line, from 1 (Parquet: the row). */
  line = new Float64Array(0);
  /** Where the line begins, in bytes of the plain text (Parquet: rows before it). */
  offset = new Float64Array(0);
  /** Which fact of its line it is, from 0. */
  part = new Int32Array(0);
  /** All columns of doubles in one: the column times the capacity, plus the row. */
  sheet = new Float64Array(0);
  #doubles: readonly Float64Array[] = [];
  readonly #width: number;

  constructor(width: number) {
    this.#width = width;
    this.#grow(BATCH_ROWS);
  }

  clear(): void {
    this.count = 0;
  }

  /** The index of a fresh row with nothing in it. */
  add(line: number, offset: number, part: number): number {
    if (this.count === this.capacity) this.#grow(this.capacity * 2);
    const row = this.count++;
    this.time[row] = 0;
    this.arrival[row] = NONE;
    this.seq[row] = NONE;
    this.key[row] = 0;
    this.noUpdates(row);
    this.flags[row] = 0;
    for (const column of this.values) column[row] = 0;
    this.faults[row] = 0;
    this.column[row] = -1;
    this.line[row] = line;
    this.offset[row] = offset;
    this.part[row] = part;
    return row;
  }

  noUpdates(row: number): void {
    this.firstUpdate[row] = NONE;
    this.lastUpdate[row] = NONE;
    this.previousUpdate[row] = NONE;
  }

  fault(row: number, bit: number, column: number): void {
    if (this.column[row] === -1 || bit < firstBit(this.faults[row]!)) this.column[row] = column;
    this.faults[row]! |= bit;
  }

  #grow(capacity: number): void {
    const old = this.#doubles;
    const sheet = new Float64Array(capacity * (FIRST_VALUE + this.#width));
    this.#doubles = Array.from({ length: FIRST_VALUE + this.#width }, (_, i) => {
      const part = sheet.subarray(i * capacity, (i + 1) * capacity);
      part.set(old[i] ?? []);
      return part;
    });
    this.sheet = sheet;
    const column = (index: number) => this.#doubles[index] as Float64Array<ArrayBuffer>;
    this.time = column(TIME_COLUMN);
    this.arrival = column(ARRIVAL_COLUMN);
    this.seq = column(SEQ_COLUMN);
    this.key = column(3);
    this.line = column(4);
    this.offset = column(5);
    this.firstUpdate = column(FIRST_UPDATE_COLUMN);
    this.lastUpdate = column(LAST_UPDATE_COLUMN);
    this.previousUpdate = column(PREVIOUS_UPDATE_COLUMN);
    this.values = this.#doubles.slice(FIRST_VALUE);
    const { flags, faults, part } = this;
    const faulty = this.column;
    this.flags = new Uint8Array(capacity);
    this.flags.set(flags);
    this.faults = new Uint32Array(capacity);
    this.faults.set(faults);
    this.column = new Int32Array(capacity);
    this.column.set(faulty);
    this.part = new Int32Array(capacity);
    this.part.set(part);
    this.capacity = capacity;
  }
}

const firstBit = (bits: number): number => bits & -bits;
