/**
 * The Donchian channel: highest high and lowest low of the last n bars, the current one included. Exact: it only compares.
 * Never looks further back; the ring is rescanned only when the bar that leaves it held the extreme.
 */
import { assert } from '../assert.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady, checkedState } from './indicator.ts';

export class Donchian implements Indicator {
  readonly warmup: number;
  readonly #highs: Float64Array;
  readonly #lows: Float64Array;
  #filled = 0;
  #next = 0;
  #upper = 0;
  #lower = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#highs = new Float64Array(n);
    this.#lows = new Float64Array(n);
  }

  push(high: number, low: number): void {
    assert(high >= low, 'a bar has its high at or above its low');
    const top = checkedInput(high);
    const bottom = checkedInput(low);
    const slot = this.#next;
    const leavingHigh = this.#highs[slot] as number;
    const leavingLow = this.#lows[slot] as number;
    this.#highs[slot] = top;
    this.#lows[slot] = bottom;
    this.#next = slot + 1 === this.warmup ? 0 : slot + 1;
    const full = this.#filled === this.warmup;
    if (!full) this.#filled += 1;

    if (this.#filled === 1 || top >= this.#upper) this.#upper = top;
    else if (full && leavingHigh === this.#upper) this.#upper = highest(this.#highs);
    if (this.#filled === 1 || bottom <= this.#lower) this.#lower = bottom;
    else if (full && leavingLow === this.#lower) this.#lower = lowest(this.#lows);
  }

  get ready(): boolean {
    return this.#filled === this.warmup;
  }

  get upper(): number {
    checkedReady(this.ready);
    return this.#upper;
  }

  get lower(): number {
    checkedReady(this.ready);
    return this.#lower;
  }

  /** The middle of the channel. */
  get value(): number {
    checkedReady(this.ready);
    return (this.#upper + this.#lower) / 2;
  }

  save(): readonly number[] {
    return [this.warmup, this.#filled, this.#next, this.#upper, this.#lower, ...this.#highs, ...this.#lows];
  }

  load(saved: readonly number[]): void {
    checkedState(saved, this.warmup, 5 + 2 * this.warmup);
    [, this.#filled, this.#next, this.#upper, this.#lower] = saved as [number, number, number, number, number];
    this.#highs.set(saved.slice(5, 5 + this.warmup));
    this.#lows.set(saved.slice(5 + this.warmup));
  }
}

function highest(values: Float64Array): number {
  let most = values[0] as number;
  for (let i = 1; i < values.length; i += 1) most = Math.max(most, values[i] as number);
  return most;
}

function lowest(values: Float64Array): number {
  let least = values[0] as number;
  for (let i = 1; i < values.length; i += 1) least = Math.min(least, values[i] as number);
  return least;
}
