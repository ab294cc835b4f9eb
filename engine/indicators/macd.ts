/**
 * The difference of two exponential averages, its own average (signal), and the distance of the two (histogram). As in TA-Lib both averages
 * are ready with the same input: the shorter one begins later, and each is seeded with the mean of its first inputs. Never swaps the two:
 * with fast above slow the sign turns.
 */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { SeededAverage } from './seeded-average.ts';

export class Macd implements Indicator {
  readonly warmup: number;
  readonly #fast: SeededAverage;
  readonly #slow: SeededAverage;
  readonly #signal: SeededAverage;
  #pushed = 0; // counts to the longer period and stays

  constructor(fast: number, slow: number, signal: number) {
    this.#fast = new SeededAverage(fast);
    this.#slow = new SeededAverage(slow);
    this.#signal = new SeededAverage(signal);
    this.warmup = Math.max(fast, slow) + signal - 1;
  }

  push(x: number): void {
    const input = checkedInput(x);
    const longer = Math.max(this.#fast.n, this.#slow.n);
    if (this.#pushed < longer) this.#pushed += 1;
    if (this.#pushed > longer - this.#fast.n) this.#fast.push(input);
    if (this.#pushed > longer - this.#slow.n) this.#slow.push(input);
    if (this.#pushed === longer) this.#signal.push(this.#fast.value - this.#slow.value);
  }

  get ready(): boolean {
    return this.#signal.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#fast.value - this.#slow.value;
  }

  get signal(): number {
    checkedReady(this.ready);
    return this.#signal.value;
  }

  get histogram(): number {
    return this.value - this.signal;
  }

  save(): readonly number[] {
    return savedWith([this.#fast.n, this.#slow.n, this.#signal.n, this.#pushed], [this.#fast, this.#slow, this.#signal]);
  }

  load(saved: readonly number[]): void {
    const periods = [this.#fast.n, this.#slow.n, this.#signal.n];
    [this.#pushed] = loadedWith(saved, periods, 1, [this.#fast, this.#slow, this.#signal]) as [number];
  }
}
