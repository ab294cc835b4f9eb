/** How many standard deviations (of the whole population) the newest input lies from the mean of the last n; 0 where they are all equal. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { quotient } from './limits.ts';
import { WindowMoments } from './window-moments.ts';

export class ZScore implements Indicator {
  readonly warmup: number;
  readonly #window: WindowMoments;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#window = new WindowMoments(n);
  }

  push(x: number): void {
    this.#window.push(checkedInput(x));
  }

  get ready(): boolean {
    return this.#window.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return quotient(this.#window.apart, this.#window.deviation, 0);
  }

  save(): readonly number[] {
    return this.#window.save();
  }

  load(saved: readonly number[]): void {
    this.#window.load(saved);
  }
}
