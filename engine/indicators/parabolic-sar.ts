/**
 * Wilder's parabolic stop and reverse, as in TA-Lib: the stop that stands for the newest bar, and the side it is for (1 below a rising market, −1
 * above a falling one). The first two bars set the side: falling where the low fell, and by more than the high rose.
 */
import { assert } from '../assert.ts';
import type { Indicator } from './indicator.ts';
import { checkedBar, checkedReady, checkedState } from './indicator.ts';

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

  constructor(step: number, most: number) {
    assert(step > 0 && step <= 1 && most > 0 && most <= 1, 'the step and the most of a ParabolicSar lie above 0, up to 1');
    this.#step = Math.min(step, most);
    this.#most = most;
  }

  push(high: number, low: number): void {
    checkedBar(high, low, low);
    if (this.#pushed < 2) this.#pushed += 1;
    if (this.#pushed === 2) {
      if (this.#direction === 0) this.#begin(high, low);
      else this.#follow(high, low, this.#high, this.#low);
    }
    this.#high = high + 0;
    this.#low = low + 0;
  }

  #begin(high: number, low: number): void {
    const fell = this.#low - low;
    this.#direction = fell > 0 && fell > high - this.#high ? -1 : 1;
    this.#extreme = (this.#direction === 1 ? high : low) + 0;
    this.#next = this.#direction === 1 ? this.#low : this.#high;
    this.#speed = this.#step;
    this.#follow(high, low, high, low);
  }

  #follow(high: number, low: number, highBefore: number, lowBefore: number): void {
    const rising = this.#direction === 1;
    const passed = rising ? low <= this.#next : high >= this.#next;
    if (passed) {
      this.#direction = rising ? -1 : 1;
      this.#value = beyond(this.#extreme, this.#direction, high, low, highBefore, lowBefore);
      this.#extreme = (rising ? low : high) + 0;
      this.#speed = this.#step;
    } else {
      this.#value = this.#next;
      const further = rising ? high > this.#extreme : low < this.#extreme;
      if (further) {
        this.#extreme = (rising ? high : low) + 0;
        this.#speed = Math.min(this.#speed + this.#step, this.#most);
      }
    }
    const moved = this.#value + this.#speed * (this.#extreme - this.#value);
    this.#next = beyond(moved, this.#direction, high, low, highBefore, lowBefore);
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
    const { warmup } = this;
    return [
      ...[warmup, this.#step, this.#most, this.#pushed, this.#direction],
      ...[this.#value, this.#next, this.#extreme, this.#speed, this.#high, this.#low],
    ];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.warmup, 11);
    assert(saved[1] === this.#step && saved[2] === this.#most, 'a ParabolicSar was handed the state of another step');
    [, , , this.#pushed, this.#direction] = saved as [number, number, number, number, number];
    [this.#value, this.#next, this.#extreme, this.#speed, this.#high, this.#low] = saved.slice(5) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  }
}

/** The stop never lies inside the newest two bars: below their lows in a rising market, above their highs in a falling one. */
function beyond(stop: number, direction: number, high: number, low: number, highBefore: number, lowBefore: number): number {
  return (direction === 1 ? Math.min(stop, low, lowBefore) : Math.max(stop, high, highBefore)) + 0;
}
