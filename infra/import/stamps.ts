/**
 * Decides what instant a foreign stamp names, in µs UTC: numbers since 1970 in four units, ISO text, and a date with a clock beside it.
 * Digits finer than a µs are cut off. Never asks the platform for a date or a time zone.
 */
import { dayNumber } from '#engine/market/calendar.ts';
import { DAY_US, MINUTE_US } from '#engine/values.ts';
import { fractionOf } from './decimal-steps.ts';

export type TimeUnit = 's' | 'ms' | 'us' | 'ns';
export type DateOrder = 'ymd' | 'dmy' | 'mdy';
/** A stamp is a number in a unit, or text. */
export type StampForm = TimeUnit | 'text';

/** 1980 and 2200: outside, a stamp is in another unit than thought, or broken. */
export const FIRST_TIME_US = 315_532_800e6;
export const LAST_TIME_US = 7_258_118_400e6;

/** Digits that a unit is away from µs. */
export const UNIT_SCALE: Readonly<Record<TimeUnit, number>> = { s: 6, ms: 3, us: 0, ns: -3 };

/** The unit that puts a number of that many whole digits between 1973 and 2286. */
export function unitOfDigits(digits: number): TimeUnit {
  if (digits <= 11) return 's';
  if (digits <= 14) return 'ms';
  return digits <= 17 ? 'us' : 'ns';
}

/** The form of a stamp, from one example. Eight digits are a date. */
export function formOf(text: string): StampForm {
  const match = /^(\d+)(\.\d*)?$/.exec(text);
  if (match !== null && (match[1] as string).length !== 8 && (match[1] as string).length !== 14)
    return unitOfDigits((match[1] as string).length);
  // fourteen digits are a moment written without separators, unless they are milliseconds of a later century
  if (match !== null && (match[1] as string).length === 14 && !/^(19|20)\d{2}(0[1-9]|1[0-2])/.test(text)) return 'ms';
  return /^[+-]?[\d.]+[eE][+-]?\d+$/.test(text) ? unitOfDigits(wholeDigits(text)) : 'text';
}

/** NaN where it is no stamp of that form. */
export function stampOf(text: string, form: StampForm, order: DateOrder, offsetMinutes: number): number {
  return form === 'text' ? textStamp(text, order, offsetMinutes) : numberStamp(text, UNIT_SCALE[form]);
}

/** A date and a clock in two cells. */
export function dateAndClock(date: string, clock: string, order: DateOrder, offsetMinutes: number): number {
  return textStamp(`${date} ${clock}`, order, offsetMinutes);
}

function numberStamp(text: string, scale: number): number {
  if (scale >= 0 && text.length <= 16 && /^\d+$/.test(text)) {
    const us = Number(text) * 10 ** scale;
    if (us <= Number.MAX_SAFE_INTEGER) return us;
  }
  const value = fractionOf(text);
  if (value === null) return Number.NaN;
  const exponent = value.exponent + scale;
  const us = exponent >= 0 ? value.digits * 10n ** BigInt(exponent) : value.digits / 10n ** BigInt(-exponent);
  return Number(us);
}

const TEXT =
  /^(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8})(?:[T ]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/i;

function textStamp(text: string, order: DateOrder, offsetMinutes: number): number {
  const match = TEXT.exec(text);
  if (match === null) return Number.NaN;
  const day = dayOf(match[1] as string, order);
  const hour = Number(match[2] ?? '0');
  const minute = Number(match[3] ?? '0');
  const second = Number(match[4] ?? '0');
  if (Number.isNaN(day) || hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0)) return Number.NaN;
  const fraction = Number(`${match[5] ?? ''}000000`.slice(0, 6));
  const offset = match[6] === undefined ? offsetMinutes : zoneMinutes(match[6]);
  return day * DAY_US + (hour * 60 + minute - offset) * MINUTE_US + second * 1e6 + fraction;
}

function zoneMinutes(zone: string): number {
  if (!/^[+-]/.test(zone)) return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone[0] === '-' ? -minutes : minutes;
}

/** The last date read: consecutive rows mostly share it. A cache, not state. */
let lastDate = '';
let lastOrder: DateOrder = 'ymd';
let lastDay = Number.NaN;

function dayOf(date: string, order: DateOrder): number {
  if (date === lastDate && order === lastOrder) return lastDay;
  lastDate = date;
  lastOrder = order;
  lastDay = freshDay(date, order);
  return lastDay;
}

function freshDay(date: string, order: DateOrder): number {
  const parts = /^\d{8}$/.test(date) ? [date.slice(0, 4), date.slice(4, 6), date.slice(6)] : date.split(/[-/.]/);
  const [a, b, c] = parts as [string, string, string];
  // a year of four digits in front leaves no other order
  const [year, month, day] = a.length === 4 ? [a, b, c] : order === 'dmy' ? [c, b, a] : order === 'mdy' ? [c, a, b] : [a, b, c];
  if (year.length !== 4) return Number.NaN;
  try {
    return dayNumber(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
  } catch {
    return Number.NaN; // no day of the calendar
  }
}

function wholeDigits(text: string): number {
  const value = fractionOf(text);
  return value === null ? 0 : Math.max(1, value.digits.toString().length + value.exponent);
}
