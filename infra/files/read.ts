/**
 * Reads a journal's files, also while another process writes them; changes nothing. Each frame is checked against its checksums and the
 * chain before it is handed out; damage anywhere but at the very end is a JournalCorrupt that names the place.
 */
import type { Digest } from '#engine/digest.ts';
import { Chain, lastNumber } from '#engine/journal/chain.ts';
import { type Frame, takesNumbers } from '#engine/journal/frame.ts';
import { NO_HASH } from '#engine/journal/frame-codec.ts';
import { JournalCorrupt, JournalMoved, type JournalReader, type StoredFrame } from '#engine/journal/port.ts';
import type { Seq } from '#engine/values.ts';
import { damageAt, tellDamage } from './damage.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { type Found, FrameWalk, frameAfter, type Segment, segmentsIn } from './segments.ts';

export type FileReaderOptions = Readonly<{
  folder: string;
  digest: Digest;
  disk?: Disk /** How often a follower looks for more. */;
  pollMs?: number;
}>;

/** Where reading starts: a segment, an offset in it, and the highest epoch before that. */
type Start = Readonly<{ place: number; offset: number; epoch: number }>;
const PART_BYTES = 8; // of a checkpoint's payload: part and parts
const POLL_MS = 5;

export class FileReader implements JournalReader {
  readonly folder: string;
  readonly #digest: Digest;
  readonly #disk: Disk;
  readonly #pollMs: number;
  /** Frames of owners that had lost the journal, in the last reading. */
  skipped = 0;
  /** Bytes at the very end that are no whole frame, as the last reading found them: a write in progress, or a torn tail. */
  tail: Readonly<{ place: string; why: string }> | null = null;

  constructor({ folder, digest, disk = nodeDisk, pollMs = POLL_MS }: FileReaderOptions) {
    this.folder = folder;
    this.#digest = digest;
    this.#disk = disk;
    this.#pollMs = pollMs;
  }

  frames(from: Seq = 0 as Seq, fromCheckpoint = false): AsyncGenerator<StoredFrame, void, undefined> {
    return this.#read(from, fromCheckpoint, null);
  }

  follow(from: Seq, stop: () => boolean): AsyncGenerator<StoredFrame, void, undefined> {
    return this.#read(from, false, stop);
  }

  async *#read(from: Seq, fromCheckpoint: boolean, stop: (() => boolean) | null): AsyncGenerator<StoredFrame, void, undefined> {
    this.skipped = 0;
    this.tail = null;
    let segments = await segmentsIn(this.#disk, this.folder);
    while (segments.length === 0) {
      if (stop === null || stop()) return;
      await this.#pause();
      segments = await segmentsIn(this.#disk, this.folder);
    }
    const start = await this.#start(segments, from, fromCheckpoint);
    const chain = new Chain(this.#digest, segments[start.place].index === 0 && start.offset === 0 ? NO_HASH : null, start.epoch);
    let begun = fromCheckpoint || from === 0;
    let inputs: Frame | null = null; // the newest that were whole
    const corrupt = async (place: number, offset: number, why: string) => {
      const damage = await damageAt(this.#disk, segments, place, offset, inputs);
      return new JournalCorrupt(`${segments[place].path}:${offset}: ${why}; ${tellDamage(damage)}`, damage);
    };
    let before: Segment | null = null;
    for (let place = start.place; place < segments.length; place++) {
      const segment = segments[place];
      if (before !== null) noneMissing(before, segment);
      before = segment;
      const file = await this.#open(segment);
      try {
        const walk = new FrameWalk(file, place === start.place ? start.offset : 0);
        for (;;) {
          let last = place === segments.length - 1;
          if (last && stop !== null) {
            segments = await segmentsIn(this.#disk, this.folder); // looked for first: then what this file holds is all of it
            place = segments.findIndex(({ index }) => index === segment.index); // older ones may have been archived
            if (place === -1) throw movedAway(this.folder, segment);
            last = place === segments.length - 1;
          }
          const found = await walk.next();
          if (found?.ok) {
            this.tail = null;
            const taken = chain.take(found.frame, found.previousHash, found.bytes);
            if (typeof taken === 'string') throw await corrupt(place, found.offset, taken);
            this.skipped = chain.skipped;
            const { kind, first, count } = found.frame;
            if (taken && takesNumbers(kind)) {
              inputs = found.frame;
              begun ||= first + count > from;
            }
            if (taken && begun) yield { frame: found.frame, bytes: found.bytes, place: `${segment.name}:${found.offset}` };
            if (stop?.()) return;
            continue;
          }
          if (found !== null) {
            const wrong = await this.#judge(file, segment, found, last);
            if (wrong !== null) throw await corrupt(place, found.offset, wrong);
          }
          if (!last) break;
          if (stop === null || stop()) return;
          await this.#pause();
        }
      } finally {
        await file.close();
      }
    }
  }

  /** A tail may be torn or still being written; anything else is corruption, and this says why. */
  async #judge(file: DiskFile, segment: Segment, found: Extract<Found, { ok: false }>, last: boolean): Promise<string | null> {
    if (!last || found.failure === 'newer') return found.why;
    const after = found.failure === 'short' ? null : await frameAfter(file, found.offset);
    if (after !== null) return `${found.why}, though a whole frame follows at ${after}`;
    this.tail = { place: `${segment.path}:${found.offset}`, why: found.why };
    return null;
  }

  /** What was listed and is not there was archived in between; nothing else takes a segment away. */
  async #open(segment: Segment): Promise<DiskFile> {
    try {
      return await this.#disk.open(segment.path, 'read');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw movedAway(this.folder, segment);
    }
  }

  async #start(segments: readonly Segment[], from: Seq, fromCheckpoint: boolean): Promise<Start> {
    // A checkpoint of the last number before a segment lies at that segment's start.
    const first = fromCheckpoint ? from + 1 : Math.max(from, 1);
    let place = segments.length - 1;
    while (place > 0 && segments[place].first > first) place--;
    if (!fromCheckpoint) return { place, offset: 0, epoch: 0 };
    for (; place > 0; place--) {
      const found = await this.#checkpoint(segments[place], place, from);
      if (found !== null) return found;
    }
    return (await this.#checkpoint(segments[0], 0, from)) ?? { place: 0, offset: 0, epoch: 0 };
  }

  /** The last whole checkpoint of a segment at or before a number, by headers alone. */
  async #checkpoint(segment: Segment, place: number, from: Seq): Promise<Start | null> {
    const file = await this.#open(segment);
    try {
      const walk = new FrameWalk(file);
      let best: Start | null = null;
      let open = null as (Start & { next: number }) | null;
      let epoch = 0;
      for (let header = await walk.nextHeader(PART_BYTES); header !== null; header = await walk.nextHeader(PART_BYTES)) {
        const { frame, offset, start } = header;
        if (frame.epoch < epoch) continue;
        if (lastNumber(frame) > from && frame.kind !== 'segment') break;
        if (frame.kind === 'checkpoint' && start.length === PART_BYTES) {
          const view = new DataView(start.buffer, start.byteOffset, PART_BYTES);
          const [part, parts] = [view.getUint32(0, true), view.getUint32(4, true)];
          open = part === 0 ? { place, offset, epoch, next: 1 } : open?.next === part ? { ...open, next: part + 1 } : null;
          if (open?.next === parts) best = { place, offset: open.offset, epoch: open.epoch };
        }
        epoch = frame.epoch;
      }
      return best;
    } finally {
      await file.close();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#pollMs));
  }
}

const movedAway = (folder: string, { name }: Segment): JournalMoved =>
  new JournalMoved(`segment ${name} was moved out of ${folder} while it was read: read again`);

/** The first segments may lie in an archive; one between two that are here may not. */
function noneMissing(before: Segment, { index, first, path }: Segment): void {
  if (index === before.index + 1) return;
  const segments = index === before.index + 2 ? `segment ${before.index + 1} is` : `segments ${before.index + 1} to ${index - 1} are`;
  throw new JournalCorrupt(`${path}: ${segments} missing before it; here are numbers from ${before.first} on, then from ${first} on`);
}
