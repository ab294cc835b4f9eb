/** What W2 and W3 run on: the minutes of W1's trades, folded while they are drawn. And the plain loop over them that is both answer and limit. */

import { nodeDigest } from '#cli/compose/digest.ts';
import { type Block, NO_SEQ, sliceBlock } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { InstrumentId, SourceId } from '#engine/values.ts';
import { DAY_US, MINUTE_US } from '#engine/values.ts';
import { Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { w1Genesis } from './w1-desk.ts';
import { W1_SOURCE, w1Instrument, w1Trades } from './w1-market.ts';

/** Times are the beginnings of bars, in µs; prices in ticks. No minute is missing. */
export type Minutes = Readonly<{
  count: number;
  time: Float64Array;
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
  volume: Float64Array;
}>;

/** Which position is wanted at a close: the side of a cross from bar slow + 1 on, or from the second bar on, at each, the other side of what is held. */
export type Rule = Readonly<{ fast: number; slow: number }> | 'turn';

export type PlainRun = Readonly<{ bars: number; fills: number; equity: number; sharpe: number }>;

export const OPENING = 1_000_000;

export function w1Minutes(seed: number, count: number): Minutes {
  const [time, open, high, low, close, volume] = Array.from({ length: 6 }, () => new Float64Array(count)) as [
    ...Float64Array<ArrayBuffer>[],
  ] as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  let bar = -1;
  let border = 0;
  const fold = (at: number, price: number, lots: number): void => {
    if (at >= border) {
      bar += 1;
      if (bar === count) return;
      time[bar] = Math.floor(at / MINUTE_US) * MINUTE_US;
      if (bar > 0 && time[bar] !== border) throw new Error(`the trades of seed ${seed} leave a minute empty`);
      border = time[bar]! + MINUTE_US;
      open[bar] = price;
      high[bar] = price;
      low[bar] = price;
    }
    if (price > high[bar]!) high[bar] = price;
    if (price < low[bar]!) low[bar] = price;
    close[bar] = price;
    volume[bar]! += lots;
  };
  const next = w1Trades(seed);
  while (bar < count) next(fold);
  return { count, time, open, high, low, close, volume };
}

/** The definition of W1's instrument. A tape may jump as it likes: of a price near the floor, a minute moves a large part. */
export function w1Definition(barUs: number | null): Instrument {
  const { instrument } = w1Genesis([42]).find(({ type }) => type === 'InstrumentDefined') as unknown as { instrument: Instrument };
  return {
    ...instrument,
    feeds: instrument.feeds.map((feed) => ({ ...feed, absurdPermille: null, ...(barUs === null ? {} : { barUs }) })),
  };
}

export function minutesBlock({ count, time, open, high, low, close, volume }: Minutes): Block {
  return {
    ...{ instrument: w1Instrument(42) as InstrumentId, source: W1_SOURCE as SourceId, kind: 'bar', timeframeUs: MINUTE_US },
    ...{ count, at: time.map((begin) => begin + MINUTE_US), venueTime: time, venueSeq: NO_SEQ, flags: new Uint8Array(count) },
    values: [open, high, low, close, volume],
  };
}

/** Written once, opened from the disk. */
export function tapeOf(folder: string, block: Block): Tape {
  const writer = new TapeWriter({ folder, digest: nodeDigest, latencyUs: 0 });
  for (let from = 0; from < block.count; from += PART) writer.append(sliceBlock(block, from, Math.min(block.count, from + PART)));
  writer.finish([w1Definition(block.kind === 'bar' ? MINUTE_US : null)], { by: 'bench' });
  return Tape.open(folder);
}
const PART = 65_536;

/** A close wants, the next open fills; what the last close wants has no bar left. Sharpe of days in UTC, not scaled to a year. */
export function plainBars(
  { count, time, open, close }: Minutes,
  rule: Rule,
  filled: (bar: number, lots: number, price: number) => void = () => {},
): PlainRun {
  const cross = rule === 'turn' ? null : { fast: 2 / (rule.fast + 1), slow: 2 / (rule.slow + 1), from: rule.slow + 1 };
  let [fast, slow, wanted, position, cash, fills] = [close[0]!, close[0]!, 0, 0, 0, 0];
  const returns: number[] = [];
  let [equity, opening] = [OPENING, OPENING];
  let day = Math.floor(time[0]! / DAY_US);
  for (let i = 0; i < count; i++) {
    if (wanted !== position) {
      const lots = wanted - position;
      filled(i, lots, open[i]!);
      cash -= lots * open[i]!;
      position = wanted;
      fills += 1;
    }
    if (time[i]! >= (day + 1) * DAY_US) {
      returns.push((equity - opening) / opening);
      opening = equity;
      day += 1;
    }
    const last = close[i]!;
    equity = OPENING + (cash + position * last) / 100;
    if (cross === null) wanted = i === 0 ? 0 : position === 1 ? -1 : 1;
    else {
      fast += (last - fast) * cross.fast;
      slow += (last - slow) * cross.slow;
      if (i + 1 >= cross.from) wanted = fast > slow ? 1 : -1;
    }
  }
  returns.push((equity - opening) / opening);
  return { bars: count, fills, equity, sharpe: sharpeOf(returns) };
}

function sharpeOf(returns: readonly number[]): number {
  const mean = returns.reduce((sum, each) => sum + each, 0) / returns.length;
  const spread = Math.sqrt(returns.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (returns.length - 1));
  return mean / spread;
}
