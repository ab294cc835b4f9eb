/**
 * The highest (or lowest) of the last n numbers and how long ago it was, the newest of equals. Exact: it only compares. The halves are
 * those of window-sum.ts, so a market that falls for n bars costs no more than another.
 */

import { checkedState } from './indicator.ts';
import type { Saved } from './parts.ts';

export class WindowExtreme implements Saved {
  readonly n: number;
  readonly #sign: 1 | -1; // the lowest is the highest of the negated
  readonly #best: Float64Array; // before `next` this turn's numbers; from there on the highest from each slot to the end
  readonly #where: Float64Array; // the slot it came in
  #next = 0;
  #turned = 0;
  #frontBest = 0;
  #frontWhere = 0;
  #value = 0;
  #age = 0;

  constructor(n: number, extreme: 'highest' | 'lowest') {
    this.n = n;
    this.#sign = extreme === 'highest' ? 1 : -1;
    this.#best = new Float64Array(n);
    this.#where = new Float64Array(n);
  }

  push(x: number): void {
    this.#best[this.#next] = x * this.#sign + 0;
    this.#take();
  }

  /** The same, of the number at a place: an indicator of many windows hands no number from function to function, as each would be one on the heap. */
  pushFrom(numbers: Float64Array, at: number): void {
    this.#best[this.#next] = numbers[at] * this.#sign + 0;
    this.#take();
  }

  #take(): void {
    const slot = this.#next;
    const newest = this.#best[slot];
    if (slot === 0 || newest >= this.#frontBest) {
      this.#frontBest = newest;
      this.#frontWhere = slot;
    }
    this.#next = slot + 1;
    if (this.#next === this.n) this.#turn();
    const inFront = this.#next > 0 && (this.#turned === 0 || this.#frontBest >= this.#best[this.#next]);
    this.#value = (inFront ? this.#frontBest : this.#best[this.#next]) * this.#sign + 0;
    this.#age = inFront ? this.#next - 1 - this.#frontWhere : this.#next - 1 + this.n - this.#where[this.#next];
  }

  #turn(): void {
    let best = this.#best[this.n - 1];
    let where = this.n - 1;
    for (let i = this.n - 1; i >= 0; i -= 1) {
      if (this.#best[i] > best) {
        best = this.#best[i];
        where = i;
      }
      this.#best[i] = best;
      this.#where[i] = where;
    }
    this.#next = 0;
    this.#turned = 1;
    this.#frontBest = 0;
    this.#frontWhere = 0;
  }

  get full(): boolean {
    return this.#turned === 1;
  }

  /** Of what was pushed so far, while the window is not full. */
  get value(): number {
    return this.#value;
  }

  /** Pushes since it came: 0 if it is the newest. */
  get age(): number {
    return this.#age;
  }

  save(): readonly number[] {
    const head = [this.n, this.#sign, this.#next, this.#turned, this.#frontBest, this.#frontWhere, this.#value, this.#age];
    return [...head, ...this.#best, ...this.#where];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.n, 8 + 2 * this.n);
    [, , this.#next, this.#turned] = saved as [number, number, number, number];
    [this.#frontBest, this.#frontWhere, this.#value, this.#age] = saved.slice(4) as [number, number, number, number];
    this.#best.set(saved.slice(8, 8 + this.n));
    this.#where.set(saved.slice(8 + this.n));
  }
}
