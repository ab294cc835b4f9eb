/** Candle arithmetic, one fact at a time: open, fold, merge, amend. Never says when a candle closes. */
import type { Candle } from '#engine/market/instrument.ts';
import type { TimeUs } from '#engine/values.ts';

export function intervalOf(venueTime: number, timeframeUs: number): { start: number; end: number } {
  const start = Math.floor(venueTime / timeframeUs) * timeframeUs;
  return { start, end: start + timeframeUs };
}

export function opened(start: number, end: number, price: number, lots: number, complete: boolean): Candle {
  return {
    start: start as TimeUs,
    end: end as TimeUs,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: lots,
    trades: 1,
    complete,
  };
}

export function folded(candle: Candle, price: number, lots: number): Candle {
  return {
    ...candle,
    high: Math.max(candle.high, price),
    low: Math.min(candle.low, price),
    close: price,
    volume: candle.volume + lots,
    trades: candle.trades + 1,
  };
}

/** A late trade: the close stays what it was. */
export function amended(candle: Candle, price: number, lots: number): Candle {
  return {
    ...candle,
    high: Math.max(candle.high, price),
    low: Math.min(candle.low, price),
    volume: candle.volume + lots,
    trades: candle.trades + 1,
  };
}

/** A closed candle of a smaller timeframe goes into an open one. */
export function merged(candle: Candle, part: Candle): Candle {
  return {
    ...candle,
    high: Math.max(candle.high, part.high),
    low: Math.min(candle.low, part.low),
    close: part.close,
    volume: candle.volume + part.volume,
    trades: candle.trades + part.trades,
    complete: candle.complete && part.complete,
  };
}

export function flat(start: number, end: number, price: number): Candle {
  return {
    start: start as TimeUs,
    end: end as TimeUs,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    trades: 0,
    complete: true,
  };
}
