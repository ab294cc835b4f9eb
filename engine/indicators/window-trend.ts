/**
 * The straight line through the last n numbers, as its mean and its tilt: the sum of (place − middle place) × (number − mean). Slope and
 * the linearly weighted mean both follow from the two. Nothing that leaves is subtracted; the halves are those of
 * window-sum.ts, told from one number of the window as in window-moments.ts.
 */

import { checkedState } from './indicator.ts';
import type { Saved } from './parts.ts';

export class WindowTrend implements Saved {
  readonly n: number;
  readonly #means: Float64Array; // before `next` this turn's numbers; from there on the means from each slot to the end
  readonly #tilts: Float64Array;
  #next = 0;
  #turned = 0;
  #from = 0;
  #frontMean = 0;
  #frontTilt = 0;
  #mean = 0; // of the whole window, once it is full
  #tilt = 0;

  constructor(n: number) {
    this.n = n;
    this.#means = new Float64Array(n);
    this.#tilts = new Float64Array(n);
  }

  push(x: number): void {
    this.#means[this.#next] = x + 0;
    this.#take();
  }

  #take(): void {
    const before = this.#next;
    const apart = this.#means[before] - this.#from - this.#frontMean;
    this.#next = before + 1;
    this.#frontMean += apart / this.#next;
    this.#frontTilt += (apart * before) / 2;
    if (this.#next === this.n) this.#turn();
    if (this.#turned === 1) this.#join();
  }

  #join(): void {
    const front = this.#next;
    const back = this.#means[front];
    const apart = front === 0 ? 0 : this.#frontMean - back;
    this.#mean = this.#from + (back + apart * (front / this.n));
    this.#tilt = this.#tilts[front] + this.#frontTilt + apart * ((front * (this.n - front)) / 2);
  }

  #turn(): void {
    this.#from = this.#means[this.n - 1];
    let mean = 0;
    let tilt = 0;
    for (let i = this.n - 1, behind = 0; i >= 0; i -= 1, behind += 1) {
      const apart = mean - (this.#means[i] - this.#from);
      mean -= apart / (behind + 1);
      tilt += (apart * behind) / 2;
      this.#means[i] = mean + 0;
      this.#tilts[i] = tilt;
    }
    this.#next = 0;
    this.#turned = 1;
    this.#frontMean = 0;
    this.#frontTilt = 0;
  }

  get full(): boolean {
    return this.#turned === 1;
  }

  /** Least squares, a push. */
  get slope(): number {
    return this.n === 1 ? 0 : (this.#tilt * 12) / (this.n * (this.n * this.n - 1));
  }

  /** Weights 1 for the oldest to n for the newest. */
  get weightedMean(): number {
    return this.#mean + (this.#tilt * 2) / (this.n * (this.n + 1));
  }

  save(): readonly number[] {
    const head = [this.n, this.#next, this.#turned, this.#from, this.#frontMean, this.#frontTilt, this.#mean, this.#tilt];
    return [...head, ...this.#means, ...this.#tilts];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.n, 8 + 2 * this.n);
    [, this.#next, this.#turned, this.#from] = saved as [number, number, number, number];
    [this.#frontMean, this.#frontTilt, this.#mean, this.#tilt] = saved.slice(4) as [number, number, number, number];
    this.#means.set(saved.slice(8, 8 + this.n));
    this.#tilts.set(saved.slice(8 + this.n));
  }
}
