/**
 * The steps in which a file's prices and quantities go, told from its first block: the coarsest usual step on which nearly all of them lie. A
 * guess for people who do not know better, and told as one; rows off it are judged as any others.
 */
import type { Block } from '#engine/market/blocks.ts';

/** What the block was read in: 10^-8, fine enough for every venue we know. */
export const FINEST = 8;
/** Of a thousand values; the rest is noise or interpolated. */
const ON_THE_GRID = 995;
const DIGITS = [5, 2.5, 1] as const;

export type Grid = Readonly<{ tick: string; lot: string }>;

const PRICES = { trade: [0], quote: [0, 2], bar: [0, 1, 2, 3], book: [0] } as const;
const SIZES = { trade: [1], quote: [1, 3], bar: [4], book: [1] } as const;

export function gridOf({ kind, values }: Block): Grid {
  const column = (index: number) => values[index]!;
  return { tick: stepOf(PRICES[kind].map(column)), lot: stepOf(SIZES[kind].map(column)) };
}

function stepOf(columns: readonly Float64Array[]): string {
  for (let power = 3; power >= -FINEST; power--) {
    for (const digits of DIGITS) {
      const step = digits * 10 ** (power + FINEST);
      if (Number.isInteger(step) && liesOn(columns, step)) return textOf(digits, power);
    }
  }
  return textOf(1, -FINEST);
}

function liesOn(columns: readonly Float64Array[], step: number): boolean {
  let on = 0;
  let all = 0;
  for (const column of columns) {
    for (const value of column) {
      if (value === 0) continue; // lies on every grid, and says nothing
      all += 1;
      const off = Math.abs(value) % step;
      if (off <= 1 || off >= step - 1) on += 1; // the last digit may be noise
    }
  }
  return all === 0 ? step === 10 ** FINEST : on * 1000 >= all * ON_THE_GRID;
}

function textOf(digits: number, power: number): string {
  const [mantissa, shift] = digits === 2.5 ? [25, power - 1] : [digits, power];
  if (shift >= 0) return String(mantissa * 10 ** shift);
  const text = String(mantissa).padStart(1 - shift, '0');
  return `${text.slice(0, text.length + shift)}.${text.slice(text.length + shift)}`;
}
