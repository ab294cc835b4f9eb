/**
 * Where a journal is cut into segments: at a UTC day, or when one is full. Counts what was appended; the writer of a place (files, Kafka)
 * asks it, and the desk says when nothing is half done.
 */
import { DAY_US, type TimeUs } from '../values.ts';
import type { Frame } from './frame.ts';

const SEGMENT_BYTES = 8 * 1_073_741_824;
/** A segment holds so much more than the checkpoint it opens with: else a large state in small segments would be written again and again. */
const TIMES_ITS_OPENING = 3;

/** What a segment begins with, before anything happens in it: its own frame and a checkpoint. */
export const isOpening = ({ kind }: Pick<Frame, 'kind'>): boolean => kind === 'segment' || kind === 'checkpoint';

/** The newest segment, as it was found. */
export type OpenSegment = Readonly<{ index: number; day: number; bytes: number; openingBytes: number }>;

export class SegmentCut {
  readonly #limit: number;
  index = -1;
  day = 0;
  #bytes = 0;
  /** Of these, the checkpoint it opens with. */
  #openingBytes = 0;
  /** Nothing else was appended to it yet. */
  #opens = false;

  constructor(found: OpenSegment | null, segmentBytes: number = SEGMENT_BYTES) {
    this.#limit = segmentBytes;
    if (found === null) return;
    this.index = found.index;
    this.day = found.day;
    this.#bytes = found.bytes;
    this.#openingBytes = found.openingBytes;
  }

  /** Whether the next frame, of this arrival, would rather open a segment: another UTC day, or this one is full. */
  wants(at: TimeUs): boolean {
    const least = Math.max(this.#limit, TIMES_ITS_OPENING * this.#openingBytes);
    return Math.floor(at / DAY_US) > this.day || this.#bytes - this.#openingBytes >= least;
  }

  /** A segment begins with the next frame. */
  next(at: TimeUs): void {
    this.begin(this.index + 1, Math.floor(at / DAY_US));
  }

  begin(index: number, day: number): void {
    this.index = index;
    this.day = day;
    this.#bytes = 0;
    this.#openingBytes = 0;
    this.#opens = true;
  }

  /** A frame of so many bytes went into it. */
  count(frame: Pick<Frame, 'kind'>, bytes: number): void {
    this.#bytes += bytes;
    this.#opens &&= isOpening(frame);
    if (this.#opens && frame.kind === 'checkpoint') this.#openingBytes += bytes;
  }

  /** As one who opens the journal again would find it. */
  get found(): OpenSegment {
    return { index: this.index, day: this.day, bytes: this.#bytes, openingBytes: this.#openingBytes };
  }
}
