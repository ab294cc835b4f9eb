/**
 * The recorded book that takers walk (kernel §12.13): what each change leaves of it, and what each account's fills have taken of a level
 * since the level was last told. Says what lies there; who is reached and what is filled is the venue's.
 */
import { FLAG_BUY, FLAG_GAP } from '../market/blocks.ts';
import { type BookSide, type Level, OrderBook } from '../market/book.ts';
import { beginsBook } from '../market/recorded-book.ts';
import type { AccountId, Side } from '../values.ts';
import { shareOf } from './fill-model.ts';

/** So many lots of one level, for one order. */
export type Slice = Readonly<{ price: number; lots: number }>;

/** `taken`: by account in their order, a buyer's before a seller's, then by price. */
export type SavedHeldBook = Readonly<{
  known: boolean;
  flags: number;
  time: number;
  bids: readonly Level[];
  asks: readonly Level[];
  taken: readonly (readonly [account: string, side: Side, price: number, lots: number])[];
}>;

type Taken = Readonly<{ buy: Map<number, number>; sell: Map<number, number> }>;

export class HeldBook {
  readonly #book = new OrderBook();
  readonly #taken = new Map<AccountId, Taken>();
  #known = false;
  #flags = 0;
  #time = 0;

  /** A snapshot was seen, and nothing is missing since. */
  get known(): boolean {
    return this.#known;
  }

  take(flags: number, time: number, price: number, lots: number): void {
    if ((flags & FLAG_GAP) !== 0) this.lose();
    if (beginsBook(flags, time, this.#flags, this.#time)) {
      this.#forget();
      this.#known = true;
    }
    if (lots < 0) this.lose();
    this.#flags = flags;
    this.#time = time;
    if (!this.#known) return;
    const side = (flags & FLAG_BUY) !== 0 ? 'buy' : 'sell';
    this.#book.set(side, price, lots);
    const taker = side === 'buy' ? 'sell' : 'buy';
    for (const taken of this.#taken.values()) taken[taker].delete(price);
  }

  /** Changes are missing: nothing is known of it until the next snapshot. */
  lose(): void {
    this.#known = false;
    this.#forget();
  }

  #forget(): void {
    this.#book.clear();
    this.#taken.clear();
  }

  /** The price a taker of this side meets first; null where nothing lies. */
  best(side: Side): number | null {
    return side === 'buy' ? this.#book.bestAsk : this.#book.bestBid;
  }

  /** What of the levels an order may have, best first, none beyond its limit: as much as it wants, if so much lies there. */
  *slices(account: AccountId, side: Side, limit: number | null, wanted: number, volumePermille: number | undefined): Generator<Slice> {
    const levels: BookSide = side === 'buy' ? this.#book.asks : this.#book.bids;
    const terms = volumePermille === undefined ? {} : { volumePermille };
    const taken = this.#taken.get(account)?.[side];
    for (let n = 0, left = wanted; n < levels.count && left > 0; n++) {
      const price = levels.priceAt(n);
      if (limit !== null && (side === 'buy' ? price > limit : price < limit)) return;
      const there = levels.lotsAt(n);
      const lots = Math.min(left, there - (taken?.get(price) ?? 0), shareOf(there, terms));
      if (lots <= 0) continue;
      left -= lots;
      yield { price, lots };
    }
  }

  /** A fill has eaten of a level. */
  eat(account: AccountId, side: Side, price: number, lots: number): void {
    let taken = this.#taken.get(account);
    if (taken === undefined) this.#taken.set(account, (taken = { buy: new Map(), sell: new Map() }));
    taken[side].set(price, (taken[side].get(price) ?? 0) + lots);
  }

  /** The account comes with other terms. */
  forgetAccount(account: AccountId): void {
    this.#taken.delete(account);
  }

  save(accounts: readonly AccountId[]): SavedHeldBook {
    const taken = accounts.flatMap((account) =>
      (['buy', 'sell'] as const).flatMap((side) =>
        [...(this.#taken.get(account)?.[side] ?? [])]
          .sort(([a], [b]) => a - b)
          .map(([price, lots]) => [account, side, price, lots] as const),
      ),
    );
    return { known: this.#known, flags: this.#flags, time: this.#time, ...this.#book.save(), taken };
  }

  load({ known, flags, time, bids, asks, taken }: SavedHeldBook): void {
    this.#known = known;
    this.#flags = flags;
    this.#time = time;
    this.#book.load({ bids, asks });
    for (const [account, side, price, lots] of taken) this.eat(account as AccountId, side, price, lots);
  }
}
