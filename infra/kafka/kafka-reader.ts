/**
 * Reads a journal's partition, also while its owner writes; changes nothing and belongs to no group. Each frame is checked against its
 * checksums and the chain before it is handed out; frames of owners that had lost the journal are counted and left out.
 */
import type { Digest } from '#engine/digest.ts';
import { lastNumber } from '#engine/journal/chain.ts';
import { takesNumbers } from '#engine/journal/frame.ts';
import { NO_HASH } from '#engine/journal/frame-codec.ts';
import { JournalCorrupt, type JournalReader, type StoredFrame } from '#engine/journal/port.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { JournalShortened, NoSuchDesk } from './faults.ts';
import { type PartitionLog, type Range, shortened } from './partition-log.ts';
import { type Position, Positions } from './positions.ts';
import { entryOf, PartitionChain } from './records.ts';

/** A partition that was opened for one reading. */
export type OpenLog = PartitionLog & Readonly<{ close(): Promise<void> }>;

export type KafkaReaderOptions = Readonly<{
  open: () => Promise<OpenLog>;
  desk: DeskId | null;
  digest: Digest;
  /** How long a follower waits for more before it asks whether it should stop. */
  waitMs?: number;
}>;

const WAIT_MS = 100;
const FETCH_BYTES = 4 * 2 ** 20;

export class KafkaReader implements JournalReader {
  readonly #options: KafkaReaderOptions;
  /** Frames of owners that had lost the journal, in the last reading. */
  skipped = 0;
  /** Frames that a broker stored twice, in the last reading. */
  repeated = 0;
  /** A record is there whole or not at all. */
  readonly tail = null;

  constructor(options: KafkaReaderOptions) {
    this.#options = options;
  }

  frames(from: Seq = 0 as Seq, fromCheckpoint = false): AsyncGenerator<StoredFrame, void, undefined> {
    return this.#read(from, fromCheckpoint, null);
  }

  follow(from: Seq, stop: () => boolean): AsyncGenerator<StoredFrame, void, undefined> {
    return this.#read(from, false, stop);
  }

  async *#read(from: Seq, fromCheckpoint: boolean, stop: (() => boolean) | null): AsyncGenerator<StoredFrame, void, undefined> {
    const { desk, digest, waitMs = WAIT_MS } = this.#options;
    this.skipped = 0;
    this.repeated = 0;
    const log = await this.#open(stop);
    if (log === null) return;
    try {
      const start = await startOf(log, desk, from, fromCheckpoint);
      const chain = new PartitionChain(digest, start.offset === 0 ? NO_HASH : null, start.epoch);
      let begun = fromCheckpoint || from === 0;
      let whole = 0;
      for (let next = start.offset; ; ) {
        const { records, low, high } = await log.fetch(next, FETCH_BYTES, stop === null ? 0 : waitMs);
        if (next < low) throw shortened(log, next, low);
        for (const record of records) {
          const entry = entryOf(record, desk, log.name);
          const { offset, frame, bytes } = entry;
          const taken = chain.take(entry);
          if (typeof taken === 'string')
            throw new JournalCorrupt(`${log.name}@${offset}: ${taken}; whole are the numbers up to ${whole}`, {
              after: whole,
              afterAt: null,
              before: null,
              beforeAt: null,
            });
          this.skipped = chain.chain.skipped;
          this.repeated = chain.repeated;
          next = offset + 1;
          if (taken && takesNumbers(frame.kind)) {
            whole = lastNumber(frame);
            begun ||= whole >= from;
          }
          if (taken && begun) yield { frame, bytes, place: `${log.name}@${offset}` };
          if (stop?.()) return;
        }
        if (stop?.()) return;
        if (records.length === 0 && next >= high && stop === null) return;
      }
    } finally {
      await log.close();
    }
  }

  /** A follower waits for a desk that is not there yet; null when it is told to stop before. */
  async #open(stop: (() => boolean) | null): Promise<OpenLog | null> {
    const { open, waitMs = WAIT_MS } = this.#options;
    for (;;) {
      try {
        return await open();
      } catch (error) {
        if (stop === null || !(error instanceof NoSuchDesk)) throw error;
      }
      if (stop()) return null;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

async function startOf(log: PartitionLog, desk: DeskId | null, from: Seq, fromCheckpoint: boolean): Promise<Position> {
  const range = await log.range();
  if (from === 0 && range.low === 0) return { offset: 0, epoch: 0 };
  const positions = new Positions(log, desk);
  const found = fromCheckpoint ? await positions.checkpoint(from, range) : await positions.before(from, range);
  if (found !== null) return found;
  if (range.low === 0) return { offset: 0, epoch: 0 };
  throw await notKept(log, desk, from, range);
}

async function notKept(log: PartitionLog, desk: DeskId | null, from: Seq, range: Range): Promise<JournalShortened> {
  const { records } = await log.fetch(range.low, FETCH_BYTES, 0);
  const first = records.map((record) => entryOf(record, desk, log.name).frame).find(({ kind }) => takesNumbers(kind))?.first;
  return new JournalShortened(
    `${log.name} has forgotten what stands before offset ${range.low}${first === undefined ? '' : ` (number ${first})`}, and number ${Math.max(1, from)} is needed: set retention.ms=-1 and retention.bytes=-1 on the topic, and bring the journal back from a copy (npx retrace journal copy)`,
  );
}
