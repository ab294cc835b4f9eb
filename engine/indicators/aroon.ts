/**
 * Aroon, 0..100: how recent the highest high (up) and the lowest low (down) of the last n + 1 bars are, 100 at the newest bar; of equal ones the
 * newest counts, as in TA-Lib. The oscillator is up − down.
 */

import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowExtreme } from './window-extreme.ts';

export class Aroon implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  readonly #highest: WindowExtreme;
  readonly #lowest: WindowExtreme;

  constructor(n: number) {
    this.#n = checkedPeriod(n);
    this.warmup = n + 1;
    this.#highest = new WindowExtreme(n + 1, 'highest');
    this.#lowest = new WindowExtreme(n + 1, 'lowest');
  }

  push(high: number, low: number): void {
    checkedBar(high, low, low);
    this.#highest.push(high);
    this.#lowest.push(low);
  }

  get ready(): boolean {
    return this.#highest.full;
  }

  get value(): number {
    return this.oscillator;
  }

  get up(): number {
    checkedReady(this.ready);
    return (100 * (this.#n - this.#highest.age)) / this.#n;
  }

  get down(): number {
    checkedReady(this.ready);
    return (100 * (this.#n - this.#lowest.age)) / this.#n;
  }

  get oscillator(): number {
    checkedReady(this.ready);
    return (100 * (this.#lowest.age - this.#highest.age)) / this.#n + 0;
  }

  save(): readonly number[] {
    return savedWith([this.#n], [this.#highest, this.#lowest]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.#n], 0, [this.#highest, this.#lowest]);
  }
}
