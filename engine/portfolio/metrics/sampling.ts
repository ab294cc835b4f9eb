/**
 * How equity becomes daily returns, said once: which days there are, when one ends, and how many make a year. A day's equity is the last
 * sample not after its end; a sample exactly at the end belongs to the day that ends. Never fills a day with anything but what was before.
 */
import { calendarById, dayNumber, dayText, nextSession, sessionOrNext, type TradingCalendar, tradingDay } from '../../market/calendar.ts';
import type { EquitySeries, RunResult } from '../../run/result.ts';
import { DAY_US, type TimeUs } from '../../values.ts';

export type Sampling = Readonly<{
  /** null: every UTC day. */
  calendar: TradingCalendar | null;
  daysPerYear: number;
  /** In words, for the reader of a report. */
  text: string;
}>;

/** `equity[i]` at the end of `days[i]` (days since 1970); `returns[i]` over that day. Money in minor units, as floats. */
export type DailySeries = Readonly<{
  sampling: Sampling;
  opening: number;
  days: Int32Array;
  equity: Float64Array;
  returns: Float64Array | null;
}>;

/** Sessions of the calendar all instruments share; else UTC days, 365 a year. */
export function samplingOf(result: RunResult): Sampling {
  const ids = new Set(result.instruments.map(({ calendar }) => calendar));
  const [id] = ids;
  if (ids.size !== 1 || id === undefined) return utcDays(ids.size > 1 ? 'the instruments trade on different calendars' : null);
  const calendar = calendarById(id);
  if (calendar.hours === 'always') return utcDays(null);
  const [first, last] = [dayNumber(calendar.firstDay), dayNumber(calendar.lastDay)];
  // A calendar's days are local ones, and the session after the last sample is asked for: some room at both ends.
  if (Math.floor(result.from / DAY_US) <= first || Math.floor(result.to / DAY_US) + ROOM_DAYS > last)
    return utcDays(`the calendar ${id} does not state these days`);
  const daysPerYear = Math.round(sessionsBetween(calendar, first, last) / ((last - first + 1) / DAYS_IN_A_YEAR));
  return {
    calendar,
    daysPerYear,
    text: `daily returns by session of ${id}, ${daysPerYear} a year (as many as the calendar states on average)`,
  };
}

/** The same for any series of values at times: a run's equity, or what it is compared with. */
export function dailySeries(sampling: Sampling, series: EquitySeries, opening: number, from: number): DailySeries {
  const { time, minor } = series;
  if (time.length === 0) return { sampling, opening, days: new Int32Array(0), equity: new Float64Array(0), returns: new Float64Array(0) };
  const days = daysOf(sampling, from, time[time.length - 1] as number);
  const equity = new Float64Array(days.length);
  let at = 0;
  for (let i = 0; i < days.length; i += 1) {
    const day = days[i] as number;
    if (sampling.calendar === null) at = firstAfter(time, (day + 1) * DAY_US, at);
    else while (at < time.length && dayOf(sampling, time[at] as number) <= day) at += 1;
    equity[i] = at === 0 ? opening : (minor[at - 1] as number);
  }
  return { sampling, opening, days, equity, returns: returnsOf(opening, equity) };
}

/** The first place from `from` whose time lies after t. */
function firstAfter(time: Float64Array, t: number, from: number): number {
  let [low, high] = [from, time.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((time[middle] as number) > t) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The day a sample counts to. A bar's close is the end of what it tells of, so the instant before it decides. */
export function dayOf(sampling: Sampling, timeUs: number): number {
  return sampling.calendar === null ? Math.floor((timeUs - 1) / DAY_US) : tradingDay(sampling.calendar, (timeUs - 1) as TimeUs);
}

export const DAYS_IN_A_YEAR = 365;
const ROOM_DAYS = 14;

function utcDays(because: string | null): Sampling {
  const text = `daily returns by UTC day, ${DAYS_IN_A_YEAR} a year`;
  return { calendar: null, daysPerYear: DAYS_IN_A_YEAR, text: because === null ? text : `${text}, because ${because}` };
}

function daysOf(sampling: Sampling, from: number, last: number): Int32Array {
  const { calendar } = sampling;
  const days: number[] = [];
  if (calendar === null) {
    for (let day = Math.min(Math.floor(from / DAY_US), dayOf(sampling, last)); day <= dayOf(sampling, last); day += 1) days.push(day);
    return Int32Array.from(days);
  }
  const end = dayOf(sampling, last);
  for (let session = sessionOrNext(calendar, from as TimeUs); session.day <= end; session = nextSession(calendar, session.open)) {
    if (session.day !== days[days.length - 1]) days.push(session.day);
  }
  return Int32Array.from(days);
}

/** null where equity was not above zero at some day's begin: from there a return means nothing. */
function returnsOf(opening: number, equity: Float64Array): Float64Array | null {
  const returns = new Float64Array(equity.length);
  let before = opening;
  for (let i = 0; i < equity.length; i += 1) {
    if (!(before > 0)) return null;
    returns[i] = ((equity[i] as number) - before) / before;
    before = equity[i] as number;
  }
  return returns;
}

/** Sessions of the days after `first` and well before `last`, scaled to the whole range. */
function sessionsBetween(calendar: TradingCalendar, first: number, last: number): number {
  const [begin, end] = [first + 1, last - ROOM_DAYS];
  const days = new Set<number>();
  for (
    let session = sessionOrNext(calendar, (begin * DAY_US) as TimeUs);
    session.day < end;
    session = nextSession(calendar, session.open)
  ) {
    days.add(session.day);
  }
  return (days.size * (last - first + 1)) / (end - begin);
}

/** 'YYYY-MM' of a day. */
export const monthText = (day: number): string => dayText(day).slice(0, 7);
