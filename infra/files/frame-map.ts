/**
 * Where each frame of a journal stands, by headers alone: learned once and carried on while the journal grows, so that a question about a moment reads
 * the frames of that moment and no others. What it hands out fits its own checksums; whether frames chain is asked elsewhere.
 */
import { crc32 } from 'node:zlib';
import { FRAME_KINDS, type FrameKind, takesNumbers } from '#engine/journal/frame.ts';
import { decodeFrame } from '#engine/journal/frame-codec.ts';
import { JournalCorrupt, JournalMoved, type StoredFrame } from '#engine/journal/port.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { FrameWalk, type Segment, segmentsIn } from './segments.ts';

export type FrameMapOptions = Readonly<{ folder: string; disk?: Disk }>;

/** Read at once: what is asked for next mostly stands behind what was asked for. */
const AHEAD = 1 << 20;
const FIRST_ROOM = 4_096;

export class FrameMap {
  readonly folder: string;
  readonly #disk: Disk;
  #segments: Segment[] = [];
  #kinds = new Uint8Array(FIRST_ROOM);
  #places = new Uint32Array(FIRST_ROOM);
  #offsets = new Float64Array(FIRST_ROOM);
  #lengths = new Uint32Array(FIRST_ROOM);
  #firsts = new Float64Array(FIRST_ROOM);
  #counts = new Uint32Array(FIRST_ROOM);
  /** Of those that take numbers, in order. */
  #numbered = new Uint32Array(FIRST_ROOM);
  #numberedLength = 0;
  #length = 0;
  #epoch = 0;
  /** Where looking goes on: in the newest segment. */
  #next = 0;
  #ahead: Readonly<{ place: number; from: number; bytes: Uint8Array }> | null = null;
  /** A part of the journal was moved away: whatever was learned by place is void. It counts how often. */
  lives = 0;

  constructor({ folder, disk = nodeDisk }: FrameMapOptions) {
    this.folder = folder;
    this.#disk = disk;
  }

  get length(): number {
    return this.#length;
  }
  /** Frames that take numbers. */
  get numbered(): number {
    return this.#numberedLength;
  }
  get epoch(): number {
    return this.#epoch;
  }
  kind(place: number): FrameKind {
    return FRAME_KINDS[this.#kinds[place]!]!;
  }
  first(place: number): number {
    return this.#firsts[place]!;
  }
  /** The last number it takes. */
  last(place: number): number {
    return this.#firsts[place]! + this.#counts[place]! - 1;
  }
  /** The place of the nth that takes numbers. */
  numberedAt(nth: number): number {
    return this.#numbered[nth]!;
  }
  /** Bytes of all frames. */
  bytes(): number {
    let sum = 0;
    for (let place = 0; place < this.#length; place++) sum += this.#lengths[place]!;
    return sum;
  }

  /** Which of those that take numbers holds the number, or is the first behind it; `numbered` where none is. */
  nthFrom(seq: number): number {
    let [low, high] = [0, this.#numberedLength];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.last(this.#numbered[middle]!) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Learns what came since it was last asked. */
  async catchUp(): Promise<void> {
    const segments = await segmentsIn(this.#disk, this.folder);
    const isSame = this.#segments.every(({ name }, place) => segments[place]?.name === name);
    if (!isSame) this.#forget();
    for (let place = Math.max(0, this.#segments.length - 1); place < segments.length; place++) {
      const segment = segments[place]!;
      if (place === this.#segments.length) {
        this.#segments.push(segment);
        this.#next = 0;
      }
      await this.#look(place);
    }
  }

  async #look(place: number): Promise<void> {
    const file = await this.#open(place);
    try {
      const size = await file.size();
      const walk = new FrameWalk(file, this.#next);
      for (let header = await walk.nextHeader(0); header !== null; header = await walk.nextHeader(0)) {
        if (header.offset + header.length > size) return; // it is being written
        this.#next = header.offset + header.length;
        if (header.frame.epoch < this.#epoch) continue; // of an owner that had lost the journal
        this.#epoch = header.frame.epoch;
        this.#note(place, header.offset, header.length, header.frame);
      }
    } finally {
      await file.close();
    }
  }

  #note(
    place: number,
    offset: number,
    length: number,
    { kind, first, count }: Pick<StoredFrame['frame'], 'kind' | 'first' | 'count'>,
  ): void {
    if (this.#length === this.#kinds.length) this.#grow();
    const at = this.#length++;
    this.#kinds[at] = FRAME_KINDS.indexOf(kind);
    this.#places[at] = place;
    this.#offsets[at] = offset;
    this.#lengths[at] = length;
    this.#firsts[at] = first;
    this.#counts[at] = count;
    if (takesNumbers(kind)) this.#numbered[this.#numberedLength++] = at;
  }

  #grow(): void {
    const room = this.#kinds.length * 2;
    const longer = <Column extends Uint8Array | Uint32Array | Float64Array>(column: Column, made: Column): Column => {
      made.set(column);
      return made;
    };
    this.#kinds = longer(this.#kinds, new Uint8Array(room));
    this.#places = longer(this.#places, new Uint32Array(room));
    this.#offsets = longer(this.#offsets, new Float64Array(room));
    this.#lengths = longer(this.#lengths, new Uint32Array(room));
    this.#firsts = longer(this.#firsts, new Float64Array(room));
    this.#counts = longer(this.#counts, new Uint32Array(room));
    this.#numbered = longer(this.#numbered, new Uint32Array(room));
  }

  #forget(): void {
    this.#segments = [];
    this.#length = 0;
    this.#numberedLength = 0;
    this.#epoch = 0;
    this.#next = 0;
    this.#ahead = null;
    this.lives += 1;
  }

  async read(place: number): Promise<StoredFrame> {
    const [segment, offset, length] = [this.#places[place]!, this.#offsets[place]!, this.#lengths[place]!];
    const bytes = await this.#bytes(segment, offset, length);
    const decoded = decodeFrame(bytes, 0, crc32);
    const { path, name } = this.#segments[segment]!;
    if (!decoded.ok) throw new JournalCorrupt(`${path}:${offset}: ${decoded.why}`);
    return { frame: decoded.frame, bytes, place: `${name}:${offset}` };
  }

  async #bytes(place: number, offset: number, length: number): Promise<Uint8Array> {
    const { place: held, from, bytes } = this.#ahead ?? { place: -1, from: 0, bytes: new Uint8Array(0) };
    if (held !== place || offset < from || offset + length > from + bytes.length) {
      const file = await this.#open(place);
      try {
        const into = new Uint8Array(Math.max(AHEAD, length));
        const read = await file.read(offset, into);
        this.#ahead = { place, from: offset, bytes: into.subarray(0, read) };
      } finally {
        await file.close();
      }
    }
    const now = this.#ahead!;
    return now.bytes.subarray(offset - now.from, offset - now.from + length);
  }

  async #open(place: number): Promise<DiskFile> {
    const { path, name } = this.#segments[place]!;
    try {
      return await this.#disk.open(path, 'read');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#forget();
      throw new JournalMoved(`segment ${name} was moved out of ${this.folder} while it was read: read again`);
    }
  }
}
