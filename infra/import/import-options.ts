/** What can be asked of an import, and whether it makes sense. Never looks into a file. */
import { type Decimal, normalize, parseDecimal } from '#engine/decimal.ts';
import type { BlockKind } from '#engine/market/blocks.ts';
import { BLOCK_KINDS } from '#engine/market/blocks.ts';
import { calendarById, type TradingCalendar } from '#engine/market/calendar.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { SourceId } from '#engine/values.ts';
import { DAY_US, MINUTE_US } from '#engine/values.ts';
import { COLUMN_ROLES, type ColumnRole, DIALECT_NAMES } from './dialects.ts';
import { type PolicyChoice, policiesOf } from './faults.ts';
import { ImportError, messageOf } from './import-error.ts';
import type { ImportCursor } from './report.ts';
import { type DateOrder, LAST_TIME_US, type TimeUnit } from './stamps.ts';

/** Only the first three must be said. */
export type ImportOptions = Readonly<{
  instrument: Instrument;
  source: SourceId;
  /** arrival = venue time (bars: end; recorded arrival, where the file has one) + this. */
  latencyUs: number;
  /** `venue` takes no notice of a recorded arrival. Default: recorded, where the file has it. */
  arrival?: 'recorded' | 'venue';
  kind?: BlockKind | null;
  dialect?: string | null;
  /** Which column plays which role: its name in the header, or #1 for the first. */
  columns?: ColumnChoice | null;
  timeUnit?: TimeUnit | null;
  /** Of dates written as text. */
  dateOrder?: DateOrder;
  /** Local time minus UTC, for stamps written as text without a zone. */
  utcOffsetMinutes?: number;
  policies?: PolicyChoice;
  /** null: what the file says, or else the smallest step between its first bars. */
  barTimeframeUs?: number | null;
  /** What a bar's stamp is; null: as its dialect has it. */
  barStamp?: 'open' | 'close' | null;
  /** Only rows of this symbol; others are passed over. */
  symbol?: string | null;
  /** Venue time, µs: from ≤ t < to. Rows outside are passed over. */
  from?: number | null;
  to?: number | null;
  /** A price further than this from the one before is an outlier, until five such follow each other; null: not judged. */
  outlierPermille?: number | null;
  /** Trading time without a row that counts as a gap (ticks); null: not judged. Bars: one that is missing. */
  gapUs?: number | null;
  /** `refuse` stops at the first gap. */
  gaps?: 'keep' | 'refuse';
  /** Where an earlier import of the same files with the same options ended. */
  resume?: ImportCursor | null;
  /** Stops after the block that is being filled; the report says where to go on. */
  signal?: AbortSignal | null;
}>;

export type ColumnChoice = Readonly<Partial<Record<ColumnRole, string>>>;

export const OUTLIER_PERMILLE = 500;
export const GAP_US = 10 * MINUTE_US;

/** The options with every default said. */
export type CheckedOptions = Readonly<
  Required<{ [K in keyof ImportOptions]: ImportOptions[K] }> & { tick: Decimal; lot: Decimal; calendar: TradingCalendar }
>;

export function checkOptions(options: ImportOptions): CheckedOptions {
  const { instrument } = options;
  const checked = {
    arrival: 'recorded' as const,
    kind: null,
    dialect: null,
    columns: null,
    timeUnit: null,
    dateOrder: 'ymd' as const,
    utcOffsetMinutes: 0,
    policies: {},
    barTimeframeUs: null,
    barStamp: null,
    symbol: null,
    from: null,
    to: null,
    outlierPermille: OUTLIER_PERMILLE,
    gapUs: GAP_US,
    gaps: 'keep' as const,
    resume: null,
    signal: null,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    instrument,
    source: options.source,
    latencyUs: options.latencyUs,
    tick: stepOf('instrument.tick', instrument.tick),
    lot: stepOf('instrument.lot', instrument.lot),
    calendar: calendarOf(instrument),
  } satisfies CheckedOptions as CheckedOptions;
  whole('latencyUs', checked.latencyUs, 0, DAY_US);
  oneOf('arrival', checked.arrival, ['recorded', 'venue']);
  oneOf('kind', checked.kind, [null, ...BLOCK_KINDS]);
  oneOf('dialect', checked.dialect, [null, ...DIALECT_NAMES]);
  oneOf('timeUnit', checked.timeUnit, [null, 's', 'ms', 'us', 'ns']);
  oneOf('dateOrder', checked.dateOrder, ['ymd', 'dmy', 'mdy']);
  whole('utcOffsetMinutes', checked.utcOffsetMinutes, -16 * 60, 16 * 60);
  oneOf('barStamp', checked.barStamp, [null, 'open', 'close']);
  oneOf('gaps', checked.gaps, ['keep', 'refuse']);
  if (checked.barTimeframeUs !== null) whole('barTimeframeUs', checked.barTimeframeUs, 1, 400 * DAY_US);
  if (checked.outlierPermille !== null) whole('outlierPermille', checked.outlierPermille, 1, 1e9);
  if (checked.gapUs !== null) whole('gapUs', checked.gapUs, 1, LAST_TIME_US);
  if (checked.from !== null) whole('from', checked.from, 0, LAST_TIME_US);
  if (checked.to !== null) whole('to', checked.to, 0, LAST_TIME_US);
  if (checked.from !== null && checked.to !== null && checked.from >= checked.to)
    throw new ImportError('option', `from ${checked.from} is not before to ${checked.to}`, 'Give them as from ≤ t < to');
  for (const role of Object.keys(checked.columns ?? {})) oneOf('columns', role as ColumnRole, COLUMN_ROLES);
  policiesOf(checked.policies, false);
  return checked;
}

/** `time=Date,price=Last`, as a flag gives it. */
export function columnsOfText(text: string): ColumnChoice {
  const chosen: Partial<Record<ColumnRole, string>> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const role = part.slice(0, Math.max(at, 0)).trim();
    const name = part.slice(at + 1).trim();
    if (at < 1 || name === '')
      throw new ImportError('option', `columns: ${JSON.stringify(part)} is not role=column`, 'Write time=Date,price=Last,size=#4');
    oneOf('columns', role as ColumnRole, COLUMN_ROLES);
    if (chosen[role as ColumnRole] !== undefined) throw new ImportError('option', `columns: ${role} is said twice`, 'Say each role once');
    chosen[role as ColumnRole] = name;
  }
  return chosen;
}

function stepOf(field: string, text: string): Decimal {
  let step: Decimal;
  try {
    step = normalize(parseDecimal(text));
  } catch (thrown) {
    throw new ImportError('option', `${field}: ${messageOf(thrown)}`, 'Give a decimal like 0.01');
  }
  if (step.digits <= 0n) throw new ImportError('option', `${field}: ${text} is not above zero`, 'Give a decimal like 0.01');
  return step;
}

function calendarOf(instrument: Instrument): TradingCalendar {
  try {
    return calendarById(instrument.calendar);
  } catch (thrown) {
    throw new ImportError('option', `instrument.calendar: ${messageOf(thrown)}`, 'Name one of them; ALWAYS for a market that never closes');
  }
}

function whole(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new ImportError('option', `${field}: ${String(value)} is no whole number from ${least} to ${most}`, 'Give one');
}

function oneOf<T extends string | null>(field: string, value: T, among: readonly T[]): void {
  if (among.includes(value)) return;
  throw new ImportError(
    'option',
    `${field}: ${JSON.stringify(value)} is not known`,
    `Choose among ${among.filter((one) => one !== null).join(', ')}`,
  );
}
