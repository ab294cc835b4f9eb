/**
 * The stochastic oscillator, 0..100: where the close lies in the range of n bars, smoothed over `slow` bars (k), and the mean of `signal` such
 * (d). With slow = 1 it is the fast stochastic. A range without height reads 0, as in TA-Lib.
 */
import type { Indicator } from './indicator.ts';
import { checkedBar, checkedPeriod, checkedReady, loadedWith, savedWith } from './indicator.ts';
import { PlaceInRange } from './place-in-range.ts';
import { WindowSum } from './window-sum.ts';

export class Stochastic implements Indicator {
  readonly warmup: number;
  readonly #parameters: readonly number[];
  readonly #range: PlaceInRange;
  readonly #slow: WindowSum;
  readonly #signal: WindowSum;

  /** A range up to `flat` has no height. */
  constructor(n: number, slow: number, signal: number, flat = 0) {
    this.#parameters = [checkedPeriod(n), checkedPeriod(slow), checkedPeriod(signal)];
    this.warmup = n + slow + signal - 2;
    this.#range = new PlaceInRange(n, flat);
    this.#slow = new WindowSum(slow);
    this.#signal = new WindowSum(signal);
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    this.#range.push(high, low);
    if (!this.#range.full) return;
    this.#slow.push(this.#range.of(close));
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
