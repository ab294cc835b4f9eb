/**
 * The commodity channel index: how far the typical price lies from its mean over n bars, in units of 0.015 mean absolute distances. The mean
 * distance has no running form that stays true, so each push looks at the n prices. Equal prices read 0, as in TA-Lib.
 */

import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady, checkedState } from './indicator.ts';

export class Cci implements Indicator {
  readonly warmup: number;
  readonly #ring: Float64Array;
  #filled = 0;
  #next = 0;
  #value = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#ring = new Float64Array(n);
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    const typical = (high + low + close) / 3 + 0;
    this.#ring[this.#next] = typical;
    this.#next = this.#next + 1 === this.warmup ? 0 : this.#next + 1;
    if (this.#filled < this.warmup) this.#filled += 1;
    if (this.ready) this.#value = indexOf(this.#ring, typical);
  }

  get ready(): boolean {
    return this.#filled === this.warmup;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#value;
  }

  save(): readonly number[] {
    return [this.warmup, this.#filled, this.#next, this.#value, ...this.#ring];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.warmup, 4 + this.warmup);
    [, this.#filled, this.#next, this.#value] = saved as [number, number, number, number];
    this.#ring.set(saved.slice(4));
  }
}

function indexOf(prices: Float64Array, newest: number): number {
  let sum = 0; // all is told from the newest price: equal prices leave no rounding, and prices far from zero lose nothing
  for (let i = 0; i < prices.length; i += 1) sum += prices[i] - newest;
  const mean = sum / prices.length;
  let distances = 0;
  for (let i = 0; i < prices.length; i += 1) distances += Math.abs(prices[i] - newest - mean);
  return distances === 0 ? 0 : 0 - mean / ((0.015 * distances) / prices.length);
}
