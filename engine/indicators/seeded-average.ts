/**
 * The exponential average inside an indicator, seeded with the mean of its first n numbers: what Ema is with the seed 'sma', without its door.
 * Checks no input: what it is handed has been checked, or was computed from what has.
 */

import { checkedPeriod, checkedState } from './indicator.ts';
import type { Saved } from './parts.ts';

export class SeededAverage implements Saved {
  readonly n: number;
  readonly #alpha: number;
  #pushed = 0; // counts to n and stays
  #newest = 0;
  #value = 0; // the sum, until the n-th

  constructor(n: number) {
    this.n = checkedPeriod(n);
    this.#alpha = 2 / (n + 1);
  }

  push(x: number): void {
    this.#newest = x + 0;
    this.#take();
  }

  #take(): void {
    if (this.#pushed === this.n) {
      this.#value += (this.#newest - this.#value) * this.#alpha;
      return;
    }
    this.#value += this.#newest;
    this.#pushed += 1;
    if (this.#pushed === this.n) this.#value /= this.n;
  }

  get full(): boolean {
    return this.#pushed === this.n;
  }

  /** Only once it is full. */
  get value(): number {
    return this.#value;
  }

  save(): readonly number[] {
    return [this.n, this.#pushed, this.#newest, this.#value];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.n, 4);
    [, this.#pushed, this.#newest, this.#value] = saved as [number, number, number, number];
  }
}
