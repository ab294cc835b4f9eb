/** Bars put together into candles wide enough to see: first open, highest high, lowest low, last close. Nothing is left out. */
import type { PriceBars } from '#engine/run/result.ts';

export type Candles = Readonly<{
  /** The middle of each candle, µs. */
  time: readonly number[];
  open: readonly number[];
  high: readonly number[];
  low: readonly number[];
  close: readonly number[];
}>;

export function widened({ time, open, high, low, close }: PriceBars, most: number): Candles {
  const per = Math.max(1, Math.ceil(time.length / most));
  const out = { time: [] as number[], open: [] as number[], high: [] as number[], low: [] as number[], close: [] as number[] };
  for (let from = 0; from < time.length; from += per) {
    const to = Math.min(from + per, time.length);
    const begin = from === 0 ? beginOf(time) : (time[from - 1] as number);
    out.time.push((begin + (time[to - 1] as number)) / 2);
    out.open.push(open[from] as number);
    out.high.push(high.subarray(from, to).reduce((top, value) => Math.max(top, value)));
    out.low.push(low.subarray(from, to).reduce((bottom, value) => Math.min(bottom, value)));
    out.close.push(close[to - 1] as number);
  }
  return out;
}

/** A bar begins where the one before it ends; the first is taken to be as long as the second. */
const beginOf = (time: Float64Array): number => {
  const [first, second] = [time[0] as number, time[1]];
  return second === undefined ? first : first - (second - first);
};
