/**
 * Hull's moving average: the weighted average of 2 × WMA(n/2) − WMA(n), over √n inputs; n/2 and √n without their fractions. Quick to turn,
 * so it may pass beyond every input.
 */
import { assert } from '../assert.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowTrend } from './window-trend.ts';

export class Hma implements Indicator {
  readonly warmup: number;
  readonly #n: number;
  readonly #half: WindowTrend;
  readonly #whole: WindowTrend;
  readonly #smooth: WindowTrend;

  constructor(n: number) {
    assert(checkedPeriod(n) >= 2, 'an Hma needs a period of 2 or more: it halves it');
    const root = Math.floor(Math.sqrt(n));
    this.#n = n;
    this.warmup = n + root - 1;
    this.#half = new WindowTrend(Math.floor(n / 2));
    this.#whole = new WindowTrend(n);
    this.#smooth = new WindowTrend(root);
  }

  push(x: number): void {
    const input = checkedInput(x);
    this.#half.push(input);
    this.#whole.push(input);
    if (this.#whole.full) this.#smooth.push(2 * this.#half.weightedMean - this.#whole.weightedMean);
  }

  get ready(): boolean {
    return this.#smooth.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#smooth.weightedMean;
  }

  save(): readonly number[] {
    return savedWith([this.#n], [this.#half, this.#whole, this.#smooth]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.#n], 0, [this.#half, this.#whole, this.#smooth]);
  }
}
