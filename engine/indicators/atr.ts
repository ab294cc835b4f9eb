/**
 * Wilder's average true range, as TA-Lib defines it: the first is the mean of the true ranges of bars 2..n+1 (the first bar has
 * no close before it), later ones (previous × (n − 1) + range) / n. Never negative.
 */
import { assert } from '../assert.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady, checkedState } from './indicator.ts';

export class Atr implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  #pushed = 0; // counts to warmup and stays
  #previousClose = 0;
  #range = 0; // the sum until the n-th true range, the average from then on

  constructor(n: number) {
    this.#n = checkedPeriod(n);
    this.warmup = n + 1;
  }

  push(high: number, low: number, close: number): void {
    assert(high >= low, 'a bar has its high at or above its low');
    const top = checkedInput(high);
    const bottom = checkedInput(low);
    const before = this.#previousClose;
    this.#previousClose = checkedInput(close);
    const range = Math.max(top - bottom, Math.abs(top - before), Math.abs(bottom - before));
    if (this.#pushed === this.warmup) {
      this.#range = (this.#range * (this.#n - 1) + range) / this.#n;
      return;
    }
    this.#pushed += 1;
    if (this.#pushed === 1) return; // no close before it
    this.#range += range;
    if (this.#pushed === this.warmup) this.#range /= this.#n;
  }

  get ready(): boolean {
    return this.#pushed === this.warmup;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#range;
  }

  save(): readonly number[] {
    return [this.#n, this.#pushed, this.#previousClose, this.#range];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.#n, 4);
    [, this.#pushed, this.#previousClose, this.#range] = saved as [number, number, number, number];
  }
}
