/**
 * The sum of the last n numbers. Never subtracts one that leaves, so nothing of it can stay behind: the sum is always an addition of
 * the n numbers themselves, and its error at most n roundings of their absolute sum, however long it runs and whatever came before.
 *
 * The ring is filled turn after turn. At the end of a turn it is rewritten in place as sums from each slot to the end; a new number
 * then takes the slot of the number that leaves, and the window is the sum behind it plus the sum of the new ones. n steps a turn.
 */

import { checkedState } from './indicator.ts';
import type { Saved } from './parts.ts';

export class WindowSum implements Saved {
  readonly n: number;
  readonly #ring: Float64Array;
  #next = 0;
  #turned = 0; // 1 once n numbers were pushed
  #front = 0; // the sum of this turn's numbers

  constructor(n: number) {
    this.n = n;
    this.#ring = new Float64Array(n);
  }

  push(x: number): void {
    this.#ring[this.#next] = x + 0;
    this.#front += x;
    this.#next += 1;
    if (this.#next === this.n) this.#turn();
  }

  #turn(): void {
    for (let i = this.n - 2; i >= 0; i -= 1) this.#ring[i] += this.#ring[i + 1];
    this.#next = 0;
    this.#turned = 1;
    this.#front = 0;
  }

  get full(): boolean {
    return this.#turned === 1;
  }

  /** Of what was pushed so far, while the window is not full. */
  get sum(): number {
    return this.#turned === 1 ? this.#ring[this.#next] + this.#front : this.#front;
  }

  get mean(): number {
    return this.sum / this.n;
  }

  save(): readonly number[] {
    return [this.n, this.#next, this.#turned, this.#front, ...this.#ring];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.n, 4 + this.n);
    [, this.#next, this.#turned, this.#front] = saved as [number, number, number, number];
    this.#ring.set(saved.slice(4));
  }
}
