/**
 * Writes a tape: facts into `<folder>.part`, which takes the tape's name once everything is on the disk. What was begun and not finished is
 * never taken for a tape; begun again it goes on where `saved` says that everything was written, or from nothing.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { assert } from '#engine/assert.ts';
import type { Digest } from '#engine/digest.ts';
import { encodeFrame, NO_HASH } from '#engine/journal/frame-codec.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { type Block, MAX_FRAME_NUMBERS, type MarketFrame, marketFrame, NO_LANE, sliceBlock, sliceFrame } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { joinedFrames } from '#engine/market/joined-frames.ts';
import { TAPE_FORMAT, type TapeFrame, type TapeManifest, TapeTally } from '#engine/market/tape.ts';
import type { Plain } from '#engine/record.ts';
import type { Seq, TimeUs } from '#engine/values.ts';
import { FACTS, MANIFEST, manifestText, TAPE_DESK } from './manifest.ts';
import { readFrame } from './read-frame.ts';

export type TapeAsked = Readonly<{
  folder: string;
  digest: Digest;
  /** Arrival is venue time and so much more; null when arrivals were recorded. */
  latencyUs: number | null;
}>;

/** What was written when a writer had nothing waiting: enough to go on behind it. */
export type SavedTape = Readonly<{ bytes: number; frames: readonly TapeFrame[] }>;

export class TapeExists extends Error {
  override name = 'TapeExists';
}

export class TapeWriter {
  readonly #asked: TapeAsked;
  readonly #part: string;
  readonly #file: number;
  readonly #tally: TapeTally;
  readonly #frames: TapeFrame[] = [];
  #offset = 0;
  /** Frames that follow each other, gathered until a whole one can be written. */
  #waiting: MarketFrame[] = [];
  #waitingCount = 0;
  #lastNumber = 0;
  #numbered = false;

  constructor(asked: TapeAsked, saved: SavedTape | null = null) {
    if (existsSync(asked.folder)) throw new TapeExists(`${asked.folder} is there already`);
    this.#asked = asked;
    this.#part = `${asked.folder}.part`;
    this.#tally = new TapeTally(asked.digest);
    mkdirSync(this.#part, { recursive: true });
    const path = join(this.#part, FACTS);
    this.#file = openSync(path, saved === null ? 'w' : 'r+');
    if (saved !== null) this.#goOn(saved);
  }

  get count(): number {
    return this.#tally.count + this.#waitingCount;
  }

  get bytes(): number {
    return this.#offset;
  }

  /** Where another writer may go on; null while facts wait for a whole frame. */
  saved(): SavedTape | null {
    return this.#waitingCount === 0 ? { bytes: this.#offset, frames: [...this.#frames] } : null;
  }

  /** Facts in order of arrival; they are numbered 1, 2, 3 … */
  append(block: Block): void {
    for (let from = 0; from < block.count; from += MAX_FRAME_NUMBERS) {
      const part = sliceBlock(block, from, Math.min(block.count, from + MAX_FRAME_NUMBERS));
      this.#take(marketFrame((this.#lastNumber + 1) as Seq, [part], NO_LANE, null));
    }
  }

  /** A frame with numbers of its own, above those before it. */
  frame(frame: MarketFrame): void {
    if (frame.first !== this.#lastNumber + 1) this.#numbered = true;
    this.#take({ ...frame, cursor: null });
  }

  /** The tape under its name, everything on the disk. */
  finish(instruments: readonly Instrument[], origin: Plain): TapeManifest {
    this.#flush();
    const { latencyUs, folder } = this.#asked;
    assert(this.#frames.length > 0, 'a tape holds at least one fact');
    const manifest: TapeManifest = {
      format: TAPE_FORMAT,
      hash: this.#tally.hash(instruments),
      instruments,
      streams: this.#tally.streams,
      count: this.#tally.count,
      from: this.#frames[0]!.from,
      to: this.#frames.at(-1)!.to,
      latencyUs,
      keepsNumbers: this.#numbered,
      origin,
      frames: this.#frames,
    };
    fsyncSync(this.#file);
    closeSync(this.#file);
    const path = join(this.#part, MANIFEST);
    writeFileSync(path, manifestText(manifest));
    syncPath(path);
    renameSync(this.#part, folder);
    syncPath(dirname(folder));
    return manifest;
  }

  /** What was written stays, to be gone on with. */
  leave(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  /** Nothing of it stays. */
  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#part, { recursive: true, force: true });
  }

  /** Reads what an earlier writer wrote, and forgets what it had not told of. */
  #goOn({ bytes, frames }: SavedTape): void {
    ftruncateSync(this.#file, bytes);
    for (const frame of frames) {
      this.#tally.add(readFrame(this.#file, frame, join(this.#part, FACTS)));
      this.#frames.push(frame);
      this.#lastNumber = frame.first + frame.count - 1;
    }
    this.#offset = bytes;
  }

  #take(frame: MarketFrame): void {
    assert(frame.first > this.#lastNumber, 'numbers of a tape rise');
    const follows = frame.first === this.#lastNumber + 1;
    if (!follows) this.#flush();
    this.#lastNumber = frame.first + frame.count - 1;
    const room = MAX_FRAME_NUMBERS - this.#waitingCount;
    if (frame.count < room) {
      this.#waiting.push(frame);
      this.#waitingCount += frame.count;
      return;
    }
    const end = frame.first + frame.count;
    this.#waiting.push(frame.count === room ? frame : sliceFrame(frame, frame.first, frame.first + room));
    this.#flush();
    if (frame.count === room) return;
    this.#waiting.push(sliceFrame(frame, frame.first + room, end));
    this.#waitingCount = frame.count - room;
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const frame = joinedFrames(this.#waiting);
    this.#waiting = [];
    this.#waitingCount = 0;
    this.#write(frame);
  }

  #write(frame: MarketFrame): void {
    const bytes = encodeFrame(frameOf(TAPE_DESK, 1, frame.first, { kind: 'market', frame }), NO_HASH, crc32);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done, bytes.length - done, this.#offset + done);
    const { first, count } = frame;
    this.#frames.push({ offset: this.#offset, bytes: bytes.length, first, count, ...arrivalsOf(frame) });
    this.#offset += bytes.length;
    this.#tally.add(frame);
  }
}

function arrivalsOf({ blocks }: MarketFrame): Readonly<{ from: TimeUs; to: TimeUs }> {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const { at, count } of blocks) {
    from = Math.min(from, at[0]!);
    to = Math.max(to, at[count - 1]!);
  }
  return { from: from as TimeUs, to: to as TimeUs };
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
