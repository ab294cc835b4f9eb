/**
 * Whether one message of a venue's book follows the one before it, by the numbers the venue gives them: a rule a venue. Sees numbers only,
 * never a level; what it says of a message is acted on in book-sync.ts, and by the importer.
 */
import { assert } from '../assert.ts';

/**
 * `unnumbered`: a snapshot is a new book and a change follows whatever came, since nothing could say otherwise (Tardis files; Kraken, whose
 * messages carry a checksum instead).
 */
export const SEQUENCE_RULES = ['binance-spot', 'binance-futures', 'bybit', 'okx', 'unnumbered'] as const;
export type SequenceRule = (typeof SEQUENCE_RULES)[number];

/** Null for a number this venue does not give. */
export type BookIds = Readonly<{
  /** A whole book, not changes of one. */
  snapshot: boolean;
  /** The first update inside: Binance U. */
  first: number | null;
  /** The last update inside: Binance u, of its snapshot lastUpdateId; Bybit u; OKX seqId. */
  last: number | null;
  /** The last update of the message before it: Binance futures pu, OKX prevSeqId. */
  previous: number | null;
}>;

/** `old`: all of it is in the book already. `gap`: what lies between is missing, or there is no book to follow. */
export type Following = 'snapshot' | 'follows' | 'old' | 'gap';

/** `joining`: behind a snapshot that was fetched apart, which the next message need not meet exactly. */
export type SavedSequence = Readonly<{ state: 'unknown' | 'joining' | 'following'; last: number }>;

export class BookSequence {
  readonly rule: SequenceRule;
  #state: SavedSequence['state'] = 'unknown';
  #last = 0;

  constructor(rule: SequenceRule) {
    this.rule = rule;
  }

  get known(): boolean {
    return this.#state !== 'unknown';
  }

  take(ids: BookIds): Following {
    if (isWhole(this.rule, ids)) return this.#takeSnapshot(ids.last ?? 0);
    if (this.#state === 'unknown') return 'gap';
    const said = this.#judge(ids);
    if (said === 'follows') {
      this.#last = ids.last ?? 0;
      this.#state = 'following';
    } else if (said === 'gap') this.forget();
    return said;
  }

  /** Changes are followed from this update on, though the book before them is not known: a file that begins in the middle. */
  followFrom(last: number): void {
    this.#state = 'following';
    this.#last = last;
  }

  forget(): void {
    this.#state = 'unknown';
    this.#last = 0;
  }

  #takeSnapshot(last: number): Following {
    const fetched = isFetched(this.rule);
    if (fetched && this.known && last <= this.#last) return 'old';
    this.#state = fetched ? 'joining' : 'following';
    this.#last = last;
    return 'snapshot';
  }

  #judge({ first, last, previous }: BookIds): 'follows' | 'old' | 'gap' {
    if (this.rule === 'unnumbered') return 'follows';
    if (last === null) return 'gap'; // nothing shows that it follows
    const newest = this.#last;
    const joining = this.#state === 'joining';
    switch (this.rule) {
      case 'binance-spot':
        if (last <= newest) return 'old';
        return first !== null && (joining ? first <= newest + 1 : first === newest + 1) ? 'follows' : 'gap';
      case 'binance-futures':
        // one that ends where the snapshot was taken joins it: its numbers are shared by all symbols, so that the next begins anywhere
        if (joining ? last < newest : last <= newest) return 'old';
        return previous !== null && (joining ? previous <= newest : previous === newest) ? 'follows' : 'gap';
      case 'bybit':
        if (last <= newest) return 'old';
        return last === newest + 1 ? 'follows' : 'gap';
      case 'okx':
        // first of all: at a maintenance its numbers begin again below, and a message without changes repeats the number before it
        if (previous === newest) return 'follows';
        return last <= newest ? 'old' : 'gap';
    }
  }

  save(): SavedSequence {
    return { state: this.#state, last: this.#last };
  }

  load({ state, last }: SavedSequence): void {
    assert(
      ['unknown', 'joining', 'following'].includes(state) && Number.isSafeInteger(last),
      'a saved sequence of a book must hold a state and a number',
    );
    this.#state = state;
    this.#last = last;
  }
}

/** The snapshot comes by another way than the changes, so these must wait for it, and it may be older than they are. */
export const isFetched = (rule: SequenceRule): boolean => rule === 'binance-spot' || rule === 'binance-futures';

/** Bybit counts from 1 when its service restarts, and that message is a whole book whatever it is called. */
const isWhole = (rule: SequenceRule, { snapshot, last }: BookIds): boolean => snapshot || (rule === 'bybit' && last === 1);
