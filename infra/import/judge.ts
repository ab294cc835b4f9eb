/**
 * Judges rows in their order and gathers those that stay into blocks: sizes, crossed quotes, time that goes back, duplicates, outliers,
 * gaps, changes of a book that do not follow. A policy says what follows from a fault. Never reads a file, never mends a value.
 */
import { type Block, type BlockKind, FLAG_GAP, MAX_FRAME_NUMBERS, NO_SEQ, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import { beginsBook } from '#engine/market/recorded-book.ts';
import { BookFollowing, type SavedFollowing } from './book-following.ts';
import type { ColumnRole } from './dialects.ts';
import {
  AFTER_BOOK_GAP,
  BAD_BAR,
  BAD_SIZE,
  BOOK_GAP,
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

const MAX_VALUES = 5;

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
  /** How the messages of a book followed so far; null unless they are numbered. */
  following: SavedFollowing | null;
  /** Only where one is. */
  torn?: boolean;
}>;

/** Left out, such a row takes nothing away from the book that the tape tells. */
const LEAVES_NO_HOLE = DUPLICATE | AFTER_BOOK_GAP | OTHER_SYMBOL;

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
  readonly #before = new Float64Array(2 + MAX_VALUES);
  #level = Number.NaN;
  #outlier = 0;
  #outliers = 0;
  #following: BookFollowing | null = null;
  /** A change of the book was left out, and no row has been kept as the mark of it. */
  #torn = false;

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
    this.#policies = options.gaps === 'refuse' ? { ...policies, refuse: policies.refuse | BOOK_GAP } : policies;
    this.#follow(layout);
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
    let row = from;
    const following = this.#follow(layout);
    while (row < rows.count && this.#count < BLOCK_ROWS) {
      const most = Math.min(rows.count, row + BLOCK_ROWS - this.#count);
      const alike = following === null ? most : this.#isTold(rows, row, layout) ? following.alike(rows, row, most) : row + 1;
      if (following !== null && following.fault !== 0) {
        for (; row < alike; row += 1) this.#judgeOne(rows, row, layout, telling);
        continue;
      }
      const ordinary = this.#ordinary(rows, row, alike);
      if (ordinary > row) {
        this.#keep(rows, row, ordinary, telling.file);
        row = ordinary;
      } else {
        this.#judgeOne(rows, row, layout, telling);
        row += 1;
      }
    }
    return row;
  }

  /** The rule of this table's books; another than before begins anew. */
  #follow({ follows }: Layout): BookFollowing | null {
    if (follows === null) this.#following = null;
    else if (this.#following?.rule !== follows) this.#following = new BookFollowing(follows, (this.#policies.quarantine & BOOK_GAP) === 0);
    return this.#following;
  }

  /** Whether a row is one of those asked for, whose numbers mean something. */
  #isTold(rows: Rows, row: number, { passOthers }: Layout): boolean {
    const bits = rows.faults[row] as number;
    const stamp = rows.time[row] as number;
    if (passOthers && (bits & OTHER_SYMBOL) !== 0) return false;
    return (bits & UNREADABLE) === 0 && stamp >= this.#from && stamp < this.#to;
  }

  /** Judges a row by every rule, and keeps it or not. */
  #judgeOne(rows: Rows, row: number, layout: Layout, telling: RowTelling): void {
    const tally = this.#tally;
    let bits = rows.faults[row] as number;
    if ((bits & UNREADABLE) !== 0) {
      if (layout.passOthers && (bits & OTHER_SYMBOL) !== 0) {
        tally.rowsPassedOver += 1;
        return;
      }
    } else {
      const stamp = rows.time[row] as number;
      if (stamp < this.#from || stamp >= this.#to) {
        tally.rowsPassedOver += 1;
        return;
      }
      bits |= (this.#following?.fault ?? 0) | this.#shape(rows, row);
      bits |= this.#sequence(rows, row, stamp);
      if ((bits & this.#policies.quarantine) === 0) bits |= this.#distance(rows, row);
    }
    if ((bits & this.#policies.refuse) !== 0) throw this.#refusal(rows, row, bits & this.#policies.refuse, layout, telling);
    const out = bits & this.#policies.quarantine & ~BOOK_GAP;
    if (bits !== 0) tally.faulty(out === 0 ? bits : out, out === 0, (fault) => this.#tell(rows, row, fault, layout, telling));
    if (out === 0) {
      if ((bits & BOOK_GAP) !== 0) {
        rows.flags[row]! |= FLAG_GAP;
        this.#following!.marked();
      }
      this.#keep(rows, row, row + 1, telling.file);
      return;
    }
    tally.rowsIn += 1;
    tally.rowsQuarantined += 1;
    if (this.#kind === 'book' && (out & ~LEAVES_NO_HOLE) !== 0) this.#torn = true;
  }

  /**
   * First row in [from, to) that is not ordinary, or `to`: read without a fault, in order, numbered above the last or unlike it, near its
   * price. A stop is only a reason to judge that row by itself.
   */
  #ordinary(rows: Rows, from: number, to: number): number {
    if (this.#kind === 'bar') return from; // few, and each judged by itself
    const { time, arrival, seq, faults } = rows;
    const [a, b, c, d] = rows.values as [Float64Array, Float64Array, Float64Array, Float64Array];
    const quotes = this.#kind === 'quote';
    const leastLots = this.#kind === 'trade' ? 1 : 0;
    const permille = this.#permille;
    let lastTime = this.#lastTime;
    let lastOrder = this.#lastOrder;
    let newestSeq = this.#newestSeq;
    let lastPrice = this.#before[2] as number;
    let level = this.#level;
    let row = from;
    for (; row < to; row += 1) {
      const stamp = time[row] as number;
      const price = a[row] as number;
      const number = seq[row] as number;
      const order = arrival[row] === NONE ? stamp : (arrival[row] as number);
      if (faults[row] !== 0 || stamp < this.#from || stamp >= this.#to || order < lastOrder) break;
      if (number > 0) {
        if (number <= newestSeq) break;
        newestSeq = number;
      } else if (stamp === lastTime && price === lastPrice) break; // perhaps equal
      if (!(price > 0 && (b[row] as number) >= leastLots)) break;
      let value = price;
      if (quotes) {
        const ask = c[row] as number;
        if (!(price < ask && (d[row] as number) >= 0)) break;
        value += ask;
      }
      if (Math.abs(value - level) * 1000 > permille * Math.abs(level)) break;
      level = value;
      lastTime = stamp;
      lastOrder = order;
      lastPrice = price;
    }
    return row;
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
  #sequence(rows: Rows, row: number, stamp: number): number {
    let bits = 0;
    const order = rows.arrival[row] === NONE ? stamp : (rows.arrival[row] as number);
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

  /** Rows [from, to) go into the block; what follows is judged by the last of them. */
  #keep(rows: Rows, from: number, to: number, file: string): void {
    const { time, arrival, seq } = rows;
    if (this.#torn) {
      rows.flags[from]! |= FLAG_GAP;
      this.#torn = false;
    }
    const at = this.#count;
    const count = to - from;
    this.#venueTime.set(time.subarray(from, to), at);
    this.#flags.set(rows.flags.subarray(from, to), at);
    for (let i = 0; i < this.#width; i += 1) (this.#values[i] as Float64Array).set((rows.values[i] as Float64Array).subarray(from, to), at);
    this.#arrive(time, arrival, from, to);
    this.#number(seq, from, to);
    this.#count = at + count;
    const tally = this.#tally;
    tally.rowsIn += count;
    tally.rowsKept += count;
    if (this.#lastTime === -1) tally.firstTimeUs = time[from] as number;
    this.#steps(time, rows.line, from, to, file);
    tally.coverage.add(time, from, to);
    if (this.#kind === 'book') this.#snapshots(time, rows.flags, from, to);
    const last = to - 1;
    this.#lastTime = time[last] as number;
    this.#before[0] = rows.key[last] as number;
    this.#before[1] = rows.flags[last] as number;
    for (let i = 0; i < this.#width; i += 1) this.#before[i + 2] = (rows.values[i] as Float64Array)[last] as number;
    // a bar is judged by itself, which sets the level
    if (this.#kind === 'trade') this.#level = this.#before[2] as number;
    else if (this.#kind === 'quote') this.#level = (this.#before[2] as number) + (this.#before[4] as number);
    if (this.#kind !== 'bar') this.#outliers = 0;
  }

  #snapshots(time: Float64Array, flags: Uint8Array, from: number, to: number): void {
    let [flagsBefore, timeBefore] = [this.#before[1] as number, this.#lastTime];
    for (let row = from; row < to; row += 1) {
      if (beginsBook(flags[row] as number, time[row] as number, flagsBefore, timeBefore)) this.#tally.snapshots += 1;
      flagsBefore = flags[row] as number;
      timeBefore = time[row] as number;
    }
  }

  #arrive(time: Float64Array, arrival: Float64Array, from: number, to: number): void {
    const out = this.#at;
    const shift = this.#count - from;
    let lastAt = this.#lastAt;
    let lastOrder = this.#lastOrder;
    let prompt = this.#prompt;
    for (let row = from; row < to; row += 1) {
      const stamp = time[row] as number;
      const recorded = arrival[row] as number;
      const order = recorded === NONE ? stamp : recorded;
      const arrives = recorded === NONE ? stamp + this.#delayUs : recorded + this.#options.latencyUs;
      if (arrives > lastAt) lastAt = arrives;
      if (order > lastOrder) lastOrder = order;
      if (lastAt !== stamp) prompt = false;
      out[row + shift] = lastAt;
    }
    this.#lastAt = lastAt;
    this.#lastOrder = lastOrder;
    this.#prompt = prompt;
  }

  #number(seq: Float64Array, from: number, to: number): void {
    const out = this.#venueSeq;
    const shift = this.#count - from;
    let newest = this.#newestSeq;
    let numbered = this.#numbered;
    for (let row = from; row < to; row += 1) {
      const number = seq[row] as number;
      out[row + shift] = number === NONE ? 0 : number;
      if (number === NONE) continue;
      numbered = true;
      if (number <= newest) continue;
      if (number > newest + 1 && newest > 0) this.#idsPassedOver(newest + 1, number - 1);
      newest = number;
    }
    this.#newestSeq = newest;
    this.#numbered = numbered;
  }

  /** How far each row lies from the one before, and the gaps among them. */
  #steps(time: Float64Array, line: Float64Array, from: number, to: number, file: string): void {
    const { spacing } = this.#tally;
    let last = this.#lastTime === -1 ? (time[from] as number) : this.#lastTime;
    let most = this.#tally.lastTimeUs;
    for (let row = this.#lastTime === -1 ? from + 1 : from; row < to; row += 1) {
      const stamp = time[row] as number;
      const step = stamp - last;
      if (step >= 0) spacing.add(step);
      if (step > this.#gapUs) this.#gap(last, stamp, file, line[row] as number);
      last = stamp;
      if (stamp > most) most = stamp;
    }
    this.#tally.lastTimeUs = Math.max(most, last);
  }

  #idsPassedOver(first: number, last: number): void {
    this.#idGaps.push([first, last]);
    if (this.#idGaps.length > MAX_ID_GAPS) this.#idGaps.shift();
    this.#tally.gaps.missingIds += last - first + 1;
  }

  #gap(before: number, stamp: number, file: string, line: number): void {
    const bars = this.#kind === 'bar';
    const beginUs = before + (bars ? this.#timeframeUs : 0);
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
      following: this.#following?.save() ?? null,
      ...(this.#torn ? { torn: true } : {}),
    };
  }

  load(state: JudgeState): void {
    this.#torn = state.torn ?? false;
    this.#lastAt = state.lastAt;
    this.#lastOrder = state.lastOrder;
    this.#lastTime = state.lastTime;
    this.#newestSeq = state.newestSeq;
    this.#idGaps = state.idGaps.map(([first, last]) => [first, last]);
    this.#before.set(state.before);
    this.#level = state.level ?? Number.NaN;
    this.#outlier = state.outlier;
    this.#outliers = state.outliers;
    this.#following = null;
    if (state.following !== null) {
      this.#following = new BookFollowing(state.following.rule, (this.#policies.quarantine & BOOK_GAP) === 0);
      this.#following.load(state.following);
    }
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
  bookGap: ['lastUpdate'],
  afterBookGap: ['lastUpdate'],
  badSize: ['size', 'volume', 'bidSize'],
  negativePrice: ['price', 'bid', 'low'],
  badBar: ['high'],
  crossed: ['bid'],
  duplicate: ['id', 'time', 'date'],
  timeBack: ['time', 'date'],
  outlier: ['price', 'bid', 'close'],
  repeated: [],
} as const satisfies Partial<Record<Fault, readonly ColumnRole[]>>;
