/** Which records of a desk's partition are frames of its journal, and where: learned once and carried on while the journal grows. */
import type { Digest } from '#engine/digest.ts';
import { FrameIndex } from '#engine/journal/frame-index.ts';
import { type FrameMap, JournalCorrupt, type StoredFrame } from '#engine/journal/port.ts';
import type { DeskId } from '#engine/values.ts';
import { NoSuchDesk } from './faults.ts';
import type { OpenLog } from './kafka-reader.ts';
import { shortened } from './partition-log.ts';
import { entryOf, type KafkaRecord, PartitionChain } from './records.ts';

export type KafkaFrameMapOptions = Readonly<{ open: () => Promise<OpenLog>; desk: DeskId | null; digest: Digest }>;

const FETCH_BYTES = 4 * 2 ** 20;
/** Read at once: what is asked for next mostly stands behind what was asked for. */
const AHEAD = 2 ** 20;

export class KafkaFrameMap implements FrameMap {
  readonly index = new FrameIndex();
  readonly #options: KafkaFrameMapOptions;
  readonly #chain: PartitionChain;
  #log: OpenLog | null = null;
  #next: number | null = null;
  #ahead = new Map<number, KafkaRecord>();

  constructor(options: KafkaFrameMapOptions) {
    this.#options = options;
    this.#chain = new PartitionChain(options.digest, null, 0);
  }

  async catchUp(): Promise<void> {
    await this.#reading(async (log) => {
      const { low, high } = await log.range();
      let next = this.#next ?? low;
      if (next < low) throw shortened(log, next, low);
      while (next < high) {
        const { records } = await log.fetch(next, FETCH_BYTES, 0);
        if (records.length === 0) return;
        for (const record of records) {
          const entry = entryOf(record, this.#options.desk, log.name);
          const taken = this.#chain.take(entry);
          if (typeof taken === 'string') throw new JournalCorrupt(`${log.name}@${entry.offset}: ${taken}`);
          if (taken) this.index.note(entry.frame, { part: 0, offset: entry.offset, length: entry.bytes.length });
          next = entry.offset + 1;
          this.#next = next;
        }
      }
    }, undefined);
  }

  async read(place: number): Promise<StoredFrame> {
    const { offset } = this.index.spot(place);
    const found = await this.#reading(async (log) => {
      if (!this.#ahead.has(offset)) {
        const { records, low } = await log.fetch(offset, AHEAD, 0);
        if (offset < low) throw shortened(log, offset, low);
        this.#ahead = new Map(records.map((record) => [record.offset, record]));
      }
      const record = this.#ahead.get(offset);
      if (record === undefined) throw new JournalCorrupt(`${log.name}@${offset}: it was there, and is no more`);
      const { frame, bytes } = entryOf(record, this.#options.desk, log.name);
      return { frame, bytes, place: `${log.name}@${offset}` };
    }, null);
    if (found === null) throw new JournalCorrupt(`${this.#options.desk}: its partition is there no more`);
    return found;
  }

  /** Over one connection, until it breaks. `nothing`: where no desk is there yet. */
  async #reading<T>(work: (log: OpenLog) => Promise<T>, nothing: T): Promise<T> {
    try {
      this.#log ??= await this.#options.open();
    } catch (error) {
      if (error instanceof NoSuchDesk) return nothing;
      throw error;
    }
    try {
      return await work(this.#log);
    } catch (error) {
      const log = this.#log;
      this.#log = null;
      await log.close();
      throw error;
    }
  }
}
