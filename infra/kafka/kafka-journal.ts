/**
 * The journal in a partition of Kafka. append() fixes bytes and chain at once; one produce is under way at a time, and what is appended
 * meanwhile goes out with the next. The owner's epoch is the offset of its claim. Nothing is durable before it is known that no
 * other claim lies in between; after an error nothing but the same batch is sent, until Kafka has it or the journal stalls.
 */
import { crc32 } from 'node:zlib';
import { assert } from '#engine/assert.ts';
import { type Digest, hex } from '#engine/digest.ts';
import { lastNumber } from '#engine/journal/chain.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { chainHead, encodeFrame } from '#engine/journal/frame-codec.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Journal, JournalOwned, JournalStalled, type Opened } from '#engine/journal/port.ts';
import { SegmentCut } from '#engine/journal/segment-cut.ts';
import type { DeskId, Seq, Sha256, TimeUs } from '#engine/values.ts';
import { entries, type PartitionLog } from './partition-log.ts';
import { MOST_IN_A_BATCH } from './positions.ts';
import { claimBytes, claimIn } from './records.ts';
import { type Found, recoverPartition } from './recover-partition.ts';

/** A partition one process writes to, under one identity: a batch that is sent twice is stored once. */
export interface PartitionWriter extends PartitionLog {
  /** The largest record the topic takes. */
  readonly maxRecordBytes: number;
  /** One attempt; the offset of its first record. Called again after an error it must be given the same batch. */
  produce(values: readonly Uint8Array[]): Promise<number>;
  /** Whether the same attempt may succeed later. */
  mayPass(error: unknown): boolean;
  /** New connections, the same identity. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

export type KafkaJournalOptions = Readonly<{
  writer: PartitionWriter;
  desk: DeskId;
  digest: Digest;
  /** When it is opened: the claim carries it, and the first segment its day. */
  at: TimeUs;
  /** Who claims it, for people. */
  owner: string;
  /** Appended and not yet durable; beyond this the journal stalls. */
  maxPendingBytes?: number;
  segmentBytes?: number;
  /** So long one batch is tried again; then the journal stalls. */
  stallMs?: number;
}>;

const MAX_PENDING_BYTES = 256 * 2 ** 20;
const STALL_MS = 15_000;
/** Bytes of one produce; a larger frame goes alone. */
export const MOST_AT_ONCE = 2 ** 20;
/** What Kafka adds to a record, and to a batch of one. */
export const RECORD_OVERHEAD = 128;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
const MOST_CLAIMS = 100_000;

/** Takes the writer over: it is closed with the journal, also when opening fails. */
export async function openKafkaJournal(options: KafkaJournalOptions): Promise<KafkaJournal> {
  const { writer } = options;
  try {
    const claimed = await claim(options);
    const journal = new KafkaJournal(options, claimed);
    await journal.durable();
    return journal;
  } catch (error) {
    await writer.close();
    throw error;
  }
}

type Claimed = Readonly<{ offset: number; found: Found }>;

/** A claim counts when it lies higher than every epoch before it; in a partition that was copied these say nothing of places. */
async function claim({ writer, desk, digest, at, owner, stallMs = STALL_MS }: KafkaJournalOptions): Promise<Claimed> {
  const bytes = claimBytes(desk, owner, at);
  for (let count = 1; ; ) {
    const base = await sendUntilStored(
      writer,
      Array.from({ length: count }, () => bytes),
      stallMs,
    );
    const offset = base + count - 1;
    const found = await recoverPartition(writer, desk, digest, offset);
    if (found.epoch < offset) return { offset, found };
    count = found.epoch - offset + 1;
    if (count > MOST_CLAIMS)
      throw new JournalStalled(`${writer.name} holds frames of epoch ${found.epoch}, and a claim at offset ${offset} is not above it`);
  }
}

/** The same batch again and again; the writer's identity makes it one. */
export async function sendUntilStored(writer: PartitionWriter, values: readonly Uint8Array[], stallMs: number): Promise<number> {
  const started = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      if (tries > 0) await writer.reconnect();
      return await writer.produce(values);
    } catch (error) {
      const { name, message } = error as Error;
      if (!writer.mayPass(error)) throw new JournalStalled(`Kafka refused a batch for ${writer.name}: ${name}: ${message}`);
      const waited = Math.round(performance.now() - started);
      if (waited >= stallMs)
        throw new JournalStalled(`Kafka has not taken a batch for ${writer.name} within ${waited} ms: ${name}: ${message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10))));
  }
}

type Waiting = { upTo: number; seq: Seq; resolve: (seq: Seq) => void; reject: (error: Error) => void };

export class KafkaJournal implements Journal {
  readonly opened: Opened;
  /** Whose claim was the newest before this one. */
  readonly takenFrom: string | null;
  readonly #options: KafkaJournalOptions;
  readonly #writer: PartitionWriter;
  readonly #cut: SegmentCut;
  #head: Uint8Array;
  #seq: Seq;
  /** Where the next record should come to lie. */
  #next: number;
  #queue: Uint8Array[] = [];
  #appended = 0;
  #durable = 0;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | null = null;
  #ended: JournalStalled | JournalOwned | null = null;
  #closed = false;
  /** Frames of owners that had lost the journal, seen between our own. */
  late = 0;
  /** Batches of ours that Kafka stored twice. */
  repeated = 0;

  constructor(options: KafkaJournalOptions, { offset, found }: Claimed) {
    const { desk, at, owner, writer } = options;
    const { head, seq, genesis, segment, skipped } = found;
    this.#options = options;
    this.#writer = writer;
    this.#head = head;
    this.#seq = seq;
    this.#next = offset + 1;
    this.#cut = new SegmentCut(segment, options.segmentBytes);
    this.takenFrom = found.owner;
    this.opened = { desk, seq, head: this.head, epoch: offset, genesis, tail: null, skipped };
    if (segment === null) this.startSegment(at);
    this.append(frameOf(desk, offset, seq, { kind: 'claim', owner, at }));
  }

  get head(): Sha256 {
    return hex(this.#head) as Sha256;
  }

  get pendingBytes(): number {
    return this.#appended - this.#durable;
  }

  append(frame: Frame): void {
    const { desk, epoch } = this.opened;
    assert(!this.#closed, 'append to a closed journal');
    assert(frame.desk === desk && frame.epoch === epoch, `a frame of ${frame.desk}, epoch ${frame.epoch}, in ${desk}, epoch ${epoch}`);
    if (this.#ended !== null) throw this.#ended;
    const bytes = encodeFrame(frame, this.#head, crc32);
    const most = this.#options.maxPendingBytes ?? MAX_PENDING_BYTES;
    const { maxRecordBytes, name } = this.#writer;
    if (this.pendingBytes + bytes.length > most)
      throw this.#end(
        new JournalStalled(`${this.pendingBytes} bytes are not yet durable, and no more than ${most} may wait: Kafka is too slow`),
      );
    if (bytes.length + RECORD_OVERHEAD > maxRecordBytes)
      throw this.#end(
        new JournalStalled(`a frame of ${bytes.length} bytes, and ${name} takes ${maxRecordBytes}: raise max.message.bytes of the topic`),
      );
    this.#head = chainHead(this.#options.digest, this.#head, bytes);
    this.#seq = Math.max(this.#seq, lastNumber(frame)) as Seq;
    this.#cut.count(frame, bytes.length);
    this.#appended += bytes.length;
    this.#queue.push(bytes);
    this.#draining ??= this.#drain();
  }

  durable(): Promise<Seq> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#durable === this.#appended) return Promise.resolve(this.#seq);
    return new Promise((resolve, reject) => this.#waiting.push({ upTo: this.#appended, seq: this.#seq, resolve, reject }));
  }

  /** Whether the next frame, of this arrival, would rather open a segment: another UTC day, or this one is full. */
  wantsNewSegment(at: TimeUs): boolean {
    return this.#cut.wants(at);
  }

  /** What is appended from here on is a segment of its own, which begins with the head so far. A checkpoint should follow. */
  startSegment(at: TimeUs): void {
    if (this.#ended !== null) throw this.#ended;
    const { desk, epoch } = this.opened;
    this.#cut.next(at);
    const { index, day } = this.#cut;
    this.append(frameOf(desk, epoch, this.#seq, { kind: 'segment', previousHead: this.head, index, day }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#draining;
    await this.#writer.close();
  }

  async #drain(): Promise<void> {
    await null; // what this turn appends goes out together
    try {
      while (this.#queue.length > 0 && this.#ended === null) await this.#sendNext();
    } catch (error) {
      const { name, message } = error as Error;
      const known = error instanceof JournalStalled || error instanceof JournalOwned;
      this.#end(known ? error : new JournalStalled(`Kafka failed: ${name}: ${message}`));
    }
    this.#draining = null;
  }

  async #sendNext(): Promise<void> {
    const group: Uint8Array[] = [];
    let size = 0;
    for (const bytes of this.#queue) {
      if (group.length > 0 && (size + bytes.length > MOST_AT_ONCE || group.length === MOST_IN_A_BATCH)) break;
      group.push(bytes);
      size += bytes.length;
    }
    this.#queue.splice(0, group.length);
    const base = await sendUntilStored(this.#writer, group, this.#options.stallMs ?? STALL_MS);
    if (base < this.#next)
      throw new JournalStalled(
        `Kafka said that a batch lies at offset ${base} of ${this.#writer.name}, and ${this.#next} was due: it has lost records, or never stored these`,
      );
    if (base > this.#next) await this.#lookBetween(this.#next, base);
    this.#next = base + group.length;
    this.#durable += size;
    while (this.#waiting.length > 0 && this.#waiting[0]!.upTo <= this.#durable) {
      const { resolve, seq } = this.#waiting.shift()!;
      resolve(seq);
    }
  }

  /** Somebody else wrote between our batches: one that had lost the journal is counted, one that took it ends us. */
  async #lookBetween(from: number, to: number): Promise<void> {
    const { desk, epoch } = this.opened;
    for await (const entry of entries(this.#writer, desk, from, to)) {
      const { offset, frame } = entry;
      if (entry.is === 'stray') continue;
      if (entry.is === 'claim') {
        const { owner, at } = claimIn(entry);
        throw new JournalOwned(
          `the journal ${this.#writer.name} of ${desk} was taken by ${owner} at offset ${offset} (${new Date(at / 1000).toISOString()}): this process writes no more`,
        );
      }
      if (frame.epoch > epoch)
        throw new JournalOwned(`the journal ${this.#writer.name} of ${desk} is written by a later owner, of epoch ${frame.epoch}`);
      if (frame.epoch < epoch) this.late++;
      else this.repeated++;
    }
  }

  #end(error: JournalStalled | JournalOwned): JournalStalled | JournalOwned {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    return this.#ended;
  }
}
