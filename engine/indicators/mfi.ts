/**
 * The money flow index, 0..100: of the turnover (typical price × volume) of n bars, the part in bars whose typical price rose, against those
 * where it fell. 0 where nothing flowed. A price below zero counts by its size.
 */

import { checkedBar, checkedVolume } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowSum } from './window-sum.ts';

export class Mfi implements Indicator {
  readonly warmup: number;
  readonly #rising: WindowSum;
  readonly #falling: WindowSum;
  #pushed = 0; // counts to 1 and stays
  #typical = 0;

  constructor(n: number) {
    this.warmup = checkedPeriod(n) + 1;
    this.#rising = new WindowSum(n);
    this.#falling = new WindowSum(n);
  }

  push(high: number, low: number, close: number, volume: number): void {
    checkedBar(high, low, close);
    const traded = checkedVolume(volume);
    const typical = (high + low + close) / 3 + 0;
    const before = this.#typical;
    this.#typical = typical;
    if (this.#pushed === 0) {
      this.#pushed = 1; // nothing to compare with
      return;
    }
    const flow = Math.abs(typical) * traded;
    this.#rising.push(typical > before ? flow : 0);
    this.#falling.push(typical < before ? flow : 0);
  }

  get ready(): boolean {
    return this.#rising.full;
  }

  get value(): number {
    checkedReady(this.ready);
    const rising = this.#rising.sum;
    const flow = rising + this.#falling.sum;
    return flow === 0 ? 0 : 100 * (rising / flow);
  }

  save(): readonly number[] {
    return savedWith([this.#rising.n, this.#pushed, this.#typical], [this.#rising, this.#falling]);
  }

  load(saved: readonly number[]): void {
    const kept = loadedWith(saved, [this.#rising.n], 2, [this.#rising, this.#falling]);
    [this.#pushed, this.#typical] = kept as [number, number];
  }
}
