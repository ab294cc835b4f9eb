/**
 * Mean and variance of the last n numbers, without subtracting what leaves and without squares of the numbers themselves: both halves of
 * the window (those of window-sum.ts) keep (mean, sum of squared distances from it) and are joined at each read. All is told from one number
 * of the window, so prices far from zero lose nothing: the error is some n roundings of the window's own spread. A window of equal
 * numbers has exactly that mean and exactly 0.
 */

import { checkedState } from './indicator.ts';
import type { Saved } from './parts.ts';

export class WindowMoments implements Saved {
  readonly n: number;
  readonly #means: Float64Array; // before `next` this turn's numbers; from there on the means from each slot to the end
  readonly #squares: Float64Array;
  #next = 0;
  #turned = 0;
  #from = 0; // the number all means are told from: the last of the turn before, which leaves last
  #newest = 0;
  #frontMean = 0;
  #frontSquares = 0;

  constructor(n: number) {
    this.n = n;
    this.#means = new Float64Array(n);
    this.#squares = new Float64Array(n);
  }

  push(x: number): void {
    this.#means[this.#next] = x + 0;
    this.#next += 1;
    this.#newest = x - this.#from;
    const before = this.#frontMean;
    this.#frontMean += (this.#newest - before) / this.#next;
    this.#frontSquares += (this.#newest - before) * (this.#newest - this.#frontMean);
    if (this.#next === this.n) this.#turn();
  }

  #turn(): void {
    this.#from = this.#means[this.n - 1];
    this.#newest = 0;
    let mean = 0;
    let squares = 0;
    for (let i = this.n - 1; i >= 0; i -= 1) {
      const x = this.#means[i] - this.#from;
      const before = mean;
      mean += (x - before) / (this.n - i);
      squares += (x - before) * (x - mean);
      this.#means[i] = mean;
      this.#squares[i] = squares;
    }
    this.#next = 0;
    this.#turned = 1;
    this.#frontMean = 0;
    this.#frontSquares = 0;
  }

  get full(): boolean {
    return this.#turned === 1;
  }

  get mean(): number {
    return this.#from + this.#meanFrom;
  }

  /** The newest number less the mean. */
  get apart(): number {
    return this.#newest - this.#meanFrom;
  }

  get #meanFrom(): number {
    const front = this.#next;
    const back = this.#means[front];
    return back + (this.#frontMean - back) * (front / this.n);
  }

  /** The mean squared distance from the mean. */
  get variance(): number {
    const front = this.#next;
    const apart = this.#frontMean - this.#means[front];
    const between = front === 0 ? 0 : apart * apart * ((front * (this.n - front)) / this.n);
    return (this.#squares[front] + this.#frontSquares + between) / this.n;
  }

  get deviation(): number {
    return Math.sqrt(this.variance);
  }

  save(): readonly number[] {
    const head = [this.n, this.#next, this.#turned, this.#from, this.#newest, this.#frontMean, this.#frontSquares];
    return [...head, ...this.#means, ...this.#squares];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.n, 7 + 2 * this.n);
    [, this.#next, this.#turned, this.#from] = saved as [number, number, number, number];
    [this.#newest, this.#frontMean, this.#frontSquares] = saved.slice(4) as [number, number, number];
    this.#means.set(saved.slice(7, 7 + this.n));
    this.#squares.set(saved.slice(7 + this.n));
  }
}
