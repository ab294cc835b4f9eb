/** Three exponential averages, each of the one before: 3 × first − 3 × second + third. Each is seeded with the mean of its first n, as in TA-Lib. */
import { Ema } from './ema.ts';
import type { Indicator } from './indicator.ts';
import { checkedReady, loadedWith, savedWith, withinLimits } from './indicator.ts';

export class Tema implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  readonly #first: Ema;
  readonly #second: Ema;
  readonly #third: Ema;

  constructor(n: number) {
    this.#first = new Ema(n, 'sma');
    this.#second = new Ema(n, 'sma');
    this.#third = new Ema(n, 'sma');
    this.#n = n;
    this.warmup = 3 * n - 2;
  }

  push(x: number): void {
    this.#first.push(x);
    if (!this.#first.ready) return;
    this.#second.push(withinLimits(this.#first.value));
    if (this.#second.ready) this.#third.push(withinLimits(this.#second.value));
  }

  get ready(): boolean {
    return this.#third.ready;
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
