/** Where a close lies between the lowest low (0) and the highest high (100) of the last n bars; 0 where the range has no height, as in TA-Lib.
 * What counts as no height is told: a computed series that stands still moves by its rounding. */
import type { Saved } from './indicator.ts';
import { loadedWith, savedWith } from './indicator.ts';
import { WindowExtreme } from './window-extreme.ts';

export class PlaceInRange implements Saved {
  readonly #n: number;
  readonly #highest: WindowExtreme;
  readonly #lowest: WindowExtreme;
  readonly #flat: number;

  constructor(n: number, flat = 0) {
    this.#n = n;
    this.#flat = flat;
    this.#highest = new WindowExtreme(n, 'highest');
    this.#lowest = new WindowExtreme(n, 'lowest');
  }

  push(high: number, low: number): void {
    this.#highest.push(high);
    this.#lowest.push(low);
  }

  get full(): boolean {
    return this.#highest.full;
  }

  of(close: number): number {
    const low = this.#lowest.value;
    const height = this.#highest.value - low;
    return height <= this.#flat ? 0 : 100 * ((close - low) / height);
  }

  /** From 0 at the highest high down to −100, and 0 without a height. */
  fromTop(close: number): number {
    const high = this.#highest.value;
    const height = high - this.#lowest.value;
    return height <= this.#flat ? 0 : 0 - 100 * ((high - close) / height);
  }

  save(): readonly number[] {
    return savedWith([this.#n], [this.#highest, this.#lowest]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.#n], 0, [this.#highest, this.#lowest]);
  }
}
