/**
 * What every indicator is: a streaming fold over one instrument's bars, restorable to the bit, allocating nothing in push.
 * Never decides, never yields NaN: an input that is not a finite number, and a value read too early, are broken programs.
 */
import { AssertionFailed, assert } from '../assert.ts';

export interface Indicator extends Saved {
  /** How many pushes until it is ready. */
  readonly warmup: number;
  readonly ready: boolean;
  /** Asserts `ready`. */
  readonly value: number;
}

export interface Saved {
  /** The whole state as finite numbers, of one length always. What is restored goes on as if it had never stopped. */
  save(): readonly number[];
  load(saved: readonly number[]): void;
}

export const LONGEST_PERIOD = 100_000;
export const LARGEST_FACTOR = 1000;
/** Sums over the longest period, and squares, stay finite. */
export const LARGEST_INPUT = 1e100;

/** TA-Lib's own threshold: smoothed moves below it are noise left over from the smoothing. */
export const UNMOVED = 1e-14;

export function checkedPeriod(n: number): number {
  assert(Number.isInteger(n) && n >= 1 && n <= LONGEST_PERIOD, 'an indicator period must be a whole number from 1 to LONGEST_PERIOD');
  return n;
}

/** Of a band: how many deviations or ranges it lies away. */
export function checkedFactor(factor: number): number {
  assert(factor >= 0 && factor <= LARGEST_FACTOR, 'the factor of a band must be a number from 0 to LARGEST_FACTOR');
  return factor + 0;
}

/** The input itself, −0 made 0. */
export function checkedInput(x: number): number {
  if (!(x >= -LARGEST_INPUT && x <= LARGEST_INPUT)) refuseInput();
  return x + 0;
}

/** The refusals stand apart from the checks, which stay small enough to be compiled into each push: a number that is handed to a function of its
 * own is a number on the heap. */
function refuseInput(): never {
  throw new AssertionFailed('an indicator input must be a finite number within LARGEST_INPUT');
}

/** Saved states open with their period, so that one of another period or kind is refused rather than continued. */
export function checkedState(saved: readonly number[], n: number, length: number): void {
  assert(saved.length === length && saved[0] === n, 'an indicator was handed a state of another shape or period');
  assert(saved.every(Number.isFinite), 'an indicator was handed a state that holds no finite number');
}

export function checkedReady(ready: boolean): void {
  if (!ready) refuseReading();
}

function refuseReading(): never {
  throw new AssertionFailed('an indicator was read before its warm-up was over');
}

/** The three prices of a bar that can be: low ≤ close ≤ high. */
export function checkedBar(high: number, low: number, close: number): void {
  if (!(low <= close && close <= high && low >= -LARGEST_INPUT && high <= LARGEST_INPUT)) refuseBar(high, low, close);
}

function refuseBar(high: number, low: number, close: number): never {
  assert(high >= low, 'a bar has its high at or above its low');
  assert(close >= low && close <= high, 'a bar has its close between its low and its high');
  refuseInput();
}

export function checkedVolume(volume: number): number {
  if (!(volume >= 0 && volume <= LARGEST_INPUT)) refuseVolume(volume);
  return volume + 0;
}

function refuseVolume(volume: number): never {
  assert(volume >= 0, 'a volume is zero or more');
  refuseInput();
}

/** A number that one indicator hands to another, or to its reader: never beyond what an input may be, never −0. */
export function withinLimits(x: number): number {
  return Math.min(Math.max(x, -LARGEST_INPUT), LARGEST_INPUT) + 0;
}

/** a / b held within the limits; `ifNone` where b is 0. */
export function quotient(a: number, b: number, ifNone: number): number {
  return b === 0 ? ifNone : withinLimits(a / b);
}

/** The state of an indicator made of parts: its own numbers first (its parameters, then what it keeps), the parts behind them. */
export function savedWith(own: readonly number[], parts: readonly Saved[]): readonly number[] {
  return [...own, ...parts.flatMap((part) => part.save())];
}

/** The reverse of savedWith: hands the parts their states and returns what the indicator keeps itself, `kept` numbers behind its parameters. */
export function loadedWith(
  saved: readonly number[],
  parameters: readonly number[],
  kept: number,
  parts: readonly Saved[],
): readonly number[] {
  const own = parameters.length + kept;
  const lengths = parts.map((part) => part.save().length);
  checkedState(
    saved,
    parameters[0],
    lengths.reduce((sum, length) => sum + length, own),
  );
  assert(
    parameters.every((parameter, i) => saved[i] === parameter),
    'an indicator was handed a state of another shape or period',
  );
  let from = own;
  parts.forEach((part, i) => {
    part.load(saved.slice(from, from + lengths[i]));
    from += lengths[i];
  });
  return saved.slice(parameters.length, own);
}
