/** What every reader of a format offers: rows in order, from a place, and the text a row is told by. */
import type { Layout } from './layout.ts';
import type { Rows } from './rows.ts';

export interface RowSource {
  /** Bytes of the file that were taken so far. */
  readonly taken: number;
  /** Replaces `rows` by what comes next; false when nothing is left. */
  fill(rows: Rows): Promise<boolean>;
  /** The place behind the last row filled in: offset and lines before it. */
  place(): Place;
  /** A filled row's cells and its text; only until the next fill. */
  cells(rows: Rows, row: number): readonly string[];
  text(rows: Rows, row: number): string;
  close(): Promise<void>;
}

/** Bytes of the plain text before it (Parquet: rows), and the number of the line before it. */
export type Place = Readonly<{ offset: number; line: number }>;

/** A table in a file: the file itself, or a member of an archive. */
export type Table = Readonly<{
  label: string;
  layout: Layout;
  /** Of the file, or of its part. */
  bytes: number;
  /** The stamp of its first row, µs; NaN where it cannot be read. */
  firstTime: number;
  /** Where its rows begin. */
  begin: Place;
  open(from: Place): Promise<RowSource>;
}>;
