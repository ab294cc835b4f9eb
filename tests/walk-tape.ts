/** A tape of a random walk, made for a test or a bench: bars or trades of one instrument, on from its seed. No price here is a real one. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Block } from '#engine/market/blocks.ts';
import { MAX_FRAME_NUMBERS, NO_SEQ } from '#engine/market/blocks.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { randomStream } from '#engine/random.ts';
import { MINUTE_US, sourceId } from '#engine/values.ts';
import { Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';

export type Walk = Readonly<{
  folder: string;
  seed: number;
  kind: 'bar' | 'trade';
  count: number;
  /** Of a bar; trades come so far apart. */
  everyUs?: number;
  /** Lots of a fact, at most. */
  lots?: number;
  /** Which of the synthetic instruments. */
  instrument?: number;
}>;

const BEGIN_US = 1_640_995_200_000_000; // 1 January 2022
const SOURCE = sourceId('walk');
/** A tape may pause as long as it likes. */
const PATIENT = {
  latenessUs: 0,
  graceUs: 0,
  silentUs: null,
  muteUs: null,
  lagUs: null,
  lagDownUs: null,
  absurdPermille: null,
  settleUs: 0,
};
const PART = MAX_FRAME_NUMBERS;

export function walkTape({ folder, seed, kind, count, everyUs = MINUTE_US, lots = 1_000_000, instrument: which = 0 }: Walk): Tape {
  const definition = syntheticInstruments(which + 1, [SOURCE])[which]!;
  const instrument = { ...definition, feeds: definition.feeds.map((feed) => ({ ...feed, ...PATIENT })) };
  const stream = randomStream(seed, 'walk');
  mkdirSync(dirname(folder), { recursive: true });
  const writer = new TapeWriter({ folder, digest, latencyUs: kind === 'bar' ? everyUs : 0 });
  let price = 500_000;
  for (let done = 0; done < count; done += PART) {
    const size = Math.min(PART, count - done);
    const columns = Array.from({ length: kind === 'bar' ? 5 : 2 }, () => new Float64Array(size));
    const venueTime = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      venueTime[i] = BEGIN_US + (done + i) * everyUs;
      const open = price;
      price = Math.max(1_000, price + stream.between(-400, 400));
      const size = stream.between(1, lots);
      const values =
        kind === 'trade'
          ? [price, size]
          : [open, Math.max(open, price) + stream.below(100), Math.min(open, price) - stream.below(100), price, size];
      for (const [column, value] of values.entries()) columns[column]![i] = value;
    }
    writer.append({
      ...{ instrument: instrument.id, source: SOURCE, kind, timeframeUs: kind === 'bar' ? everyUs : 0, count: size },
      ...{ at: kind === 'bar' ? venueTime.map((start) => start + everyUs) : venueTime, venueTime },
      ...{ venueSeq: NO_SEQ, flags: new Uint8Array(size).fill(kind === 'bar' ? 0 : 1), values: columns },
    } satisfies Block);
  }
  writer.finish([instrument], { by: 'walk', seed });
  return Tape.open(folder);
}

const digest = {
  sha256(...parts: readonly Uint8Array[]): Uint8Array {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};
