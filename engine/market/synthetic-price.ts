/**
 * How one synthetic instrument moves: a walk in whole grains (1/1024 tick) through regimes, with noise that reverts around it.
 * Knows nothing of feeds and faults, so two sources of an instrument report the same market.
 */
import { log } from '../math.ts';
import { type RandomStream, randomStream } from '../random.ts';
import type { Profile } from './synthetic-instruments.ts';

export class PriceProcess {
  /** The venue's time of the coming step, µs. */
  time: number;
  /** What the last step showed. */
  bid = 0;
  ask = 0;
  trades = 0;
  buy = false;
  quote = false;

  readonly #profile: Profile;
  readonly #stream: RandomStream;
  readonly #home: number;
  readonly #lowest: number;
  #anchor: number;
  #noise = 0;
  #regime = 0;
  #stepsLeft = 0;
  #drift = 0;

  constructor(seed: number, name: string, profile: Profile, startUs: number) {
    this.#profile = profile;
    this.#stream = randomStream(seed, `market:${name}`);
    this.#home = profile.homeTicks * GRAINS;
    this.#lowest = Math.max(64 * GRAINS, Math.floor(this.#home / 8));
    this.#anchor = this.#home;
    this.time = startUs;
  }

  /** Moves `time` to the next step. Steps come in clusters: three in eight follow closely on the one before. */
  wait(paceUs: number): void {
    const draw = this.#stream.u32();
    const pace = paceUs * REGIMES[this.#regime]!.pace;
    const gap =
      (draw & 7) < 3 ? (pace * ((draw >>> 3) & 1023)) / 16_384 : Math.min(pace * 12, -1.55 * pace * log((this.#stream.u32() + 1) / TWO_32));
    this.time += 1 + Math.floor(gap);
  }

  /** Moves the price and says what shows: up to four trades, a quote, or both. */
  move(): void {
    if (this.#stepsLeft === 0) this.#changeRegime();
    this.#stepsLeft -= 1;
    const { vol } = REGIMES[this.#regime]!;
    const step = this.#profile.stepGrains * vol;
    const push = triangle(this.#stream.u32());
    this.#anchor += Math.round(push * step) + this.#drift + Math.round((this.#home - this.#anchor) / PULL);
    if (this.#anchor < this.#lowest) this.#anchor = this.#lowest;
    this.#noise += Math.round(triangle(this.#stream.u32()) * step * 0.5) - Math.round(this.#noise / REVERSION);

    const draw = this.#stream.u32();
    const spread = 1 + Math.floor((this.#profile.spreadTicks * vol * (draw & 255)) / 256);
    this.bid = Math.floor((this.#anchor + this.#noise) / GRAINS) - (spread >> 1);
    this.ask = this.bid + spread;
    this.trades = TRADES[(draw >>> 8) & 15]!;
    this.quote = this.trades === 0 || (draw & 4096) !== 0;
    this.buy = (draw >>> 13) % 1024 < (push > 0 ? 640 : 384); // aggressors follow the move
  }

  /** A size in lots: mostly small, one in two doubling, so a few are very large. */
  lots(): number {
    const draw = this.#stream.u32();
    let typical = this.#profile.lots >> 2;
    for (let bits = draw & 63; (bits & 1) === 1; bits >>>= 1) typical *= 2;
    return 1 + ((draw >>> 6) % Math.max(1, typical));
  }

  save(): string {
    const walk = `${this.time}.${this.#anchor}.${this.#noise}.${this.#regime}.${this.#stepsLeft}.${this.#drift}`;
    return `${walk}.${this.#stream.save().join('.')}`;
  }

  load(saved: readonly number[]): void {
    [this.time, this.#anchor, this.#noise, this.#regime, this.#stepsLeft, this.#drift] = saved as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    this.#stream.load(saved.slice(6, PROCESS_NUMBERS));
  }

  #changeRegime(): void {
    const draw = this.#stream.u32();
    this.#regime = draw & 3;
    this.#stepsLeft = 1_500 + ((draw >>> 2) & 8191);
    const { drift } = REGIMES[this.#regime]!;
    this.#drift = Math.round(this.#profile.stepGrains * drift * ((draw & 65_536) === 0 ? 1 : -1));
  }
}

export const PROCESS_NUMBERS = 10;

const GRAINS = 1024;
const TWO_32 = 4_294_967_296;
/** Half-life of a distance from home: about three million steps, a day and a half. */
const PULL = 4_194_304;
const REVERSION = 32;

/** Of sixteen steps: five show only a quote, eleven show trades. */
const TRADES = new Uint8Array([1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 0, 0, 0, 0, 0]);

/** In units of the usual step and pace; a trend's drift adds up to a percent within minutes. */
const REGIMES = [
  { vol: 0.4, pace: 1.5, drift: 0 }, // quiet
  { vol: 0.8, pace: 1, drift: 0.06 }, // trend
  { vol: 0.9, pace: 1, drift: 0 }, // range
  { vol: 2.5, pace: 0.5, drift: 0 }, // volatile
] as const;

/** Two 16-bit draws against each other: mean 0, deviation 1. */
const triangle = (draw: number): number => ((draw & 0xffff) - (draw >>> 16)) / 26_755;
