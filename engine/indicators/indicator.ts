/**
 * What every indicator is: a streaming fold over one instrument's bars, restorable to the bit, allocating nothing in push.
 * Never decides, never yields NaN: an input that is not a finite number, and a value read too early, are broken programs.
 */
import { assert } from '../assert.ts';

export interface Indicator {
  /** How many pushes until it is ready. */
  readonly warmup: number;
  readonly ready: boolean;
  /** Asserts `ready`. */
  readonly value: number;
  /** The whole state as finite numbers. A restored indicator goes on as if it had never stopped. */
  save(): readonly number[];
  load(saved: readonly number[]): void;
}

export const LONGEST_PERIOD = 100_000;
/** Sums over the longest period, and squares, stay finite. */
export const LARGEST_INPUT = 1e100;

export function checkedPeriod(n: number): number {
  assert(Number.isInteger(n) && n >= 1 && n <= LONGEST_PERIOD, 'an indicator period must be a whole number from 1 to LONGEST_PERIOD');
  return n;
}

/** The input itself, −0 made 0. */
export function checkedInput(x: number): number {
  assert(x >= -LARGEST_INPUT && x <= LARGEST_INPUT, 'an indicator input must be a finite number within LARGEST_INPUT');
  return x + 0;
}

/** Saved states open with their period, so that one of another period or kind is refused rather than continued. */
export function checkedState(saved: readonly number[], n: number, length: number): void {
  assert(saved.length === length && saved[0] === n, 'an indicator was handed a state of another shape or period');
  assert(saved.every(Number.isFinite), 'an indicator was handed a state that holds no finite number');
}

export function checkedReady(ready: boolean): void {
  assert(ready, 'an indicator was read before its warm-up was over');
}
