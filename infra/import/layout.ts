/**
 * Decides what the columns of a file mean: by what was asked for, else by the first dialect that fits its header, or, without a
 * header, the shape of its first row. What fits none is told with what was seen and what would help. Reads no file.
 */
import type { BlockKind } from '#engine/market/blocks.ts';
import type { SequenceRule } from '#engine/market/book-sequence.ts';
import { BYBIT_BOOK, type ColumnRole, DIALECTS, type Dialect, plainName } from './dialects.ts';
import { ImportError, shown } from './import-error.ts';
import type { CheckedOptions } from './import-options.ts';
import { dateAndClock, formOf, type StampForm, stampOf } from './stamps.ts';

/** The first rows of a file, as text. */
export type Head = Readonly<{
  file: string;
  /** The names of the columns; null for a file without a header. */
  names: readonly string[] | null;
  rows: readonly (readonly string[])[];
  /** What a column's type says of its stamps (Parquet); empty without. */
  forms: readonly (StampForm | null)[];
}>;

export type Level = Readonly<{ price: number; size: number; flag: 'bid' | 'ask' }>;

/** How the rows of one file are read. Columns by their index, −1 for none. */
export type Layout = Readonly<{
  dialect: string;
  kind: BlockKind;
  names: readonly string[];
  header: boolean;
  roles: readonly (ColumnRole | null)[];
  /** The levels of a line of a book; empty otherwise. */
  levels: readonly Level[];
  time: StampForm;
  arrival: StampForm;
  end: StampForm;
  barStamp: 'open' | 'close';
  timeframeUs: number;
  /** Ids are whole numbers that rise, and are kept; others only tell rows apart. */
  numbered: boolean;
  /** How the messages of a book follow each other; null where nothing in the file says. */
  follows: SequenceRule | null;
  /** The one symbol taken; null when the file names none. */
  symbol: string | null;
  /** Whether rows of other symbols were asked to be passed over, or are a fault. */
  passOthers: boolean;
  trusting: boolean;
}>;

type Found = Readonly<{ dialect: Dialect; roles: readonly (ColumnRole | null)[] }>;

export function layoutOf(head: Head, options: CheckedOptions): Layout {
  const found = options.columns !== null ? chosenColumns(head, options) : recognised(head, options);
  const { dialect, roles } = found;
  const names = head.names ?? roles.map((_, i) => `#${i + 1}`);
  const [first] = head.rows;
  if (first === undefined) throw unreadable(head, 'it has no rows', 'Leave the file out');
  const cell = (role: ColumnRole, row = first): string => row[roles.indexOf(role)] ?? '';
  const form = (role: ColumnRole): StampForm => {
    const column = roles.indexOf(role);
    if (column === -1) return 'us';
    const typed = head.forms[column] ?? null;
    if (typed !== null) return typed;
    const example = head.rows.find((row) => (row[column] ?? '') !== '')?.[column] ?? '';
    const seen = formOf(example.trim());
    return seen === 'text' ? seen : (options.timeUnit ?? dialect.unit ?? seen);
  };
  const symbol = roles.includes('symbol') ? (options.symbol ?? cell('symbol').trim()) : null;
  if (options.symbol !== null && symbol === null)
    throw new ImportError(
      'option',
      `symbol: ${head.file} has no column of symbols`,
      'Leave symbol out, or name the column (columns symbol=…)',
    );
  const layout: Layout = {
    dialect: dialect.name,
    kind: dialect.kind,
    names,
    header: head.names !== null,
    roles,
    levels: dialect.levels === true ? levelsOf(names) : [],
    time: form('time'),
    arrival: form('arrival'),
    end: form('end'),
    barStamp: options.barStamp ?? dialect.stamp ?? 'open',
    timeframeUs: 0,
    numbered: head.rows.every((row) => /^\d{0,16}$/.test(cell('id', row).trim())),
    follows: followingOf(roles),
    symbol,
    passOthers: options.symbol !== null,
    trusting: dialect.trusting === true,
  };
  return dialect.kind === 'bar' ? { ...layout, timeframeUs: timeframeOf(head, layout, options) } : layout;
}

/** The stamp of a row, µs; NaN where it has none. */
export function timeOf(layout: Layout, cells: readonly string[], options: CheckedOptions): number {
  const { dateOrder, utcOffsetMinutes } = options;
  const at = (role: ColumnRole): string => (cells[layout.roles.indexOf(role)] ?? '').trim();
  return layout.roles.includes('date')
    ? dateAndClock(at('date'), at('clock'), dateOrder, utcOffsetMinutes)
    : stampOf(at('time'), layout.time, dateOrder, utcOffsetMinutes);
}

// ── Which dialect ──

function recognised(head: Head, options: CheckedOptions): Found {
  const candidates = DIALECTS.filter(
    ({ name, kind }) => (options.dialect === null || name === options.dialect) && (options.kind === null || kind === options.kind),
  );
  for (const dialect of candidates) {
    const roles = head.names === null ? bareRoles(dialect, head.rows[0] ?? []) : namedRoles(dialect, head.names);
    if (Array.isArray(roles)) return { dialect, roles };
  }
  throw unrecognised(head, candidates, options);
}

function bareRoles(dialect: Dialect, row: readonly string[]): (ColumnRole | null)[] | null {
  if (dialect.bare === undefined || !dialect.bare.shape.test(shapeOf(row))) return null;
  const { roles } = dialect.bare;
  return row.map((_, i) => roles[i] ?? null);
}

/** i whole number, d decimal, b true or false, x other: a letter a cell. */
export const shapeOf = (row: readonly string[]): string =>
  row.map((cell) => (/^\d+$/.test(cell) ? 'i' : /^\d+\.\d*$/.test(cell) ? 'd' : /^(true|false)$/i.test(cell) ? 'b' : 'x')).join('');

/** The role of each column, or the names that are missing. */
function namedRoles(dialect: Dialect, names: readonly string[]): (ColumnRole | null)[] | string {
  const plain = names.map(plainName);
  const roles: (ColumnRole | null)[] = names.map(() => null);
  const missing: string[] = [];
  for (const name of dialect.also ?? []) if (!plain.includes(name)) missing.push(name);
  const place = (role: ColumnRole, wanted: string | readonly string[], must: boolean) => {
    const among = typeof wanted === 'string' ? [wanted] : wanted;
    const name = among.find((one) => plain.some((has, i) => has === one && roles[i] === null));
    if (name !== undefined) roles[plain.findIndex((has, i) => has === name && roles[i] === null)] = role;
    else if (must) missing.push(among[0] as string);
  };
  // a column that gives the date beside one that gives the clock
  const dated = plain.indexOf('date');
  const clocked = plain.indexOf('time');
  const split = dated !== -1 && clocked !== -1 && Array.isArray(dialect.columns.time);
  if (split) {
    roles[dated] = 'date';
    roles[clocked] = 'clock';
  }
  for (const [role, wanted] of Object.entries(dialect.columns)) if (!(split && role === 'time')) place(role as ColumnRole, wanted, true);
  for (const [role, wanted] of Object.entries(dialect.optional ?? {})) place(role as ColumnRole, wanted, false);
  return missing.length === 0 ? roles : missing.join(', ');
}

// ── Columns by choice ──

const NEEDED: Readonly<Record<BlockKind, readonly ColumnRole[]>> = {
  trade: ['price', 'size'],
  quote: ['bid', 'ask'],
  bar: ['open', 'high', 'low', 'close'],
  book: ['price', 'size', 'side'],
};

function chosenColumns(head: Head, options: CheckedOptions): Found {
  const chosen = options.columns as Record<string, string>;
  const width = head.names?.length ?? head.rows[0]?.length ?? 0;
  const roles: (ColumnRole | null)[] = Array.from({ length: width }, () => null);
  for (const [role, name] of Object.entries(chosen)) {
    const at = columnIndex(head, name, width);
    if (at === -1)
      throw new ImportError(
        'option',
        `columns: ${role}=${name} is no column of ${head.file}`,
        head.names === null ? `It has no header; write #1 to #${width}` : `It has ${head.names.map((n) => shown(n, 40)).join(', ')}`,
      );
    if (roles[at] !== null)
      throw new ImportError('option', `columns: ${name} is both ${roles[at]} and ${role}`, 'Give each column one role');
    roles[at] = role as ColumnRole;
  }
  const kind: BlockKind =
    options.kind ?? (roles.includes('open') ? 'bar' : roles.includes('bid') ? 'quote' : roles.includes('snapshot') ? 'book' : 'trade');
  const missing: string[] = NEEDED[kind].filter((role) => !roles.includes(role));
  if (!roles.includes('time') && !(roles.includes('date') && roles.includes('clock'))) missing.unshift('time');
  if (missing.length > 0)
    throw new ImportError(
      'option',
      `columns: ${kind}s need ${missing.join(', ')}`,
      `Add ${missing.map((role) => `${role}=<column>`).join(',')}`,
    );
  return { dialect: { name: 'columns', about: 'columns as they were named', kind, columns: {} }, roles };
}

function columnIndex(head: Head, name: string, width: number): number {
  const number = /^#(\d{1,4})$/.exec(name);
  if (number !== null) return Number(number[1]) >= 1 && Number(number[1]) <= width ? Number(number[1]) - 1 : -1;
  if (head.names === null) return -1;
  const exact = head.names.indexOf(name);
  return exact !== -1 ? exact : head.names.findIndex((has) => plainName(has) === plainName(name));
}

// ── What follows from the columns ──

function levelsOf(names: readonly string[]): Level[] {
  const plain = names.map(plainName);
  const levels: Level[] = [];
  for (let n = 0; ; n += 1) {
    const before = levels.length;
    for (const flag of ['bid', 'ask'] as const) {
      const price = plain.indexOf(`${flag}s${n}price`);
      const size = plain.indexOf(`${flag}s${n}amount`);
      if (price !== -1 && size !== -1) levels.push({ price, size, flag });
    }
    if (levels.length === before) return levels;
  }
}

/** Only futures name the message before. */
function followingOf(roles: readonly (ColumnRole | null)[]): SequenceRule | null {
  if (!roles.includes('lastUpdate')) return null;
  return roles.includes('previousUpdate') ? 'binance-futures' : 'binance-spot';
}

function timeframeOf(head: Head, layout: Layout, options: CheckedOptions): number {
  if (options.barTimeframeUs !== null) return options.barTimeframeUs;
  const first = head.rows[0] as readonly string[];
  const said = layout.roles.indexOf('timeframe');
  if (said !== -1 && /^\d{1,15}$/.test(first[said] ?? '') && Number(first[said]) > 0) return Number(first[said]);
  const times = head.rows.map((row) => timeOf(layout, row, options));
  const end = layout.roles.indexOf('end');
  if (end !== -1 && layout.end !== 'text') {
    // the end is the last moment inside, in the file's own unit
    const unit = layout.end === 's' ? 1e6 : layout.end === 'ms' ? 1e3 : 1;
    const length = stampOf(first[end] ?? '', layout.end, options.dateOrder, options.utcOffsetMinutes) + unit - (times[0] as number);
    if (length > 0) return length;
  }
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i += 1) {
    const step = (times[i] as number) - (times[i - 1] as number);
    if (step > 0 && step < least) least = step;
  }
  if (least !== Number.POSITIVE_INFINITY) return least;
  throw new ImportError('option', `the length of the bars cannot be told from ${head.file}`, 'Say it with --bar 1m (barTimeframeUs)');
}

// ── Errors ──

const unreadable = (head: Head, what: string, remedy: string) => new ImportError('unreadable', what, remedy, { file: head.file });

function unrecognised(head: Head, tried: readonly Dialect[], options: CheckedOptions): ImportError {
  if (tried.length === 0)
    return new ImportError(
      'option',
      `dialect ${options.dialect} does not hold ${options.kind}s`,
      'Leave kind out, or choose another dialect',
    );
  const seen = (head.names ?? head.rows[0] ?? []).map((cell) => shown(cell, 40));
  const line = shown(seen.join(','), 400);
  const lacks = tried
    .map(({ name, ...dialect }) => {
      const missing = head.names === null ? null : namedRoles({ name, ...dialect }, head.names);
      return {
        name,
        text: typeof missing === 'string' ? `${name} lacks ${missing}` : `${name} has another shape`,
        count: String(missing).split(',').length,
      };
    })
    .sort((a, b) => a.count - b.count);
  const nearest = lacks.slice(0, 3).map(({ text }) => text);
  const others = lacks.slice(3).map(({ name }) => name);
  const example = head.names === null ? 'time=#1,price=#2,size=#3' : 'time=<column>,price=<column>,size=<column>';
  return new ImportError(
    'unrecognised',
    `${head.names === null ? 'no header, and its first row is' : 'the header is'} ${line}. ` +
      `Tried ${nearest.join('; ')}${others.length === 0 ? '' : `; and ${[...others, BYBIT_BOOK].join(', ')}`}`,
    `Name the columns (columns ${example}) or the dialect`,
    { file: head.file, line: 1, value: line },
  );
}
