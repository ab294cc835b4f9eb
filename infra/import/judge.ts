/**
 * Judges rows in their order and gathers those that stay into blocks: sizes, crossed quotes, time that goes back, duplicates, outliers,
 * gaps. A policy says what follows from a fault. Never reads a file, never mends a value.
 */
import { type Block, type BlockKind, MAX_FRAME_NUMBERS, NO_SEQ, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import type { ColumnRole } from './dialects.ts';
import {
  BAD_BAR,
  BAD_SIZE,
  CROSSED,
  DUPLICATE,
  FAULTS,
  type Fault,
  firstFault,
  NEGATIVE_PRICE,
  OTHER_SYMBOL,
  OUTLIER,
  type Policies,
  REPEATED,
  TIME_BACK,
  UNREADABLE,
} from './faults.ts';
import { tradingTime } from './gaps.ts';
import { ImportError, shown } from './import-error.ts';
import type { CheckedOptions } from './import-options.ts';
import type { Layout } from './layout.ts';
import type { Example, Tally } from './report.ts';
import { NONE, type Rows } from './rows.ts';

/** Facts a block holds at most. */
export const BLOCK_ROWS = MAX_FRAME_NUMBERS;

/** So many outliers in a row, each near the one before, are a true jump. */
export const OUTLIERS_TO_JUMP = 5;

/** Runs of ids that were passed over; more than these are forgotten, the oldest first. */
const MAX_ID_GAPS = 1024;

/** What the judgement of the next row rests on. Plain data. */
export type JudgeState = Readonly<{
  lastAt: number;
  lastOrder: number;
  lastTime: number;
  newestSeq: number;
  idGaps: readonly (readonly [number, number])[];
  /** The last row kept: key, flags, values. */
  before: readonly number[];
  /** The value outliers are measured from; null before the first. */
  level: number | null;
  outlier: number;
  outliers: number;
}>;

/** What a judged row is told by, when it is told. */
export type RowTelling = Readonly<{ file: string; cells: (row: number) => readonly string[]; text: (row: number) => string }>;

export class Judge {
  readonly #options: CheckedOptions;
  readonly #kind: BlockKind;
  readonly #timeframeUs: number;
  readonly #policies: Policies;
  readonly #tally: Tally;
  readonly #width: number;
  /** What arrival is later than the stamp by. */
  readonly #delayUs: number;
  readonly #gapUs: number;
  readonly #from: number;
  readonly #to: number;
  readonly #permille: number;
  #lastAt = -1;
  #lastOrder = -1;
  #lastTime = -1;
  #newestSeq = 0;
  #idGaps: [number, number][] = [];
  #before: number[] = [];
  #level = Number.NaN;
  #outlier = 0;
  #outliers = 0;

  // the block being filled
  #count = 0;
  #numbered = false;
  /** Whether each arrival is its venue time: then they share a column. */
  #prompt = true;
  #at = new Float64Array(0);
  #venueTime = new Float64Array(0);
  #venueSeq = new Float64Array(0);
  #flags = new Uint8Array(0);
  #values: Float64Array[] = [];

  constructor(layout: Layout, options: CheckedOptions, policies: Policies, tally: Tally) {
    this.#options = options;
    this.#kind = layout.kind;
    this.#timeframeUs = layout.timeframeUs;
    this.#policies = policies;
    this.#tally = tally;
    this.#width = VALUE_COLUMNS[layout.kind].length;
    this.#delayUs = layout.timeframeUs + options.latencyUs;
    this.#gapUs = layout.kind === 'bar' ? layout.timeframeUs : (options.gapUs ?? Number.POSITIVE_INFINITY);
    this.#from = options.from ?? 0;
    this.#to = options.to ?? Number.POSITIVE_INFINITY;
    this.#permille = layout.kind === 'book' ? Number.POSITIVE_INFINITY : (options.outlierPermille ?? Number.POSITIVE_INFINITY);
    this.#fresh();
  }

  /** Whether the block is full and must be taken. */
  get full(): boolean {
    return this.#count === BLOCK_ROWS;
  }

  get count(): number {
    return this.#count;
  }

  /** Judges from row `from`; returns the first row not judged, because the block is full, or the count. */
  judge(rows: Rows, from: number, layout: Layout, telling: RowTelling): number {
    const tally = this.#tally;
    const { time, arrival, seq, key, flags, faults } = rows;
    const passOthers = layout.passOthers;
    let row = from;
    let kept = 0;
    let quarantined = 0;
    let passed = 0;
    for (; row < rows.count && this.#count < BLOCK_ROWS; row += 1) {
      let bits = faults[row] as number;
      const stamp = time[row] as number;
      if ((bits & UNREADABLE) !== 0) {
        if (passOthers && (bits & OTHER_SYMBOL) !== 0) {
          passed += 1;
          continue;
        }
      } else {
        if (stamp < this.#from || stamp >= this.#to) {
          passed += 1;
          continue;
        }
        bits |= this.#shape(rows, row);
        const order = arrival[row] === NONE ? stamp : (arrival[row] as number);
        // a row in order, near the level and unlike the one before needs no more than this look
        bits |= this.#sequence(rows, row, stamp, order);
        if ((bits & this.#policies.quarantine) === 0) bits |= this.#distance(rows, row);
      }
      if (bits !== 0) {
        if ((bits & this.#policies.refuse) !== 0) {
          this.#addCounts(kept, quarantined, passed);
          throw this.#refusal(rows, row, bits & this.#policies.refuse, layout, telling);
        }
        const out = bits & this.#policies.quarantine;
        tally.faulty(out === 0 ? bits : out, out === 0, (fault) => this.#tell(rows, row, fault, layout, telling));
        if (out !== 0) {
          quarantined += 1;
          continue;
        }
      }
      this.#keep(rows, row, stamp, arrival[row] as number, seq[row] as number, key[row] as number, flags[row] as number, telling.file);
      kept += 1;
    }
    this.#addCounts(kept, quarantined, passed);
    return row;
  }

  #addCounts(kept: number, quarantined: number, passed: number): void {
    const tally = this.#tally;
    tally.rowsIn += kept + quarantined;
    tally.rowsKept += kept;
    tally.rowsQuarantined += quarantined;
    tally.rowsPassedOver += passed;
  }

  /** What a row says by itself. */
  #shape(rows: Rows, row: number): number {
    const values = rows.values;
    const a = (values[0] as Float64Array)[row] as number;
    const b = (values[1] as Float64Array)[row] as number;
    switch (this.#kind) {
      case 'trade':
        return (a > 0 ? 0 : NEGATIVE_PRICE) | (b > 0 ? 0 : BAD_SIZE);
      case 'book':
        return (a > 0 ? 0 : NEGATIVE_PRICE) | (b >= 0 ? 0 : BAD_SIZE);
      case 'quote': {
        const ask = (values[2] as Float64Array)[row] as number;
        const askLots = (values[3] as Float64Array)[row] as number;
        return (a > 0 && ask > 0 ? 0 : NEGATIVE_PRICE) | (b >= 0 && askLots >= 0 ? 0 : BAD_SIZE) | (a < ask ? 0 : CROSSED);
      }
      case 'bar': {
        const low = (values[2] as Float64Array)[row] as number;
        const close = (values[3] as Float64Array)[row] as number;
        const volume = (values[4] as Float64Array)[row] as number;
        const encloses = b >= a && b >= close && b >= low && low <= a && low <= close;
        return (low > 0 ? 0 : NEGATIVE_PRICE) | (volume >= 0 ? 0 : BAD_SIZE) | (encloses ? 0 : BAD_BAR);
      }
    }
  }

  /** What a row says beside those before it: ids, times, equality. */
  #sequence(rows: Rows, row: number, stamp: number, order: number): number {
    let bits = 0;
    const number = rows.seq[row] as number;
    if (number > 0 && number <= this.#newestSeq) bits |= this.#wasPassedOver(number) ? TIME_BACK : DUPLICATE;
    if (order < this.#lastOrder) bits |= TIME_BACK;
    else if (stamp === this.#lastTime) {
      if (this.#kind === 'bar') bits |= DUPLICATE;
      else if (number <= 0 && this.#equalsBefore(rows, row)) bits |= rows.key[row] !== 0 ? DUPLICATE : REPEATED;
    }
    return bits;
  }

  #equalsBefore(rows: Rows, row: number): boolean {
    const before = this.#before;
    if (before[0] !== rows.key[row] || before[1] !== rows.flags[row]) return false;
    for (let i = 0; i < this.#width; i += 1) if (before[i + 2] !== (rows.values[i] as Float64Array)[row]) return false;
    return true;
  }

  #wasPassedOver(number: number): boolean {
    return this.#idGaps.some(([first, last]) => number >= first && number <= last);
  }

  /** Whether a price is too far from the last. NaN before the first compares false, as it must. */
  #distance(rows: Rows, row: number): number {
    const permille = this.#permille;
    if (permille === Number.POSITIVE_INFINITY) return 0;
    const values = rows.values;
    const first = (values[0] as Float64Array)[row] as number;
    const value =
      this.#kind === 'trade'
        ? first
        : this.#kind === 'quote'
          ? first + (values[2] as Float64Array)[row]!
          : (values[3] as Float64Array)[row]!;
    if (Math.abs(value - this.#level) * 1000 > permille * Math.abs(this.#level)) {
      const near = this.#outliers > 0 && Math.abs(value - this.#outlier) * 1000 <= permille * Math.abs(this.#outlier);
      this.#outliers = near ? this.#outliers + 1 : 1;
      this.#outlier = value;
      if (this.#outliers < OUTLIERS_TO_JUMP) {
        if ((this.#policies.quarantine & OUTLIER) === 0) this.#level = value;
        return OUTLIER;
      }
    }
    this.#outliers = 0;
    this.#level = value;
    return 0;
  }

  #keep(rows: Rows, row: number, stamp: number, arrival: number, seq: number, key: number, flags: number, file: string): void {
    const at = this.#count;
    const tally = this.#tally;
    const order = arrival === NONE ? stamp : arrival;
    let arrives = arrival === NONE ? stamp + this.#delayUs : arrival + this.#options.latencyUs;
    if (arrives < this.#lastAt) arrives = this.#lastAt;
    this.#lastAt = arrives;
    if (arrives !== stamp) this.#prompt = false;
    this.#at[at] = arrives;
    this.#venueTime[at] = stamp;
    if (seq === NONE) this.#venueSeq[at] = 0;
    else {
      this.#venueSeq[at] = seq;
      this.#numbered = true;
      if (seq > this.#newestSeq) {
        if (seq > this.#newestSeq + 1 && this.#newestSeq > 0) this.#idsPassedOver(seq);
        this.#newestSeq = seq;
      }
    }
    this.#flags[at] = flags;
    const before = this.#before;
    before[0] = key;
    before[1] = flags;
    for (let i = 0; i < this.#width; i += 1) {
      const value = (rows.values[i] as Float64Array)[row] as number;
      (this.#values[i] as Float64Array)[at] = value;
      before[i + 2] = value;
    }
    this.#count = at + 1;
    if (this.#lastTime !== -1) {
      const step = stamp - this.#lastTime;
      if (step >= 0) tally.spacing.add(step);
      if (step > this.#gapUs) this.#gap(stamp, file, rows.line[row] as number);
    } else tally.firstTimeUs = stamp;
    if (stamp > tally.lastTimeUs) tally.lastTimeUs = stamp;
    tally.coverage.add(stamp);
    this.#lastTime = stamp;
    if (order > this.#lastOrder) this.#lastOrder = order;
  }

  #idsPassedOver(seq: number): void {
    this.#idGaps.push([this.#newestSeq + 1, seq - 1]);
    if (this.#idGaps.length > MAX_ID_GAPS) this.#idGaps.shift();
    this.#tally.gaps.missingIds += seq - 1 - this.#newestSeq;
  }

  #gap(stamp: number, file: string, line: number): void {
    const bars = this.#kind === 'bar';
    const beginUs = this.#lastTime + (bars ? this.#timeframeUs : 0);
    const openUs = tradingTime(this.#options.calendar, beginUs, stamp);
    if (bars ? openUs <= 0 : openUs <= this.#gapUs) return;
    const missing = bars ? Math.ceil(openUs / this.#timeframeUs) : null;
    if (this.#options.gaps === 'refuse')
      throw new ImportError(
        'refused',
        `nothing for ${openUs / 1e6} s of trading time before this row`,
        bars ? 'Fetch the missing bars, or let gaps be (gaps keep)' : 'Fetch what is missing, widen gapUs, or let gaps be (gaps keep)',
        { file, line, column: 'time', value: String(stamp) },
      );
    this.#tally.gaps.add({ beginUs, endUs: stamp, openUs, bars: missing, ids: null });
  }

  /** The block as it is; the next begins empty. */
  take(): Block {
    const count = this.#count;
    const cut = (column: Float64Array) => (count === column.length ? column : column.slice(0, count));
    const venueTime = cut(this.#venueTime);
    const block: Block = {
      instrument: this.#options.instrument.id,
      source: this.#options.source,
      kind: this.#kind,
      timeframeUs: this.#timeframeUs,
      count,
      at: this.#prompt ? venueTime : cut(this.#at),
      venueTime,
      venueSeq: this.#numbered ? cut(this.#venueSeq) : NO_SEQ,
      flags: count === this.#flags.length ? this.#flags : this.#flags.slice(0, count),
      values: this.#values.map(cut),
    };
    this.#fresh();
    return block;
  }

  #fresh(): void {
    this.#count = 0;
    this.#numbered = false;
    this.#prompt = true;
    this.#at = new Float64Array(BLOCK_ROWS);
    this.#venueTime = new Float64Array(BLOCK_ROWS);
    this.#venueSeq = new Float64Array(BLOCK_ROWS);
    this.#flags = new Uint8Array(BLOCK_ROWS);
    this.#values = Array.from({ length: this.#width }, () => new Float64Array(BLOCK_ROWS));
  }

  save(): JudgeState {
    return {
      lastAt: this.#lastAt,
      lastOrder: this.#lastOrder,
      lastTime: this.#lastTime,
      newestSeq: this.#newestSeq,
      idGaps: this.#idGaps.map(([first, last]) => [first, last]),
      before: [...this.#before],
      level: Number.isNaN(this.#level) ? null : this.#level,
      outlier: this.#outlier,
      outliers: this.#outliers,
    };
  }

  load(state: JudgeState): void {
    this.#lastAt = state.lastAt;
    this.#lastOrder = state.lastOrder;
    this.#lastTime = state.lastTime;
    this.#newestSeq = state.newestSeq;
    this.#idGaps = state.idGaps.map(([first, last]) => [first, last]);
    this.#before = [...state.before];
    this.#level = state.level ?? Number.NaN;
    this.#outlier = state.outlier;
    this.#outliers = state.outliers;
  }

  #tell(rows: Rows, row: number, fault: Fault, layout: Layout, telling: RowTelling): Omit<Example, 'fault' | 'kept'> {
    const column = columnOf(rows, row, fault, layout);
    const cell = column === -1 ? undefined : telling.cells(row)[column];
    return {
      file: telling.file,
      line: rows.line[row] as number,
      column: column === -1 ? null : shown(layout.names[column] ?? `#${column + 1}`, 60),
      value: cell === undefined ? null : shown(cell),
      text: shown(telling.text(row)),
    };
  }

  #refusal(rows: Rows, row: number, bits: number, layout: Layout, telling: RowTelling): ImportError {
    const fault = firstFault(bits);
    const { file, line, column, value, text } = this.#tell(rows, row, fault, layout, telling);
    const what = column === null || value === null ? `: ${text}` : ` in ${column}: ${value}`;
    const { about, remedy } = FAULTS[fault];
    return new ImportError('refused', `${about}${what}`, remedy[0]!.toUpperCase() + remedy.slice(1), { file, line, column, value });
  }
}

/** The column that a fault is about: where the reader saw it, or the role it is judged by. */
function columnOf(rows: Rows, row: number, fault: Fault, layout: Layout): number {
  if (fault in ROLE_OF) {
    const wanted = ROLE_OF[fault as keyof typeof ROLE_OF] as readonly ColumnRole[];
    const role = wanted.find((one) => layout.roles.includes(one));
    return role === undefined ? -1 : layout.roles.indexOf(role);
  }
  return rows.column[row] as number;
}

const ROLE_OF = {
  badSize: ['size', 'volume', 'bidSize'],
  negativePrice: ['price', 'bid', 'low'],
  badBar: ['high'],
  crossed: ['bid'],
  duplicate: ['id', 'time', 'date'],
  timeBack: ['time', 'date'],
  outlier: ['price', 'bid', 'close'],
  repeated: [],
} as const satisfies Partial<Record<Fault, readonly ColumnRole[]>>;
