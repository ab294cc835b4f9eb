/**
 * When a market trades: which session an instant is in, and which comes next, in µs UTC. Calendars are data with a stated range;
 * outside it nothing is guessed (OutsideCalendar). Never asks the platform for a date or a time zone.
 */
import { assert } from '../assert.ts';
import type { TimeUs } from '../values.ts';
import { BadValue, DAY_US, MINUTE_US, timeUs } from '../values.ts';
import { ALWAYS } from './calendars/always.ts';
import { NSE } from './calendars/nse.ts';
import { NYSE } from './calendars/nyse.ts';

/** Days are local trading dates 'YYYY-MM-DD', both ends of the range included. Plain data, so a journal can carry it whole. */
export type TradingCalendar = Readonly<{ id: string; firstDay: string; lastDay: string; hours: 'always' | ExchangeHours }>;

export type ExchangeHours = Readonly<{
  weekdays: readonly number[]; // 1 Monday … 7 Sunday
  open: string; // local 'HH:MM'
  close: string;
  /** Local time minus UTC, for sessions from this date on; ascending, the first not after firstDay. */
  offsets: readonly Readonly<{ from: string; minutes: number }>[];
  /** Weekdays without a session. */
  holidays: readonly string[];
  /** Sessions that close early. */
  shortDays: readonly Readonly<{ day: string; close: string }>[];
  /** Sessions on days that have none otherwise; a day may have several. */
  extraSessions: readonly Readonly<{ day: string; open: string; close: string }>[];
}>;

/** open ≤ t < close; day = days from 1970-01-01 to the local trading date. */
export type Session = Readonly<{ open: TimeUs; close: TimeUs; day: number }>;

/** The question lies beyond what the calendar states. */
export class OutsideCalendar extends Error {
  override name = 'OutsideCalendar';
}

const CALENDARS: readonly TradingCalendar[] = [ALWAYS, NYSE, NSE];

export function calendarById(id: string): TradingCalendar {
  const found = CALENDARS.find((calendar) => calendar.id === id);
  if (found === undefined) throw new BadValue(`calendar: ${JSON.stringify(id)} is not one of ${CALENDARS.map((c) => c.id).join(', ')}`);
  return found;
}

/** The session t is in, null while the market is closed. */
export function sessionAt(calendar: TradingCalendar, t: TimeUs): Session | null {
  const table = tableOf(calendar);
  assertStated(table, t);
  if (table.sessions === null) return utcDay(Math.floor(t / DAY_US));
  const session = table.sessions[lastOpenAtOrBefore(table.opens, t)];
  return session !== undefined && t < session.close ? session : null;
}

/** The first session that opens after t. */
export function nextSession(calendar: TradingCalendar, t: TimeUs): Session {
  const table = tableOf(calendar);
  assertStated(table, t);
  if (table.sessions === null) {
    const next = utcDay(Math.floor(t / DAY_US) + 1);
    assertStated(table, next.open);
    return next;
  }
  const next = table.sessions[lastOpenAtOrBefore(table.opens, t) + 1];
  if (next === undefined) throw new OutsideCalendar(`${table.stated}; the session after ${dayText(Math.floor(t / DAY_US))} is beyond it`);
  return next;
}

/** The session t is in, or the one that comes. */
export function sessionOrNext(calendar: TradingCalendar, t: TimeUs): Session {
  return sessionAt(calendar, t) ?? nextSession(calendar, t);
}

/** The trading day t counts to, in days since 1970: from one close to the next, so an evening already belongs to tomorrow. */
export function tradingDay(calendar: TradingCalendar, t: TimeUs): number {
  return sessionOrNext(calendar, t).day;
}

/** Days from 1970-01-01 to a date of the Gregorian calendar, 'YYYY-MM-DD'. */
export function dayNumber(text: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) throw new BadValue(`${JSON.stringify(text)} is not a date YYYY-MM-DD`);
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])];
  // Years begin in March, so that the leap day is the last of its year.
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + date - 1;
  const day = 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
  if (dayText(day) !== text) throw new BadValue(`${JSON.stringify(text)} is not a day of the calendar`);
  return day;
}

export function dayText(day: number): string {
  const z = day + 719_468; // days since 0000-03-01
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const y = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * y + Math.floor(y / 4) - Math.floor(y / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153); // 0 is March
  const date = ofYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = era * 400 + y + (month <= 2 ? 1 : 0);
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(date, 2)}`;
}

/** 1 Monday … 7 Sunday. */
export function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1; // 1970-01-01 was a Thursday
}

// ── The sessions of a calendar, worked out once ──

type SessionTable = Readonly<{
  stated: string;
  start: number; // local midnight of the first day, µs UTC
  end: number; // local midnight after the last
  sessions: readonly Session[] | null; // null: every UTC day
  opens: Float64Array;
}>;

/** Derived from the data alone, so a cache and not state. The built-in calendars are worked out while loading. */
const TABLES = new WeakMap<TradingCalendar, SessionTable>();
for (const calendar of CALENDARS) tableOf(calendar);

function tableOf(calendar: TradingCalendar): SessionTable {
  let table = TABLES.get(calendar);
  if (table === undefined) {
    table = sessionTable(calendar);
    TABLES.set(calendar, table);
  }
  return table;
}

function sessionTable(calendar: TradingCalendar): SessionTable {
  const { id, hours } = calendar;
  const first = dayNumber(calendar.firstDay);
  const last = dayNumber(calendar.lastDay);
  assert(first <= last, `${id}: the first day comes after the last`);
  const stated = `${id} states ${calendar.firstDay} to ${calendar.lastDay}`;
  if (hours === 'always') {
    return { stated, start: first * DAY_US, end: (last + 1) * DAY_US, sessions: null, opens: new Float64Array(0) };
  }

  const shifts = hours.offsets.map(({ from, minutes }) => ({ from: dayNumber(from), minutes }));
  assert(shifts.length > 0 && (shifts[0]?.from ?? 0) <= first, `${id}: no UTC offset for its first day`);
  assert(ascending(shifts.map(({ from }) => from)), `${id}: UTC offsets out of order`);
  const utc = (day: number, minutes: number): TimeUs => {
    const shift = shifts.findLast(({ from }) => from <= day);
    assert(shift !== undefined, `${id}: no UTC offset`);
    return timeUs(day * DAY_US + (minutes - shift.minutes) * MINUTE_US);
  };
  const session = (day: number, open: string, close: string): Session =>
    Object.freeze({ open: utc(day, minutesOf(open)), close: utc(day, minutesOf(close)), day });
  const ordinary = (day: number) => day >= first && day <= last && hours.weekdays.includes(weekday(day));

  // A mistyped date mostly lands on a weekend or out of order: refused here, while loading.
  const holidays = hours.holidays.map(dayNumber);
  assert(ascending(holidays) && holidays.every(ordinary), `${id}: a holiday out of order, out of range or on a weekend`);
  const closed = new Set(holidays);
  const shortDays = hours.shortDays.map(({ day }) => dayNumber(day));
  assert(ascending(shortDays) && shortDays.every((day) => ordinary(day) && !closed.has(day)), `${id}: a short day that has no session`);
  const earlyClose = new Map(hours.shortDays.map(({ day, close }) => [dayNumber(day), close]));
  const extra = hours.extraSessions.map(({ day, open, close }) => session(dayNumber(day), open, close));
  assert(
    extra.every(({ day }) => day >= first && day <= last && (!ordinary(day) || closed.has(day))),
    `${id}: an extra session on a day that has one`,
  );

  const sessions = [...extra];
  for (let day = first; day <= last; day += 1) {
    if (ordinary(day) && !closed.has(day)) sessions.push(session(day, hours.open, earlyClose.get(day) ?? hours.close));
  }
  sessions.sort((a, b) => a.open - b.open);
  assert(
    sessions.every(({ open, close }, i) => open < close && close <= (sessions[i + 1]?.open ?? Infinity)),
    `${id}: sessions that overlap or end before they begin`,
  );
  return { stated, start: utc(first, 0), end: utc(last, 1440), sessions, opens: Float64Array.from(sessions, ({ open }) => open) };
}

function lastOpenAtOrBefore(opens: Float64Array, t: number): number {
  let low = 0; // opens before low are ≤ t, from high on > t
  let high = opens.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((opens[middle] as number) <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function assertStated(table: SessionTable, t: TimeUs): void {
  if (t >= table.start && t < table.end) return;
  throw new OutsideCalendar(`${table.stated}; ${dayText(Math.floor(t / DAY_US))} (UTC) is outside`);
}

function utcDay(day: number): Session {
  return { open: timeUs(day * DAY_US), close: timeUs((day + 1) * DAY_US), day };
}

function minutesOf(text: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  assert(match !== null, `${JSON.stringify(text)} is not a time HH:MM`);
  return Number(match[1]) * 60 + Number(match[2]);
}

function ascending(days: readonly number[]): boolean {
  return days.every((day, i) => i === 0 || day > (days[i - 1] as number));
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
