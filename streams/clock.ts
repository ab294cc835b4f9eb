/** The clocks, handed to whoever needs one: the wall, the monotonic, the end of this turn, a timer. */

export interface Clock {
  /** µs since 1970; may step. */
  wallUs(): number;
  /** µs since some start; never steps. */
  monotonicUs(): number;
  /** Runs when this turn of the event loop has handled what had arrived. */
  soon(run: () => void): void;
  /** Runs in about so long; returns what cancels it. */
  after(delayUs: number, run: () => void): () => void;
}

/** setTimeout overflows beyond 2^31 ms; whoever waits longer looks again. */
const LONGEST_MS = 3_600_000;

export const realClock: Clock = {
  wallUs: () => Date.now() * 1000,
  monotonicUs: () => Math.floor(performance.now() * 1000),
  soon: (run) => {
    setImmediate(run);
  },
  after: (delayUs, run) => {
    const timer = setTimeout(run, Math.min(LONGEST_MS, Math.max(0, Math.ceil(delayUs / 1000))));
    return () => clearTimeout(timer);
  },
};

export const turnOf = (clock: Clock): Promise<void> => new Promise((resolve) => clock.soon(resolve));
export const sleep = (clock: Clock, us: number): Promise<void> => new Promise((resolve) => void clock.after(us, resolve));

/** Time that moves when it is told to: for tests, stories and simulation. */
export class ManualClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #soon: (() => void)[] = [];
  #timers: { due: number; run: () => void }[] = [];

  constructor(wallUs: number) {
    this.#wall = wallUs;
  }

  wallUs(): number {
    return this.#wall;
  }

  monotonicUs(): number {
    return this.#monotonic;
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  after(delayUs: number, run: () => void): () => void {
    const timer = { due: this.#monotonic + Math.max(0, delayUs), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Ends the turn: runs what was put off to its end, and what that puts off, until nothing is left. */
  turn(): void {
    for (let run = this.#soon.shift(); run !== undefined; run = this.#soon.shift()) run();
  }

  /** Both clocks move on; timers that fall due run in order, each in a turn of its own. */
  advance(us: number): void {
    this.turn();
    const target = this.#monotonic + us;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.due <= target).sort((a, b) => a.due - b.due)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#move(Math.max(0, due.due - this.#monotonic));
      due.run();
      this.turn();
    }
    this.#move(target - this.#monotonic);
  }

  /** Lets promises and turns follow one another until all is quiet, moving time on in small steps. */
  async play(us: number, stepUs = 1_000): Promise<void> {
    for (let gone = 0; gone < us; gone += stepUs) {
      for (let i = 0; i < 20; i += 1) {
        await Promise.resolve();
        this.turn();
      }
      this.advance(stepUs);
    }
  }

  /** Somebody sets the wall clock. */
  stepWall(us: number): void {
    this.#wall += us;
  }

  #move(us: number): void {
    this.#wall += us;
    this.#monotonic += us;
  }
}
