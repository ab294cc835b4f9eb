/**
 * The stochastic of the relative strength index: where RSI(n) lies in its own range of `range` bars, smoothed over `slow` (k), and the mean of
 * `signal` such (d). With slow = 1 it is TA-Lib's. An RSI that stood still reads 0, as there; here also
 * one that moved by no more than its own rounding, as it does while the price stands still.
 */
import type { Indicator } from './indicator.ts';
import { checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { Rsi } from './rsi.ts';
import { Stochastic } from './stochastic.ts';

/** Far above the rounding of an RSI, far below what a tick moves it. */
const STILL = 1e-9;

export class StochRsi implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  readonly #rsi: Rsi;
  readonly #stochastic: Stochastic;
  readonly #bar = new Float64Array(3);

  constructor(n: number, range: number, slow: number, signal: number) {
    this.#rsi = new Rsi(n);
    this.#stochastic = new Stochastic(range, slow, signal, STILL);
    this.#n = n;
    this.warmup = this.#rsi.warmup + this.#stochastic.warmup - 1;
  }

  push(x: number): void {
    this.#rsi.push(x);
    if (this.#rsi.ready) this.#place();
  }

  #place(): void {
    const strength = this.#rsi.value;
    this.#bar[0] = strength;
    this.#bar[1] = strength;
    this.#bar[2] = strength;
    this.#stochastic.pushFrom(this.#bar);
  }

  get ready(): boolean {
    return this.#stochastic.ready;
  }

  get value(): number {
    return this.k;
  }

  get k(): number {
    checkedReady(this.ready);
    return this.#stochastic.k;
  }

  get d(): number {
    checkedReady(this.ready);
    return this.#stochastic.d;
  }

  save(): readonly number[] {
    return savedWith([this.#n], [this.#rsi, this.#stochastic]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.#n], 0, [this.#rsi, this.#stochastic]);
  }
}
