/**
 * A journal's frames written into a partition as they are, wherever they came from; what is there already is gone on from. A copy makes no
 * claim: once a desk has claimed the partition it is that desk's own journal, and no copy any more.
 */
import type { Digest } from '#engine/digest.ts';
import { hex } from '#engine/digest.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { chainHead, NO_HASH } from '#engine/journal/frame-codec.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { KafkaRefused } from './faults.ts';
import { MOST_AT_ONCE, type PartitionWriter, RECORD_OVERHEAD, sendUntilStored } from './kafka-journal.ts';
import { entries } from './partition-log.ts';
import { MOST_IN_A_BATCH } from './positions.ts';
import { PartitionChain } from './records.ts';

/** Takes the writer over: it is closed with the copy. */
export async function copyIntoPartition(writer: PartitionWriter, desk: DeskId, digest: Digest, stallMs: number): Promise<PartitionCopy> {
  try {
    const { low, high } = await writer.range();
    const walk = new PartitionChain(digest, NO_HASH, 0);
    for await (const entry of entries(writer, desk, low, high)) {
      if (entry.is !== 'frame')
        throw new KafkaRefused(
          `${writer.name} was claimed by a desk at offset ${entry.offset}: it is a journal of its own; copy into an empty partition`,
        );
      const taken = walk.take(entry);
      if (typeof taken === 'string') throw new JournalCorrupt(`${writer.name}@${entry.offset}: ${taken}; nothing was changed`);
    }
    return new PartitionCopy(writer, digest, stallMs, walk.chain.headBytes!, walk.chain.seq, high);
  } catch (error) {
    await writer.close();
    throw error;
  }
}

export class PartitionCopy {
  readonly #writer: PartitionWriter;
  readonly #digest: Digest;
  readonly #stallMs: number;
  #head: Uint8Array;
  #seq: Seq;
  #next: number;
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  constructor(writer: PartitionWriter, digest: Digest, stallMs: number, head: Uint8Array, seq: Seq, next: number) {
    this.#writer = writer;
    this.#digest = digest;
    this.#stallMs = stallMs;
    this.#head = head;
    this.#seq = seq;
    this.#next = next;
  }

  /** Of the last frame that is there; null when none is. */
  get head(): string | null {
    return this.#head === NO_HASH ? null : hex(this.#head);
  }

  get seq(): Seq {
    return this.#seq;
  }

  /** The next frame of the chain. */
  async take(_frame: Frame, bytes: Uint8Array, last: Seq): Promise<void> {
    const { maxRecordBytes, name } = this.#writer;
    if (bytes.length + RECORD_OVERHEAD > maxRecordBytes)
      throw new KafkaRefused(`a frame of ${bytes.length} bytes, and ${name} takes ${maxRecordBytes}: raise max.message.bytes of the topic`);
    if (this.#bytes + bytes.length > MOST_AT_ONCE || this.#waiting.length === MOST_IN_A_BATCH) await this.#send();
    this.#waiting.push(bytes.slice());
    this.#bytes += bytes.length;
    this.#head = chainHead(this.#digest, bytes.subarray(32, 64), bytes);
    this.#seq = last;
  }

  async close(): Promise<void> {
    try {
      await this.#send();
    } finally {
      await this.#writer.close();
    }
  }

  async #send(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0);
    this.#bytes = 0;
    const base = await sendUntilStored(this.#writer, batch, this.#stallMs);
    if (base !== this.#next)
      throw new KafkaRefused(
        `somebody else writes to ${this.#writer.name}: offset ${this.#next} was due, not ${base}; copy into an empty partition`,
      );
    this.#next = base + batch.length;
  }
}
