/**
 * Chaikin's money flow, −1..1: the volume of n bars, each weighted by where it closed in its own range (1 at the high, −1 at the low, 0 without
 * a height), against the whole volume. 0 where none was traded.
 */

import { checkedBar, checkedVolume } from './bar-checks.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { quotient } from './limits.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowSum } from './window-sum.ts';

export class Cmf implements Indicator {
  readonly warmup: number;
  readonly #flow: WindowSum;
  readonly #volume: WindowSum;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#flow = new WindowSum(n);
    this.#volume = new WindowSum(n);
  }

  push(high: number, low: number, close: number, volume: number): void {
    checkedBar(high, low, close);
    const traded = checkedVolume(volume);
    const place = quotient(close - low - (high - close), high - low, 0);
    this.#flow.push(place * traded);
    this.#volume.push(traded);
  }

  get ready(): boolean {
    return this.#volume.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return quotient(this.#flow.sum, this.#volume.sum, 0);
  }

  save(): readonly number[] {
    return savedWith([this.warmup], [this.#flow, this.#volume]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, [this.warmup], 0, [this.#flow, this.#volume]);
  }
}
