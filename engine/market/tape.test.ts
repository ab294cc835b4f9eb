// What a manifest says of facts hangs on the facts and their order, and not on how their blocks happen to lie in a frame.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Digest } from '../digest.ts';
import type { InstrumentId, Seq, SourceId } from '../values.ts';
import { type Block, marketFrame, NO_SEQ } from './blocks.ts';
import { TapeTally } from './tape.ts';

const digest: Digest = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};

const NAMES = ['BTC-USD', 'ETH-USD', 'SOL-USD'];

/** Facts of several instruments, `owners` says whose each is; `order`: how their blocks lie. */
function tallied(owners: readonly number[], order: readonly number[]) {
  const used = order.filter((owner) => owners.includes(owner));
  const blocks = used.map((owner): Block => {
    const own = owners.flatMap((each, index) => (each === owner ? [index] : []));
    const times = Float64Array.from(own, (index) => 1_000 * (index + 1));
    const values = [Float64Array.from(own, (index) => 100 + index), Float64Array.from(own, () => 1)];
    return {
      ...{ instrument: NAMES[owner] as InstrumentId, source: 'tape' as SourceId, kind: 'trade', timeframeUs: 0, count: own.length },
      ...{ at: times, venueTime: times, venueSeq: NO_SEQ, flags: new Uint8Array(own.length), values },
    };
  });
  const tally = new TapeTally(digest);
  tally.add(
    marketFrame(
      1 as Seq,
      blocks,
      Uint16Array.from(owners, (owner) => used.indexOf(owner)),
      null,
    ),
  );
  return { streams: tally.streams, hash: tally.hash([]), count: tally.count };
}

test('the same facts have the same streams and the same hash, however their blocks lie', () => {
  const owners = fc.array(fc.nat(2), { minLength: 1, maxLength: 12 });
  const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
  fc.assert(
    fc.property(owners, order, order, (facts, one, other) => {
      const tally = tallied(facts, one);
      expect(tallied(facts, other)).toEqual(tally);
      const appearing = [...new Set(facts)].map((owner) => NAMES[owner]);
      expect(tally.streams.map(({ instrument }) => instrument)).toEqual(appearing);
    }),
  );
});
