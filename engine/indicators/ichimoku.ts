/**
 * Ichimoku's lines as they stand at the newest bar. Tenkan, kijun and the spans are middles between the highest high and the lowest low of so
 * many bars; the two edges of the cloud are those that were drawn ahead to this bar, so they come from `ahead` − 1 bars ago (charts count
 * the bar itself as the first). Chikou is left out: it is today's close drawn in the past, so at its place it was not known.
 */
import { Delay } from './delay.ts';
import type { Indicator } from './indicator.ts';
import { checkedBar, checkedPeriod, checkedReady, loadedWith, savedWith } from './indicator.ts';
import { WindowExtreme } from './window-extreme.ts';

export class Ichimoku implements Indicator {
  readonly warmup: number;
  readonly #parameters: readonly number[];
  readonly #highs: readonly [WindowExtreme, WindowExtreme, WindowExtreme]; // tenkan, kijun, span
  readonly #lows: readonly [WindowExtreme, WindowExtreme, WindowExtreme];
  readonly #senkouA: Delay;
  readonly #senkouB: Delay;

  constructor(tenkan: number, kijun: number, span: number, ahead: number) {
    this.#parameters = [checkedPeriod(tenkan), checkedPeriod(kijun), checkedPeriod(span), checkedPeriod(ahead)];
    this.warmup = Math.max(tenkan, kijun, span) + ahead - 1;
    this.#highs = [new WindowExtreme(tenkan, 'highest'), new WindowExtreme(kijun, 'highest'), new WindowExtreme(span, 'highest')];
    this.#lows = [new WindowExtreme(tenkan, 'lowest'), new WindowExtreme(kijun, 'lowest'), new WindowExtreme(span, 'lowest')];
    this.#senkouA = new Delay(ahead - 1);
    this.#senkouB = new Delay(ahead - 1);
  }

  push(high: number, low: number): void {
    checkedBar(high, low, low);
    for (let i = 0; i < 3; i += 1) {
      (this.#highs[i] as WindowExtreme).push(high);
      (this.#lows[i] as WindowExtreme).push(low);
    }
    if (this.#highs[0].full && this.#highs[1].full && this.#highs[2].full) {
      this.#senkouA.push((this.#middle(0) + this.#middle(1)) / 2);
      this.#senkouB.push(this.#middle(2));
    }
  }

  #middle(line: 0 | 1 | 2): number {
    return (this.#highs[line].value + this.#lows[line].value) / 2;
  }

  get ready(): boolean {
    return this.#senkouA.full;
  }

  get value(): number {
    return this.tenkan;
  }

  get tenkan(): number {
    checkedReady(this.ready);
    return this.#middle(0);
  }

  get kijun(): number {
    checkedReady(this.ready);
    return this.#middle(1);
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
    return savedWith(this.#parameters, [...this.#highs, ...this.#lows, this.#senkouA, this.#senkouB]);
  }

  load(saved: readonly number[]): void {
    loadedWith(saved, this.#parameters, 0, [...this.#highs, ...this.#lows, this.#senkouA, this.#senkouB]);
  }
}
