/**
 * The classic pivot and three levels to either side, of the last n closed bars taken as one: their highest high, lowest low and last close. They
 * are levels for what comes next: with n = 1 on daily bars, those of the day that begins. What a session is, the bars' timeframe says.
 */
import type { Indicator } from './indicator.ts';
import { checkedBar, checkedPeriod, checkedReady, loadedWith, savedWith } from './indicator.ts';
import { WindowExtreme } from './window-extreme.ts';

export class Pivots implements Indicator {
  readonly warmup: number;
  readonly #highest: WindowExtreme;
  readonly #lowest: WindowExtreme;
  #close = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#highest = new WindowExtreme(n, 'highest');
    this.#lowest = new WindowExtreme(n, 'lowest');
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    this.#highest.push(high);
    this.#lowest.push(low);
    this.#close = close + 0;
  }

  get ready(): boolean {
    return this.#highest.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return (this.#highest.value + this.#lowest.value + this.#close) / 3;
  }

  /** The i-th resistance, 1 to 3. */
  resistance(i: 1 | 2 | 3): number {
    const pivot = this.value;
    if (i === 1) return 2 * pivot - this.#lowest.value;
    if (i === 2) return pivot + this.#height;
    return this.#highest.value + 2 * (pivot - this.#lowest.value);
  }

  /** The i-th support, 1 to 3. */
  support(i: 1 | 2 | 3): number {
    const pivot = this.value;
    if (i === 1) return 2 * pivot - this.#highest.value;
    if (i === 2) return pivot - this.#height;
    return this.#lowest.value - 2 * (this.#highest.value - pivot);
  }

  get #height(): number {
    return this.#highest.value - this.#lowest.value;
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#close], [this.#highest, this.#lowest]);
  }

  load(saved: readonly number[]): void {
    [this.#close] = loadedWith(saved, [this.warmup], 1, [this.#highest, this.#lowest]) as [number];
  }
}
