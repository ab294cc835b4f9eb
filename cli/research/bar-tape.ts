/**
 * A tape of bars made of a tape's trades (or of its bars, for Heikin-Ashi). A bar arrives when it could be known; Heikin-Ashi bars stand
 * behind the bars they were made of, as a source of their own, so that strategies hear the one and orders are filled by the other.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BadDecimal, lotsOf, parseDecimal } from '#engine/decimal.ts';
import { type BarRule, MOMENT_US, timeframeOf, turnoverSteps } from '#engine/market/bars/bar-rule.ts';
import { HeikinAshi, heikinAshiOf } from '#engine/market/bars/heikin-ashi.ts';
import { type EndedBar, TradeBars } from '#engine/market/bars/trade-bars.ts';
import { BlockSlab } from '#engine/market/block-slab.ts';
import { marketFrame, NO_LANE } from '#engine/market/blocks.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { BadValue, DAY_US, SECOND_US, type Seq, type SourceId } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { type Answer, Refused } from '../answer.ts';
import { nodeDigest } from '../compose/digest.ts';
import { grouped } from '../screen/desk-screen.ts';
import { alone } from './tape-lock.ts';
import { blocksOf, type Picked, pickedStream } from './tape-stream.ts';
import { nameOfTape, tapeNamed, tapesFolder } from './tapes.ts';

export type BarTapeAsked = Readonly<{ tape: string; to: string; by: string | null; heikinAshi: boolean; stream: number | null }>;

type Bar = Omit<EndedBar, 'trades'>;
/** What was left over: trades too late for the clock, and those of the bar that has not ended. */
type Made = { bars: number; late: number; open: number; latestUs: number };

const BARS_A_FRAME = 16_384;
const n = (value: number): string => grouped(String(value));
const trades = (count: number): string => `${n(count)} ${count === 1 ? 'trade' : 'trades'}`;

export async function makeBarTape(asked: BarTapeAsked): Promise<Answer> {
  const tape = tapeNamed(asked.tape);
  const picked = pickedStream(tape, asked.by === null ? ['bar'] : ['trade'], asked.stream);
  const rule = asked.by === null ? null : ruleOf(asked.by, picked.instrument);
  const folder = join(tapesFolder(), asked.to);
  if (existsSync(folder)) throw new Refused(2, [`a tape ${asked.to} is there already`], 'choose another name with --to');
  const { manifest, made } = await alone(asked.to, async () => {
    mkdirSync(tapesFolder(), { recursive: true });
    return writeBars(tape, picked, rule, asked, folder);
  });
  const { id } = picked.instrument;
  const left = [
    ...(made.open > 0 ? [`${trades(made.open)} behind the last bar: no bar yet, left out`] : []),
    ...(made.late > 0 ? [`${trades(made.late)} of bars that had ended when they came: left out`] : []),
  ];
  return {
    ok: true,
    fields: {
      ...{ tape: asked.to, path: folder, hash: manifest.hash, instrument: id, by: asked.by, heikinAshi: asked.heikinAshi },
      ...{ timeframeUs: manifest.streams[0]!.timeframeUs, bars: made.bars, tradesLeftOpen: made.open, tradesLate: made.late },
    },
    text: [
      `${asked.to}: ${n(made.bars)} bars of ${id}${asked.by === null ? '' : ` by ${asked.by}`}${asked.heikinAshi ? ', each with its Heikin-Ashi bar' : ''}`,
      ...left.map((line) => `  ${line}`),
      ...(asked.heikinAshi ? ['  strategies hear the Heikin-Ashi bars; orders are filled by the bars they were made of'] : []),
      `hash ${manifest.hash}`,
      `next: npx retrace backtest ema-cross --tape ${asked.to}`,
    ],
  };
}

function writeBars(tape: Tape, picked: Picked, rule: BarRule | null, asked: BarTapeAsked, folder: string) {
  const { stream, instrument } = picked;
  const { latencyUs, hash } = tape.manifest;
  const timeframeUs = rule === null ? stream.timeframeUs : timeframeOf(rule);
  const writer = new TapeWriter({ folder, digest: nodeDigest, latencyUs });
  const made: Made = { bars: 0, late: 0, open: 0, latestUs: 0 };
  try {
    const frames = new BarFrames(writer, instrument, stream.source, timeframeUs, asked.heikinAshi);
    for (const bar of rule === null ? barsIn(tape, picked) : barsOf(tape, picked, rule, latencyUs ?? 0, made)) {
      frames.add(bar);
      made.bars += 1;
      made.latestUs = Math.max(made.latestUs, bar.at - bar.end);
    }
    frames.flush();
    if (made.bars === 0)
      throw new Refused(1, [`no bar of ${nameOfTape(tape)} has ended: --by ${asked.by} is more than its ${n(stream.count)} trades make`]);
    const sources = asked.heikinAshi ? [stream.source, heikinAshiOf(stream.source)] : [stream.source];
    const feeds = sources.map((source) => feedOf(source, timeframeUs, made.latestUs));
    const origin = {
      by: 'bars',
      tape: nameOfTape(tape),
      hash,
      rule: asked.by,
      heikinAshi: asked.heikinAshi,
      late: made.late,
      open: made.open,
    };
    return { manifest: writer.finish([{ ...instrument, feeds }], origin), made };
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

function* barsOf(tape: Tape, { stream }: Picked, rule: BarRule, latencyUs: number, made: Made): Generator<Bar> {
  const fold = new TradeBars(rule, latencyUs);
  for (const { at, venueTime, values, count } of blocksOf(tape.frames(), stream)) {
    const [price, lots] = values as readonly [Float64Array, Float64Array];
    for (let i = 0; i < count; i += 1) {
      const bar = fold.take(at[i]!, venueTime[i]!, price[i]!, lots[i]!);
      if (bar !== null) yield bar;
    }
  }
  made.late = fold.late;
  made.open = fold.open;
}

function* barsIn(tape: Tape, { stream }: Picked): Generator<Bar> {
  for (const { at, venueTime, values, count, timeframeUs } of blocksOf(tape.frames(), stream)) {
    const [open, high, low, close, volume] = values as readonly [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < count; i += 1) {
      const start = venueTime[i]!;
      const prices = { open: open[i]!, high: high[i]!, low: low[i]!, close: close[i]! };
      yield { start, end: start + timeframeUs, at: at[i]!, ...prices, volume: volume[i]! };
    }
  }
}

/** Gathers bars into frames: behind each its Heikin-Ashi bar, so that no order wanted at that one is filled by this one. */
class BarFrames {
  readonly #writer: TapeWriter;
  readonly #bars: BlockSlab;
  readonly #ashi: BlockSlab | null;
  readonly #fold = new HeikinAshi();
  #next = 1;

  constructor(writer: TapeWriter, { id }: Instrument, source: SourceId, timeframeUs: number, heikinAshi: boolean) {
    this.#writer = writer;
    this.#bars = new BlockSlab(id, source, 'bar', timeframeUs, false);
    this.#ashi = heikinAshi ? new BlockSlab(id, heikinAshiOf(source), 'bar', timeframeUs, false) : null;
  }

  add({ start, at, open, high, low, close, volume }: Bar): void {
    this.#bars.reserve(1);
    this.#bars.add(at, start, 0, 0, open, high, low, close, volume);
    if (this.#ashi !== null) {
      const fold = this.#fold;
      fold.push(open, high, low, close);
      this.#ashi.reserve(1);
      this.#ashi.add(at, start, 0, 0, fold.open, fold.high, fold.low, fold.close, volume);
    }
    if (this.#bars.count === BARS_A_FRAME) this.flush();
  }

  flush(): void {
    if (this.#bars.count === 0) return;
    const blocks = [this.#bars.take(), ...(this.#ashi === null ? [] : [this.#ashi.take()])];
    const count = blocks.reduce((sum, block) => sum + block.count, 0);
    const lane = blocks.length === 1 ? NO_LANE : Uint16Array.from({ length: count }, (_, number) => number % 2);
    this.#writer.frame(marketFrame(this.#next as Seq, blocks, lane, null));
    this.#next += count;
  }
}

/** A tape has no heartbeats: only its order is judged. Longer candles wait for the latest bar there is. */
const feedOf = (source: SourceId, barUs: number, latestUs: number): FeedSpec => ({
  ...{ source, latenessUs: latestUs + 1, graceUs: 0, silentUs: null, muteUs: null, lagUs: null, lagDownUs: null },
  ...{ absurdPermille: null, settleUs: SECOND_US, faultsToDown: 5, fillFlat: false, barUs },
});

const UNITS: Readonly<Record<string, number>> = { ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9 };

function ruleOf(text: string, instrument: Instrument): BarRule {
  const [, by, size] = /^(ticks|volume|dollars|time):(.+)$/.exec(text) ?? [];
  const wrong = (why: string) => new Refused(2, [`--by ${text}: ${why}`], 'npx retrace tape bars --help');
  if (by === undefined || size === undefined) throw wrong('is not ticks:, volume:, dollars: or time: with a size, like volume:50');
  try {
    switch (by) {
      case 'ticks': {
        const trades = /^\d{1,12}$/.test(size) ? Number(size) : 0;
        if (trades < 1) throw wrong('the number of trades must be whole, and at least 1');
        return { by: 'ticks', trades };
      }
      case 'volume': {
        const lots = lotsOf(size, parseDecimal(instrument.lot));
        if (lots < 1) throw wrong(`the volume must be at least one lot, ${instrument.lot}`);
        return { by: 'volume', lots };
      }
      case 'dollars': {
        const steps = turnoverSteps(parseDecimal(size), instrument);
        if (steps === null) throw wrong(`the turnover must be above zero, and of fewer ticks × lots than 53 bits hold`);
        return { by: 'turnover', steps };
      }
      default: {
        const [, count, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(size) ?? [];
        const us = Number(count ?? 0) * UNITS[unit ?? 's']!;
        if (us <= MOMENT_US || us > DAY_US) throw wrong('the time must be from 2ms to 24h, like 5m');
        return { by: 'time', us };
      }
    }
  } catch (error) {
    if (error instanceof BadDecimal || error instanceof BadValue) throw wrong(error.message);
    throw error;
  }
}
