/** When there was data: rows an hour, drawn as a strip. A space: outside, or the market was closed; a dot: it was open, without a row. */
import { dayText, sessionAt, type TradingCalendar } from '#engine/market/calendar.ts';
import type { TimeUs } from '#engine/values.ts';
import { DAY_US, MINUTE_US } from '#engine/values.ts';
import { tradingTime } from './gaps.ts';

const HOUR_US = 60 * MINUTE_US;
const STEPS = '▁▂▃▅▇';
/** Up to so many days a line shows a day, hour by hour; beyond, a month, day by day. */
const MAX_HOURLY_DAYS = 62;
const MAX_LINES = 240;

export type CoverageStrip = Readonly<{ each: 'hour' | 'day'; lines: readonly string[] }>;

export class Coverage {
  readonly #hours = new Map<number, number>();
  /** The hour that is being counted: neighbours share it. */
  #hour = -1;
  #rows = 0;

  /** Rows [from, to) at these instants, µs. */
  add(times: Float64Array, from: number, to: number): void {
    let begin = this.#hour * HOUR_US;
    let rows = this.#rows;
    for (let row = from; row < to; row += 1) {
      const us = times[row] as number;
      if (us < begin || us >= begin + HOUR_US) {
        this.#rows = rows;
        this.#settle();
        this.#hour = Math.floor(us / HOUR_US);
        begin = this.#hour * HOUR_US;
        rows = 0;
      }
      rows += 1;
    }
    this.#rows = rows;
  }

  #settle(): void {
    if (this.#rows > 0) this.#hours.set(this.#hour, (this.#hours.get(this.#hour) ?? 0) + this.#rows);
    this.#rows = 0;
  }

  save(): [number, number][] {
    this.#settle();
    return [...this.#hours].sort(([a], [b]) => a - b);
  }

  load(saved: readonly (readonly [number, number])[]): void {
    this.#hours.clear();
    this.#rows = 0;
    for (const [hour, rows] of saved) this.#hours.set(hour, rows);
  }

  strip(calendar: TradingCalendar): CoverageStrip {
    const hours = this.save();
    if (hours.length === 0) return { each: 'hour', lines: [] };
    const first = Math.floor((hours[0] as [number, number])[0] / 24);
    const last = Math.floor((hours.at(-1) as [number, number])[0] / 24);
    return last - first < MAX_HOURLY_DAYS ? this.#byHour(hours, first, last, calendar) : this.#byDay(hours, first, last, calendar);
  }

  #byHour(hours: readonly [number, number][], first: number, last: number, calendar: TradingCalendar): CoverageStrip {
    const most = Math.max(...hours.map(([, rows]) => rows));
    const [begin, end] = [hours[0]?.[0] as number, hours.at(-1)?.[0] as number];
    const lines: string[] = [];
    for (let day = first; day <= last; day += 1) {
      let line = ' '.repeat(Math.max(0, begin - day * 24));
      for (let hour = Math.max(begin, day * 24); hour <= Math.min(end, day * 24 + 23); hour += 1)
        line += mark(this.#hours.get(hour) ?? 0, most, () => isOpen(calendar, hour * HOUR_US, (hour + 1) * HOUR_US));
      lines.push(`${dayText(day)} ${line.trimEnd()}`);
    }
    return { each: 'hour', lines };
  }

  #byDay(hours: readonly [number, number][], first: number, last: number, calendar: TradingCalendar): CoverageStrip {
    const days = new Map<number, number>();
    for (const [hour, rows] of hours) days.set(Math.floor(hour / 24), (days.get(Math.floor(hour / 24)) ?? 0) + rows);
    const most = Math.max(...days.values());
    const months = new Map<string, string>();
    for (let day = first; day <= last; day += 1) {
      const text = dayText(day);
      const month = text.slice(0, 7);
      const before = months.get(month) ?? ' '.repeat(months.size === 0 ? Number(text.slice(8)) - 1 : 0);
      months.set(month, before + mark(days.get(day) ?? 0, most, () => isOpen(calendar, day * DAY_US, (day + 1) * DAY_US)));
    }
    const lines = [...months].map(([month, line]) => `${month} ${line.trimEnd()}`);
    if (lines.length <= MAX_LINES) return { each: 'day', lines };
    return { each: 'day', lines: [...lines.slice(0, MAX_LINES), `… ${lines.length - MAX_LINES} more months`] };
  }
}

function mark(rows: number, most: number, open: () => boolean): string {
  if (rows === 0) return open() ? '·' : ' ';
  return STEPS[Math.min(STEPS.length - 1, Math.floor((rows / most) * STEPS.length))] as string;
}

function isOpen(calendar: TradingCalendar, from: number, to: number): boolean {
  try {
    return sessionAt(calendar, from as TimeUs) !== null || tradingTime(calendar, from, to) > 0;
  } catch {
    return true; // outside what the calendar states nothing is known to be closed
  }
}
