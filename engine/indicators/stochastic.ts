/**
 * The stochastic oscillator, 0..100: where the close lies in the range of n bars, smoothed over `slow` bars (k), and the mean of `signal` such
 * (d). With slow = 1 it is the fast stochastic. A range without height reads 0, as in TA-Lib.
 */

import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { PriceRange } from './price-range.ts';
import { WindowSum } from './window-sum.ts';

export class Stochastic implements Indicator {
  readonly warmup: number;
  readonly #parameters: readonly number[];
  readonly #range: PriceRange;
  readonly #slow: WindowSum;
  readonly #signal: WindowSum;
  readonly #flat: number;
  readonly #bar = new Float64Array(3);

  /** A range up to `flat` has no height. */
  constructor(n: number, slow: number, signal: number, flat = 0) {
    this.#parameters = [checkedPeriod(n), checkedPeriod(slow), checkedPeriod(signal)];
    this.warmup = n + slow + signal - 2;
    this.#range = new PriceRange(n);
    this.#slow = new WindowSum(slow);
    this.#signal = new WindowSum(signal);
    this.#flat = flat;
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    this.#bar[0] = high;
    this.#bar[1] = low;
    this.#bar[2] = close;
    this.pushFrom(this.#bar);
  }

  /** High, low and close in an array, unchecked. */
  pushFrom(bar: Float64Array): void {
    this.#range.push(bar);
    if (!this.#range.full) return;
    const low = this.#range.low;
    const height = this.#range.high - low;
    this.#slow.push(height <= this.#flat ? 0 : 100 * ((bar[2] - low) / height));
    if (this.#slow.full) this.#signal.push(this.#slow.mean);
  }

  get ready(): boolean {
    return this.#signal.full;
  }

  get value(): number {
    return this.k;
  }

  get k(): number {
    checkedReady(this.ready);
    return this.#slow.mean;
  }

  get d(): number {
    checkedReady(this.ready);
    return this.#signal.mean;
  }

  save(): readonly number[] {
    return savedWith(this.#parameters, [this.#range, this.#slow, this.#signal]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, this.#parameters, 0, [this.#range, this.#slow, this.#signal]);
  }
}
