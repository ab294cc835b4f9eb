/** The rate of change in percent since n inputs ago; 0 where that input was 0, as in TA-Lib. */
import { Delay } from './delay.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { quotient } from './limits.ts';
import { loadedWith, savedWith } from './parts.ts';

export class Roc implements Indicator {
  readonly warmup: number;
  readonly #before: Delay;
  #newest = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n) + 1;
    this.#before = new Delay(n);
  }

  push(x: number): void {
    this.#newest = checkedInput(x);
    this.#before.push(this.#newest);
  }

  get ready(): boolean {
    return this.#before.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return quotient(100 * (this.#newest - this.#before.value), this.#before.value, 0);
  }

  save(): readonly number[] {
    return savedWith([this.#before.n, this.#newest], [this.#before]);
  }

  load(saved: readonly number[]): void {
    [this.#newest] = loadedWith(saved, [this.#before.n], 1, [this.#before]) as [number];
  }
}
