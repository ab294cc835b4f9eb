/** Text with its unit as an exact value, or what is wrong with it and what to write. A bare number where a unit is needed is never guessed. */
import { formatDecimal, normalize, parseDecimal } from '#engine/decimal.ts';
import { DAY_US, MINUTE_US, SECOND_US } from '#engine/values.ts';
import { shown } from './faults.ts';

export class Wrong {
  readonly why: string;
  readonly remedy: string;

  constructor(why: string, remedy: string) {
    this.why = why;
    this.remedy = remedy;
  }
}

const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1_000, s: SECOND_US, m: MINUTE_US, h: 60 * MINUTE_US, d: DAY_US };
const BYTE_UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

const BARE = /^[+-]?\d{1,30}(\.\d{1,30})?$/;
const isBare = (text: string): boolean => BARE.test(text);

/** `250ms`, `2s`, `1.5s`, `5m`, `1h`, `3d` in µs. */
export function durationUs(text: string): number | Wrong {
  if (isBare(text)) return new Wrong(`${shown(text)} has no unit`, `write ${bareDigits(text)}s for seconds; units are ms, s, m, h, d`);
  const [, count, unit = ''] = /^(\d{1,9}(?:\.\d{1,6})?) *([A-Za-z]{1,8})$/.exec(text) ?? [];
  const each = Object.hasOwn(TIME_UNITS, unit) ? TIME_UNITS[unit]! : null;
  if (count === undefined || each === null || text.includes(' '))
    return new Wrong(`${shown(text)} is no duration`, 'write it like 250ms, 2s, 5m, 1h or 3d');
  const { digits, scale } = parseDecimal(count);
  const us = digits * BigInt(each);
  const parts = 10n ** BigInt(scale);
  return us % parts === 0n
    ? Number(us / parts)
    : new Wrong(`${shown(text)} is no whole number of microseconds`, 'write it in a smaller unit');
}

export function durationText(us: number): string {
  for (const unit of ['d', 'h', 'm', 's', 'ms']) if (us !== 0 && us % TIME_UNITS[unit]! === 0) return `${us / TIME_UNITS[unit]!}${unit}`;
  return us === 0 ? '0s' : `${us / 1_000}ms`;
}

/** `2%` or `2.5%` in permille. */
export function permille(text: string): number | Wrong {
  return share(text, 1, 'tenths of a percent', 'write it like 2% or 0.5%');
}

export const permilleText = (value: number): string => `${formatDecimal(normalize({ digits: BigInt(value), scale: 1 }))}%`;

/** `0.01%` or `1bp` in millionths: hundredths of a basis point. */
export function millionths(text: string): number | Wrong {
  const [, points] = /^(\d{1,9}(?:\.\d{1,9})?)bp$/.exec(text) ?? [];
  if (points === undefined) return share(text, 4, 'hundredths of a basis point', 'write it like 0.01% or 1bp');
  const { digits, scale } = normalize(parseDecimal(points));
  if (scale > 2) return new Wrong(`${shown(text)} is finer than hundredths of a basis point`, 'round it to two digits after the point');
  return Number(digits) * 10 ** (2 - scale);
}

export const millionthsText = (value: number): string => `${formatDecimal(normalize({ digits: BigInt(value), scale: 4 }))}%`;

function share(text: string, digitsAfter: number, step: string, remedy: string): number | Wrong {
  if (isBare(text)) return new Wrong(`${shown(text)} has no unit`, bareShare(bareDigits(text)));
  const [, percent] = /^(\d{1,9}(?:\.\d{1,9})?)%$/.exec(text) ?? [];
  if (percent === undefined) return new Wrong(`${shown(text)} is no percentage`, remedy);
  const { digits, scale } = normalize(parseDecimal(percent));
  if (scale > digitsAfter)
    return new Wrong(
      `${shown(text)} is finer than ${step}`,
      `write at most ${digitsAfter} ${digitsAfter === 1 ? 'digit' : 'digits'} after the point`,
    );
  return Number(digits) * 10 ** (digitsAfter - scale);
}

/** `64MiB`, `2GiB` in bytes. */
export function byteCount(text: string): number | Wrong {
  if (isBare(text)) return new Wrong(`${shown(text)} has no unit`, 'write it like 64MiB or 2GiB');
  const [, count, unit = ''] = /^(\d{1,9})([A-Za-z]{1,8})$/.exec(text) ?? [];
  if (count !== undefined && Object.hasOwn(BYTE_UNITS, unit)) return Number(count) * BYTE_UNITS[unit]!;
  return new Wrong(`${shown(text)} is no size`, 'write it like 64MiB or 2GiB (units KiB, MiB, GiB, TiB of 1024)');
}

export function byteText(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'])
    if (bytes !== 0 && bytes % BYTE_UNITS[unit]! === 0) return `${bytes / BYTE_UNITS[unit]!}${unit}`;
  return `${bytes} bytes`;
}

/** Plain decimal text of at least 0 in its shortest form: an amount of money, a quantity, a tick. */
export function decimalText(text: string, what: 'money' | 'quantity'): string | Wrong {
  const like =
    what === 'money' ? 'write digits and a point, in the currency of the account, like 1000.00' : 'write digits and a point, like 0.05';
  if (!/^\d{1,18}(\.\d{1,18})?$/.test(text)) return new Wrong(`${shown(text)} is no ${what}`, like);
  return formatDecimal(normalize(parseDecimal(text)));
}

export function wholeNumber(text: string): number | Wrong {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : new Wrong(`${shown(text)} is no whole number`, 'write digits only');
}

/** Both as decimal text of at least 0. */
export function isMore(text: string, than: string): boolean {
  const [a, b] = [parseDecimal(text), parseDecimal(than)];
  return a.digits * 10n ** BigInt(b.scale) > b.digits * 10n ** BigInt(a.scale);
}

/** `+5` and `-5` are told as 5: a unit is missing all the same. */
const bareDigits = (text: string): string => text.replace(/^[+-]/, '').slice(0, 12);

/** Below 1 it may have been meant as a part of the whole. */
function bareShare(digits: string): string {
  const part = /^0\.(\d{1,6})$/.exec(digits);
  if (part === null) return `write ${digits}% for percent`;
  return `write ${Number((Number(digits) * 100).toFixed(4))}% if a part of the whole was meant, ${digits}% if percent`;
}
