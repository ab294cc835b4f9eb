/**
 * The book that recorded changes make, change by change: what a tape or a block of kind `book` holds. Knows no venue's numbers; where
 * changes are missing the recording is marked (FLAG_GAP), and from there on the book is not known until the next snapshot.
 */
import { FLAG_BUY, FLAG_GAP, FLAG_SNAPSHOT } from './blocks.ts';
import { OrderBook, type SavedBook } from './book.ts';

/** Plain data. */
export type SavedRecordedBook = Readonly<{
  book: SavedBook;
  known: boolean;
  flags: number;
  time: number;
  begunAt: number | null;
  lostAt: number | null;
}>;

export class RecordedBook {
  readonly #book = new OrderBook();
  #known = false;
  #flags = 0;
  #time = 0;
  /** Venue time of the snapshot it was last begun with; null before the first. */
  begunAt: number | null = null;
  /** Venue time of the change that told of the newest gap; null without one. */
  lostAt: number | null = null;

  /** Null before the first snapshot and after a gap. */
  get book(): OrderBook | null {
    return this.#known ? this.#book : null;
  }

  take(flags: number, time: number, price: number, lots: number): void {
    if ((flags & FLAG_GAP) !== 0) {
      this.#known = false;
      this.lostAt = time;
    }
    if (beginsBook(flags, time, this.#flags, this.#time)) {
      this.#book.clear();
      this.#known = true;
      this.begunAt = time;
    }
    if (lots < 0) {
      this.#known = false; // no level holds less than nothing: what it should have been is not known
      this.lostAt = time;
    }
    this.#flags = flags;
    this.#time = time;
    if (this.#known) this.#book.set((flags & FLAG_BUY) !== 0 ? 'buy' : 'sell', price, lots);
  }

  save(): SavedRecordedBook {
    return {
      book: this.#book.save(),
      ...{ known: this.#known, flags: this.#flags, time: this.#time },
      ...{ begunAt: this.begunAt, lostAt: this.lostAt },
    };
  }

  load({ book, known, flags, time, begunAt, lostAt }: SavedRecordedBook): void {
    this.#book.load(book);
    this.#known = known;
    this.#flags = flags;
    this.#time = time;
    this.begunAt = begunAt;
    this.lostAt = lostAt;
  }
}

/** A snapshot is a run of levels so marked of one moment: another moment is another snapshot. */
export const beginsBook = (flags: number, time: number, flagsBefore: number, timeBefore: number): boolean =>
  (flags & FLAG_SNAPSHOT) !== 0 && ((flagsBefore & FLAG_SNAPSHOT) === 0 || time !== timeBefore);
