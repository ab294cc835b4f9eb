/**
 * The volume-weighted average of the bars' typical prices since the session began. Each bar brings the number of its session (the day of the
 * instrument's calendar, say); a number other than the last one begins afresh with that bar. What a session is, the caller decides.
 */

import { checkedBar, checkedVolume } from './bar-checks.ts';
import { CompensatedSum } from './compensated-sum.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedReady } from './indicator.ts';
import { quotient } from './limits.ts';
import { loadedWith, savedWith } from './parts.ts';

export class SessionVwap implements Indicator {
  readonly warmup = 1;
  readonly #turnover = new CompensatedSum();
  readonly #volume = new CompensatedSum();
  #pushed = 0; // counts to 1 and stays
  #session = 0;
  #typical = 0;

  push(session: number, high: number, low: number, close: number, volume: number): void {
    checkedBar(high, low, close);
    const traded = checkedVolume(volume);
    const named = checkedInput(session);
    if (named !== this.#session) {
      this.#turnover.clear();
      this.#volume.clear();
    }
    this.#pushed = 1;
    this.#session = named;
    this.#typical = (high + low + close) / 3 + 0; // +0: never −0
    this.#turnover.add(this.#typical * traded);
    this.#volume.add(traded);
  }

  get ready(): boolean {
    return this.#pushed === 1;
  }

  get value(): number {
    checkedReady(this.ready);
    return quotient(this.#turnover.sum, this.#volume.sum, this.#typical);
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#pushed, this.#session, this.#typical], [this.#turnover, this.#volume]);
  }

  load(saved: readonly number[]): void {
    const kept = loadedWith(saved, [this.warmup], 3, [this.#turnover, this.#volume]);
    [this.#pushed, this.#session, this.#typical] = kept as [number, number, number];
  }
}
