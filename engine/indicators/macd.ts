/**
 * The difference of two exponential averages, its own average (signal), and the distance of the two (histogram). As in TA-Lib both averages
 * are ready with the same input: the shorter one begins later, and each is seeded with the mean of its first inputs. Never swaps the two:
 * with fast above slow the sign turns.
 */
import { Ema } from './ema.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedReady, loadedWith, savedWith, withinLimits } from './indicator.ts';

export class Macd implements Indicator {
  readonly warmup: number;
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #signal: Ema;
  #pushed = 0; // counts to the longer period and stays

  constructor(fast: number, slow: number, signal: number) {
    this.#fast = new Ema(fast, 'sma');
    this.#slow = new Ema(slow, 'sma');
    this.#signal = new Ema(signal, 'sma');
    this.warmup = Math.max(fast, slow) + signal - 1;
  }

  push(x: number): void {
    const input = checkedInput(x);
    const longer = Math.max(this.#fast.warmup, this.#slow.warmup);
    if (this.#pushed < longer) this.#pushed += 1;
    if (this.#pushed > longer - this.#fast.warmup) this.#fast.push(input);
    if (this.#pushed > longer - this.#slow.warmup) this.#slow.push(input);
    if (this.#pushed === longer) this.#signal.push(withinLimits(this.#fast.value - this.#slow.value));
  }

  get ready(): boolean {
    return this.#signal.ready;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#fast.value - this.#slow.value;
  }

  get signal(): number {
    checkedReady(this.ready);
    return this.#signal.value;
  }

  get histogram(): number {
    return this.value - this.signal;
  }

  save(): readonly number[] {
    return savedWith([this.#fast.warmup, this.#slow.warmup, this.#signal.warmup, this.#pushed], [this.#fast, this.#slow, this.#signal]);
  }

  load(saved: readonly number[]): void {
    const periods = [this.#fast.warmup, this.#slow.warmup, this.#signal.warmup];
    [this.#pushed] = loadedWith(saved, periods, 1, [this.#fast, this.#slow, this.#signal]) as [number];
  }
}
