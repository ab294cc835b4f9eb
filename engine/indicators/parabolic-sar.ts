/**
 * Wilder's parabolic stop and reverse, as in TA-Lib: the stop that stands for the newest bar, and the side it is for (1 below a rising market, −1
 * above a falling one). The first two bars set the side: falling where the low fell, and by more than the high rose.
 */
import { assert } from '../assert.ts';
import { checkedBar } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedReady, checkedState } from './indicator.ts';

export class ParabolicSar implements Indicator {
  readonly warmup = 2;
  readonly #step: number;
  readonly #most: number;
  #pushed = 0; // counts to 2 and stays
  #direction = 0;
  #value = 0;
  #next = 0; // the stop of the coming bar
  #extreme = 0; // the furthest price of the present side
  #speed = 0;
  #high = 0;
  #low = 0;
  #highBefore = 0;
  #lowBefore = 0;

  constructor(step: number, most: number) {
    assert(step > 0 && step <= 1 && most > 0 && most <= 1, 'the step and the most of a ParabolicSar lie above 0, up to 1');
    this.#step = Math.min(step, most);
    this.#most = most;
  }

  push(high: number, low: number): void {
    checkedBar(high, low, low);
    this.#highBefore = this.#high;
    this.#lowBefore = this.#low;
    this.#high = high + 0;
    this.#low = low + 0;
    if (this.#pushed < 2) this.#pushed += 1;
    if (this.#pushed < 2) return;
    if (this.#direction === 0) this.#begin();
    this.#follow();
  }

  /** The second bar is followed as if none stood before it. */
  #begin(): void {
    const fell = this.#lowBefore - this.#low;
    this.#direction = fell > 0 && fell > this.#high - this.#highBefore ? -1 : 1;
    this.#next = this.#direction === 1 ? this.#lowBefore : this.#highBefore;
    this.#extreme = this.#direction === 1 ? this.#high : this.#low;
    this.#speed = this.#step;
    this.#highBefore = this.#high;
    this.#lowBefore = this.#low;
  }

  #follow(): void {
    const rising = this.#direction === 1;
    const passed = rising ? this.#low <= this.#next : this.#high >= this.#next;
    const furthest = rising ? Math.max(this.#high, this.#extreme) : Math.min(this.#low, this.#extreme);
    if (passed) {
      this.#direction = rising ? -1 : 1;
      this.#next = this.#extreme;
      this.#standClear();
      this.#value = this.#next;
      this.#extreme = rising ? this.#low : this.#high;
      this.#speed = this.#step;
    } else {
      this.#value = this.#next;
      if (furthest !== this.#extreme) this.#speed = Math.min(this.#speed + this.#step, this.#most);
      this.#extreme = furthest;
    }
    this.#next = this.#value + this.#speed * (this.#extreme - this.#value);
    this.#standClear();
  }

  /** The stop never lies inside the newest two bars: below their lows in a rising market, above their highs in a falling one. */
  #standClear(): void {
    if (this.#direction === 1) this.#next = Math.min(this.#next, this.#low, this.#lowBefore) + 0;
    else this.#next = Math.max(this.#next, this.#high, this.#highBefore) + 0;
  }

  get ready(): boolean {
    return this.#pushed === 2;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#value;
  }

  get direction(): number {
    checkedReady(this.ready);
    return this.#direction;
  }

  save(): readonly number[] {
    const head = [this.warmup, this.#step, this.#most, this.#pushed, this.#direction];
    const stops = [this.#value, this.#next, this.#extreme, this.#speed];
    return [...head, ...stops, this.#high, this.#low, this.#highBefore, this.#lowBefore];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.warmup, 13);
    assert(saved[1] === this.#step && saved[2] === this.#most, 'a ParabolicSar was handed the state of another step');
    [, , , this.#pushed, this.#direction] = saved as [number, number, number, number, number];
    [this.#value, this.#next, this.#extreme, this.#speed] = saved.slice(5) as [number, number, number, number];
    [this.#high, this.#low, this.#highBefore, this.#lowBefore] = saved.slice(9) as [number, number, number, number];
  }
}
