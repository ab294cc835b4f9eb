/**
 * The classic pivot and three levels to either side, of the last n closed bars taken as one: their highest high, lowest low and last close. They
 * are levels for what comes next: with n = 1 on daily bars, those of the day that begins. What a session is, the bars' timeframe says.
 */

import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { PriceRange } from './price-range.ts';

export class Pivots implements Indicator {
  readonly warmup: number;
  readonly #range: PriceRange;
  readonly #bar = new Float64Array(2);
  #close = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#range = new PriceRange(n);
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    this.#bar[0] = high;
    this.#bar[1] = low;
    this.#range.push(this.#bar);
    this.#close = close + 0;
  }

  get ready(): boolean {
    return this.#range.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return (this.#range.high + this.#range.low + this.#close) / 3;
  }

  /** The i-th resistance, 1 to 3. */
  resistance(i: 1 | 2 | 3): number {
    const pivot = this.value;
    if (i === 1) return 2 * pivot - this.#range.low;
    if (i === 2) return pivot + this.#height;
    return this.#range.high + 2 * (pivot - this.#range.low);
  }

  /** The i-th support, 1 to 3. */
  support(i: 1 | 2 | 3): number {
    const pivot = this.value;
    if (i === 1) return 2 * pivot - this.#range.high;
    if (i === 2) return pivot - this.#height;
    return this.#range.low - 2 * (this.#range.high - pivot);
  }

  get #height(): number {
    return this.#range.high - this.#range.low;
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#close], [this.#range]);
  }

  load(saved: readonly number[]): void {
    [this.#close] = loadedWith(saved, [this.warmup], 1, [this.#range]) as [number];
  }
}
