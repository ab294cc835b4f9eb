/**
 * One closed segment read from its first byte to its last: checksums, chain, numbers, and the hash of the file. Says what it holds, or throws
 * a JournalCorrupt that names the place; a copy is a copy when this says the same of both.
 */
import { createHash } from 'node:crypto';
import { assert } from '#engine/assert.ts';
import { type Digest, hex } from '#engine/digest.ts';
import { BadRecord } from '#engine/journal/bytes.ts';
import { Chain, lastNumber } from '#engine/journal/chain.ts';
import { type Frame, takesNumbers } from '#engine/journal/frame.ts';
import { NO_HASH } from '#engine/journal/frame-codec.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import { arrivalsIn } from './damage.ts';
import type { DiskFile } from './disk.ts';
import { FrameWalk, type Segment } from './segments.ts';

/** What a whole segment holds. Heads as hex; times in µs, null in a segment without inputs. */
export type SegmentContent = Readonly<{
  desk: string;
  bytes: number;
  sha256: string;
  frames: number;
  /** Frames of owners that had lost the journal: in the bytes, not in the chain. */
  skipped: number;
  /** First and last number; last is first − 1 where there is none. */
  first: number;
  last: number;
  firstAt: number | null;
  lastAt: number | null;
  /** Hash before its first frame, and after its last. */
  previousHead: string;
  head: string;
  epoch: number;
  /** Of the checkpoint it opens with; null when it does not, and needs the segments before it. */
  stateSchema: number | null;
  /** The bytes of the genesis frame, in the segment that holds it. */
  genesis: Uint8Array | null;
}>;

/** The segment before, where it is known: its head and epoch. */
export type Before = Readonly<{ head: string; epoch: number }>;

export async function checkSegment(
  file: DiskFile,
  { path, first, index }: Segment,
  before: Before | null,
  digest: Digest,
  seen: (chunk: Uint8Array) => Promise<void> | void = () => {},
): Promise<SegmentContent> {
  const hash = createHash('sha256');
  const walk = new FrameWalk(
    new Tapped(file, (chunk) => {
      hash.update(chunk);
      return seen(chunk);
    }),
  );
  const start = before === null ? (index === 0 ? NO_HASH : null) : Buffer.from(before.head, 'hex');
  const chain = new Chain(digest, start, before?.epoch ?? 0);
  const opening = new Opening();
  let [frames, last, previousHead] = [0, first - 1, ''];
  let [firstAt, lastAt] = [null as number | null, null as number | null];
  let newest: Frame | null = null;
  let genesis: Uint8Array | null = null;
  for (let found = await walk.next(); found !== null; found = await walk.next()) {
    const wrong = (why: string) => new JournalCorrupt(`${path}:${found.offset}: ${why}; whole are the numbers up to ${last}`);
    if (!found.ok) throw wrong(found.why);
    const { frame, bytes } = found;
    const taken = chain.take(frame, found.previousHash, bytes);
    if (typeof taken === 'string') throw wrong(taken);
    frames++;
    if (found.offset === 0) {
      previousHead = hex(found.previousHash);
      const payload = payloadOf(frame, wrong);
      if (payload.kind !== 'segment' || payload.index !== index) throw wrong(`the beginning of segment ${index} was due`);
    }
    if (!taken) continue;
    opening.take(frame, wrong);
    if (frame.kind === 'genesis') genesis = bytes.slice();
    if (!takesNumbers(frame.kind)) continue;
    if (frame.first !== last + 1) throw wrong(`number ${last + 1} was due, not ${frame.first}`);
    last = lastNumber(frame);
    newest = frame;
    firstAt ??= arrivalsIn(payloadOf(frame, wrong))?.first ?? null;
  }
  if (frames === 0) throw new JournalCorrupt(`${path}: no frame stands in it`);
  if (newest !== null) lastAt = arrivalsIn(decodePayload(newest))?.last ?? null;
  const content = { desk: opening.desk, bytes: walk.offset, sha256: hash.digest('hex'), frames, skipped: chain.skipped, first, last };
  const heads = { previousHead, head: hex(chain.headBytes!), epoch: chain.epoch };
  return { ...content, firstAt, lastAt, ...heads, stateSchema: opening.stateSchema, genesis };
}

function payloadOf(frame: Frame, wrong: (why: string) => JournalCorrupt) {
  try {
    return decodePayload(frame);
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    throw wrong(error.message);
  }
}

/** Follows the frames before the first input: whether a whole checkpoint stands there, so that nothing older is needed. */
export class Opening {
  desk = '';
  stateSchema: number | null = null;
  #parts = 0;
  #over = false;

  take(frame: Frame, wrong: (why: string) => JournalCorrupt): void {
    if (this.desk !== '' && frame.desk !== this.desk) throw wrong(`a frame of desk ${frame.desk}, not of ${this.desk}`);
    this.desk = frame.desk;
    if (this.#over || frame.kind === 'segment') return;
    const payload = frame.kind === 'checkpoint' ? payloadOf(frame, wrong) : null;
    if (payload?.kind !== 'checkpoint' || payload.part !== this.#parts) {
      this.#over = true;
      return;
    }
    if (++this.#parts < payload.parts) return;
    this.stateSchema = payload.stateSchema;
    this.#over = true;
  }
}

/** Hands on every byte that is read, once and in order. */
class Tapped implements DiskFile {
  readonly #file: DiskFile;
  readonly #seen: (chunk: Uint8Array) => Promise<void> | void;
  #at = 0;

  constructor(file: DiskFile, seen: (chunk: Uint8Array) => Promise<void> | void) {
    this.#file = file;
    this.#seen = seen;
  }

  async read(at: number, into: Uint8Array): Promise<number> {
    assert(at === this.#at, 'a segment is read in order');
    const count = await this.#file.read(at, into);
    this.#at += count;
    if (count > 0) await this.#seen(into.subarray(0, count));
    return count;
  }
  size(): Promise<number> {
    return this.#file.size();
  }
  append(): Promise<void> {
    throw new Error('only read');
  }
  sync(): Promise<void> {
    throw new Error('only read');
  }
  truncate(): Promise<void> {
    throw new Error('only read');
  }
  async close(): Promise<void> {}
}
