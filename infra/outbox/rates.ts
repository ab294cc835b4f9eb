/**
 * How many requests may leave, a token bucket an account. Part of it is kept for orders that take risk away, and the last of it for
 * cancels: what opens risk can never starve what closes it.
 */

export type Urgency = 'open' | 'reduce' | 'cancel';

/** Shares of a second's requests that less urgent ones leave alone. */
const KEPT: Readonly<Record<Urgency, number>> = { open: 0.4, reduce: 0.2, cancel: 0 };

export class Rates {
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  /** Full at first; one second deep. */
  constructor(perSecond: number, nowUs: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#at = nowUs;
  }

  /** 0: taken; else µs until it may be asked again. */
  take(urgency: Urgency, nowUs: number): number {
    const gone = Math.max(0, nowUs - this.#at); // a clock set back earns nothing
    this.#at = nowUs;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (gone * this.#perSecond) / 1e6);
    const floor = KEPT[urgency] * this.#perSecond;
    if (this.#tokens - floor >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - (this.#tokens - floor)) * 1e6) / this.#perSecond);
  }
}
