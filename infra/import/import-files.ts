/**
 * The door of the importer: foreign files become blocks of one instrument's facts, handed to a sink in order, with a report of what was
 * found. Bounded in memory, and the same bytes give the same blocks. Never guesses silently: what it took files for stands in the report.
 */
import { createHash } from 'node:crypto';
import type { Block } from '#engine/market/blocks.ts';
import { policiesOf } from './faults.ts';
import { ImportError } from './import-error.ts';
import { type CheckedOptions, checkOptions, type ImportOptions } from './import-options.ts';
import { Judge } from './judge.ts';
import { type OpenedFile, openTables } from './open-tables.ts';
import { type ImportCursor, type ImportProgress, type ImportReport, Tally } from './report.ts';
import type { Place, RowSource, Table } from './row-source.ts';
import { Rows } from './rows.ts';

/** Takes each block for good before the next is made. Arrivals never fall from block to block. */
export type TapeSink = Readonly<{ append(block: Block): void | Promise<void> }>;

/** Progress is told at most this often, and with every block. */
const TELL_EVERY_MS = 200;

export async function importFiles(
  files: readonly string[],
  options: ImportOptions,
  sink: TapeSink,
  progress: (progress: ImportProgress) => void,
): Promise<ImportReport> {
  const checked = checkOptions(options);
  if (files.length === 0) throw new ImportError('option', 'files: none', 'Name at least one');
  const opened: OpenedFile[] = [];
  for (const file of files) opened.push(await openTables(file, checked));
  return new Import(opened, checked, sink, progress).run();
}

class Import {
  readonly #options: CheckedOptions;
  readonly #sink: TapeSink;
  readonly #progress: (progress: ImportProgress) => void;
  readonly #tables: readonly Table[];
  readonly #totalBytes: number;
  readonly #fingerprint: string;
  readonly #tally = new Tally();
  readonly #judge: Judge;
  readonly #rows: Rows;
  readonly #began = performance.now();
  #told = 0;
  #cursor: ImportCursor;
  /** Facts read before this run, by the cursor it began from. */
  #rowsBefore = 0;

  constructor(opened: readonly OpenedFile[], options: CheckedOptions, sink: TapeSink, progress: (progress: ImportProgress) => void) {
    this.#options = options;
    this.#sink = sink;
    this.#progress = progress;
    const tables = opened.flatMap((file) => file.tables);
    // stable: what begins at the same moment stays as it was given
    this.#tables = tables
      .map((table, given) => ({ table, given }))
      .sort((a, b) => (a.table.firstTime || 0) - (b.table.firstTime || 0) || a.given - b.given)
      .map(({ table }) => table);
    const [first] = this.#tables;
    if (first === undefined) throw new ImportError('unreadable', 'the files hold no rows', 'Give files with rows in them');
    for (const { label, layout } of this.#tables) {
      if (layout.kind !== first.layout.kind)
        throw new ImportError(
          'option',
          `${label} holds ${layout.kind}s, ${first.label} ${first.layout.kind}s`,
          'Import each kind for itself',
        );
      if (layout.timeframeUs !== first.layout.timeframeUs)
        throw new ImportError(
          'option',
          `${label} holds bars of ${layout.timeframeUs} µs, ${first.label} of ${first.layout.timeframeUs} µs`,
          'Import each length for itself, or say barTimeframeUs if one of them was told wrongly',
        );
      if (layout.symbol !== null && first.layout.symbol !== null && layout.symbol !== first.layout.symbol)
        throw new ImportError(
          'option',
          `${label} holds ${layout.symbol}, ${first.label} ${first.layout.symbol}`,
          'Say symbol, or import each for itself',
        );
    }
    this.#totalBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
    const policies = policiesOf(
      options.policies,
      this.#tables.every(({ layout }) => layout.trusting),
    );
    this.#judge = new Judge(first.layout, options, policies, this.#tally);
    this.#rows = new Rows(5);
    this.#fingerprint = fingerprintOf(opened, options);
    this.#cursor = this.#mark(0, first.begin, 0, 0);
    if (options.resume !== null) this.#goOnFrom(options.resume);
  }

  async run(): Promise<ImportReport> {
    try {
      const from = this.#cursor;
      let row = from.row;
      let bytes = this.#tables.slice(0, from.file).reduce((sum, table) => sum + table.bytes, 0);
      for (let file = from.file; file < this.#tables.length; file += 1) {
        const table = this.#tables[file] as Table;
        const resumed = file === from.file;
        row = await this.#read(file, table, resumed ? from : table.begin, resumed ? from.part : 0, row, bytes);
        if (row === -1) return this.#report(false);
        bytes += table.bytes;
      }
      const last = this.#tables.length;
      if (this.#judge.count > 0) await this.#flush(() => this.#mark(last, { offset: 0, line: 0 }, 0, row));
      else this.#cursor = this.#mark(last, { offset: 0, line: 0 }, 0, row);
      this.#tell(this.#tables.at(-1)?.label ?? '', row, this.#totalBytes);
      return this.#report(true);
    } catch (thrown) {
      if (thrown instanceof ImportError) thrown.cursor = this.#cursor;
      throw thrown;
    }
  }

  /** Reads a table to its end; returns the rows read so far, −1 when it was asked to stop. */
  async #read(file: number, table: Table, from: Place, part: number, rowsRead: number, bytesBefore: number): Promise<number> {
    const source = await table.open(from);
    let read = rowsRead;
    try {
      let toPass = part;
      while (await source.fill(this.#rows)) {
        if (this.#options.signal?.aborted === true) {
          this.#backToCursor();
          return -1;
        }
        const passed = Math.min(toPass, this.#rows.count);
        toPass -= passed;
        read = await this.#judgeRows(file, table, source, passed, read);
        const now = performance.now();
        if (now - this.#told >= TELL_EVERY_MS) this.#tell(table.label, read, bytesBefore + source.taken);
      }
      return read;
    } finally {
      await source.close();
    }
  }

  async #judgeRows(file: number, table: Table, source: RowSource, from: number, rowsRead: number): Promise<number> {
    const rows = this.#rows;
    const telling = {
      file: table.label,
      cells: (row: number) => source.cells(rows, row),
      text: (row: number) => source.text(rows, row),
    };
    for (let row = from; row < rows.count; ) {
      row = this.#judge.judge(rows, row, table.layout, telling);
      if (!this.#judge.full) break;
      const next = row;
      await this.#flush(() => {
        if (next === rows.count) return this.#mark(file, source.place(), 0, rowsRead + next - from);
        const place = { offset: rows.offset[next] as number, line: (rows.line[next] as number) - 1 };
        return this.#mark(file, place, rows.part[next] as number, rowsRead + next - from);
      });
    }
    return rowsRead + rows.count - from;
  }

  async #flush(mark: () => ImportCursor): Promise<void> {
    const block = this.#judge.take();
    await this.#sink.append(block);
    this.#tally.blocks += 1;
    this.#cursor = mark();
  }

  #mark(file: number, { offset, line }: Place, part: number, row: number): ImportCursor {
    const fileName = this.#tables[file]?.label ?? '';
    return {
      version: 2,
      fingerprint: this.#fingerprint,
      file,
      fileName,
      offset,
      line,
      part,
      row,
      judge: this.#judge.save(),
      tally: this.#tally.save(),
    };
  }

  #goOnFrom(cursor: ImportCursor): void {
    if (cursor.version !== 2 || cursor.fingerprint !== this.#fingerprint)
      throw new ImportError(
        'cursor',
        'the place to go on from belongs to other files, options or another version',
        'Import from the beginning',
      );
    this.#cursor = cursor;
    this.#rowsBefore = cursor.row;
    this.#backToCursor();
  }

  /** What was read behind the last block is forgotten: it will be read again. */
  #backToCursor(): void {
    this.#judge.load(this.#cursor.judge);
    this.#tally.load(this.#cursor.tally);
  }

  #tell(file: string, rows: number, bytes: number): void {
    this.#told = performance.now();
    const seconds = (this.#told - this.#began) / 1000;
    const rowsPerSecond = seconds > 0 ? Math.round((rows - this.#rowsBefore) / seconds) : 0;
    const secondsLeft = bytes > 0 && seconds > 0.5 ? Math.max(0, Math.round((seconds * (this.#totalBytes - bytes)) / bytes)) : null;
    const { totalBytes, cursor } = { totalBytes: this.#totalBytes, cursor: this.#cursor };
    this.#progress({
      file,
      rows,
      kept: this.#tally.rowsKept,
      bytes: Math.min(bytes, totalBytes),
      totalBytes,
      rowsPerSecond,
      secondsLeft,
      cursor,
    });
  }

  #report(done: boolean): ImportReport {
    const tally = this.#tally;
    const [first] = this.#tables as [Table, ...Table[]];
    const { count, missingBars, missingIds, list } = tally.gaps.save();
    return {
      kind: first.layout.kind,
      timeframeUs: first.layout.timeframeUs,
      arrival: this.#options.arrival === 'recorded' && first.layout.roles.includes('arrival') ? 'recorded' : 'venue',
      files: this.#tables.map(({ label, layout }) => ({ file: label, dialect: layout.dialect, about: told(layout) })),
      rowsIn: tally.rowsIn,
      rowsKept: tally.rowsKept,
      rowsQuarantined: tally.rowsQuarantined,
      rowsPassedOver: tally.rowsPassedOver,
      reasons: tally.reasons(),
      examples: tally.examples(),
      blocks: tally.blocks,
      snapshots: tally.snapshots,
      firstTimeUs: tally.firstTimeUs === -1 ? null : tally.firstTimeUs,
      lastTimeUs: tally.lastTimeUs === -1 ? null : tally.lastTimeUs,
      coverage: tally.coverage.strip(this.#options.calendar),
      gaps: { count, missingBars, missingIds, list },
      spacing: tally.spacing.quantiles(),
      done,
      cursor: this.#cursor,
    };
  }
}

/** What a table was taken for, in words: its columns, its time, for bars what the stamp is. */
function told(layout: Table['layout']): string {
  const columns = layout.roles.flatMap((role, i) => (role === null ? [] : [`${role} from ${layout.names[i] ?? `#${i + 1}`}`]));
  const levels = layout.levels.length === 0 ? [] : [`${layout.levels.length} levels a line`];
  const bars =
    layout.kind === 'bar'
      ? [`bars of ${layout.timeframeUs / 1e6} s, stamped at their ${layout.barStamp === 'open' ? 'start' : 'end'}`]
      : [];
  const time = layout.time === 'text' ? 'time as text' : `time in ${layout.time}`;
  return [...columns, time, ...levels, ...bars].join(', ');
}

/** Of everything that the blocks follow from. */
function fingerprintOf(opened: readonly OpenedFile[], options: CheckedOptions): string {
  const { resume, signal, calendar, ...said } = options;
  const files = opened.map(({ name, bytes }) => [name, bytes]);
  const text = JSON.stringify([files, said], (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
