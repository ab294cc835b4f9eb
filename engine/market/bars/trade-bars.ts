/**
 * Bars of trades by any rule of bar-rule.ts, as a fold: a trade in, at most one ended bar out. Says when each could be known at the
 * earliest; fills no empty interval, and keeps the bar that is not ended yet to itself.
 */
import { assert } from '../../assert.ts';
import { CandleFold } from '../candle-fold.ts';
import { type BarRule, checkedRule, MOMENT_US, sizeOf } from './bar-rule.ts';

export type EndedBar = Readonly<{
  start: number;
  /** Exclusive. */
  end: number;
  /** Arrival: not before its end, nor before its last trade arrived. */
  at: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number;
}>;

/** start, trades, open, high, low, close, volume, turnover, arrival of the last trade, last start, last arrival, trades left out. */
export type SavedTradeBars = readonly number[];
const SAVED_NUMBERS = 12;

export class TradeBars {
  readonly rule: BarRule;
  /** Trades from before the open bar, by the clock: left out, as a desk leaves them out. */
  late = 0;
  readonly #latencyUs: number;
  readonly #size: number;
  readonly #fold = new CandleFold();
  /** Ticks × lots. Exact below the size asked for, and beyond it that is all it has to say. */
  #turnover = 0;
  /** Arrival of the open bar's last trade. */
  #at = -1;
  #lastStart = -1;
  #lastAt = -1;

  /** `latencyUs`: how much later than its end a bar arrives at the earliest. */
  constructor(rule: BarRule, latencyUs: number) {
    this.rule = checkedRule(rule);
    this.#latencyUs = latencyUs;
    this.#size = sizeOf(rule);
  }

  /** Trades in the bar that has not ended. */
  get open(): number {
    return this.#fold.trades;
  }

  take(at: number, time: number, price: number, lots: number): EndedBar | null {
    return this.rule.by === 'time' ? this.#byClock(at, time, price, lots) : this.#bySize(at, time, price, lots);
  }

  #bySize(at: number, time: number, price: number, lots: number): EndedBar | null {
    const fold = this.#fold;
    fold.take(price, lots);
    this.#turnover += Math.abs(price) * lots;
    this.#at = at;
    const reached = this.rule.by === 'ticks' ? fold.trades : this.rule.by === 'volume' ? fold.volume : this.#turnover;
    if (reached < this.#size) return null;
    // two bars of one moment: the second is the next moment, for a desk takes no bar that begins before the last ended
    return this.#end(Math.max(time, this.#lastStart + MOMENT_US), MOMENT_US);
  }

  #byClock(at: number, time: number, price: number, lots: number): EndedBar | null {
    const fold = this.#fold;
    const start = Math.floor(time / this.#size) * this.#size;
    if (fold.trades > 0 ? start < fold.start : start <= this.#lastStart) {
      this.late += 1;
      return null;
    }
    const ended = fold.trades > 0 && start > fold.start ? this.#end(fold.start, this.#size) : null;
    fold.start = start;
    fold.take(price, lots);
    this.#at = at;
    return ended;
  }

  #end(start: number, lengthUs: number): EndedBar {
    const fold = this.#fold;
    const end = start + lengthUs;
    const at = Math.max(end + this.#latencyUs, this.#at, this.#lastAt);
    const { open, high, low, close, volume, trades } = fold;
    this.#lastStart = start;
    this.#lastAt = at;
    fold.begin(0, 0, true);
    this.#turnover = 0;
    return { start, end, at, open, high, low, close, volume, trades };
  }

  save(): SavedTradeBars {
    const { start, trades, open, high, low, close, volume } = this.#fold;
    return [...[start, trades, open, high, low, close, volume], this.#turnover, this.#at, this.#lastStart, this.#lastAt, this.late];
  }

  load(saved: SavedTradeBars): void {
    assert(saved.length === SAVED_NUMBERS && saved.every(Number.isFinite), 'a saved fold of bars must hold its twelve numbers');
    const [start, trades, open, high, low, close, volume, turnover, at, lastStart, lastAt, late] = saved as readonly [
      ...[number, number, number, number, number, number],
      ...[number, number, number, number, number, number],
    ];
    this.#fold.begin(start, 0, true);
    Object.assign(this.#fold, { trades, open, high, low, close, volume });
    this.#turnover = turnover;
    this.#at = at;
    this.#lastStart = lastStart;
    this.#lastAt = lastAt;
    this.late = late;
  }
}
