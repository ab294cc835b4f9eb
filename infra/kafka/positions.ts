/**
 * Where in a partition reading begins, found by bisecting its offsets: nothing beside the log says where a number lies. A probe may hit a
 * frame of an owner that had lost the journal, so what was found is looked at once more before it is believed.
 */
import { lastNumber } from '#engine/journal/chain.ts';
import { takesNumbers } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { entries, type PartitionLog, type Range } from './partition-log.ts';
import { type Entry, Fence } from './records.ts';

/** Where reading starts, and the highest epoch before that. */
export type Position = Readonly<{ offset: number; epoch: number }>;

/**
 * An owner that lost the journal stores one more batch at most: it then finds out. So whoever looks this many records back sees the newest
 * claim, or frames of its owner.
 */
export const LOOK_BACK = 2_048;
export const MOST_IN_A_BATCH = 512;

/** Bisecting ends where so few records are left that reading them is as fast. */
const FEW = 64;
const PROBE_BYTES = 64 * 1024;
const REMEMBERED = 4_096;
const FIRST_WINDOW = 256;
const LATER_WINDOWS = 4;

/** The number that comes next before this frame, as far as it says. */
const nextNumber = ({ frame }: Entry): number => (takesNumbers(frame.kind) ? frame.first : frame.first + 1);

export class Positions {
  readonly #log: PartitionLog;
  readonly #desk: DeskId | null;
  /** Of an offset that was probed: which number comes next there. The log only grows, so it holds for good. */
  readonly #probed = new Map<number, number>();

  constructor(log: PartitionLog, desk: DeskId | null) {
    this.#log = log;
    this.#desk = desk;
  }

  /** Where the frame with a number lies, or the frames right before it; null when the log begins behind it. */
  async before(number: Seq, range: Range): Promise<Position | null> {
    const { low } = range;
    for (let offset = await this.#bisect(number, range), step = FEW; ; offset = Math.max(low, offset - step), step *= 4) {
      const found = await this.#look(offset, range);
      if (found !== null && nextNumber(found.entry) <= Math.max(1, number)) return { offset, epoch: found.epoch };
      if (offset === low) return low === 0 ? { offset, epoch: 0 } : null;
    }
  }

  /** The first part of the last whole checkpoint at or before a number; null when there is none. */
  async checkpoint(number: Seq, range: Range): Promise<Position | null> {
    return this.#backwards(await this.#bisect((number + 1) as Seq, range), range, (from) => this.#checkpointFrom(from, number, range));
  }

  /** The last beginning of a segment before an offset. */
  lastSegment(upTo: number, range: Range): Promise<Position | null> {
    return this.#backwards(upTo, range, async (from) => {
      let last: Position | null = null;
      for await (const { entry, epoch } of this.#counting(from, upTo, range))
        if (entry.frame.kind === 'segment') last = { offset: entry.offset, epoch };
      return last;
    });
  }

  /** Looks from further and further back until something is found, or the log begins. */
  async #backwards(from: number, { low }: Range, look: (from: number) => Promise<Position | null>): Promise<Position | null> {
    for (let start = from, window = FIRST_WINDOW; ; window *= LATER_WINDOWS) {
      start = Math.max(low, start - window);
      const found = await look(start);
      if (found !== null || start === low) return found;
    }
  }

  async #checkpointFrom(from: number, number: Seq, range: Range): Promise<Position | null> {
    let best: Position | null = null;
    let open = null as (Position & { next: number }) | null;
    for await (const { entry, epoch } of this.#counting(from, range.high, range)) {
      const { frame, offset } = entry;
      if (lastNumber(frame) > number && frame.kind !== 'segment' && frame.kind !== 'decisions') break;
      if (frame.kind !== 'checkpoint') continue;
      const payload = decodePayload(frame);
      if (payload.kind !== 'checkpoint') continue;
      const { part, parts } = payload;
      open = part === 0 ? { offset, epoch, next: 1 } : open?.next === part ? { ...open, next: part + 1 } : null;
      if (open?.next === parts) best = { offset: open.offset, epoch: open.epoch };
    }
    return best;
  }

  /** The first frame from an offset on that counts and says which number comes next, with the epoch before it. */
  async #look(offset: number, range: Range): Promise<Readonly<{ entry: Entry; epoch: number }> | null> {
    for await (const found of this.#counting(offset, range.high, range)) if (found.entry.frame.kind !== 'decisions') return found;
    return null;
  }

  /** Frames that count in [from, to), each with the highest epoch before it. */
  async *#counting(from: number, to: number, { low }: Range): AsyncGenerator<Readonly<{ entry: Entry; epoch: number }>, void, undefined> {
    const fence = new Fence();
    for await (const entry of entries(this.#log, this.#desk, Math.max(low, from - LOOK_BACK), to)) {
      const { epoch } = fence;
      if (fence.pass(entry) && entry.offset >= from) yield { entry, epoch };
    }
  }

  /** An offset so that the frame with this number, if it is there, lies at it or behind it. */
  async #bisect(number: Seq, { low, high }: Range): Promise<number> {
    let [from, to] = [low, high];
    while (to - from > FEW) {
      const middle = from + Math.floor((to - from) / 2);
      const next = await this.#probe(middle, to);
      if (next === null || next > number) to = middle;
      else from = middle;
    }
    return from;
  }

  async #probe(offset: number, to: number): Promise<number | null> {
    const known = this.#probed.get(offset);
    if (known !== undefined) return known;
    for await (const entry of entries(this.#log, this.#desk, offset, to, PROBE_BYTES)) {
      if (entry.is !== 'frame' || entry.frame.kind === 'decisions') continue;
      const next = nextNumber(entry);
      if (this.#probed.size >= REMEMBERED) this.#probed.delete(this.#probed.keys().next().value!);
      this.#probed.set(offset, next);
      return next;
    }
    return null;
  }
}
