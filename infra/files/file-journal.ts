/**
 * The journal in segment files. append() fixes bytes and chain at once; one write and one fdatasync are in flight at a time, and what is
 * appended meanwhile goes out with the next. A disk that failed once is never asked again.
 */
import { crc32 } from 'node:zlib';
import { assert } from '#engine/assert.ts';
import { type Digest, hex } from '#engine/digest.ts';
import { lastNumber } from '#engine/journal/chain.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { chainHead, encodeFrame } from '#engine/journal/frame-codec.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Journal, JournalStalled, type Opened } from '#engine/journal/port.ts';
import { SegmentCut } from '#engine/journal/segment-cut.ts';
import type { DeskId, Seq, Sha256, TimeUs } from '#engine/values.ts';
import { MANIFEST } from './archive-manifest.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { type Lock, nodeProcesses, type Owner, type Processes, takeLock } from './lock.ts';
import { type Recovered, recover } from './recover.ts';
import { belongsToJournal, isSegmentName, segmentName } from './segments.ts';

export type FileJournalOptions = Readonly<{
  /** The desk's own folder. */
  folder: string;
  desk: DeskId;
  digest: Digest;
  /** When it is opened: the claim carries it, and the first segment its day. */
  at: TimeUs;
  /** Who claims it, for people. */
  owner?: string;
  /** Where its owner will answer: who finds the journal held asks there. */
  socket?: string;
  disk?: Disk;
  processes?: Processes;
  /** Appended and not yet durable; beyond this the journal stalls. */
  maxPendingBytes?: number;
  segmentBytes?: number;
}>;

const MAX_PENDING_BYTES = 256 * 2 ** 20;
/** Bytes of one write; a longer queue takes several. */
const MOST_AT_ONCE = 32 * 2 ** 20;

export async function openFileJournal(options: FileJournalOptions): Promise<FileJournal> {
  const { folder, desk, digest, disk = nodeDisk, processes = nodeProcesses } = options;
  await refuseForeign(disk, folder);
  const lock = await takeLock(disk, folder, processes, options.socket === undefined ? {} : { about: { socket: options.socket } });
  try {
    const recovered = await recover(disk, folder, desk, digest);
    const file = recovered.segment === null ? null : await disk.open(recovered.segment.segment.path, 'append');
    const journal = new FileJournal({ ...options, disk }, lock, recovered, file);
    await journal.durable();
    return journal;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A folder that holds something else is no place for a journal. */
export class ForeignFolder extends Error {
  override name = 'ForeignFolder';
}

export async function refuseForeign(disk: Disk, folder: string): Promise<void> {
  let names: string[];
  try {
    await disk.makeFolder(folder);
    names = await disk.list(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') throw new ForeignFolder(`${folder} is a file, or lies in one, where a folder should be`);
    throw error;
  }
  if (names.includes(MANIFEST))
    throw new ForeignFolder(`${folder} is an archive, and no desk writes into it: restore it into a folder first`);
  const foreign = names.find((name) => !belongsToJournal(name));
  if (foreign !== undefined && !names.some(isSegmentName))
    throw new ForeignFolder(`${folder} holds ${foreign} and is no journal: name an empty folder, or one that does not exist yet`);
}

type Waiting = { upTo: number; seq: Seq; resolve: (seq: Seq) => void; reject: (error: Error) => void };
/** Bytes for the open file, or the name of the file that what follows belongs to. */
type Queued = Uint8Array | string;

export class FileJournal implements Journal {
  readonly opened: Opened;
  /** The dead process whose lock was taken over. */
  readonly takenFrom: Owner | null;
  readonly #options: FileJournalOptions & { disk: Disk };
  readonly #lock: Lock;
  #file: DiskFile | null;
  #head: Uint8Array;
  #seq: Seq;
  readonly #cut: SegmentCut;
  #queue: Queued[] = [];
  #appended = 0;
  #durable = 0;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | null = null;
  #stalled: JournalStalled | null = null;
  #closed = false;

  constructor(options: FileJournalOptions & { disk: Disk }, lock: Lock, recovered: Recovered, file: DiskFile | null) {
    const { desk, at, owner } = options;
    const { segment, tail, genesis } = recovered;
    this.#options = options;
    this.#lock = lock;
    this.#file = file;
    this.#head = recovered.head;
    this.#seq = recovered.seq;
    this.#cut = new SegmentCut(segment === null ? null : { index: segment.segment.index, ...segment }, options.segmentBytes);
    this.takenFrom = lock.takenFrom;
    const epoch = recovered.epoch + 1;
    this.opened = { desk, seq: this.#seq, head: this.head, epoch, genesis, tail, skipped: recovered.skipped };
    if (segment === null) this.startSegment(at);
    const { pid, host } = (options.processes ?? nodeProcesses).self();
    this.append(frameOf(desk, epoch, this.#seq, { kind: 'claim', owner: owner ?? `${host}:${pid}`, at }));
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
    if (this.#stalled !== null) throw this.#stalled;
    const bytes = encodeFrame(frame, this.#head, crc32);
    const most = this.#options.maxPendingBytes ?? MAX_PENDING_BYTES;
    if (this.pendingBytes + bytes.length > most) {
      this.#stall(`${this.pendingBytes} bytes are not yet durable, and no more than ${most} may wait: the disk is too slow`);
      throw this.#stalled!;
    }
    this.#head = chainHead(this.#options.digest, this.#head, bytes);
    this.#seq = Math.max(this.#seq, lastNumber(frame)) as Seq;
    this.#cut.count(frame, bytes.length);
    this.#appended += bytes.length;
    this.#queue.push(bytes);
    this.#draining ??= this.#drain();
  }

  durable(): Promise<Seq> {
    if (this.#stalled !== null) return Promise.reject(this.#stalled);
    if (this.#durable === this.#appended) return Promise.resolve(this.#seq);
    return new Promise((resolve, reject) => this.#waiting.push({ upTo: this.#appended, seq: this.#seq, resolve, reject }));
  }

  /** Whether the next frame, of this arrival, would rather open a segment: another UTC day, or this one is full. */
  wantsNewSegment(at: TimeUs): boolean {
    return this.#cut.wants(at);
  }

  /** What is appended from here on lies in a new file, which begins with the head so far. A checkpoint should follow. */
  startSegment(at: TimeUs): void {
    if (this.#stalled !== null) throw this.#stalled;
    const { desk, epoch } = this.opened;
    this.#cut.next(at);
    const { index, day } = this.#cut;
    this.#queue.push(segmentName(this.#seq + 1, index));
    this.append(frameOf(desk, epoch, this.#seq, { kind: 'segment', previousHead: this.head, index, day }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#draining;
    await this.#file?.close();
    await this.#lock.release();
  }

  async #drain(): Promise<void> {
    await null; // what this turn appends goes out together
    try {
      while (this.#queue.length > 0 && this.#stalled === null) await this.#writeNext();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#stall(code === 'ENOSPC' ? `the disk is full: ${message}` : `the disk failed: ${message}`);
    }
    this.#draining = null;
  }

  async #writeNext(): Promise<void> {
    const { disk, folder } = this.#options;
    const next = this.#queue[0];
    if (typeof next === 'string') {
      this.#queue.shift();
      await this.#file?.close(); // its last bytes are durable: each write is
      this.#file = await disk.open(`${folder}/${next}`, 'append');
      await disk.syncFolder(folder);
      return;
    }
    let count = 0;
    let size = 0;
    for (; count < this.#queue.length && size < MOST_AT_ONCE; count++) {
      const bytes = this.#queue[count];
      if (typeof bytes === 'string') break;
      size += bytes.length;
    }
    const group = this.#queue.splice(0, count) as Uint8Array[];
    await this.#file!.append(count === 1 ? group[0] : joined(group, size));
    await this.#file!.sync();
    this.#durable += size;
    while (this.#waiting.length > 0 && this.#waiting[0].upTo <= this.#durable) {
      const { resolve, seq } = this.#waiting.shift()!;
      resolve(seq);
    }
  }

  #stall(why: string): void {
    this.#stalled ??= new JournalStalled(why);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#stalled);
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
