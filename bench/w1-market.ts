/** The W1 workload: its ticks, drawn as docs/performance.md states, and the plain fused loop that is both answer and limit. */
import { type Block, MAX_FRAME_NUMBERS, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, sliceBlock } from '#engine/market/blocks.ts';
import type { InstrumentId, Seq, SourceId } from '#engine/values.ts';

export type Ticks = Readonly<{ count: number; time: Float64Array; price: Float64Array; lots: Float64Array }>;
export type Answer = Readonly<{ bars: number; fills: number; equity: number }>;

const START_MS = Date.UTC(2024, 0, 1);
const MINUTE_MS = 60_000;

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Hands over one trade after another: its time in µs, its price in ticks of 0.01, its lots. */
export function w1Trades(seed: number): (trade: (at: number, price: number, lots: number) => void) => void {
  const random = mulberry32(seed);
  let at = START_MS;
  let ticks = 10_000;
  return (trade) => {
    at += 1 + Math.floor(random() * 199);
    if (at % MINUTE_MS === 0) at += 1;
    ticks = Math.max(100, ticks + Math.floor(random() * 7) - 3);
    trade(at * 1000, ticks, 1 + Math.floor(random() * 10));
  };
}

export function w1Ticks(seed: number, count: number): Ticks {
  const next = w1Trades(seed);
  const time = new Float64Array(count);
  const price = new Float64Array(count);
  const lots = new Float64Array(count);
  let i = 0;
  const keep = (at: number, ticks: number, size: number): void => {
    time[i] = at;
    price[i] = ticks;
    lots[i] = size;
  };
  for (; i < count; i++) next(keep);
  return { count, time, price, lots };
}

export const w1Instrument = (seed: number): InstrumentId => `W1-${seed}` as InstrumentId;
export const W1_SOURCE = 'tape' as SourceId;

export function w1Block(seed: number, ticks: Ticks): Block {
  return {
    instrument: w1Instrument(seed),
    source: W1_SOURCE,
    kind: 'trade',
    timeframeUs: 0,
    count: ticks.count,
    at: ticks.time,
    venueTime: ticks.time,
    venueSeq: NO_SEQ,
    flags: new Uint8Array(ticks.count),
    values: [ticks.price, ticks.lots],
  };
}

/** One instrument, cut into frames. */
export function* w1Frames(seed: number, ticks: Ticks, first: number, size = MAX_FRAME_NUMBERS): Generator<MarketFrame> {
  const block = w1Block(seed, ticks);
  for (let from = 0; from < ticks.count; from += size) {
    const to = Math.min(from + size, ticks.count);
    const part = sliceBlock(block, from, to);
    // arrival is venue time: one array, as a tape hands it over
    yield marketFrame((first + from) as Seq, [{ ...part, at: part.venueTime }], NO_LANE, null);
  }
}

/** Several instruments merged by (time, instrument). */
export function* w1Merged(
  seeds: readonly number[],
  markets: readonly Ticks[],
  first: number,
  size = MAX_FRAME_NUMBERS,
): Generator<MarketFrame> {
  const blocks = markets.map((ticks, index) => w1Block(seeds[index], ticks));
  const next = markets.map(() => 0);
  const total = markets.reduce((sum, { count }) => sum + count, 0);
  for (let done = 0; done < total; ) {
    const count = Math.min(size, total - done);
    const lane = new Uint16Array(count);
    const from = next.slice();
    for (let offset = 0; offset < count; offset++) {
      let owner = -1;
      let earliest = Infinity;
      for (let m = 0; m < markets.length; m++) {
        if (next[m] < markets[m].count && markets[m].time[next[m]] < earliest) {
          earliest = markets[m].time[next[m]];
          owner = m;
        }
      }
      lane[offset] = owner;
      next[owner]++;
    }
    const present = blocks.map((_, m) => m).filter((m) => next[m] > from[m]);
    const parts = present.map((m) => {
      const part = sliceBlock(blocks[m], from[m], next[m]);
      return { ...part, at: part.venueTime };
    });
    yield marketFrame((first + done) as Seq, parts, parts.length === 1 ? NO_LANE : lane.map((m) => present.indexOf(m)), null);
    done += count;
  }
}

/**
 * The same work in one fused loop and nothing else: the limit in this runtime. Equity in units of currency. `filled` hears the bar that forms,
 * the lots (sold ones negative) and the price.
 */
export function plainLoop(
  { count, time, price }: Ticks,
  until = 0,
  filled: (bar: number, lots: number, price: number) => void = () => {},
): Answer {
  const minute = MINUTE_MS * 1000;
  let border = (Math.floor(time[0] / minute) + 1) * minute;
  let bars = 0;
  let fast = 0;
  let slow = 0;
  let position = 0;
  let cash = 0;
  let fills = 0;
  let wanted = 0;
  let high = 0;
  let low = Infinity;
  let last = 0;
  const alphaFast = 2 / 13;
  const alphaSlow = 2 / 27;
  for (let i = 0; i < count; i++) {
    const at = time[i];
    if (at >= border) {
      bars++;
      if (bars === 1) {
        fast = last;
        slow = last;
      } else {
        fast += (last - fast) * alphaFast;
        slow += (last - slow) * alphaSlow;
      }
      wanted = bars >= 27 ? (fast > slow ? 1 : -1) : 0;
      border = (Math.floor(at / minute) + 1) * minute;
      high = 0;
      low = Infinity;
    }
    const now = price[i];
    if (wanted !== 0) {
      if (wanted !== position) {
        filled(bars, wanted - position, now);
        cash -= (wanted - position) * now;
        position = wanted;
        fills++;
      }
      wanted = 0;
    }
    if (now > high) high = now;
    if (now < low) low = now;
    last = now;
  }
  if (high < low) throw new Error('no ticks');
  if (border <= until) bars++; // beside others whose time went on: its last bar closed too, with no trade left to fill
  return { bars, fills, equity: 1_000_000 + (cash + position * last) / 100 };
}
