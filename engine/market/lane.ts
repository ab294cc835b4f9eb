/**
 * One kind of tick from one feed: what has been accepted, and the judgement of the next. `judge` takes one tick, `next` scans ahead
 * for the first that is not ordinary and changes nothing; both read the same rules. Never decides what follows from a fault.
 */
import type { FeedFault } from '../inputs.ts';
import { SECOND_US } from '../values.ts';
import type { Block, BlockKind } from './blocks.ts';
import type { FeedSpec } from './instrument.ts';

/** A tick that claims to come from further in the future than this is absurd. */
export const AHEAD_US = 5 * SECOND_US;

/** What judging one tick found. `rejected` ends the fact. */
export type Judgement = Readonly<{ rejected: FeedFault | null; value: number; jumped: boolean; timeBack: boolean; lag: 0 | 1 | 2 }>;

export class Lane {
  readonly kind: BlockKind;
  readonly spec: FeedSpec;
  newestTime = -1;
  newestSeq = 0;
  /** The value the absurd rule compares with: price, bid + ask, close. NaN before the first. */
  last = Number.NaN;
  lastBid = 0;
  lastAsk = 0;
  absurdRun = 0;
  seen = false;

  constructor(kind: BlockKind, spec: FeedSpec) {
    this.kind = kind;
    this.spec = spec;
  }

  forget(): void {
    this.newestTime = -1;
    this.newestSeq = 0;
    this.last = Number.NaN;
    this.lastBid = 0;
    this.lastAsk = 0;
    this.absurdRun = 0;
  }

  lagLevel(lag: number): 0 | 1 | 2 {
    const { lagUs, lagDownUs } = this.spec;
    if (lagDownUs !== null && lag > lagDownUs) return 2;
    return lagUs !== null && lag > lagUs ? 1 : 0;
  }

  #absurd(value: number): boolean {
    const permille = this.spec.absurdPermille;
    // NaN before the first value compares false, as it must
    return permille !== null && Math.abs(value - this.last) * 1000 > permille * Math.abs(this.last);
  }

  /** Judges the tick at `index` and folds what is accepted. */
  judge(block: Block, index: number): Judgement {
    this.seen = true;
    const at = block.at[index];
    const venueTime = block.venueTime[index];
    const numbered = block.venueSeq.length > 0;
    let jumped = false;
    if (numbered) {
      const seq = block.venueSeq[index];
      if (seq > 0) {
        if (seq <= this.newestSeq) return { rejected: 'duplicate', value: seq, jumped: false, timeBack: false, lag: 0 };
        jumped = this.newestSeq > 0 && seq > this.newestSeq + 1;
        this.newestSeq = seq;
      } // 0: this message carries no number, and says nothing of the sequence
    }
    const [a, b, c, d, e] = block.values;
    let value = Number.NaN;
    let malformed = Number.NaN;
    switch (this.kind) {
      case 'trade':
        value = a[index];
        if (b[index] <= 0) malformed = b[index];
        break;
      case 'quote':
        value = a[index] + c[index];
        break;
      case 'bar': {
        value = d[index];
        const low = Math.min(a[index], d[index]);
        const high = Math.max(a[index], d[index], c[index]);
        if (b[index] < high || c[index] > low || e[index] < 0) malformed = value;
        break;
      }
      case 'book':
        break;
    }
    if (venueTime > at + AHEAD_US) return { rejected: 'absurd', value: venueTime, jumped, timeBack: false, lag: 0 };
    if (!Number.isNaN(malformed)) return { rejected: 'absurd', value: malformed, jumped, timeBack: false, lag: 0 };
    if (this.#absurd(value)) {
      this.absurdRun++;
      if (this.absurdRun >= this.spec.faultsToDown) {
        // so many in a row are a true jump: the next are judged by the new level
        this.#keep(value, block, index);
        this.absurdRun = 0;
      }
      return { rejected: 'absurd', value, jumped, timeBack: false, lag: 0 };
    }
    if (this.kind === 'quote' && a[index] >= c[index]) return { rejected: 'crossed', value, jumped, timeBack: false, lag: 0 };
    this.absurdRun = 0;
    this.#keep(value, block, index);
    const timeBack = venueTime < this.newestTime - this.spec.latenessUs;
    if (venueTime > this.newestTime) this.newestTime = venueTime;
    return { rejected: null, value, jumped, timeBack, lag: this.lagLevel(at - venueTime) };
  }

  #keep(value: number, block: Block, index: number): void {
    if (this.kind === 'book') return;
    this.last = value;
    if (this.kind === 'quote') {
      this.lastBid = block.values[0][index];
      this.lastAsk = block.values[2][index];
    }
  }

  /**
   * First index in [from, to) whose tick is not ordinary, or `to`: in sequence, not back in time, neither absurd nor crossed, and of lag
   * level `lag`. Ticks in [folded, from) are known to be ordinary and not folded yet. A stop is only a reason to judge that tick by itself.
   */
  next(block: Block, folded: number, from: number, to: number, lag: 0 | 1 | 2): number {
    if (from >= to) return to;
    if (this.kind === 'bar') return from; // each bar closes a candle: an edge by itself
    const ahead = from > folded;
    if (block.venueSeq.length > 0) to = inSequence(block.venueSeq, ahead ? block.venueSeq[from - 1] : this.newestSeq, from, to);
    // A tape whose arrival is its venue time shares the array: no lag, nothing ahead.
    if (block.at !== block.venueTime) to = this.#inTime(block, from, to, lag);
    else if (lag !== 0) return from;
    const newest = ahead ? block.venueTime[from - 1] : this.newestTime;
    const [a, b, c] = block.values;
    switch (this.kind) {
      case 'trade':
        return ordinaryTrades(block.venueTime, a, b, from, to, newest, ahead ? a[from - 1] : this.last, this.spec.absurdPermille);
      case 'quote':
        return ordinaryQuotes(
          block.venueTime,
          a,
          c,
          from,
          to,
          newest,
          ahead ? a[from - 1] + c[from - 1] : this.last,
          this.spec.absurdPermille,
        );
      case 'book':
        return risingTimes(block.venueTime, newest, from, to);
    }
  }

  #inTime(block: Block, from: number, to: number, lag: 0 | 1 | 2): number {
    const { at, venueTime } = block;
    const { lagUs, lagDownUs } = this.spec;
    // the band of lags that are of this level
    const above = lag === 0 ? -AHEAD_US - 1 : ((lag === 1 ? lagUs : lagDownUs) ?? Infinity);
    const most = lag === 0 ? Math.min(lagUs ?? Infinity, lagDownUs ?? Infinity) : lag === 1 ? (lagDownUs ?? Infinity) : Infinity;
    for (let i = from; i < to; i++) {
      const behind = at[i] - venueTime[i];
      if (behind <= above || behind > most) return i;
    }
    return to;
  }

  /** Folds ordinary ticks [from, to): those `next` passed over. */
  fold(block: Block, from: number, to: number): void {
    if (from >= to) return;
    this.seen = true;
    const end = to - 1;
    this.newestTime = block.venueTime[end];
    if (block.venueSeq.length > 0) this.newestSeq = block.venueSeq[end];
    if (this.kind === 'trade') this.last = block.values[0][end];
    else if (this.kind === 'quote') {
      this.lastBid = block.values[0][end];
      this.lastAsk = block.values[2][end];
      this.last = this.lastBid + this.lastAsk;
    }
    this.absurdRun = 0;
  }
}

function inSequence(seqs: Float64Array, newest: number, from: number, to: number): number {
  // the first of a lane may carry any number
  let expected = newest === 0 && seqs[from] >= 1 ? seqs[from] : newest + 1;
  for (let i = from; i < to; i++, expected++) if (seqs[i] !== expected) return i;
  return to;
}

function ordinaryTrades(
  times: Float64Array,
  prices: Float64Array,
  sizes: Float64Array,
  from: number,
  to: number,
  newest: number,
  last: number,
  permille: number | null,
): number {
  if (from >= to) return to;
  // The column itself holds the last time and price: a number carried from turn to turn would be boxed, sixteen bytes a tick.
  if (times[from] < newest || sizes[from] <= 0) return from;
  if (permille === null) {
    for (let i = from + 1; i < to; i++) if (times[i] < times[i - 1] || sizes[i] <= 0) return i;
    return to;
  }
  // the first tick of all has nothing to be absurd against
  if (!Number.isNaN(last) && Math.abs(prices[from] - last) * 1000 > permille * Math.abs(last)) return from;
  // While this and the last price both lie within `near` of a base, they cannot be absurd to each other: 2 × near ≤ permille of (|base| − near).
  let base = prices[from];
  let low = base - nearOf(base, permille);
  let high = base + nearOf(base, permille);
  for (let i = from + 1; i < to; i++) {
    if (times[i] < times[i - 1] || sizes[i] <= 0) return i;
    const price = prices[i];
    if (price >= low && price <= high) continue;
    const before = prices[i - 1];
    if (Math.abs(price - before) * 1000 > permille * Math.abs(before)) return i;
    base = price;
    low = base - nearOf(base, permille);
    high = base + nearOf(base, permille);
  }
  return to;
}

const nearOf = (base: number, permille: number): number => Math.floor((permille * Math.abs(base)) / (2000 + permille));

function ordinaryQuotes(
  times: Float64Array,
  bids: Float64Array,
  asks: Float64Array,
  from: number,
  to: number,
  newest: number,
  last: number,
  permille: number | null,
): number {
  const most = permille ?? Infinity;
  for (let i = from; i < to; i++) {
    const before = i === from ? last : bids[i - 1] + asks[i - 1];
    // Infinity × 0 and the NaN before the first quote compare false: nothing is absurd then
    const absurd = Math.abs(bids[i] + asks[i] - before) * 1000 > most * Math.abs(before);
    if (times[i] < (i === from ? newest : times[i - 1]) || bids[i] >= asks[i] || absurd) return i;
  }
  return to;
}

function risingTimes(times: Float64Array, newest: number, from: number, to: number): number {
  for (let i = from; i < to; i++) if (times[i] < (i === from ? newest : times[i - 1])) return i;
  return to;
}

/** First index in [from, to) with price ≤ low or ≥ high, or `to`. */
export function nextAtLevel(prices: Float64Array, from: number, to: number, low: number, high: number): number {
  for (let i = from; i < to; i++) {
    const price = prices[i];
    if (price <= low || price >= high) return i;
  }
  return to;
}

/** First index in [from, to) whose time is not before `border`, in rising times; gallops, for the border is usually near. */
export function nextAtBorder(rising: Float64Array, from: number, to: number, border: number): number {
  if (from >= to || rising[from] >= border) return from;
  let low = from;
  let step = 16;
  let high = from + step;
  while (high < to && rising[high] < border) {
    low = high;
    step *= 2;
    high = low + step;
  }
  if (high > to) high = to;
  // rising[low] < border, and high is `to` or at the border or past it
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (rising[middle] < border) low = middle;
    else high = middle;
  }
  return high;
}
