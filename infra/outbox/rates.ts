/**
 * How many requests may leave, a token bucket an account. Part of it is kept for orders that take risk away, and the last of it for
 * cancels: what opens risk can never starve what closes it.
 */

export type Urgency = 'open' | 'reduce' | 'cancel';

/** Shares of a second's requests that less urgent ones leave alone. */
const KEPT: Readonly<Record<Urgency, number>> = { open: 0.4, reduce: 0.2, cancel: 0 };

/** One request above what is kept for more urgent ones. */
const LEAST_DEPTH = 2;

export class Rates {
  readonly #perSecond: number;
  readonly #depth: number;
  #tokens: number;
  #at: number;

  /** Full at first; one second deep, and never so shallow that what opens could not leave at all. */
  constructor(perSecond: number, nowUs: number) {
    this.#perSecond = perSecond;
    this.#depth = Math.max(perSecond, LEAST_DEPTH);
    this.#tokens = this.#depth;
    this.#at = nowUs;
  }

  /** 0: taken; else µs until it may be asked again. */
  take(urgency: Urgency, nowUs: number): number {
    const gone = Math.max(0, nowUs - this.#at); // a clock set back earns nothing
    this.#at = nowUs;
    this.#tokens = Math.min(this.#depth, this.#tokens + (gone * this.#perSecond) / 1e6);
    const floor = KEPT[urgency] * this.#depth;
    if (this.#tokens - floor >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - (this.#tokens - floor)) * 1e6) / this.#perSecond);
  }
}
