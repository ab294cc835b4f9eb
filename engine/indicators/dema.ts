/** Two exponential averages, the second of the first: 2 × first − second. Each is seeded with the mean of its first n, as in TA-Lib. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { SeededAverage } from './seeded-average.ts';

export class Dema implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  readonly #first: SeededAverage;
  readonly #second: SeededAverage;

  constructor(n: number) {
    this.#first = new SeededAverage(n);
    this.#second = new SeededAverage(n);
    this.#n = n;
    this.warmup = 2 * n - 1;
  }

  push(x: number): void {
    this.#first.push(checkedInput(x));
    if (this.#first.full) this.#second.push(this.#first.value);
  }

  get ready(): boolean {
    return this.#second.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return 2 * this.#first.value - this.#second.value;
  }

  save(): readonly number[] {
    return savedWith([this.#n], [this.#first, this.#second]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.#n], 0, [this.#first, this.#second]);
  }
}
