/**
 * Writes a tape: facts into `<folder>.part`, which takes the tape's name once everything is on the disk. What was begun and not finished is
 * never taken for a tape, and what is begun again starts from nothing.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { assert } from '#engine/assert.ts';
import type { Digest } from '#engine/digest.ts';
import { encodeFrame, NO_HASH } from '#engine/journal/frame-codec.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import {
  type Block,
  MAX_FRAME_NUMBERS,
  type MarketFrame,
  marketFrame,
  NO_LANE,
  NO_SEQ,
  sliceBlock,
  VALUE_COLUMNS,
} from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { TAPE_FORMAT, type TapeFrame, type TapeManifest, TapeTally } from '#engine/market/tape.ts';
import type { Plain } from '#engine/record.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { FACTS, MANIFEST, manifestText, TAPE_DESK } from './manifest.ts';

export type TapeAsked = Readonly<{
  folder: string;
  digest: Digest;
  instruments: readonly Instrument[];
  /** Arrival is venue time and so much more; null when arrivals were recorded. */
  latencyUs: number | null;
}>;

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
  /** Blocks of one stream, gathered until a frame is full. */
  #waiting: Block[] = [];
  #waitingCount = 0;
  #keepsNumbers = false;
  #lastNumber = 0;

  constructor(asked: TapeAsked) {
    if (existsSync(asked.folder)) throw new TapeExists(`${asked.folder} is there already`);
    this.#asked = asked;
    this.#part = `${asked.folder}.part`;
    this.#tally = new TapeTally(asked.digest);
    mkdirSync(this.#part, { recursive: true });
    this.#file = openSync(join(this.#part, FACTS), 'w');
  }

  get count(): number {
    return this.#tally.count + this.#waitingCount;
  }

  get bytes(): number {
    return this.#offset;
  }

  /** Facts of the tape's one stream, in order of arrival; they are numbered 1, 2, 3 … */
  append(block: Block): void {
    const [first] = this.#waiting;
    assert(!this.#keepsNumbers, 'a tape of numbered frames takes no loose facts');
    assert(first === undefined || sameStream(first, block), 'a tape that is appended to has one stream');
    for (let from = 0; from < block.count; ) {
      const to = Math.min(block.count, from + MAX_FRAME_NUMBERS - this.#waitingCount);
      this.#waiting.push(from === 0 && to === block.count ? block : sliceBlock(block, from, to));
      this.#waitingCount += to - from;
      from = to;
      if (this.#waitingCount === MAX_FRAME_NUMBERS) this.#flush();
    }
  }

  /** A frame with numbers of its own, above those before it. */
  frame(frame: MarketFrame): void {
    assert(this.#waitingCount === 0 && (this.#keepsNumbers || this.#tally.count === 0), 'a tape of loose facts takes no numbered frames');
    this.#keepsNumbers = true;
    this.#write(frame);
  }

  /** The tape under its name, everything on the disk. */
  finish(origin: Plain): TapeManifest {
    this.#flush();
    const { instruments, latencyUs, folder } = this.#asked;
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
      keepsNumbers: this.#keepsNumbers,
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

  /** Nothing of it stays. */
  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#part, { recursive: true, force: true });
  }

  #flush(): void {
    if (this.#waitingCount === 0) return;
    const block = this.#waiting.length === 1 ? this.#waiting[0]! : joined(this.#waiting);
    this.#waiting = [];
    this.#waitingCount = 0;
    this.#write(marketFrame((this.#tally.count + 1) as Seq, [block], NO_LANE, null));
  }

  #write(frame: MarketFrame): void {
    assert(frame.first > this.#lastNumber, 'numbers of a tape rise');
    this.#lastNumber = frame.first + frame.count - 1;
    const bytes = encodeFrame(
      frameOf(TAPE_DESK as DeskId, 1, frame.first, { kind: 'market', frame: { ...frame, cursor: null } }),
      NO_HASH,
      crc32,
    );
    writeSync(this.#file, bytes);
    const { first, count } = frame;
    this.#frames.push({ offset: this.#offset, bytes: bytes.length, first, count, ...arrivalsOf(frame) });
    this.#offset += bytes.length;
    this.#tally.add(frame);
  }
}

const sameStream = (a: Block, b: Block): boolean =>
  a.instrument === b.instrument && a.source === b.source && a.kind === b.kind && a.timeframeUs === b.timeframeUs;

function joined(blocks: readonly Block[]): Block {
  const [first] = blocks;
  const count = blocks.reduce((sum, block) => sum + block.count, 0);
  const column = (of: (block: Block) => Float64Array): Float64Array => {
    const all = new Float64Array(count);
    let at = 0;
    for (const block of blocks) {
      all.set(of(block), at);
      at += block.count;
    }
    return all;
  };
  const flags = new Uint8Array(count);
  let at = 0;
  for (const block of blocks) {
    flags.set(block.flags, at);
    at += block.count;
  }
  const numbered = blocks.some(({ venueSeq }) => venueSeq.length > 0);
  const venueTime = column((block) => block.venueTime);
  return {
    instrument: first!.instrument,
    source: first!.source,
    kind: first!.kind,
    timeframeUs: first!.timeframeUs,
    count,
    at: blocks.every((block) => block.at === block.venueTime) ? venueTime : column((block) => block.at),
    venueTime,
    venueSeq: numbered ? column((block) => (block.venueSeq.length > 0 ? block.venueSeq : new Float64Array(block.count))) : NO_SEQ,
    flags,
    values: VALUE_COLUMNS[first!.kind].map((_, j) => column((block) => block.values[j]!)),
  };
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
