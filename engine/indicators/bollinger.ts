/**
 * Bollinger's bands: the mean of n inputs and `deviations` standard deviations (of the whole population, as in TA-Lib) to either side. Width is
 * the distance of the bands in parts of the middle (0 around 0); percent is 0 at the lower and 1 at the upper band, 0.5 where they meet.
 */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { checkedFactor, quotient } from './limits.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowMoments } from './window-moments.ts';

export class Bollinger implements Indicator {
  readonly warmup: number;
  readonly #deviations: number;
  readonly #window: WindowMoments;

  constructor(n: number, deviations: number) {
    this.warmup = checkedPeriod(n);
    this.#deviations = checkedFactor(deviations);
    this.#window = new WindowMoments(n);
  }

  push(x: number): void {
    this.#window.push(checkedInput(x));
  }

  get ready(): boolean {
    return this.#window.full;
  }

  get value(): number {
    return this.middle;
  }

  get middle(): number {
    checkedReady(this.ready);
    return this.#window.mean;
  }

  get upper(): number {
    return this.middle + this.#distance;
  }

  get lower(): number {
    return this.middle - this.#distance;
  }

  get width(): number {
    return quotient(2 * this.#distance, this.middle, 0);
  }

  get percent(): number {
    const distance = this.#distance;
    return quotient(this.#window.apart + distance, 2 * distance, 0.5);
  }

  get #distance(): number {
    checkedReady(this.ready);
    return this.#deviations * this.#window.deviation;
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#deviations], [this.#window]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.warmup, this.#deviations], 0, [this.#window]);
  }
}
