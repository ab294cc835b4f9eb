/** The standard deviation of the last n inputs, of the whole population (divided by n), as in TA-Lib. Equal inputs read exactly 0. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { WindowMoments } from './window-moments.ts';

export class StandardDeviation implements Indicator {
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
    return this.#window.deviation;
  }

  save(): readonly number[] {
    return this.#window.save();
  }

  load(saved: readonly number[]): void {
    this.#window.load(saved);
  }
}
