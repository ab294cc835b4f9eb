/**
 * Ichimoku's lines as they stand at the newest bar. Tenkan, kijun and the spans are middles between the highest high and the lowest low of so
 * many bars; the two edges of the cloud are those that were drawn ahead to this bar, so they come from `ahead` − 1 bars ago (charts count
 * the bar itself as the first). Chikou is left out: it is today's close drawn in the past, so at its place it was not known.
 */

import { checkedBar } from './bar-checks.ts';
import { Delay } from './delay.ts';
import type { Indicator } from './indicator.ts';
import { checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { PriceRange } from './price-range.ts';

export class Ichimoku implements Indicator {
  readonly warmup: number;
  readonly #parameters: readonly number[];
  readonly #bar = new Float64Array(2);
  readonly #tenkan: PriceRange;
  readonly #kijun: PriceRange;
  readonly #span: PriceRange;
  readonly #senkouA: Delay;
  readonly #senkouB: Delay;

  constructor(tenkan: number, kijun: number, span: number, ahead: number) {
    this.#parameters = [checkedPeriod(tenkan), checkedPeriod(kijun), checkedPeriod(span), checkedPeriod(ahead)];
    this.warmup = Math.max(tenkan, kijun, span) + ahead - 1;
    this.#tenkan = new PriceRange(tenkan);
    this.#kijun = new PriceRange(kijun);
    this.#span = new PriceRange(span);
    this.#senkouA = new Delay(ahead - 1);
    this.#senkouB = new Delay(ahead - 1);
  }

  push(high: number, low: number): void {
    checkedBar(high, low, low);
    this.#bar[0] = high;
    this.#bar[1] = low;
    this.#tenkan.push(this.#bar);
    this.#kijun.push(this.#bar);
    this.#span.push(this.#bar);
    if (this.#tenkan.full && this.#kijun.full && this.#span.full) this.#draw();
  }

  #draw(): void {
    this.#senkouA.push((this.#tenkan.middle + this.#kijun.middle) / 2);
    this.#senkouB.push(this.#span.middle);
  }

  get ready(): boolean {
    return this.#senkouA.full;
  }

  get value(): number {
    return this.tenkan;
  }

  get tenkan(): number {
    checkedReady(this.ready);
    return this.#tenkan.middle;
  }

  get kijun(): number {
    checkedReady(this.ready);
    return this.#kijun.middle;
  }

  get senkouA(): number {
    checkedReady(this.ready);
    return this.#senkouA.value;
  }

  get senkouB(): number {
    checkedReady(this.ready);
    return this.#senkouB.value;
  }

  save(): readonly number[] {
    return savedWith(this.#parameters, [this.#tenkan, this.#kijun, this.#span, this.#senkouA, this.#senkouB]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, this.#parameters, 0, [this.#tenkan, this.#kijun, this.#span, this.#senkouA, this.#senkouB]);
  }
}
