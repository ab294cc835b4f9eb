/** The numbers of one candle as trades fold into it: plain numbers, in place. When it opens and closes is decided by actors/desk/candles.ts. */
import type { TimeUs } from '../values.ts';
import type { Candle } from './instrument.ts';

export class CandleFold {
  start = 0;
  end = 0;
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  volume = 0;
  trades = 0;
  complete = true;
  /** Whether a candle is open at all; the other fields mean nothing otherwise. */
  isOpen = false;

  begin(start: number, end: number, complete: boolean): void {
    this.start = start;
    this.end = end;
    this.trades = 0;
    this.volume = 0;
    this.complete = complete;
    this.isOpen = true;
  }

  /** One trade. */
  take(price: number, lots: number): void {
    if (this.trades === 0) {
      this.open = price;
      this.high = price;
      this.low = price;
    } else if (price > this.high) this.high = price;
    else if (price < this.low) this.low = price;
    this.close = price;
    this.volume += lots;
    this.trades++;
  }

  /** Trades [from, to) of a block, the candle having at least one. */
  fold(prices: Float64Array, lots: Float64Array, from: number, to: number): void {
    let high = this.high;
    let low = this.low;
    let volume = this.volume;
    for (let i = from; i < to; i++) {
      const price = prices[i];
      if (price > high) high = price;
      if (price < low) low = price;
      volume += lots[i];
    }
    this.high = high;
    this.low = low;
    this.volume = volume;
    this.close = prices[to - 1];
    this.trades += to - from;
  }

  /** A closed candle of a lower timeframe. */
  absorb(candle: Candle): void {
    if (this.trades === 0 && this.volume === 0 && !this.#begun) {
      this.open = candle.open;
      this.high = candle.high;
      this.low = candle.low;
    } else {
      if (candle.high > this.high) this.high = candle.high;
      if (candle.low < this.low) this.low = candle.low;
    }
    this.#begun = true;
    this.close = candle.close;
    this.volume += candle.volume;
    this.trades += candle.trades;
    if (!candle.complete) this.complete = false;
  }

  #begun = false;

  /** The candle as it stands; the fold is free for the next. */
  finish(): Candle {
    this.isOpen = false;
    this.#begun = false;
    return this.candle();
  }

  candle(): Candle {
    return {
      start: this.start as TimeUs,
      end: this.end as TimeUs,
      open: this.open,
      high: this.high,
      low: this.low,
      close: this.close,
      volume: this.volume,
      trades: this.trades,
      complete: this.complete,
    };
  }

  load(candle: Candle, absorbed: boolean): void {
    Object.assign(this, candle);
    this.isOpen = true;
    this.#begun = absorbed;
  }
}
