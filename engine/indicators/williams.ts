/** Williams %R, −100..0: how far the close lies below the highest high of n bars. A range without height reads 0, as in TA-Lib. */
import type { Indicator } from './indicator.ts';
import { checkedBar, checkedPeriod, checkedReady, loadedWith, savedWith } from './indicator.ts';
import { PlaceInRange } from './place-in-range.ts';

export class Williams implements Indicator {
  readonly warmup: number;
  readonly #range: PlaceInRange;
  #close = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#range = new PlaceInRange(n);
  }

  push(high: number, low: number, close: number): void {
    checkedBar(high, low, close);
    this.#range.push(high, low);
    this.#close = close + 0;
  }

  get ready(): boolean {
    return this.#range.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#range.fromTop(this.#close);
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#close], [this.#range]);
  }

  load(saved: readonly number[]): void {
    [this.#close] = loadedWith(saved, [this.warmup], 1, [this.#range]) as [number];
  }
}
