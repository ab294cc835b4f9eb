/** Williams %R, −100..0: how far the close lies below the highest high of n bars. A range without height reads 0, as in TA-Lib. */

import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { PriceRange } from './price-range.ts';

export class Williams implements Indicator {
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
    const height = this.#range.high - this.#range.low;
    return height === 0 ? 0 : 0 - 100 * ((this.#range.high - this.#close) / height);
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#close], [this.#range]);
  }

  load(saved: readonly number[]): void {
    [this.#close] = loadedWith(saved, [this.warmup], 1, [this.#range]) as [number];
  }
}
