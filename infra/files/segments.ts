/** The files of a journal: `<first number>-<index>.seg` in the desk's folder, and the frames in one, walked without loading it whole. */
import { crc32 } from 'node:zlib';
import { type Decoded, decodeFrame, decodeHeader, type Header, MAX_HEADER } from '#engine/journal/frame-codec.ts';
import type { Disk, DiskFile } from './disk.ts';

export type Segment = Readonly<{ name: string; path: string; first: number; index: number }>;

const NAME = /^(\d{16})-(\d{6})\.seg$/;
export const segmentName = (first: number, index: number): string =>
  `${String(first).padStart(16, '0')}-${String(index).padStart(6, '0')}.seg`;

export const isSegmentName = (name: string): boolean => NAME.test(name);

/** What a journal keeps beside its segments: locks, torn tails, and where older segments went. */
const BESIDE = /^(lock|archiving)(\..*)?$|^\d{16}-\d{6}\.seg(\.torn-\d+|\.part)?$|^archived\.json(\.part)?$/;
export const belongsToJournal = (name: string): boolean => BESIDE.test(name);

/** In order of their index. */
export async function segmentsIn(disk: Disk, folder: string): Promise<Segment[]> {
  return (await disk.list(folder))
    .flatMap((name) => {
      const [, first, index] = NAME.exec(name) ?? [];
      return first === undefined ? [] : [{ name, path: `${folder}/${name}`, first: Number(first), index: Number(index) }];
    })
    .sort((a, b) => a.index - b.index);
}

const CHUNK = 1 << 20;
type Whole = Extract<Decoded, { ok: true }>;
type Failed = Extract<Decoded, { ok: false }>;
export type Found = (Whole & { offset: number; bytes: Uint8Array }) | (Failed & { offset: number });

/** Walks a file from an offset; what it read ahead is kept. After a failure it stands where it stood, so that a follower can ask again. */
export class FrameWalk {
  readonly #file: DiskFile;
  #buffer = new Uint8Array(0);
  /** Of the buffer's first byte in the file. */
  #from: number;
  offset: number;

  constructor(file: DiskFile, offset = 0) {
    this.#file = file;
    this.#from = offset;
    this.offset = offset;
  }

  /** The frame that begins here, or why none does; null at the end of the file. */
  async next(): Promise<Found | null> {
    let there = await this.#have(MAX_HEADER);
    if (there === 0) return null;
    const header = decodeHeader(this.#buffer, this.offset - this.#from, crc32);
    if (!header.ok) return this.#failed(header);
    if (there < header.length) there = await this.#have(header.length);
    const at = this.offset - this.#from;
    const decoded = decodeFrame(this.#buffer, at, crc32);
    if (!decoded.ok) return this.#failed(decoded);
    const found = { ...decoded, offset: this.offset, bytes: this.#buffer.subarray(at, at + decoded.length) };
    this.offset += decoded.length;
    return found;
  }

  /** The header of the frame that begins here; steps over its payload. `peek` bytes of the payload come along. */
  async nextHeader(peek: number): Promise<(Header & { offset: number; start: Uint8Array }) | null> {
    const there = await this.#have(MAX_HEADER + peek);
    if (there === 0) return null;
    const at = this.offset - this.#from;
    const header = decodeHeader(this.#buffer, at, crc32);
    if (!header.ok) return null;
    const start = this.#buffer.subarray(at + header.headerLength, at + Math.min(header.length, header.headerLength + peek));
    const offset = this.offset;
    this.offset += header.length;
    return { ...header, offset, start };
  }

  /** How many of `count` bytes lie ahead, now in the buffer. */
  async #have(count: number): Promise<number> {
    const at = this.offset - this.#from;
    const kept = at >= 0 && at < this.#buffer.length ? this.#buffer.subarray(at) : new Uint8Array(0);
    if (kept.length >= count) return kept.length;
    const left = Math.max(kept.length, (await this.#file.size()) - this.offset);
    const grown = new Uint8Array(Math.min(left, Math.max(count, CHUNK)));
    grown.set(kept);
    const read = await this.#file.read(this.offset + kept.length, grown.subarray(kept.length));
    this.#buffer = grown.subarray(0, kept.length + read);
    this.#from = this.offset;
    return this.#buffer.length;
  }

  /** What could not be read is read anew next time: its owner may have mended it. */
  #failed(failed: Failed): Failed & { offset: number } {
    this.#buffer = new Uint8Array(0);
    return { ...failed, offset: this.offset };
  }
}

/** Whether a whole frame of ours begins anywhere in (offset, end of file): then the damage before it is no torn tail. */
export async function frameAfter(file: DiskFile, offset: number): Promise<number | null> {
  const size = await file.size();
  for (let from = offset + 1; from < size; from += CHUNK - 3) {
    const chunk = new Uint8Array(Math.min(CHUNK, size - from));
    const read = await file.read(from, chunk);
    for (let at = 0; at + 4 <= read; at++) {
      if (chunk[at] !== 0x52 || chunk[at + 1] !== 0x54 || chunk[at + 2] !== 0x52 || chunk[at + 3] !== 0x43) continue;
      const found = await new FrameWalk(file, from + at).next();
      if (found?.ok) return from + at;
    }
  }
  return null;
}
