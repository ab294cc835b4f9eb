/**
 * The outsiders: how the seeded market of one symbol walks, step by step, and what it shows. The same seed is the same market; what our
 * orders do to the book never moves the walk. Whole ticks and lots only.
 */
import { type RandomStream, randomStream } from '#engine/random.ts';
import type { Side } from '#engine/values.ts';
import type { Listing } from './listings.ts';

export type Level = { ticks: number; lots: number };
type Print = Readonly<{ side: Side; ticks: number; lots: number }>;
/** Best first on both sides. */
export type Shown = Readonly<{ bids: Level[]; asks: Level[]; prints: readonly Print[] }>;

export class SeededMarket {
  readonly #listing: Listing;
  readonly #stream: RandomStream;
  readonly #home: number;
  readonly #step: number;
  #grains: number;

  constructor(seed: number, listing: Listing) {
    this.#listing = listing;
    this.#stream = randomStream(seed, `venue:${listing.symbol}`);
    this.#home = listing.spec.homeTicks * GRAINS;
    this.#step = Math.max(8, Math.round((this.#home * STEP_PER_MILLION) / 1_000_000));
    this.#grains = this.#home;
  }

  step(): Shown {
    const { spreadTicks, lots } = this.#listing.spec;
    const push = (this.#stream.below(2 * SPAN + 1) + this.#stream.below(2 * SPAN + 1) - 2 * SPAN) / SPAN; // a triangle over −2 … 2
    this.#grains += Math.round(push * this.#step) + Math.round((this.#home - this.#grains) / PULL);
    this.#grains = Math.max(this.#grains, Math.floor(this.#home / 8));

    const spread = 1 + this.#stream.below(spreadTicks);
    const bid = Math.max(1 + LEVELS * (1 + spreadTicks), Math.floor(this.#grains / GRAINS) - (spread >> 1));
    const bids = this.#levels(bid, -1);
    const asks = this.#levels(bid + spread, 1);
    const prints = Array.from({ length: this.#stream.below(4) }, (): Print => {
      const side = this.#stream.below(2) === 0 ? 'buy' : 'sell';
      return { side, ticks: side === 'buy' ? bid + spread : bid, lots: 1 + this.#stream.below(Math.max(1, lots >> 1)) };
    });
    return { bids, asks, prints };
  }

  save(): string {
    return [this.#grains, ...this.#stream.save()].join('.');
  }

  load(saved: string): void {
    const [grains, ...words] = saved.split('.').map(Number);
    this.#stream.load(words);
    this.#grains = grains!;
  }

  /** Deeper levels lie further apart and hold more. */
  #levels(best: number, direction: 1 | -1): Level[] {
    const { spreadTicks, lots } = this.#listing.spec;
    const levels: Level[] = [];
    for (let depth = 0, ticks = best; depth < LEVELS; depth += 1) {
      levels.push({ ticks, lots: 1 + this.#stream.below(Math.max(1, lots * (1 + depth))) });
      ticks += direction * (1 + this.#stream.below(spreadTicks));
    }
    return levels;
  }
}

const LEVELS = 8;
const GRAINS = 1024;
const SPAN = 1024;
/** A usual step in millionths of the price: with 20 steps a second, a day's deviation of about 2 %. */
const STEP_PER_MILLION = 20;
/** Half-life of a distance from home: half a day at 20 steps a second. */
const PULL = 1_048_576;
