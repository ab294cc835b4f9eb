/** On-balance volume: the volume of bars that closed higher, less that of bars that closed lower, since the first bar, which counts whole, as in TA-Lib. */

import { checkedVolume } from './bar-checks.ts';
import { CompensatedSum } from './compensated-sum.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';

export class Obv implements Indicator {
  readonly warmup = 1;
  readonly #balance = new CompensatedSum();
  #pushed = 0; // counts to 1 and stays
  #close = 0;

  push(close: number, volume: number): void {
    const input = checkedInput(close);
    const traded = checkedVolume(volume);
    if (this.#pushed === 0 || input > this.#close) this.#balance.add(traded);
    else if (input < this.#close) this.#balance.add(-traded);
    this.#pushed = 1;
    this.#close = input;
  }

  get ready(): boolean {
    return this.#pushed === 1;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#balance.sum;
  }

  save(): readonly number[] {
    return savedWith([this.warmup, this.#pushed, this.#close], [this.#balance]);
  }

  load(saved: readonly number[]): void {
    [this.#pushed, this.#close] = loadedWith(saved, [this.warmup], 2, [this.#balance]) as [number, number];
  }
}
