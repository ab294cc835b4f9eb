/**
 * A Parquet file as a table: its columns, read a slice of rows at a time. Ordinary values go straight into rows; of any other the row becomes
 * cells of text. Doubles become their shortest text; stamps keep their full precision. Interprets no cell.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead, parquetSchema, type SchemaElement } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { unreadable } from './byte-source.ts';
import { ImportError } from './import-error.ts';
import type { CheckedOptions } from './import-options.ts';
import { type Head, type Layout, layoutOf, timeOf } from './layout.ts';
import { cellText, type ValueReader, valueReaders } from './parquet-values.ts';
import { RowReader } from './row-reader.ts';
import type { Place, RowSource, Table } from './row-source.ts';
import { BATCH_ROWS, type Rows } from './rows.ts';
import type { StampForm } from './stamps.ts';

/** Rows decoded at once; a group of rows that is larger is read in slices. */
const SLICE_ROWS = 1 << 17;
const HEAD_ROWS = 64;
const MAX_COLUMNS = 1000;

/** Values of a slice of rows, a column each. */
type Slice = Readonly<{ at: number; count: number; columns: readonly (readonly unknown[])[] }>;
const NO_SLICE: Slice = { at: 0, count: 0, columns: [] };

/** Null when the file has no rows. */
export async function parquetTable(path: string, label: string, options: CheckedOptions): Promise<Table | null> {
  const file = await ParquetFile.open(path, label);
  try {
    const { names, forms } = file;
    const slice = await file.slice(0, Math.min(HEAD_ROWS, file.rows));
    if (slice.count === 0) return null;
    const rows = Array.from({ length: slice.count }, (_, row) => file.cells(slice, row));
    const head: Head = { file: label, names, rows, forms };
    const layout = layoutOf(head, options);
    return {
      label,
      layout,
      bytes: file.bytes,
      firstTime: timeOf(layout, rows[0] as readonly string[], options),
      begin: { offset: 0, line: 0 },
      open: async (from) => new ParquetRows(await ParquetFile.open(path, label), layout, options, from),
    };
  } finally {
    await file.close();
  }
}

class ParquetRows implements RowSource {
  readonly #file: ParquetFile;
  readonly #reader: RowReader;
  readonly #readers: readonly ValueReader[] | null;
  #next: number;
  #slice: Slice = NO_SLICE;

  constructor(file: ParquetFile, layout: Layout, options: CheckedOptions, from: Place) {
    this.#file = file;
    this.#reader = new RowReader(layout, options);
    this.#readers = valueReaders(this.#reader, options, file.floats);
    this.#next = from.offset;
  }

  get taken(): number {
    return Math.floor((this.#file.bytes * this.#next) / Math.max(1, this.#file.rows));
  }

  async fill(rows: Rows): Promise<boolean> {
    rows.clear();
    if (this.#next >= this.#file.rows) return false;
    const { at, count } = this.#slice;
    if (this.#next >= at + count) this.#slice = await this.#file.slice(this.#next, this.#file.sliceEnd(this.#next));
    const end = this.#slice.at + this.#slice.count;
    while (rows.count < BATCH_ROWS && this.#next < end) {
      const row = this.#next - this.#slice.at;
      if (!this.#ordinary(row, rows)) this.#reader.read(this.#file.cells(this.#slice, row), rows, this.#next + 1, this.#next);
      this.#next += 1;
    }
    return true;
  }

  /** False when something in the row is not ordinary; then nothing of it was added. */
  #ordinary(row: number, rows: Rows): boolean {
    const readers = this.#readers;
    if (readers === null) return false;
    const { columns } = this.#slice;
    const added = rows.add(this.#next + 1, this.#next, 0);
    for (let column = 0; column < readers.length; column += 1) {
      if ((readers[column] as ValueReader)((columns[column] as readonly unknown[])[row], rows, added)) continue;
      rows.count = added;
      return false;
    }
    return true;
  }

  place(): Place {
    return { offset: this.#next, line: this.#next };
  }

  cells(rows: Rows, row: number): readonly string[] {
    const place = (rows.offset[row] as number) - this.#slice.at;
    return place >= 0 && place < this.#slice.count ? this.#file.cells(this.#slice, place) : [];
  }

  text(rows: Rows, row: number): string {
    return this.cells(rows, row).join(',');
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

class ParquetFile {
  readonly names: readonly string[];
  readonly forms: readonly (StampForm | null)[];
  /** Which columns are of single precision. */
  readonly floats: readonly boolean[];
  readonly rows: number;
  readonly bytes: number;
  readonly #handle: FileHandle;
  readonly #label: string;
  readonly #buffer: AsyncBuffer;
  readonly #metadata: FileMetaData;

  static async open(path: string, label: string): Promise<ParquetFile> {
    let handle: FileHandle | null = null;
    try {
      handle = await open(path, 'r');
      const bytes = (await handle.stat()).size;
      const buffer: AsyncBuffer = { byteLength: bytes, slice: (begin, end) => bytesOf(handle as FileHandle, bytes, begin, end ?? bytes) };
      const metadata = await parquetMetadataAsync(buffer);
      return new ParquetFile(handle, label, buffer, metadata);
    } catch (thrown) {
      await handle?.close();
      throw unreadable(label, thrown);
    }
  }

  constructor(handle: FileHandle, label: string, buffer: AsyncBuffer, metadata: FileMetaData) {
    this.#handle = handle;
    this.#label = label;
    this.#buffer = buffer;
    this.#metadata = metadata;
    this.bytes = buffer.byteLength;
    this.rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    if (!Number.isSafeInteger(this.rows) || this.rows < 0 || this.rows !== Number(metadata.num_rows))
      throw new Error(`it states ${metadata.num_rows} rows, and ${this.rows} in its groups`);
    const flat = parquetSchema(metadata).children.filter(({ children }) => children.length === 0);
    if (flat.length === 0 || flat.length > MAX_COLUMNS) throw new Error(`it has ${flat.length} plain columns`);
    const elements = flat.map(({ element }) => element);
    this.names = elements.map(({ name }) => name);
    this.forms = elements.map((element) => (isStamp(element) ? 'us' : null));
    this.floats = elements.map(({ type }) => type === 'FLOAT');
  }

  /** Where a slice that begins at a row ends: with its group, or before. */
  sliceEnd(row: number): number {
    let end = 0;
    for (const group of this.#metadata.row_groups) {
      end += Number(group.num_rows);
      if (end > row) return Math.min(end, row + SLICE_ROWS);
    }
    return this.rows;
  }

  async slice(rowStart: number, rowEnd: number): Promise<Slice> {
    if (rowEnd <= rowStart) return { ...NO_SLICE, at: rowStart };
    const count = rowEnd - rowStart;
    const columns = this.names.map(() => new Array<unknown>(count));
    const there = this.names.map(() => 0);
    try {
      await parquetRead({
        file: this.#buffer,
        metadata: this.#metadata,
        compressors,
        columns: [...this.names],
        rowStart,
        rowEnd,
        useOffsetIndex: true,
        parsers: STAMPS,
        onChunk: ({ columnName, columnData, rowStart: first }) => {
          const place = this.names.indexOf(columnName);
          const from = Math.max(0, rowStart - first);
          const to = Math.min(columnData.length, rowEnd - first);
          for (let i = from; i < to; i += 1) columns[place]![first - rowStart + i] = columnData[i];
          there[place]! += Math.max(0, to - from);
        },
      });
      if (there.some((values) => values !== count)) throw new Error(`rows ${rowStart + 1} to ${rowEnd} are not all there`);
      return { at: rowStart, count, columns };
    } catch (thrown) {
      throw unreadable(this.#label, thrown);
    }
  }

  /** A row of a slice as text. */
  cells({ columns }: Slice, row: number): readonly string[] {
    return columns.map((column, i) => cellText(column[row], this.floats[i] === true));
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Stamps as whole µs: a Date would cut them to milliseconds. */
const STAMPS = {
  timestampFromMilliseconds: (value: bigint) => (isWhole(value) ? BigInt(value) * 1000n : value),
  timestampFromMicroseconds: (value: bigint) => value,
  timestampFromNanoseconds: (value: bigint) => (isWhole(value) ? BigInt(value) / 1000n : value),
  dateFromDays: (value: number) => (isWhole(value) ? BigInt(value) * 86_400_000_000n : value),
};

const isWhole = (value: unknown): boolean => typeof value === 'bigint' || Number.isInteger(value);

function isStamp({ type, converted_type, logical_type }: SchemaElement): boolean {
  if (converted_type !== undefined && ['TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS', 'DATE'].includes(converted_type)) return true;
  return type === 'INT96' || logical_type?.type === 'TIMESTAMP' || logical_type?.type === 'DATE';
}

async function bytesOf(handle: FileHandle, size: number, begin: number, end: number): Promise<ArrayBuffer> {
  const from = begin < 0 ? Math.max(0, size + begin) : begin;
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(end) && from <= end && end <= size))
    throw new ImportError(
      'unreadable',
      `it points to bytes ${from} to ${end} of ${size}`,
      'The file is damaged or not whole: fetch it again',
    );
  const buffer = new ArrayBuffer(end - from);
  for (let got = 0; got < buffer.byteLength; ) {
    const { bytesRead } = await handle.read(new Uint8Array(buffer, got), 0, buffer.byteLength - got, from + got);
    if (bytesRead === 0) throw new Error('it ends early');
    got += bytesRead;
  }
  return buffer;
}
