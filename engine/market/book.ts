/**
 * An order book by price level: whole ticks to whole lots, two sorted columns a side. Holds what it is told and answers what lies there;
 * whether it may be believed is decided by book-sync.ts. A change allocates nothing, but where a side outgrows its columns.
 */
import { assert } from '../assert.ts';
import type { Side } from '../values.ts';

/** What taking so many lots from a side gives: no more than lies there, at exactly Σ price × lots. */
export type Walk = Readonly<{ lots: number; cost: bigint; worst: number | null; levels: number }>;

export type Level = readonly [price: number, lots: number];

/** Sides as levels, best first. Plain data. */
export type SavedBook = Readonly<{ bids: readonly Level[]; asks: readonly Level[] }>;

const FIRST_LEVELS = 64;

export class OrderBook {
  readonly bids = new BookSide('buy');
  readonly asks = new BookSide('sell');

  /** So many lots lie at this price now; 0 takes the level away. `buy` is the bid side. */
  set(side: Side, price: number, lots: number): void {
    (side === 'buy' ? this.bids : this.asks).set(price, lots);
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  get bestBid(): number | null {
    return this.bids.count === 0 ? null : this.bids.priceAt(0);
  }

  get bestAsk(): number | null {
    return this.asks.count === 0 ? null : this.asks.priceAt(0);
  }

  /** Whether somebody bids what somebody asks, or more: no book of an exchange at rest, so a change was missed. */
  get crossed(): boolean {
    return this.bids.count > 0 && this.asks.count > 0 && this.bids.priceAt(0) >= this.asks.priceAt(0);
  }

  /** What a taker of that side gets: a buyer walks up the asks. Changes nothing. */
  walk(side: Side, lots: number): Walk {
    return (side === 'buy' ? this.asks : this.bids).walk(lots);
  }

  /** Keeps so many levels a side. */
  cut(depth: number): void {
    this.bids.cut(depth);
    this.asks.cut(depth);
  }

  save(): SavedBook {
    return { bids: this.bids.levels(), asks: this.asks.levels() };
  }

  load({ bids, asks }: SavedBook): void {
    this.bids.load(bids);
    this.asks.load(asks);
  }
}

/**
 * Levels of one side, the best at the end of the columns: most changes are near it, and move little. A ladder indexed by price was measured
 * at three to four times the speed on a recorded book of 500 levels; it bounds the prices it can hold, and this one takes millions a second.
 */
export class BookSide {
  count = 0;
  /** +1 for bids: the best has the highest key. */
  readonly #sign: 1 | -1;
  #keys = new Float64Array(FIRST_LEVELS);
  #lots = new Float64Array(FIRST_LEVELS);

  constructor(side: Side) {
    this.#sign = side === 'buy' ? 1 : -1;
  }

  set(price: number, lots: number): void {
    assert(Number.isSafeInteger(price), 'a price in a book must be whole ticks');
    assert(Number.isSafeInteger(lots) && lots >= 0, 'a level of a book must hold whole lots, none of them below zero');
    const key = price * this.#sign;
    const at = this.#placeOf(key);
    const isThere = at < this.count && this.#keys[at] === key;
    if (lots > 0) {
      if (!isThere) this.#makeRoom(at, key);
      this.#lots[at] = lots;
    } else if (isThere) {
      this.#keys.copyWithin(at, at + 1, this.count);
      this.#lots.copyWithin(at, at + 1, this.count);
      this.count -= 1;
    }
  }

  clear(): void {
    this.count = 0;
  }

  /** The price of the n-th level, the best being 0. */
  priceAt(n: number): number {
    this.#checked(n);
    return this.#keys[this.count - 1 - n] * this.#sign + 0;
  }

  lotsAt(n: number): number {
    this.#checked(n);
    return this.#lots[this.count - 1 - n];
  }

  /** Lots at a price; 0 where there is no level. */
  lotsOf(price: number): number {
    const key = price * this.#sign;
    const at = this.#placeOf(key);
    return at < this.count && this.#keys[at] === key ? this.#lots[at] : 0;
  }

  /** The best ones, best first. */
  levels(most: number = this.count): readonly Level[] {
    return Array.from({ length: Math.min(most, this.count) }, (_, n) => [this.priceAt(n), this.lotsAt(n)]);
  }

  walk(wanted: number): Walk {
    assert(Number.isSafeInteger(wanted) && wanted >= 0, 'a walk must ask for whole lots, none of them below zero');
    let left = wanted;
    let whole = 0;
    let beyond = 0n; // what 53 bits do not hold
    let levels = 0;
    for (; left > 0 && levels < this.count; levels++) {
      const lots = Math.min(left, this.lotsAt(levels));
      const price = this.priceAt(levels);
      const sum = whole + price * lots;
      // a product beyond 53 bits makes a sum beyond them, or one that two great ones of other signs hide: so both are looked at
      if (Number.isSafeInteger(sum) && Number.isSafeInteger(price * lots)) whole = sum;
      else beyond += BigInt(price) * BigInt(lots);
      left -= lots;
    }
    return { lots: wanted - left, cost: beyond + BigInt(whole), worst: levels === 0 ? null : this.priceAt(levels - 1), levels };
  }

  cut(depth: number): void {
    const over = this.count - depth;
    if (over <= 0) return;
    this.#keys.copyWithin(0, over, this.count);
    this.#lots.copyWithin(0, over, this.count);
    this.count = depth;
  }

  load(levels: readonly Level[]): void {
    this.clear();
    let before: number | null = null;
    for (const [price, lots] of levels) {
      assert(
        lots > 0 && (before === null || (price - before) * this.#sign < 0),
        'a saved side of a book must go from its best level to its worst',
      );
      before = price;
    }
    for (let n = levels.length - 1; n >= 0; n--) this.set(levels[n][0], levels[n][1]);
  }

  /** The first place whose key is not below `key`; looks from the best. */
  #placeOf(key: number): number {
    const keys = this.#keys;
    let high = this.count;
    if (high === 0 || keys[high - 1] < key) return high;
    let step = 1;
    let low = high - 1; // keys[low] ≥ key
    while (low > 0 && keys[low] >= key) {
      high = low + 1;
      low = Math.max(0, low - step);
      step *= 2;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(at: number, key: number): void {
    if (this.count === this.#keys.length) {
      this.#keys = grown(this.#keys);
      this.#lots = grown(this.#lots);
    }
    this.#keys.copyWithin(at + 1, at, this.count);
    this.#lots.copyWithin(at + 1, at, this.count);
    this.#keys[at] = key;
    this.count += 1;
  }

  #checked(n: number): void {
    assert(n >= 0 && n < this.count, 'a level of a book was asked for that it does not have');
  }
}

function grown(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
