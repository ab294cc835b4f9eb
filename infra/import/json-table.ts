/**
 * Lines of JSON as a table: flat objects (their keys are the columns), arrays of plain values, and Bybit's order book messages, whose
 * levels are rows. Numbers that a double cannot hold are kept as text. Interprets no value.
 */
import { FLAG_BUY, FLAG_SELL, FLAG_SNAPSHOT } from '#engine/market/blocks.ts';
import { type ByteSource, openBytes, type Packed } from './byte-source.ts';
import { BYBIT_BOOK } from './dialects.ts';
import { BAD_TIME, MALFORMED, OTHER_SYMBOL } from './faults.ts';
import { ImportError, shown } from './import-error.ts';
import type { CheckedOptions } from './import-options.ts';
import { type Layout, layoutOf, timeOf } from './layout.ts';
import { RowReader } from './row-reader.ts';
import type { Place, RowSource, Table } from './row-source.ts';
import { BATCH_ROWS, NONE, type Rows } from './rows.ts';
import { FIRST_TIME_US, LAST_TIME_US, stampOf, unitOfDigits } from './stamps.ts';
import { TextWindow } from './text-window.ts';

/** A message with a whole book in it is a long line. */
const MAX_JSON_LINE_BYTES = 32 << 20;
const NEWLINE = 10;
const HEAD_ROWS = 64;
const MAX_COLUMNS = 1000;
/** The update with which Bybit begins anew: a whole book, whatever the message is called. */
const RESTARTED = 1;

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

/** Null when the file is empty. */
export async function jsonTable(packed: Packed, options: CheckedOptions): Promise<Table | null> {
  const source = await openBytes(packed, 0);
  try {
    const window = new TextWindow(source, packed.label, 0, MAX_JSON_LINE_BYTES);
    await window.headed(() => headValues(window).length < HEAD_ROWS);
    if (window.to === window.from) return null;
    const begin: Place = { offset: window.base + window.from, line: 0 };
    const values = headValues(window);
    const [first] = values;
    if (first === undefined)
      throw new ImportError(
        'unrecognised',
        `no line of JSON at its beginning: ${shown(textAt(window.bytes, window.from, window.to), 80)}`,
        'Give a JSON value a line',
        {
          file: packed.label,
        },
      );
    const shape = isBook(first) ? bookShape(first, packed.label, options) : flatShape(first, values, packed.label, options);
    return {
      label: packed.label,
      layout: shape.layout,
      bytes: packed.bytes,
      firstTime: shape.firstTime,
      begin,
      open: async (from) => new JsonRows(await openBytes(packed, from.offset), packed.label, shape, options, from),
    };
  } finally {
    await source.close();
  }
}

function headValues(window: TextWindow): Json[] {
  const values: Json[] = [];
  for (let pos = window.from; pos < window.to && values.length < HEAD_ROWS; ) {
    const end = window.bytes.indexOf(NEWLINE, pos);
    const text = textAt(window.bytes, pos, end);
    const value = text.trim() === '' ? undefined : parsed(text);
    if (value !== undefined) values.push(value);
    pos = end + 1;
  }
  return values;
}

type Shape = Readonly<{ layout: Layout; firstTime: number; keys: readonly string[] | null; book: boolean }>;

function flatShape(first: Json, values: readonly Json[], file: string, options: CheckedOptions): Shape {
  if (typeof first !== 'object' || first === null)
    throw new ImportError('unrecognised', `a line of JSON holds ${shown(JSON.stringify(first), 80)}`, 'Give an object or an array a line', {
      file,
      line: 1,
    });
  const keys = Array.isArray(first) ? null : Object.keys(first);
  const width = keys?.length ?? (first as readonly Json[]).length;
  if (width === 0 || width > MAX_COLUMNS)
    throw new ImportError('unrecognised', `a line of JSON holds ${width} values`, 'Give 1 to 1000', { file, line: 1 });
  const rows = values.map((value) => cellsOf(value, keys)).filter((cells) => cells !== null && cells.length === width) as string[][];
  const layout = layoutOf({ file, names: keys, rows, forms: [] }, options);
  return { layout, firstTime: timeOf(layout, rows[0] as string[], options), keys, book: false };
}

function bookShape(first: BookMessage, file: string, options: CheckedOptions): Shape {
  if (options.kind !== null && options.kind !== 'book')
    throw new ImportError('option', `kind: ${file} holds an order book, not ${options.kind}s`, 'Leave kind out, or say book');
  if (options.dialect !== null && options.dialect !== BYBIT_BOOK)
    throw new ImportError(
      'option',
      `dialect: ${file} holds Bybit's order book messages, not ${options.dialect}`,
      `Leave dialect out, or say ${BYBIT_BOOK}`,
    );
  const time = options.timeUnit ?? unitOfDigits(String(first.ts).length);
  const layout: Layout = {
    dialect: BYBIT_BOOK,
    kind: 'book',
    names: ['ts', 'price', 'size', 's', 'u'],
    header: false,
    roles: ['time', 'price', 'size', 'symbol', 'lastUpdate'],
    levels: [],
    time,
    arrival: 'us',
    end: 'us',
    barStamp: 'open',
    timeframeUs: 0,
    numbered: false,
    follows: 'bybit',
    symbol: options.symbol ?? first.data.s,
    passOthers: options.symbol !== null,
    trusting: false,
  };
  return { layout, firstTime: stampOf(String(first.ts), time, 'ymd', 0), keys: null, book: true };
}

type BookMessage = Readonly<{ type: string; ts: number; data: Readonly<{ s: string; b: readonly Json[]; a: readonly Json[]; u?: Json }> }> &
  JsonObject;

function isBook(value: Json): value is BookMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { topic, type, ts, data } = value as JsonObject;
  if (typeof topic !== 'string' || !topic.startsWith('orderbook.') || typeof ts !== 'number' || typeof type !== 'string') return false;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  const { s, b, a } = data as JsonObject;
  return typeof s === 'string' && Array.isArray(b) && Array.isArray(a);
}

class JsonRows implements RowSource {
  readonly #source: ByteSource;
  readonly #window: TextWindow;
  readonly #reader: RowReader;
  readonly #shape: Shape;
  #line: number;

  constructor(source: ByteSource, label: string, shape: Shape, options: CheckedOptions, from: Place) {
    this.#source = source;
    this.#window = new TextWindow(source, label, from.offset, MAX_JSON_LINE_BYTES);
    this.#reader = new RowReader(shape.layout, options);
    this.#shape = shape;
    this.#line = from.line;
  }

  get taken(): number {
    return this.#source.taken;
  }

  async fill(rows: Rows): Promise<boolean> {
    const window = this.#window;
    rows.clear();
    for (;;) {
      while (window.from < window.to && rows.count < BATCH_ROWS) {
        const end = window.bytes.indexOf(NEWLINE, window.from);
        this.#line += 1;
        const text = textAt(window.bytes, window.from, end);
        if (text.trim() !== '') this.#read(text, rows, window.base + window.from);
        window.from = end + 1;
      }
      if (rows.count > 0) return true;
      if (!(await window.more())) return false;
    }
  }

  #read(text: string, rows: Rows, offset: number): void {
    const value = parsed(text);
    const { book, keys } = this.#shape;
    const cells = value === undefined || book ? null : cellsOf(value, keys);
    if (value !== undefined && book && isBook(value)) this.#book(value, rows, offset);
    else if (cells !== null) this.#reader.read(cells, rows, this.#line, offset);
    else rows.fault(rows.add(this.#line, offset, 0), MALFORMED, 0);
  }

  /** A message without a level leaves no row, so the one behind it would be told as a gap; Bybit sends one when a level changes. */
  #book({ type, ts, data }: BookMessage, rows: Rows, offset: number): void {
    const { layout } = this.#shape;
    const time = stampOf(textOf(ts) ?? '', layout.time, 'ymd', 0);
    const update = wholeOf(data.u);
    const snapshot = type === 'snapshot' || update === RESTARTED ? FLAG_SNAPSHOT : 0;
    let part = 0;
    for (const [levels, side] of [
      [data.b, FLAG_BUY],
      [data.a, FLAG_SELL],
    ] as const) {
      for (const level of levels) {
        const row = rows.add(this.#line, offset, part++);
        if (time >= FIRST_TIME_US && time < LAST_TIME_US) rows.time[row] = time;
        else rows.fault(row, BAD_TIME, 0);
        rows.lastUpdate[row] = update;
        if (data.s !== layout.symbol) rows.fault(row, OTHER_SYMBOL, 3);
        const [price, size] = Array.isArray(level) && level.length === 2 ? level.map((cell) => textOf(cell as Json)) : [null, null];
        if (typeof price === 'string' && typeof size === 'string') this.#reader.level(rows, row, price, size, side | snapshot, 1, 2);
        else rows.fault(row, MALFORMED, 1);
      }
    }
  }

  place(): Place {
    return { offset: this.#window.base + this.#window.from, line: this.#line };
  }

  cells(rows: Rows, row: number): readonly string[] {
    const value = parsed(this.text(rows, row));
    if (value === undefined) return [];
    if (!this.#shape.book) return cellsOf(value, this.#shape.keys) ?? [];
    if (!isBook(value)) return [];
    const level = [...value.data.b, ...value.data.a][rows.part[row] as number];
    const [price, size] = Array.isArray(level) ? level.map((cell) => textOf(cell as Json) ?? '') : ['', ''];
    return [String(value.ts), price ?? '', size ?? '', value.data.s, textOf(value.data.u ?? null) ?? ''];
  }

  text(rows: Rows, row: number): string {
    const begin = (rows.offset[row] as number) - this.#window.base;
    return textAt(this.#window.bytes, begin, this.#window.bytes.indexOf(NEWLINE, begin));
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

const textAt = (bytes: Uint8Array, begin: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString('utf8');

/** Undefined when it is no JSON. Numbers of many digits become text, so that none is rounded on its way. */
function parsed(text: string): Json | undefined {
  try {
    const exact = /\d[\d.eE+-]{15}/.test(text)
      ? text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]{15,}/g, (token) => (token[0] === '"' ? token : `"${token}"`))
      : text;
    return JSON.parse(exact) as Json;
  } catch {
    return undefined;
  }
}

/** The values of a line in the order of the columns; null when the line is of another form. */
function cellsOf(value: Json, keys: readonly string[] | null): string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const cells =
    keys === null ? (Array.isArray(value) ? value.map((cell) => textOf(cell as Json)) : null) : keys.map((key) => keyed(value, key));
  return cells === null || cells.some((cell) => cell === null) ? null : (cells as string[]);
}

function keyed(value: Json, key: string): string | null {
  if (Array.isArray(value) || !Object.hasOwn(value as JsonObject, key)) return Array.isArray(value) ? null : '';
  const cell = (value as JsonObject)[key] as Json;
  return typeof cell === 'object' && cell !== null ? '' : textOf(cell);
}

/** NONE where it is no whole number that a double holds. */
function wholeOf(cell: Json | undefined): number {
  const number = cell === undefined || cell === null || cell === '' ? NONE : Number(textOf(cell) ?? NONE);
  return Number.isSafeInteger(number) && number >= 0 ? number : NONE;
}

/** Null for what is no plain value. */
function textOf(cell: Json): string | null {
  if (cell === null) return '';
  return typeof cell === 'object' ? null : String(cell);
}
