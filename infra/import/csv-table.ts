/** A file of separated values as a table: its delimiter, its header, and its rows through the byte scanner. Interprets no cell. */
import { type ByteSource, openBytes, type Packed } from './byte-source.ts';
import { cellsOfLine, DELIMITERS, isBlank, lineEnd } from './csv-line.ts';
import { CsvScan, MAX_LINE_BYTES } from './csv-scan.ts';
import type { CheckedOptions } from './import-options.ts';
import { type Head, type Layout, layoutOf, timeOf } from './layout.ts';
import { RowReader } from './row-reader.ts';
import type { Place, RowSource, Table } from './row-source.ts';
import type { Rows } from './rows.ts';
import { TextWindow } from './text-window.ts';

/** Rows that are looked at to tell the layout. */
const HEAD_ROWS = 64;

/** Null when the file is empty. */
export async function csvTable(packed: Packed, options: CheckedOptions): Promise<Table | null> {
  const source = await openBytes(packed, 0);
  try {
    const window = new TextWindow(source, packed.label, 0, 4 * MAX_LINE_BYTES);
    await window.headed(() => headLines(window).lines.length < HEAD_ROWS);
    if (window.to === window.from) return null;
    const { lines, delimiter } = headLines(window);
    const [first] = lines;
    if (first === undefined) return null;
    const names = isHeader(first.cells) ? first.cells.map((cell) => cell.trim()) : null;
    const rows = (names === null ? lines : lines.slice(1)).map(({ cells }) => cells.map((cell) => cell.trim()));
    if (rows.length === 0) return null;
    const head: Head = { file: packed.label, names, rows, forms: [] };
    const layout = layoutOf(head, options);
    return {
      label: packed.label,
      layout,
      bytes: packed.bytes,
      firstTime: timeOf(layout, rows[0] as readonly string[], options),
      begin: names === null ? { offset: first.offset, line: first.line - 1 } : { offset: first.next, line: first.line },
      open: async (from) => new CsvRows(await openBytes(packed, from.offset), packed.label, layout, delimiter, options, from),
    };
  } finally {
    await source.close();
  }
}

/** A header names things: no cell of it begins with a digit, and not all are empty. */
function isHeader(cells: readonly string[]): boolean {
  return (
    cells.every((cell) => !/^\s*[-+.]?\d/.test(cell)) &&
    cells.some((cell) => /\p{L}/u.test(cell)) &&
    !cells.every((cell) => /^(nan|null|true|false)$/i.test(cell))
  );
}

type HeadLine = Readonly<{ cells: readonly string[]; offset: number; next: number; line: number }>;

function headLines(window: TextWindow): { lines: HeadLine[]; delimiter: number } {
  const { bytes, to, base } = window;
  const firstLine = bytes.subarray(window.from, Math.max(window.from, bytes.indexOf(10, window.from)));
  const counts = DELIMITERS.map((delimiter) => firstLine.reduce((sum, byte) => sum + (byte === delimiter ? 1 : 0), 0));
  const delimiter = DELIMITERS[counts.indexOf(Math.max(...counts))] as number;
  const lines: HeadLine[] = [];
  let line = 1;
  for (let pos = window.from; pos < to && lines.length < HEAD_ROWS; ) {
    const found = lineEnd(bytes, pos, to, delimiter);
    if (found.open) break;
    const cells = cellsOfLine(bytes, pos, found.end, delimiter);
    if (!isBlank(cells)) lines.push({ cells, offset: base + pos, next: base + found.next, line });
    line += found.lines;
    pos = found.next;
  }
  return { lines, delimiter };
}

class CsvRows implements RowSource {
  readonly #source: ByteSource;
  readonly #window: TextWindow;
  readonly #scan: CsvScan;
  readonly #delimiter: number;

  constructor(source: ByteSource, label: string, layout: Layout, delimiter: number, options: CheckedOptions, from: Place) {
    this.#source = source;
    // twice: a quoted cell may run on until the scanner gives it up
    this.#window = new TextWindow(source, label, from.offset, 4 * MAX_LINE_BYTES);
    this.#scan = new CsvScan(new RowReader(layout, options), delimiter, options, from.line);
    this.#delimiter = delimiter;
  }

  get taken(): number {
    return this.#source.taken;
  }

  async fill(rows: Rows): Promise<boolean> {
    const window = this.#window;
    rows.clear();
    for (;;) {
      window.from = this.#scan.scan(window.bytes, window.from, window.to, window.last, rows, window.base);
      if (rows.count > 0) return true;
      if (!(await window.more())) return false;
    }
  }

  place(): Place {
    return { offset: this.#window.base + this.#window.from, line: this.#scan.line };
  }

  cells(rows: Rows, row: number): readonly string[] {
    const { begin, end } = this.#range(rows, row);
    return cellsOfLine(this.#window.bytes, begin, end, this.#delimiter);
  }

  text(rows: Rows, row: number): string {
    const { begin, end } = this.#range(rows, row);
    return Buffer.from(this.#window.bytes.subarray(begin, Math.min(end, begin + 1024))).toString('utf8');
  }

  #range(rows: Rows, row: number): { begin: number; end: number } {
    const begin = (rows.offset[row] as number) - this.#window.base;
    const { end, open } = lineEnd(this.#window.bytes, begin, this.#window.to, this.#delimiter);
    return { begin, end: open ? this.#window.bytes.indexOf(10, begin) : end };
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
