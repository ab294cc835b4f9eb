/** The number pushed n pushes before the newest. Only remembers. */

import { checkedState } from './indicator.ts';
import type { Saved } from './parts.ts';

export class Delay implements Saved {
  readonly n: number;
  readonly #ring: Float64Array; // n + 1 numbers: the newest too
  #next = 0;
  #turned = 0;

  constructor(n: number) {
    this.n = n;
    this.#ring = new Float64Array(n + 1);
  }

  push(x: number): void {
    this.#ring[this.#next] = x + 0;
    this.#next += 1;
    if (this.#next <= this.n) return;
    this.#next = 0;
    this.#turned = 1;
  }

  get full(): boolean {
    return this.#turned === 1;
  }

  /** Only once it is full. */
  get value(): number {
    return this.#ring[this.#next];
  }

  save(): readonly number[] {
    return [this.n, this.#next, this.#turned, ...this.#ring];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.n, 3 + this.n + 1);
    [, this.#next, this.#turned] = saved as [number, number, number];
    this.#ring.set(saved.slice(3));
  }
}
