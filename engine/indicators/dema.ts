/** Two exponential averages, the second of the first: 2 × first − second. Each is seeded with the mean of its first n, as in TA-Lib. */
import { Ema } from './ema.ts';
import type { Indicator } from './indicator.ts';
import { checkedReady, loadedWith, savedWith, withinLimits } from './indicator.ts';

export class Dema implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  readonly #first: Ema;
  readonly #second: Ema;

  constructor(n: number) {
    this.#first = new Ema(n, 'sma');
    this.#second = new Ema(n, 'sma');
    this.#n = n;
    this.warmup = 2 * n - 1;
  }

  push(x: number): void {
    this.#first.push(x);
    if (this.#first.ready) this.#second.push(withinLimits(this.#first.value));
  }

  get ready(): boolean {
    return this.#second.ready;
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
