/** How the figures of a report read: money with its point and groups, fractions in percent, spans in days. No locale; a minus is a minus. */

import { formatDecimal } from '../decimal.ts';
import { dayText } from '../market/calendar.ts';
import type { Metric, MetricUnit } from '../portfolio/metrics/metric.ts';
import { DAY_US } from '../values.ts';

/** The money of one run. */
export type Currency = Readonly<{ currency: string; currencyScale: number }>;

export const NOTHING = '–';

/** `−1,234.56` */
export function moneyText(minor: bigint, { currencyScale }: Currency): string {
  return typographic(grouped(formatDecimal({ digits: minor, scale: currencyScale })));
}

/** The same with its sign always: a change. */
export const changeText = (minor: bigint, money: Currency): string =>
  minor > 0n ? `+${moneyText(minor, money)}` : moneyText(minor, money);

/** For axes: `1.2M`, `350k`, `12.5`; whole units of the currency. `step` is the distance to the next such figure. */
export function shortMoney(minor: number, step: number, { currencyScale }: Currency): string {
  let one = 1;
  for (let i = 0; i < currencyScale; i += 1) one *= 10;
  const [amount, size] = [minor / one, Math.abs(step / one)];
  const [unit, name] = Math.abs(amount) >= 1e6 || size >= 1e6 ? [1e6, 'M'] : Math.abs(amount) >= 1e4 || size >= 1e4 ? [1e3, 'k'] : [1, ''];
  return amount === 0 ? '0' : `${plain(amount / unit, digitsFor(size / unit))}${name}`;
}

/** `12.34 %`; small ones with more digits, so that a fee rate does not read 0, and large ones with none. */
export function percentText(fraction: number, digits: number = percentDigits(fraction)): string {
  return `${plain(fraction * 100, digits)} %`;
}

const percentDigits = (fraction: number): number => {
  const size = Math.abs(fraction);
  return size >= 10 ? 0 : size < 0.001 && size > 0 ? 4 : 2;
};

export const signedPercent = (fraction: number, digits: number = percentDigits(fraction)): string =>
  (fraction > 0 ? '+' : '') + percentText(fraction, digits);

/** `digits` after the point, thousands in groups. */
export function plain(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return typographic(grouped(/^-0(\.0*)?$/.test(text) ? text.slice(1) : text));
}

/** A price on an axis: as it is while it is short, else like money. */
export const shortPrice = (value: number, step: number): string =>
  Math.abs(value) < 1e6 ? plain(value, digitsFor(step)) : shortMoney(value, step, { currency: '', currencyScale: 0 });

/** How many digits tell steps of this size apart. */
export function digitsFor(step: number): number {
  let digits = 0;
  for (let size = Math.abs(step); digits < 10 && size > 0 && Math.abs(size - Math.round(size)) > 1e-6 * size; size *= 10) digits += 1;
  return digits;
}

/** A metric's value as a person reads it; NOTHING where there is none. */
export function metricText({ value, unit }: Pick<Metric, 'value' | 'unit'>, money: Currency): string {
  return value === null ? NOTHING : VALUE[unit](value, money);
}

const VALUE: Readonly<Record<MetricUnit, (value: number, money: Currency) => string>> = {
  fraction: (value) => percentText(value),
  ratio: (value) => plain(value, 2),
  money: (value, money) => `${moneyText(BigInt(Math.round(value)), money)} ${money.currency}`,
  count: (value) => plain(value, 0),
  days: (value) => `${plain(value, 1)} days`,
  hours: (value) => (value >= 48 ? `${plain(value / 24, 1)} days` : `${plain(value, 1)} h`),
  R: (value) => `${plain(value, 2)} R`,
};

/** An input of a formula, with enough digits to work the formula out again. */
export function inputText(value: number | bigint | string | null, money: Currency): string {
  if (value === null) return NOTHING;
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return `${moneyText(value, money)} ${money.currency}`;
  return Number.isInteger(value) ? plain(value, 0) : typographic(String(Number(value.toPrecision(8))));
}

/** `3 Jan 2026` */
export function dateText(day: number): string {
  const [year, month, date] = dayText(day).split('-') as [string, string, string];
  return `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

/** `3 Jan 2026 14:30`, UTC. */
export function momentText(timeUs: number): string {
  const day = Math.floor(timeUs / DAY_US);
  const minutes = Math.floor((timeUs - day * DAY_US) / (60 * 1_000_000));
  return `${dateText(day)} ${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** At most `width` signs; what was cut shows as one. */
export const clip = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const grouped = (text: string): string => {
  const [whole, fraction] = text.split('.') as [string, string | undefined];
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
};

const typographic = (text: string): string => text.replace('-', '−');
