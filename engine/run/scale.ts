/** Where values stand on an axis, and which round figures are written beside it. */
import { dayNumber, dayText } from '../market/calendar.ts';
import { DAY_US, SECOND_US } from '../values.ts';
import { MONTHS } from './figures.ts';

export type Scale = Readonly<{ low: number; high: number }>;
export type Tick = Readonly<{ at: number; text: string }>;

/** Around all values, with a little air; never of no height. */
export function scaleOver(values: Iterable<number>, air = 0.04): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { low: 0, high: 1 };
  const room = high > low ? (high - low) * air : Math.max(Math.abs(high) * 0.1, 1e-9);
  return { low: low - room, high: high + room };
}

/** The market beside a run may be this many times as wide before it would press the run flat. */
const MOST_TIMES = 3;

/** Room for both, but never so much that the run's own line is lost: beyond that the other leaves the picture. */
export function scaleBeside(own: Scale, other: Scale | null): Scale {
  if (other === null) return own;
  const room = (own.high - own.low) * MOST_TIMES;
  return { low: Math.max(Math.min(own.low, other.low), own.low - room), high: Math.min(Math.max(own.high, other.high), own.high + room) };
}

/** Whether a series leaves the scale somewhere. */
export function isBeyond(scale: Scale, values: Iterable<number>): boolean {
  for (const value of values) if (value < scale.low || value > scale.high) return true;
  return false;
}

/** 0 at the low end, 1 at the high one. */
export const placeOn = ({ low, high }: Scale, value: number): number => (value - low) / (high - low);

/** Steps of 1, 2, 2.5 or 5 times a power of ten, about `count` of them. */
export function stepFor({ low, high }: Scale, count: number): number {
  const rough = (high - low) / Math.max(1, count);
  let power = 1;
  while (power > rough) power /= 10;
  while (power * 10 <= rough) power *= 10;
  return ([1, 2, 2.5, 5, 10].find((times) => times * power >= rough * 0.999) as number) * power;
}

export function ticksOn(scale: Scale, count: number, textOf: (value: number, step: number) => string): Tick[] {
  const step = stepFor(scale, count);
  const ticks: Tick[] = [];
  for (let i = Math.ceil(scale.low / step - 1e-9); i * step <= scale.high + step * 1e-9; i += 1)
    ticks.push({ at: i * step, text: textOf(i * step, step) });
  return ticks;
}

/** Begins of days, months, quarters or years, as many as fit. */
export function timeTicks({ low, high }: Scale, most = 7): Tick[] {
  const [first, last] = [Math.ceil(low / DAY_US), Math.floor(high / DAY_US)];
  const days = (high - low) / DAY_US;
  if (days < 2) return clockTicks(low, high);
  if (days <= 45) {
    const step = [1, 2, 3, 5, 7, 10].find((size) => days / size <= most) ?? 10;
    return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => dayTick(first + i * step));
  }
  const months = days / 30.4;
  const step = [1, 2, 3, 6, 12, 24, 60, 120].find((size) => months / size <= most) ?? 240;
  const ticks: Tick[] = [];
  const [year, month] = dayText(first).split('-').map(Number) as [number, number];
  for (let i = Math.ceil((year * 12 + month - 1) / step) * step; ; i += step) {
    const day = dayNumber(`${Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}-01`);
    if (day > last) break;
    if (day >= first) ticks.push({ at: day * DAY_US, text: i % 12 === 0 ? String(i / 12) : (MONTHS[i % 12] as string) });
  }
  return ticks.some(({ text }) => /\d/.test(text)) || ticks[0] === undefined
    ? ticks
    : [{ ...ticks[0], text: `${ticks[0].text} ${dayText(ticks[0].at / DAY_US).slice(0, 4)}` }, ...ticks.slice(1)];
}

const dayTick = (day: number): Tick => {
  const [, month, date] = dayText(day).split('-').map(Number) as [number, number, number];
  return { at: day * DAY_US, text: `${date} ${MONTHS[month - 1]}` };
};

/** Seconds that a clock's face divides into. */
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200] as const;

function clockTicks(low: number, high: number): Tick[] {
  const seconds = CLOCK_STEPS.find((size) => (high - low) / SECOND_US / size <= 8) ?? 43_200;
  const step = seconds * SECOND_US;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
    const clock = Math.floor((at % DAY_US) / SECOND_US);
    const parts = [Math.floor(clock / 3600), Math.floor(clock / 60) % 60, ...(seconds < 60 ? [clock % 60] : [])];
    ticks.push({ at, text: parts.map((part) => String(part).padStart(2, '0')).join(':') });
  }
  return ticks;
}
