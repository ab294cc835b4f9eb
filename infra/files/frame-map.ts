/**
 * Where each frame of a journal in files stands, by headers alone: learned once and carried on while the journal grows, so that a question about a
 * moment reads the frames of that moment and no others.
 */
import { crc32 } from 'node:zlib';
import { decodeFrame } from '#engine/journal/frame-codec.ts';
import { FrameIndex } from '#engine/journal/frame-index.ts';
import { type FrameMap, JournalCorrupt, JournalMoved, type StoredFrame } from '#engine/journal/port.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { FrameWalk, type Segment, segmentsIn } from './segments.ts';

/** Read at once: what is asked for next mostly stands behind what was asked for. */
const AHEAD = 1 << 20;

export class FileFrameMap implements FrameMap {
  readonly index = new FrameIndex();
  readonly folder: string;
  readonly #disk: Disk;
  #segments: Segment[] = [];
  /** Where looking goes on: in the newest segment. */
  #next = 0;
  #ahead: Readonly<{ part: number; from: number; bytes: Uint8Array }> | null = null;

  constructor(folder: string, disk: Disk = nodeDisk) {
    this.folder = folder;
    this.#disk = disk;
  }

  async catchUp(): Promise<void> {
    const segments = await segmentsIn(this.#disk, this.folder);
    const isSame = this.#segments.every(({ name }, part) => segments[part]?.name === name);
    if (!isSame) this.#forget();
    for (let part = Math.max(0, this.#segments.length - 1); part < segments.length; part++) {
      if (part === this.#segments.length) {
        this.#segments.push(segments[part]!);
        this.#next = 0;
      }
      await this.#look(part);
    }
  }

  async #look(part: number): Promise<void> {
    const file = await this.#open(part);
    try {
      const size = await file.size();
      if (size < this.#next) {
        // a later owner cut a torn tail away: what was noted of it is void
        const { name } = this.#segments[part]!;
        this.#forget();
        throw new JournalMoved(`the end of ${name} in ${this.folder} was cut off while it was read: read again`);
      }
      const walk = new FrameWalk(file, this.#next);
      for (let header = await walk.nextHeader(0); header !== null; header = await walk.nextHeader(0)) {
        const { frame, offset, length } = header;
        if (offset + length > size) return; // it is being written
        this.#next = offset + length;
        this.index.note(frame, { part, offset, length });
      }
    } finally {
      await file.close();
    }
  }

  #forget(): void {
    this.index.forget();
    this.#segments = [];
    this.#next = 0;
    this.#ahead = null;
  }

  async read(place: number): Promise<StoredFrame> {
    const { part, offset, length } = this.index.spot(place);
    const bytes = await this.#bytes(part, offset, length);
    const decoded = decodeFrame(bytes, 0, crc32);
    const { path, name } = this.#segments[part]!;
    if (!decoded.ok) throw new JournalCorrupt(`${path}:${offset}: ${decoded.why}`);
    return { frame: decoded.frame, bytes, place: `${name}:${offset}` };
  }

  async #bytes(part: number, offset: number, length: number): Promise<Uint8Array> {
    const held = this.#ahead;
    if (held !== null && held.part === part && offset >= held.from && offset + length <= held.from + held.bytes.length)
      return held.bytes.subarray(offset - held.from, offset - held.from + length);
    const file = await this.#open(part);
    try {
      const into = new Uint8Array(Math.max(AHEAD, length));
      const bytes = into.subarray(0, await file.read(offset, into));
      this.#ahead = { part, from: offset, bytes };
      return bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  }

  /** What was listed and is not there was archived in between. */
  async #open(part: number): Promise<DiskFile> {
    const { path, name } = this.#segments[part]!;
    try {
      return await this.#disk.open(path, 'read');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#forget();
      throw new JournalMoved(`segment ${name} was moved out of ${this.folder} while it was read: read again`);
    }
  }
}
