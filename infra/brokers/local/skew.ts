/**
 * The venue's clock, seen from ours. Asking tells an interval, not a number: the venue read its clock somewhere between our question and
 * its answer. Ends of validity use the early edge of it, so that a request never lives longer than our clock allows.
 */
import { VenueUnreachable } from './trouble.ts';
import type { BrokerClock } from './wire.ts';

/** Two clocks drift apart by at most 50 ppm, 3 ms a minute, and each may tell whole milliseconds: 10 ms covers two minutes and both. */
const SAFETY_US = 10_000;
/** An answer this quick is not asked for again. */
const QUICK_US = 20_000;
const MOST_ASKED = 3;
/** The wall clock tells whole milliseconds, and drifts. */
const SET_US = 5_000;

export type Skew = Readonly<{ skewUs: number; tookUs: number }>;

export class VenueClock {
  readonly #clock: BrokerClock;
  /** Rejects with an error of trouble.ts. */
  readonly #askTime: () => Promise<number>;
  #known: Skew | null = null;
  /** Our wall clock minus the one that never steps, when the venue was asked: what ours was set by since is no skew of the venue's. */
  #offsetUs = 0;

  constructor(clock: BrokerClock, askTime: () => Promise<number>) {
    this.#clock = clock;
    this.#askTime = askTime;
  }

  get known(): boolean {
    return this.#known !== null;
  }

  /** Asks up to three times and keeps the quickest answer. */
  async measure(): Promise<Skew> {
    let best: Skew | null = null;
    for (let asked = 0; asked < MOST_ASKED && (best === null || best.tookUs > QUICK_US); asked += 1) {
      const before = this.#clock.wallUs();
      const time = await this.#askTime();
      const tookUs = this.#clock.wallUs() - before;
      if (tookUs < 0) continue; // our own clock was set back meanwhile
      if (best === null || tookUs < best.tookUs) best = { skewUs: time - before - Math.floor(tookUs / 2), tookUs };
    }
    if (best === null) throw new VenueUnreachable('our clock was set back while the venue was asked for its own');
    this.#known = best;
    this.#offsetUs = this.#offset();
    return best;
  }

  #offset(): number {
    return this.#clock.wallUs() - this.#clock.monotonicUs();
  }

  /** By how much our wall clock was set since. The two clocks read a little apart in time: small differences are none. */
  #set(): number {
    const set = this.#offset() - this.#offsetUs;
    return Math.abs(set) < SET_US ? 0 : set;
  }

  /** An instant of ours as the venue would say it, as near as we know. */
  there(us: number): number {
    return Math.round(us - this.#set() + (this.#known?.skewUs ?? 0));
  }

  /** The last instant of the venue that is certainly not after this one of ours. */
  lastThere(us: number): number {
    const { skewUs, tookUs } = this.#known ?? { skewUs: 0, tookUs: 0 };
    return Math.floor(us - this.#set() + skewUs - tookUs / 2) - SAFETY_US;
  }
}
