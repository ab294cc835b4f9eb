/** The highest high and the lowest low of the last n bars. Exact: it only compares. */
import type { Saved } from './parts.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowExtreme } from './window-extreme.ts';

export class PriceRange implements Saved {
  readonly n: number;
  readonly #highest: WindowExtreme;
  readonly #lowest: WindowExtreme;

  constructor(n: number) {
    this.n = n;
    this.#highest = new WindowExtreme(n, 'highest');
    this.#lowest = new WindowExtreme(n, 'lowest');
  }

  /** The bar's high and low, in this order (window-extreme.ts says why an array). */
  push(bar: Float64Array): void {
    this.#highest.pushFrom(bar, 0);
    this.#lowest.pushFrom(bar, 1);
  }

  get full(): boolean {
    return this.#highest.full;
  }

  get high(): number {
    return this.#highest.value;
  }

  get low(): number {
    return this.#lowest.value;
  }

  get middle(): number {
    return (this.#highest.value + this.#lowest.value) / 2;
  }

  save(): readonly number[] {
    return savedWith([this.n], [this.#highest, this.#lowest]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.n], 0, [this.#highest, this.#lowest]);
  }
}
