/**
 * The volume-weighted average of the bars' typical prices, (high + low + close) / 3, over the last n bars. Where no volume was traded it is
 * the typical price of the newest bar.
 */

import { checkedBar, checkedVolume } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { quotient } from './limits.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowSum } from './window-sum.ts';

export class Vwap implements Indicator {
  readonly warmup: number;
  readonly #turnover: WindowSum;
  readonly #volume: WindowSum;
  #typical = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#turnover = new WindowSum(n);
    this.#volume = new WindowSum(n);
  }

  push(high: number, low: number, close: number, volume: number): void {
    checkedBar(high, low, close);
    const traded = checkedVolume(volume);
    this.#typical = (high + low + close) / 3 + 0; // +0: never −0
    this.#turnover.push(this.#typical * traded);
    this.#volume.push(traded);
  }

  get ready(): boolean {
    return this.#volume.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return quotient(this.#turnover.sum, this.#volume.sum, this.#typical);
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#typical], [this.#turnover, this.#volume]);
  }

  load(saved: readonly number[]): void {
    [this.#typical] = loadedWith(saved, [this.warmup], 1, [this.#turnover, this.#volume]) as [number];
  }
}
