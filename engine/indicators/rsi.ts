/**
 * Wilder's relative strength index, 0..100, as TA-Lib defines it: the first averages are the means of the first n changes,
 * later ones (previous × (n − 1) + change) / n. A market that has not moved reads 0, as there; never a division by zero.
 */

import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady, checkedState } from './indicator.ts';

/** TA-Lib's own threshold: averages below it are noise left over from the smoothing. */
const UNMOVED = 1e-14;

export class Rsi implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  #pushed = 0; // counts to warmup and stays
  #previous = 0;
  #gain = 0; // sums until the n-th change, averages from then on
  #loss = 0;

  constructor(n: number) {
    this.#n = checkedPeriod(n);
    this.warmup = n + 1; // n changes need n + 1 inputs
  }

  push(x: number): void {
    const input = checkedInput(x);
    const change = input - this.#previous;
    const up = Math.max(change, 0);
    const down = Math.max(-change, 0);
    this.#previous = input;
    if (this.#pushed === this.warmup) {
      this.#gain = (this.#gain * (this.#n - 1) + up) / this.#n;
      this.#loss = (this.#loss * (this.#n - 1) + down) / this.#n;
      return;
    }
    this.#pushed += 1;
    if (this.#pushed === 1) return; // nothing to compare with
    this.#gain += up;
    this.#loss += down;
    if (this.#pushed === this.warmup) {
      this.#gain /= this.#n;
      this.#loss /= this.#n;
    }
  }

  get ready(): boolean {
    return this.#pushed === this.warmup;
  }

  get value(): number {
    checkedReady(this.ready);
    const moved = this.#gain + this.#loss;
    return moved < UNMOVED ? 0 : 100 * (this.#gain / moved);
  }

  save(): readonly number[] {
    return [this.#n, this.#pushed, this.#previous, this.#gain, this.#loss];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.#n, 5);
    [, this.#pushed, this.#previous, this.#gain, this.#loss] = saved as [number, number, number, number, number];
  }
}
