/** The candles of one series as they are drawn: history and what is told live as one, each in its newest version with the ones before it kept beside. */
import type { RestCandle } from '#gateway/contracts/rest-market.ts';
import type { RowOf } from '#gateway/contracts/rows.ts';

export type Candle = RowOf<'candles'>;
export type Drawn = Readonly<{
  start: number;
  end: number;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  trades: number;
  complete: boolean;
  version: number;
  seq: number;
  /** What was said of it before it was amended, oldest first. */
  before: readonly Candle[];
  /** Not closed yet: made here of trades that were heard, and no candle of the desk. */
  forming: boolean;
}>;

/** Candles of other sources and lengths are left out. */
export function seriesOf(history: readonly RestCandle[], live: readonly Candle[], source: string, timeframeUs: number): Drawn[] {
  const versions = new Map<number, Map<number, Candle>>();
  for (const candle of [...history, ...live]) {
    if (candle.source !== source || candle.timeframeUs !== timeframeUs) continue;
    let known = versions.get(candle.start);
    if (known === undefined) versions.set(candle.start, (known = new Map()));
    known.set(candle.version, candle);
  }
  return [...versions.values()]
    .map((known): Drawn => {
      const all = [...known.values()].sort((a, b) => a.version - b.version);
      const newest = all.at(-1)!;
      const { start, end, open, high, low, close, volume, trades, complete, version, seq } = newest;
      return { start, end, open, high, low, close, volume, trades, complete, version, seq, before: all.slice(0, -1), forming: false };
    })
    .sort((a, b) => a.start - b.start);
}

type Trade = RowOf<'trades'>;

/** The interval that is under way, of the trades that were heard of it; null where none was. Volume is not told: a trade may be missing. */
export function formingOf(trades: readonly Trade[], last: Pick<Drawn, 'start' | 'end'>, timeframeUs: number): Drawn | null {
  const newest = trades.at(-1);
  if (newest === undefined || newest.venueTime < last.end) return null;
  const start = last.end + Math.floor((newest.venueTime - last.end) / timeframeUs) * timeframeUs;
  const own = trades.filter(({ venueTime }) => venueTime >= start && venueTime < start + timeframeUs);
  const [first] = own;
  if (first === undefined) return null;
  let [high, low] = [first.price, first.price];
  for (const { price } of own) {
    if (Number(price) > Number(high)) high = price;
    if (Number(price) < Number(low)) low = price;
  }
  return {
    ...{ start, end: start + timeframeUs, open: first.price, high, low, close: own.at(-1)!.price, volume: '', trades: own.length },
    ...{ complete: false, version: 0, seq: 0, before: [], forming: true },
  };
}

export const timeframeName = (us: number): string =>
  us % 86_400_000_000 === 0
    ? `${us / 86_400_000_000}d`
    : us % 3_600_000_000 === 0
      ? `${us / 3_600_000_000}h`
      : us % 60_000_000 === 0
        ? `${us / 60_000_000}m`
        : us % 1_000_000 === 0
          ? `${us / 1_000_000}s`
          : `${us / 1_000}ms`;
