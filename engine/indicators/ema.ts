/**
 * The exponential moving average, alpha = 2 / (n + 1). Seeded with the first input, or with the mean of the first n (as TA-Lib
 * does by default). Never ready before n inputs, whatever the seed.
 */
import { assert } from '../assert.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady, checkedState } from './indicator.ts';

export type EmaSeed = 'first' | 'sma';

export class Ema implements Indicator {
  readonly warmup: number;
  readonly seed: EmaSeed;
  readonly #alpha: number;
  #pushed = 0; // counts to warmup and stays
  #value = 0; // with seed 'sma' the sum, until the n-th input

  constructor(n: number, seed: EmaSeed = 'first') {
    assert(seed === 'first' || seed === 'sma', "an Ema is seeded by 'first' or 'sma'");
    this.warmup = checkedPeriod(n);
    this.seed = seed;
    this.#alpha = 2 / (n + 1);
  }

  push(x: number): void {
    const input = checkedInput(x);
    if (this.#pushed === this.warmup || (this.seed === 'first' && this.#pushed > 0)) {
      this.#value += (input - this.#value) * this.#alpha;
      if (this.#pushed < this.warmup) this.#pushed += 1;
      return;
    }
    this.#value += input;
    this.#pushed += 1;
    if (this.seed === 'sma' && this.#pushed === this.warmup) this.#value /= this.warmup;
  }

  get ready(): boolean {
    return this.#pushed === this.warmup;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#value;
  }

  save(): readonly number[] {
    return [this.warmup, this.seed === 'sma' ? 1 : 0, this.#pushed, this.#value];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.warmup, 4);
    assert(saved[1] === (this.seed === 'sma' ? 1 : 0), 'an Ema was handed the state of another seed');
    [, , this.#pushed, this.#value] = saved as [number, number, number, number];
  }
}
