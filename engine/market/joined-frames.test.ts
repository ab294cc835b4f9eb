import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InstrumentId, Seq, SourceId } from '../values.ts';
import { type Block, type MarketFrame, marketFrame, NO_LANE, NO_SEQ, sliceFrame } from './blocks.ts';
import { joinedFrames } from './joined-frames.ts';

const block = (instrument: string, facts: readonly Readonly<{ at: number; seq: number | null }>[]): Block => ({
  instrument: instrument as InstrumentId,
  source: 'tape' as SourceId,
  kind: 'trade',
  timeframeUs: 0,
  count: facts.length,
  at: Float64Array.from(facts, ({ at }) => at + 5),
  venueTime: Float64Array.from(facts, ({ at }) => at),
  venueSeq: facts.some(({ seq }) => seq !== null) ? Float64Array.from(facts, ({ seq }) => seq ?? 0) : NO_SEQ,
  flags: Uint8Array.from(facts, ({ at }) => at % 3),
  values: [Float64Array.from(facts, ({ at }) => at * 10), Float64Array.from(facts, () => 1)],
});

const told = (frames: readonly MarketFrame[]): string[] =>
  frames.flatMap(({ first, count, blocks, offsets }) => {
    const words = new Array<string>(count);
    blocks.forEach((each, owner) => {
      offsets[owner]!.forEach((offset, index) => {
        const seq = each.venueSeq.length > 0 ? each.venueSeq[index] : 0;
        words[offset] =
          `${first + offset} ${each.instrument} ${each.at[index]} ${each.venueTime[index]} ${seq} ${each.flags[index]} ${each.values[0]![index]}`;
      });
    });
    return words;
  });

test('a frame that was cut anywhere and joined again tells the same, fact for fact', () => {
  const facts = fc.array(fc.record({ owner: fc.nat(2), seq: fc.boolean() }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(facts, fc.array(fc.nat(79)), (all, cuts) => {
      const present = [0, 1, 2].filter((owner) => all.some((fact) => fact.owner === owner));
      const blocks = present.map((owner) =>
        block(
          `M-${owner}`,
          all.flatMap((fact, index) => (fact.owner === owner ? [{ at: 100 + index, seq: owner === 1 ? index + 1 : null }] : [])),
        ),
      );
      const lane = blocks.length === 1 ? NO_LANE : Uint16Array.from(all, ({ owner }) => present.indexOf(owner));
      const whole = marketFrame(9 as Seq, blocks, lane, null);
      const places = [...new Set([0, ...cuts.map((cut) => cut % all.length), all.length])].sort((a, b) => a - b);
      const parts = places.slice(1).map((place, index) => sliceFrame(whole, 9 + places[index]!, 9 + place));
      const joined = joinedFrames(parts);
      expect(told([joined])).toEqual(told([whole]));
      expect(new Set(joined.blocks.map(({ instrument }) => instrument)).size).toBe(joined.blocks.length);
    }),
  );
});
