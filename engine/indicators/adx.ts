/**
 * Wilder's directional movement, as TA-Lib defines it: +DI and −DI (0..100) say how much of the true range of the last bars went up or down,
 * ADX (0..100) is the smoothed distance of the two. The sums begin with n − 1 bars, the ADX with the mean of n distances. A market that has not
 * moved reads 0 in both DI and leaves the ADX as it was.
 */

import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady, checkedState } from './indicator.ts';

/** TA-Lib's own threshold: smoothed moves below it are noise left over from the smoothing. */
const UNMOVED = 1e-14;

export class Adx implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  #pushed = 0; // counts to warmup and stays
  #high = 0;
  #low = 0;
  #close = 0;
  #up = 0; // smoothed sums
  #down = 0;
  #range = 0;
  #adx = 0; // the sum of distances until the n-th, their average from then on

  constructor(n: number) {
    this.#n = checkedPeriod(n);
    this.warmup = 2 * n;
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    const rose = high - this.#high;
    const fell = this.#low - low;
    const up = rose > 0 && rose > fell ? rose : 0;
    const down = fell > 0 && fell > rose ? fell : 0;
    const range = Math.max(high - low, Math.abs(high - this.#close), Math.abs(low - this.#close));
    this.#high = high + 0;
    this.#low = low + 0;
    this.#close = close + 0;
    const full = this.#pushed === this.warmup;
    if (!full) this.#pushed += 1;
    if (this.#pushed === 1) return; // nothing to compare with
    if (this.#pushed > this.#n) {
      this.#up -= this.#up / this.#n;
      this.#down -= this.#down / this.#n;
      this.#range -= this.#range / this.#n;
    }
    this.#up += up;
    this.#down += down;
    this.#range += range;
    if (this.#pushed > this.#n) this.#smooth(full);
  }

  #smooth(full: boolean): void {
    const plus = this.#partOfRange(this.#up);
    const minus = this.#partOfRange(this.#down);
    const both = plus + minus;
    if (both >= UNMOVED) {
      const distance = 100 * (Math.abs(plus - minus) / both);
      this.#adx = full ? (this.#adx * (this.#n - 1) + distance) / this.#n : this.#adx + distance;
    }
    if (!full && this.#pushed === this.warmup) this.#adx /= this.#n;
  }

  #partOfRange(moved: number): number {
    return this.#range < UNMOVED ? 0 : 100 * (moved / this.#range);
  }

  get ready(): boolean {
    return this.#pushed === this.warmup;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#adx;
  }

  get plus(): number {
    checkedReady(this.ready);
    return this.#partOfRange(this.#up);
  }

  get minus(): number {
    checkedReady(this.ready);
    return this.#partOfRange(this.#down);
  }

  save(): readonly number[] {
    return [this.#n, this.#pushed, this.#high, this.#low, this.#close, this.#up, this.#down, this.#range, this.#adx];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.#n, 9);
    [, this.#pushed, this.#high, this.#low, this.#close] = saved as [number, number, number, number, number];
    [this.#up, this.#down, this.#range, this.#adx] = saved.slice(5) as [number, number, number, number];
  }
}
