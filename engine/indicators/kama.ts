/**
 * Kaufman's adaptive average: follows as an EMA of `fast` where price goes one way over n changes, as one of `slow` where it goes to and
 * fro. As in TA-Lib it starts from the n-th input, and a market that stood still over n changes counts as going one way.
 */
import { Delay } from './delay.ts';
import type { Indicator } from './indicator.ts';
import { checkedInput, checkedPeriod, checkedReady } from './indicator.ts';
import { loadedWith, savedWith } from './parts.ts';
import { WindowSum } from './window-sum.ts';

export class Kama implements Indicator {
  readonly warmup: number;
  readonly #parameters: readonly number[];
  readonly #quick: number;
  readonly #lazy: number;
  readonly #before: Delay;
  readonly #way: WindowSum; // the n absolute changes
  #pushed = 0; // counts to 1 and stays
  #previous = 0;
  #value = 0;

  constructor(n: number, fast = 2, slow = 30) {
    this.#parameters = [checkedPeriod(n), checkedPeriod(fast), checkedPeriod(slow)];
    this.warmup = n + 1;
    this.#quick = 2 / (fast + 1);
    this.#lazy = 2 / (slow + 1);
    this.#before = new Delay(n);
    this.#way = new WindowSum(n);
  }

  push(x: number): void {
    const input = checkedInput(x);
    this.#before.push(input);
    if (this.#pushed === 0) this.#pushed = 1;
    else this.#way.push(Math.abs(input - this.#previous));
    if (this.#way.full) {
      const way = this.#way.sum;
      const straight = Math.abs(input - this.#before.value);
      const efficiency = straight >= way ? 1 : straight / way; // also where neither moved
      const root = efficiency * (this.#quick - this.#lazy) + this.#lazy;
      this.#value += (input - this.#value) * (root * root);
    } else {
      this.#value = input;
    }
    this.#previous = input;
  }

  get ready(): boolean {
    return this.#way.full;
  }

  get value(): number {
    checkedReady(this.ready);
    return this.#value;
  }

  save(): readonly number[] {
    return savedWith([...this.#parameters, this.#pushed, this.#previous, this.#value], [this.#before, this.#way]);
  }

  load(saved: readonly number[]): void {
    const kept = loadedWith(saved, this.#parameters, 3, [this.#before, this.#way]);
    [this.#pushed, this.#previous, this.#value] = kept as [number, number, number];
  }
}
