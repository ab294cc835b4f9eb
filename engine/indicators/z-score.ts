/** How many standard deviations (of the whole population) the newest input lies from the mean of the last n; 0 where they are all equal. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady, loadedWith, quotient, savedWith } from './indicator.ts';
import { WindowMoments } from './window-moments.ts';

export class ZScore implements Indicator {
  readonly warmup: number;
  readonly #window: WindowMoments;
  #newest = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#window = new WindowMoments(n);
  }

  push(x: number): void {
    this.#newest = checkedInput(x);
    this.#window.push(this.#newest);
  }

  get ready(): boolean {
    return this.#window.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return quotient(this.#newest - this.#window.mean, this.#window.deviation, 0);
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#newest], [this.#window]);
  }

  load(saved: readonly number[]): void {
    [this.#newest] = loadedWith(saved, [this.warmup], 1, [this.#window]) as [number];
  }
}
