/**
 * Whether the rows of a book follow those before them, by the updates their messages are numbered with. Says the fault of a row, and
 * remembers across rows, blocks and files what a gap left open. Drops nothing: the judge does.
 */
import { FLAG_SNAPSHOT } from '#engine/market/blocks.ts';
import { BookSequence, type SavedSequence, type SequenceRule } from '#engine/market/book-sequence.ts';
import { AFTER_BOOK_GAP, BOOK_GAP, DUPLICATE } from './faults.ts';
import { NONE, type Rows } from './rows.ts';

/** `open`: something is missing, and no row has been kept as the mark of it. `left out`: marked, and no snapshot came yet. */
type Gap = 'none' | 'open' | 'left out';

export type SavedFollowing = Readonly<{
  rule: SequenceRule;
  sequence: SavedSequence;
  /** First, last and previous update and whether it is a snapshot: of the message being read. */
  message: readonly number[];
  old: boolean;
  gap: Gap;
}>;

export class BookFollowing {
  readonly rule: SequenceRule;
  /** Of the rows told alike last: DUPLICATE, BOOK_GAP, AFTER_BOOK_GAP or 0. */
  fault = 0;
  readonly #keeps: boolean;
  readonly #sequence: BookSequence;
  #message: readonly number[] = [];
  #old = false;
  #gap: Gap = 'none';

  /** `keeps`: what follows a gap is kept, and followed on from there. */
  constructor(rule: SequenceRule, keeps: boolean) {
    this.rule = rule;
    this.#keeps = keeps;
    this.#sequence = new BookSequence(rule);
  }

  /** Where the rows that share the fault of row `from` end, at most at `to`. */
  alike(rows: Rows, from: number, to: number): number {
    if (!this.#isSame(rows, from) || this.#beginsLine(rows, from)) this.#take(rows, from);
    this.fault = this.#old ? DUPLICATE : this.#gap === 'open' ? BOOK_GAP : this.#gap === 'left out' ? AFTER_BOOK_GAP : 0;
    if (this.fault === BOOK_GAP) return from + 1;
    let row = from + 1;
    while (row < to && this.#isSame(rows, row) && rows.faults[row] === 0 && !this.#beginsLine(rows, row)) row += 1;
    return row;
  }

  /** A row was kept as the mark of the gap. */
  marked(): void {
    this.#gap = this.#keeps ? 'none' : 'left out';
  }

  #take(rows: Rows, row: number): void {
    const [first, last, previous, whole] = messageOf(rows, row);
    this.#message = [first, last, previous, whole];
    this.#old = false;
    const snapshot = whole === 1;
    if (last === NONE && !snapshot) return; // it has no number, and says nothing of what is missing
    const begun = this.#sequence.known || this.#gap !== 'none';
    const said = this.#sequence.take({ snapshot, first: nullOf(first), last: nullOf(last), previous: nullOf(previous) });
    if (said === 'snapshot') this.#gap = 'none';
    else if (said === 'old') this.#old = true;
    else if (said === 'gap') {
      if (begun && this.#gap === 'none') this.#gap = 'open';
      // a file may begin in the middle of a book: from there on its changes are followed
      if (!begun || this.#keeps) this.#sequence.followFrom(last);
    }
  }

  #isSame(rows: Rows, row: number): boolean {
    const [first, last, previous, whole] = this.#message;
    return (
      rows.firstUpdate[row] === first &&
      rows.lastUpdate[row] === last &&
      rows.previousUpdate[row] === previous &&
      (((rows.flags[row] as number) & FLAG_SNAPSHOT) !== 0 ? 1 : 0) === whole
    );
  }

  /** A message of Bybit is a line; the rows of the others' share their numbers. */
  #beginsLine(rows: Rows, row: number): boolean {
    return this.rule === 'bybit' && rows.part[row] === 0;
  }

  save(): SavedFollowing {
    return { rule: this.rule, sequence: this.#sequence.save(), message: this.#message, old: this.#old, gap: this.#gap };
  }

  load({ sequence, message, old, gap }: SavedFollowing): void {
    this.#sequence.load(sequence);
    this.#message = message;
    this.#old = old;
    this.#gap = gap;
  }
}

function messageOf(rows: Rows, row: number): readonly [number, number, number, number] {
  const whole = ((rows.flags[row] as number) & FLAG_SNAPSHOT) !== 0 ? 1 : 0;
  return [rows.firstUpdate[row] as number, rows.lastUpdate[row] as number, rows.previousUpdate[row] as number, whole];
}

const nullOf = (number: number): number | null => (number === NONE ? null : number);
