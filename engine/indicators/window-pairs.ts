/**
 * How the last n pairs of numbers move together: their correlation. Both halves of the window (window-sum.ts) keep the means and the sums
 * of squared and of crossed distances from them, and are joined at each read; nothing that leaves is subtracted. Both columns are told from one pair of the
 * window, as in window-moments.ts.
 */

import { checkedState } from './indicator.ts';
import type { Saved } from './parts.ts';

/** Columns of a half: mean of x, mean of y, squares of x, squares of y, crossed. */
const COLUMNS = 5;

export class WindowPairs implements Saved {
  readonly n: number;
  /** COLUMNS a slot. Before `next` this turn's numbers in the first two; from there on the half from each slot to the end. */
  readonly #ring: Float64Array;
  readonly #front = new Float64Array(COLUMNS);
  #next = 0;
  #turned = 0;
  #fromX = 0;
  #fromY = 0;

  constructor(n: number) {
    this.n = n;
    this.#ring = new Float64Array(n * COLUMNS);
  }

  push(x: number, y: number): void {
    const slot = this.#next * COLUMNS;
    this.#ring[slot] = x + 0;
    this.#ring[slot + 1] = y + 0;
    this.#next += 1;
    addPair(this.#front, x - this.#fromX, y - this.#fromY, this.#next);
    if (this.#next === this.n) this.#turn();
  }

  #turn(): void {
    const half = this.#front;
    const newest = (this.n - 1) * COLUMNS;
    this.#fromX = this.#ring[newest];
    this.#fromY = this.#ring[newest + 1];
    half.fill(0);
    for (let i = this.n - 1; i >= 0; i -= 1) {
      const slot = i * COLUMNS;
      addPair(half, this.#ring[slot] - this.#fromX, this.#ring[slot + 1] - this.#fromY, this.n - i);
      for (let column = 0; column < COLUMNS; column += 1) this.#ring[slot + column] = half[column];
    }
    half.fill(0);
    this.#next = 0;
    this.#turned = 1;
  }

  get full(): boolean {
    return this.#turned === 1;
  }

  /** −1 to 1; 0 where one of the two stands still. */
  get correlation(): number {
    const front = this.#front;
    const back = this.#ring;
    const slot = this.#next * COLUMNS;
    const weight = this.#next === 0 ? 0 : (this.#next * (this.n - this.#next)) / this.n;
    const apartX = front[0] - back[slot];
    const apartY = front[1] - back[slot + 1];
    const squaresX = back[slot + 2] + front[2] + apartX * apartX * weight;
    const squaresY = back[slot + 3] + front[3] + apartY * apartY * weight;
    const crossed = back[slot + 4] + front[4] + apartX * apartY * weight;
    const size = Math.sqrt(squaresX) * Math.sqrt(squaresY);
    return size === 0 ? 0 : Math.min(Math.max(crossed / size, -1), 1) + 0;
  }

  save(): readonly number[] {
    return [this.n, this.#next, this.#turned, this.#fromX, this.#fromY, ...this.#front, ...this.#ring];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.n, 5 + COLUMNS + this.n * COLUMNS);
    [, this.#next, this.#turned, this.#fromX, this.#fromY] = saved as [number, number, number, number, number];
    this.#front.set(saved.slice(5, 5 + COLUMNS));
    this.#ring.set(saved.slice(5 + COLUMNS));
  }
}

/** A pair joins a half, as its count-th. */
function addPair(half: Float64Array, x: number, y: number, count: number): void {
  const apartX = x - half[0];
  const apartY = y - half[1];
  half[0] += apartX / count;
  half[1] += apartY / count;
  half[2] += apartX * (x - half[0]);
  half[3] += apartY * (y - half[1]);
  half[4] += apartX * (y - half[1]);
}
