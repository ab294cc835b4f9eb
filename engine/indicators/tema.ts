/** Three exponential averages, each of the one before: 3 × first − 3 × second + third. Each is seeded with the mean of its first n, as in TA-Lib. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { SeededAverage } from './seeded-average.ts';

export class Tema implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  readonly #first: SeededAverage;
  readonly #second: SeededAverage;
  readonly #third: SeededAverage;

  constructor(n: number) {
    this.#first = new SeededAverage(n);
    this.#second = new SeededAverage(n);
    this.#third = new SeededAverage(n);
    this.#n = n;
    this.warmup = 3 * n - 2;
  }

  push(x: number): void {
    this.#first.push(checkedInput(x));
    if (!this.#first.full) return;
    this.#second.push(this.#first.value);
    if (this.#second.full) this.#third.push(this.#second.value);
  }

  get ready(): boolean {
    return this.#third.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return 3 * this.#first.value - 3 * this.#second.value + this.#third.value;
  }

  save(): readonly number[] {
    return savedWith([this.#n], [this.#first, this.#second, this.#third]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.#n], 0, [this.#first, this.#second, this.#third]);
  }
}
