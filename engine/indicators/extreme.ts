/** The highest, or the lowest, of the last n inputs, the newest included. Exact: it only compares. */
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { WindowExtreme } from './window-extreme.ts';

export class Extreme implements Indicator {
  readonly warmup: number;
  readonly #window: WindowExtreme;

  constructor(n: number, extreme: 'highest' | 'lowest') {
    this.warmup = checkedPeriod(n);
    this.#window = new WindowExtreme(n, extreme);
  }

  push(x: number): void {
    this.#window.push(checkedInput(x));
  }

  get ready(): boolean {
    return this.#window.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#window.value;
  }

  save(): readonly number[] {
    return this.#window.save();
  }

  load(saved: readonly number[]): void {
    this.#window.load(saved);
  }
}
