import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InstrumentId, Seq, SourceId } from '../values.ts';
import { type Block, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, sliceFrame } from './blocks.ts';
import { mergedFrames } from './merge.ts';

const trades = (instrument: string, times: readonly number[], price: number): Block => ({
  instrument: instrument as InstrumentId,
  source: 'tape' as SourceId,
  kind: 'trade',
  timeframeUs: 0,
  count: times.length,
  at: Float64Array.from(times),
  venueTime: Float64Array.from(times),
  venueSeq: NO_SEQ,
  flags: new Uint8Array(times.length),
  values: [Float64Array.from(times, (_, index) => price + index), Float64Array.from(times, () => 1)],
});

/** Each fact as a word, in order of its number. */
function told(frames: Iterable<MarketFrame>): string[] {
  const words: string[] = [];
  for (const { first, count, blocks, offsets } of frames) {
    const here = new Array<string>(count);
    blocks.forEach((block, owner) => {
      offsets[owner]!.forEach((offset, index) => {
        here[offset] = `${first + offset} ${block.instrument} ${block.at[index]} ${block.values[0]![index]}`;
      });
    });
    words.push(...here);
  }
  return words;
}

/** The same facts cut into frames at these places. */
function* cut(frame: MarketFrame, places: readonly number[]): Generator<MarketFrame> {
  let from: number = frame.first;
  const end = frame.first + frame.count;
  for (const place of [...new Set(places.map((each) => frame.first + (each % frame.count)))].sort((a, b) => a - b)) {
    if (place > from) yield sliceFrame(frame, from, place);
    from = Math.max(from, place);
  }
  yield sliceFrame(frame, from, end);
}

const times = fc.array(fc.nat(30), { minLength: 1, maxLength: 60 }).map((all) => all.sort((a, b) => a - b));
const tape = fc.record({ first: times, second: fc.option(times, { nil: null }), cuts: fc.array(fc.nat(200), { maxLength: 6 }) });

test('tapes are merged by arrival, then by their order, however they are cut; the order within a tape is kept', () => {
  fc.assert(
    fc.property(fc.array(tape, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 900 }), (tapes, first) => {
      const frames = tapes.map(({ first: one, second }, index) => {
        const blocks = [trades(`A-${index}`, one, 100), ...(second === null ? [] : [trades(`B-${index}`, second, 500)])];
        const order = blocks
          .flatMap(({ at }, owner) => Array.from(at, (when) => ({ when, owner })))
          .sort((a, b) => a.when - b.when || a.owner - b.owner);
        return marketFrame(7 as Seq, blocks, blocks.length === 1 ? NO_LANE : Uint16Array.from(order, ({ owner }) => owner), null);
      });
      const merged = told(
        mergedFrames(
          frames.map((frame, index) => [...cut(frame, tapes[index]!.cuts)]),
          first,
        ),
      );
      const plain = frames
        .flatMap((frame, index) => told([frame]).map((word, place) => ({ word, index, place, at: Number(word.split(' ')[2]) })))
        .sort((a, b) => a.at - b.at || a.index - b.index || a.place - b.place)
        .map(({ word }, offset) => word.replace(/^\d+/, String(first + offset)));
      expect(merged).toEqual(plain);
    }),
    { numRuns: 400 },
  );
});

test('where arrival is venue time the columns stay one', () => {
  const block = trades('A', [1, 2, 3], 5);
  const shared = marketFrame(1 as Seq, [{ ...block, at: block.venueTime }], NO_LANE, null);
  for (const { blocks } of mergedFrames([[shared], [marketFrame(1 as Seq, [trades('B', [2], 9)], NO_LANE, null)]], 1))
    for (const { instrument, at, venueTime } of blocks) expect([instrument, at === venueTime]).toEqual([instrument, instrument === 'A']);
});
