/**
 * A venue's book rebuilt from its messages, and whether it may be believed: after a gap, a wrong checksum or a crossing nothing is served
 * until a snapshot comes. Fetches nothing: who reads the answer asks the venue for a snapshot.
 */
import { assert } from '../assert.ts';
import { type Level, OrderBook, type SavedBook } from './book.ts';
import { type BookIds, BookSequence, isFetched, type SavedSequence, type SequenceRule } from './book-sequence.ts';

export type BookMessage = BookIds &
  Readonly<{
    /** Changed levels, or all of them in a snapshot; 0 lots take a level away. */
    bids: readonly Level[];
    asks: readonly Level[];
    /** The venue's checksum of the book behind this message; null without. */
    checksum: number | null;
  }>;

/** All but the first two leave the book not known: a snapshot is needed. `ignored`: it was in the book already. */
export type BookAnswer = 'applied' | 'ignored' | 'gap' | 'wrong checksum' | 'crossed';

export type BookSpec = Readonly<{
  rule: SequenceRule;
  /** The venue sends so many levels a side and does not say when one falls out of them; null where it says so. */
  depth: number | null;
  /** As the venue computes it (book-checksum.ts); null where its messages carry none. */
  checksum: ((book: OrderBook) => number) | null;
}>;

export type SavedSyncedBook = Readonly<{
  rule: SequenceRule;
  sequence: SavedSequence;
  book: SavedBook;
  waiting: readonly BookMessage[];
}>;

/** Changes kept for a snapshot that is fetched apart: at ten a second, more than a minute and a half. */
export const MOST_WAITING = 1_000;

export class SyncedBook {
  readonly #spec: BookSpec;
  readonly #sequence: BookSequence;
  readonly #book = new OrderBook();
  /** Changes that no snapshot has been joined to yet. */
  #waiting: BookMessage[] = [];

  constructor(spec: BookSpec) {
    this.#spec = spec;
    this.#sequence = new BookSequence(spec.rule);
  }

  /** Null while it is not known. */
  get book(): OrderBook | null {
    return this.#sequence.known ? this.#book : null;
  }

  take(message: BookMessage): BookAnswer {
    switch (this.#sequence.take(message)) {
      case 'old':
        return 'ignored';
      case 'gap':
        this.#lose();
        this.#wait(message);
        return 'gap';
      case 'snapshot':
        this.#book.clear();
        return this.#apply(message) ?? this.#join();
      case 'follows':
        return this.#apply(message) ?? 'applied';
    }
  }

  /** The connection was lost, say: what is known is not any more. */
  forget(): void {
    this.#lose();
    this.#waiting = [];
  }

  #lose(): void {
    this.#sequence.forget();
    this.#book.clear();
  }

  #wait(message: BookMessage): void {
    if (!isFetched(this.#spec.rule)) return; // its snapshot comes in the same stream, before what follows it
    this.#waiting.push(message);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /** What waited follows the snapshot, in the order of its numbers. Where it does not, the snapshot is too old, and all waits on. */
  #join(): BookAnswer {
    const waiting = this.#waiting.sort((a, b) => (a.last ?? 0) - (b.last ?? 0));
    this.#waiting = [];
    for (const [index, message] of waiting.entries()) {
      const said = this.#sequence.take(message);
      const wrong = said === 'gap' ? said : said === 'follows' ? this.#apply(message) : null;
      if (wrong === null) continue;
      this.#lose();
      this.#waiting = waiting.slice(wrong === 'gap' ? index : index + 1);
      return wrong;
    }
    return 'applied';
  }

  /** What is wrong with the book behind it, or null. */
  #apply({ bids, asks, checksum }: BookMessage): 'wrong checksum' | 'crossed' | null {
    const { depth, checksum: sumOf } = this.#spec;
    const book = this.#book;
    for (const [price, lots] of bids) book.bids.set(price, lots);
    for (const [price, lots] of asks) book.asks.set(price, lots);
    if (depth !== null) book.cut(depth);
    const wrong = checksum !== null && sumOf !== null && sumOf(book) !== checksum ? 'wrong checksum' : book.crossed ? 'crossed' : null;
    if (wrong !== null) this.#lose();
    return wrong;
  }

  save(): SavedSyncedBook {
    return { rule: this.#spec.rule, sequence: this.#sequence.save(), book: this.#book.save(), waiting: [...this.#waiting] };
  }

  load({ rule, sequence, book, waiting }: SavedSyncedBook): void {
    assert(rule === this.#spec.rule, 'a saved book must go on under the rule it was kept by');
    this.#sequence.load(sequence);
    this.#book.load(book);
    this.#waiting = [...waiting];
  }
}
