// Reading from anywhere in a long partition with many owners, some of whom wrote when they had lost it, beside a plain walk over every record.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takesNumbers } from '#engine/journal/frame.ts';
import { JournalOwned, type StoredFrame } from '#engine/journal/port.ts';
import type { Seq, TimeUs } from '#engine/values.ts';
import { checkpointFrame, DESK, digest, inputFrame } from '#tests/contracts/journal.ts';
import { type KafkaJournal, openKafkaJournal, type PartitionWriter } from './kafka-journal.ts';
import { KafkaReader } from './kafka-reader.ts';
import { type Entry, entryOf, Fence } from './records.ts';

/** A partition in memory, which hands out few records at a time. */
class Partition {
  readonly values: Uint8Array[] = [];
  fetched = 0;

  get writer(): PartitionWriter {
    return {
      name: 'memory[0]',
      maxRecordBytes: 1e9,
      range: async () => ({ low: 0, high: this.values.length }),
      fetch: async (from, maxBytes) => {
        const records = [];
        for (
          let offset = from, bytes = 0;
          offset < this.values.length && (records.length === 0 || bytes < Math.min(maxBytes, 40_000));
          offset++
        ) {
          const value = this.values[offset]!;
          bytes += value.length;
          records.push({ offset, value });
        }
        this.fetched += records.length;
        return { records, low: 0, high: this.values.length };
      },
      produce: async (values) => {
        await null;
        return this.values.push(...values) - values.length;
      },
      mayPass: () => false,
      reconnect: async () => {},
      close: async () => {},
    };
  }

  open(owner: string): Promise<KafkaJournal> {
    return openKafkaJournal({ writer: this.writer, desk: DESK, digest, at: 1 as TimeUs, owner });
  }

  get reader(): KafkaReader {
    return new KafkaReader({ open: async () => this.writer, desk: DESK, digest });
  }

  /** Every frame that counts, by looking at each record. */
  counting(): Entry[] {
    const fence = new Fence();
    return this.values.map((value, offset) => entryOf({ offset, value }, DESK, 'memory')).filter((entry) => fence.pass(entry));
  }
}

const place = ({ offset }: Entry) => `memory[0]@${offset}`;

async function firstOf(frames: AsyncGenerator<StoredFrame>, count: number): Promise<string[]> {
  const places: string[] = [];
  for await (const { place: at } of frames) {
    places.push(at);
    if (places.length === count) break;
  }
  return places;
}

/** What one owner does before the next claims; `late` of its frames it writes when it has lost the journal. */
const life = fc.record({
  frames: fc.oneof({ weight: 5, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.integer({ min: 600, max: 2_500 }) }),
  late: fc.nat(12),
  lateSegment: fc.boolean(),
  checkpoints: fc.integer({ min: 5, max: 400 }),
});

test('wherever reading begins, it begins where a walk over every record would', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: 2, maxLength: 7 }),
      fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
      async (lives, picks) => {
        const partition = new Partition();
        let seq = 0;
        let previous: { journal: KafkaJournal; life: (typeof lives)[number]; seq: number } | null = null;
        for (const [index, each] of lives.entries()) {
          const journal: KafkaJournal = await partition.open(`owner ${index}`);
          expect(journal.opened.seq).toBe(seq);
          if (previous !== null && previous.life.late > 0) {
            const { journal: lost, life: its } = previous;
            if (its.lateSegment) lost.startSegment(1 as TimeUs);
            for (let late = 1; late <= its.late; late++) lost.append(inputFrame(lost, previous.seq + late, 'from the past'));
            lost.append(checkpointFrame(lost, previous.seq + its.late));
            await expect(lost.durable()).rejects.toThrow(JournalOwned);
          }
          for (let frame = 1; frame <= each.frames; frame++) {
            journal.append(inputFrame(journal, ++seq));
            if (frame % each.checkpoints === 0) {
              if (frame % 2 === 0) journal.startSegment(1 as TimeUs);
              journal.append(checkpointFrame(journal, seq, 0, 2));
              if (frame % 3 !== 0) journal.append(checkpointFrame(journal, seq, 1, 2));
            }
          }
          await journal.durable();
          previous = { journal, life: each, seq };
        }
        const counting = partition.counting();
        const { reader } = partition;
        for (const pick of picks) {
          const from = (pick % (seq + 2)) as Seq;
          const begins = from === 0 ? 0 : counting.findIndex(({ frame }) => takesNumbers(frame.kind) && frame.first + frame.count > from);
          const due = begins === -1 ? [] : counting.slice(begins, begins + 5).map(place);
          expect(await firstOf(reader.frames(from), 5), `from ${from}`).toEqual(due);
          if (from > seq) continue;
          const whole = counting.findLastIndex(
            ({ frame }, index) =>
              frame.kind === 'checkpoint' &&
              frame.first <= from &&
              frame.payload[0] === 0 &&
              counting[index + 1]?.frame.kind === 'checkpoint',
          );
          const checkpoint = Math.max(0, whole);
          expect(await firstOf(reader.frames(from, true), 5), `checkpoint at ${from}`).toEqual(
            counting.slice(checkpoint, checkpoint + 5).map(place),
          );
        }
      },
    ),
    { numRuns: 6 },
  );
});

test('a number in a long partition is found without reading all of it', async () => {
  const partition = new Partition();
  const journal = await partition.open('owner');
  for (let seq = 1; seq <= 60_000; seq++) {
    journal.append(inputFrame(journal, seq));
    if (seq % 2_000 === 0) journal.append(checkpointFrame(journal, seq));
    if (seq % 5_000 === 0) await journal.durable();
  }
  await journal.durable();
  partition.fetched = 0;
  expect(await firstOf(partition.reader.frames(31_234 as Seq), 1)).toHaveLength(1);
  expect(partition.fetched).toBeLessThan(12_000);
  partition.fetched = 0;
  expect(await firstOf(partition.reader.frames(59_999 as Seq, true), 1)).toHaveLength(1);
  expect(partition.fetched).toBeLessThan(25_000);
});
