/** Makes a tape of the market facts that a journal recorded, under the numbers they have there. What else it holds stays behind. */
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { StoredFrame } from '#engine/journal/port.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { TapeManifest } from '#engine/market/tape.ts';
import type { TapeWriter } from './tape-writer.ts';

/** A journal that cannot become one tape. */
export class NoTapeInIt extends Error {
  override name = 'NoTapeInIt';
}

export async function tapeOfJournal(frames: AsyncIterable<StoredFrame>, writer: TapeWriter, journal: string): Promise<TapeManifest> {
  const instruments = new Map<string, Instrument>();
  try {
    for await (const { frame } of frames) {
      if (frame.kind !== 'inputs' && frame.kind !== 'market') continue;
      const payload = decodePayload(frame);
      if (payload.kind === 'market') writer.frame(payload.frame);
      else if (payload.kind === 'inputs')
        for (const record of payload.records) if (record.type === 'InstrumentDefined') define(instruments, record.instrument, record.seq);
    }
    if (writer.count === 0) throw new NoTapeInIt(`${journal} holds no market facts`);
  } catch (error) {
    writer.abandon();
    throw error;
  }
  return writer.finish([...instruments.values()], { by: 'journal', journal });
}

/** Facts are counted in ticks and lots of their instrument: one that was defined anew inside needs a tape for each. */
function define(instruments: Map<string, Instrument>, instrument: Instrument, seq: number): void {
  const before = instruments.get(instrument.id);
  if (
    before !== undefined &&
    (before.tick !== instrument.tick || before.lot !== instrument.lot || before.multiplier !== instrument.multiplier)
  )
    throw new NoTapeInIt(`${instrument.id} has other terms from number ${seq} on (tick, lot or multiplier): a tape has one`);
  instruments.set(instrument.id, instrument);
}
