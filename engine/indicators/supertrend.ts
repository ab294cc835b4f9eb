/**
 * SuperTrend: a band `ranges` average true ranges below the middle of the bars while the market rises, above it while it falls. The lower band
 * only rises and the upper only falls, until a close passes the one that stands; direction is 1 up, −1 down, and begins as −1.
 */
import { Atr } from './atr.ts';
import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedReady } from './indicator.ts';
import { checkedFactor } from './limits.ts';
import { loadedWith, savedWith } from './parts.ts';

export class Supertrend implements Indicator {
  readonly warmup: number;
  readonly #ranges: number;
  readonly #range: Atr;
  #upper = 0;
  #lower = 0;
  #direction = 0; // 0 until it is ready
  #close = 0;

  constructor(n: number, ranges: number) {
    this.#range = new Atr(n);
    this.#ranges = checkedFactor(ranges);
    this.warmup = this.#range.warmup;
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    this.#range.push(high, low, close);
    if (this.#range.ready) this.#follow((high + low) / 2, this.#ranges * this.#range.value, close);
    this.#close = close + 0;
  }

  #follow(middle: number, distance: number, close: number): void {
    const first = this.#direction === 0;
    const upper = middle + distance;
    const lower = middle - distance;
    if (first || upper < this.#upper || this.#close > this.#upper) this.#upper = upper + 0;
    if (first || lower > this.#lower || this.#close < this.#lower) this.#lower = lower + 0;
    if (this.#direction === 1) this.#direction = close < this.#lower ? -1 : 1;
    else this.#direction = !first && close > this.#upper ? 1 : -1;
  }

  get ready(): boolean {
    return this.#range.ready;
  }

  get value(): number {
    return this.line;
  }

  get line(): number {
    checkedReady(this.ready);
    return this.#direction === 1 ? this.#lower : this.#upper;
  }

  get direction(): number {
    checkedReady(this.ready);
    return this.#direction;
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#ranges, this.#upper, this.#lower, this.#direction, this.#close], [this.#range]);
  }

  load(saved: readonly number[]): void {
    const kept = loadedWith(saved, [this.warmup, this.#ranges], 4, [this.#range]);
    [this.#upper, this.#lower, this.#direction, this.#close] = kept as [number, number, number, number];
  }
}
