/**
 * The simple moving average: the mean of the last n inputs. Never drifts: a running sum, summed afresh from the ring at each
 * full turn, so its rounding error is that of at most n additions however long it runs.
 */

import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady, checkedState } from './indicator.ts';

export class Sma implements Indicator {
  readonly warmup: number;
  readonly #ring: Float64Array;
  #filled = 0;
  #next = 0;
  #sum = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#ring = new Float64Array(n);
  }

  push(x: number): void {
    const input = checkedInput(x);
    const ring = this.#ring;
    const oldest = ring[this.#next] as number; // 0 while filling
    ring[this.#next] = input;
    this.#sum += input - oldest;
    this.#next += 1;
    if (this.#filled < this.warmup) this.#filled += 1;
    if (this.#next === this.warmup) {
      this.#next = 0;
      let sum = 0;
      for (let i = 0; i < ring.length; i += 1) sum += ring[i] as number;
      this.#sum = sum;
    }
  }

  get ready(): boolean {
    return this.#filled === this.warmup;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#sum / this.warmup;
  }

  save(): readonly number[] {
    return [this.warmup, this.#filled, this.#next, this.#sum, ...this.#ring];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.warmup, 4 + this.warmup);
    [, this.#filled, this.#next, this.#sum] = saved as [number, number, number, number];
    this.#ring.set(saved.slice(4));
  }
}
