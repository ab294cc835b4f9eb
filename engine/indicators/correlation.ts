/** Pearson's correlation of the last n pairs of inputs, −1..1; 0 where one of the two stood still, as in TA-Lib. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { WindowPairs } from './window-pairs.ts';

export class Correlation implements Indicator {
  readonly warmup: number;
  readonly #window: WindowPairs;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#window = new WindowPairs(n);
  }

  push(x: number, y: number): void {
    const first = checkedInput(x);
    this.#window.push(first, checkedInput(y));
  }

  get ready(): boolean {
    return this.#window.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#window.correlation;
  }

  save(): readonly number[] {
    return this.#window.save();
  }

  load(saved: readonly number[]): void {
    this.#window.load(saved);
  }
}
