/**
 * Keltner's channel: the exponential average of the closes (seeded with the mean of the first n) and `ranges` average true ranges (Wilder's, of
 * `rangePeriod` bars) to either side.
 */
import { Atr } from './atr.ts';
import { checkedBar } from './bar-checks.ts';
import { Ema } from './ema.ts';
import type { Indicator } from './indicator.ts';
import { checkedReady } from './indicator.ts';
import { checkedFactor } from './limits.ts';
import { loadedWith, savedWith } from './parts.ts';

export class Keltner implements Indicator {
  readonly warmup: number;
  readonly #ranges: number;
  readonly #average: Ema;
  readonly #range: Atr;

  constructor(n: number, rangePeriod: number, ranges: number) {
    this.#average = new Ema(n, 'sma');
    this.#range = new Atr(rangePeriod);
    this.#ranges = checkedFactor(ranges);
    this.warmup = Math.max(this.#average.warmup, this.#range.warmup);
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    this.#average.push(close);
    this.#range.push(high, low, close);
  }

  get ready(): boolean {
    return this.#average.ready && this.#range.ready;
  }

  get value(): number {
    return this.middle;
  }

  get middle(): number {
    checkedReady(this.ready);
    return this.#average.value;
  }

  get upper(): number {
    return this.middle + this.#ranges * this.#range.value;
  }

  get lower(): number {
    return this.middle - this.#ranges * this.#range.value;
  }

  save(): readonly number[] {
    return savedWith([this.#average.warmup, this.#ranges], [this.#average, this.#range]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.#average.warmup, this.#ranges], 0, [this.#average, this.#range]);
  }
}
