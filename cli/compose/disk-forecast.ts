/** How long the disk lasts at the pace of the last hour: a desk whose journal cannot grow stops. */
import { statfsSync } from 'node:fs';

export type DiskState = Readonly<{
  freeBytes: number /** Until nothing is free; null while it does not shrink. */;
  secondsLeft: number | null;
}>;

const LOOK_EVERY_MS = 10_000;
const SAMPLES = 360;
/** A pace seen for less long than this says nothing. */
const LEAST_MS = 30_000;

export class DiskForecast {
  readonly #free: () => number;
  readonly #nowMs: () => number;
  readonly #samples: { ms: number; free: number }[] = [];

  constructor(free: () => number, nowMs: () => number = () => performance.now()) {
    this.#free = free;
    this.#nowMs = nowMs;
    this.#look();
  }

  /** Of the disk a folder lies on. */
  static of(folder: string): DiskForecast {
    return new DiskForecast(() => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    });
  }

  /** Looks now and then; returns what ends that. */
  start(): () => void {
    const timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** Null while the disk cannot be asked. */
  state(): DiskState | null {
    this.#look();
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined) return null;
    const gone = last.ms - first.ms;
    const used = first.free - last.free;
    return { freeBytes: last.free, secondsLeft: gone < LEAST_MS || used <= 0 ? null : Math.floor((last.free * gone) / used / 1000) };
  }

  #asked(): number | null {
    try {
      return this.#free();
    } catch {
      return null; // a forecast is no reason to fail
    }
  }

  #look(): void {
    const ms = this.#nowMs();
    const last = this.#samples.at(-1);
    const free = this.#asked();
    if (free === null) return;
    const before = this.#samples.at(-2);
    // between two regular looks the newest stands for now
    if (last !== undefined && before !== undefined && ms - before.ms < LOOK_EVERY_MS) this.#samples.pop();
    this.#samples.push({ ms, free });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }
}
