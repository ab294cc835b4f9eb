/**
 * Readers of one Parquet value each, chosen once for each column: what is ordinary goes from the value to its column without text between. Whatever
 * else is found, false says so, and the whole row is read the careful way, which comes to the same.
 */
import { KNOWN_FLAGS } from '#engine/market/blocks.ts';
import { MAX_CELL_SCALE } from './csv-cells.ts';
import type { ColumnRole } from './dialects.ts';
import { POWERS } from './digits.ts';
import type { CheckedOptions } from './import-options.ts';
import type { Layout } from './layout.ts';
import { type RowReader, VALUE_ROLES } from './row-reader.ts';
import { ARRIVAL_COLUMN, type Rows, TIME_COLUMN } from './rows.ts';
import { FIRST_TIME_US, LAST_TIME_US, type StampForm, UNIT_SCALE } from './stamps.ts';

/** Into a row with nothing in it. */
export type ValueReader = (value: unknown, rows: Rows, row: number) => boolean;

/** Fewer digits than a double tells apart: then a double has one decimal of so many. */
const MOST_DIGITS = 1e15;

/** Null where every row of the table is for the careful reader. `floats` says which columns are single: their decimals are not those of doubles. */
export function valueReaders(
  { layout, stampShift }: RowReader,
  options: CheckedOptions,
  floats: readonly boolean[],
): readonly ValueReader[] | null {
  const readers = layout.roles.map((role, i) => (role !== null && floats[i] === true ? null : valueReader(role, layout, options)));
  const isCareful = layout.levels.length > 0 || stampShift !== 0 || readers.includes(null);
  return isCareful ? null : (readers as readonly ValueReader[]);
}

function valueReader(role: ColumnRole | null, layout: Layout, options: CheckedOptions): ValueReader | null {
  const value = role === null ? undefined : VALUE_ROLES[role];
  if (value !== undefined) {
    const step = value.of === 'tick' ? options.tick : options.lot;
    if (step.scale > MAX_CELL_SCALE || step.digits > BigInt(Number.MAX_SAFE_INTEGER)) return null;
    return steps(value.slot, step.scale, Number(step.digits));
  }
  switch (role) {
    case null:
    case 'end':
      return () => true;
    case 'time':
      return stamp(TIME_COLUMN, layout.time);
    case 'arrival':
      return options.arrival === 'venue' ? () => true : stamp(ARRIVAL_COLUMN, layout.arrival);
    case 'id':
      return layout.numbered ? wholeId : null;
    case 'flags':
      return flagNumber;
    case 'symbol':
      return (given) => typeof given === 'string' && given === layout.symbol;
    case 'timeframe':
      return (given) => wholeOf(given) === layout.timeframeUs;
    default:
      return null;
  }
}

/** A double that is the decimal of whole steps of `step` × 10^-scale. */
function steps(slot: number, scale: number, step: number): ValueReader {
  const power = POWERS[scale] as number;
  return (value, rows, row) => {
    if (typeof value !== 'number') return false;
    const whole = Math.round(value * power);
    if (!(whole >= 0 && whole < MOST_DIGITS) || whole / power !== value) return false;
    const count = whole / step;
    if (Math.floor(count) !== count || count * step !== whole) return false;
    (rows.values[slot] as Float64Array)[row] = count + 0;
    return true;
  };
}

function stamp(column: number, form: StampForm): ValueReader | null {
  const scale = form === 'text' ? -1 : UNIT_SCALE[form];
  if (scale < 0) return null;
  const power = POWERS[scale] as number;
  return (value, rows, row) => {
    const us = wholeOf(value) * power;
    if (!(us >= FIRST_TIME_US && us < LAST_TIME_US)) return false;
    rows.sheet[column * rows.capacity + row] = us;
    return true;
  };
}

const wholeId: ValueReader = (value, rows, row) => {
  if (value === null || value === undefined) return true;
  const whole = wholeOf(value);
  if (!(whole >= 0)) return false;
  rows.seq[row] = whole;
  return true;
};

const flagNumber: ValueReader = (value, rows, row) => {
  const whole = wholeOf(value);
  if (!(whole >= 0 && whole < 100) || (whole & ~KNOWN_FLAGS) !== 0) return false;
  rows.flags[row]! |= whole;
  return true;
};

/** NaN for what is no whole number within 53 bits. */
function wholeOf(value: unknown): number {
  const whole = typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : Number.NaN;
  return Number.isSafeInteger(whole) ? whole + 0 : Number.NaN;
}

/** What the careful reader is handed for a value. `float`: it is of single precision. */
export function cellText(value: unknown, float: boolean): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return float ? floatText(value) : String(value);
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '?'; // nested: no plain value
}

/** The shortest decimal that is the same single float. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}
