/** Long stretches in which nothing arrived, found in one pass over arrivals. However many there are, only the longer ones are kept. */
export type Quiet = Readonly<{ from: number; to: number }>;

const LEAST_US = 1_000_000;
const KEPT = 4096;

export class QuietStretches {
  #found: Quiet[] = [];
  #least = LEAST_US;
  #latest: number | null = null;

  /** The next arrival. */
  arrived(at: number): void {
    if (this.#latest !== null && at - this.#latest >= this.#least) this.#found.push({ from: this.#latest, to: at });
    this.#latest = at;
    while (this.#found.length > KEPT) {
      this.#least *= 2;
      this.#found = this.longer(this.#least);
    }
  }

  /** At least so long. */
  longer(leastUs: number): Quiet[] {
    return this.#found.filter(({ from, to }) => to - from >= leastUs);
  }
}
