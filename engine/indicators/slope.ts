/** The slope of the straight line of least squares through the last n inputs, a push; 0 for one input. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { WindowTrend } from './window-trend.ts';

export class Slope implements Indicator {
  readonly warmup: number;
  readonly #window: WindowTrend;

  constructor(n: number) {
    this.warmup = checkedPeriod(n);
    this.#window = new WindowTrend(n);
  }

  push(x: number): void {
    this.#window.push(checkedInput(x));
  }

  get ready(): boolean {
    return this.#window.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#window.slope;
  }

  save(): readonly number[] {
    return this.#window.save();
  }

  load(saved: readonly number[]): void {
    this.#window.load(saved);
  }
}
