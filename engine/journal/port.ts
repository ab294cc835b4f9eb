/** The ordered log, as everything above it knows it. Adapters: infra/files, infra/memory, infra/kafka. */
import type { DeskId, Seq, Sha256 } from '../values.ts';
import type { Frame } from './frame.ts';
import type { FrameIndex } from './frame-index.ts';

/** Where a reader stands: a frame as stored, with its position for messages to people. */
export type StoredFrame = Readonly<{
  frame: Frame;
  /** The frame's own bytes, header included; none where it tells more of what the frame before it stands for (facts of a tape). */
  bytes: Uint8Array;
  place: string;
}>;

/** What was found when the journal was opened: never silent. */
export type Opened = Readonly<{
  desk: DeskId;
  /** Last number of the chained frames; 0 when there are none. */
  seq: Seq;
  /** Hash of the last chained frame. */
  head: Sha256;
  epoch: number;
  /** Whether the genesis frame is there; without it the desk's first frame must be one. */
  genesis: boolean;
  /** A torn or damaged tail that was kept aside: where, how many bytes, what was wrong. */
  tail: Readonly<{ keptAt: string; bytes: number; why: string }> | null;
  /** Frames of owners that had lost the journal, in what was read to open it: they are in no chain. */
  skipped: number;
}>;

export class JournalStalled extends Error {
  override name = 'JournalStalled';
}
/** Another process owns this journal. */
export class JournalOwned extends Error {
  override name = 'JournalOwned';
}
/**
 * What damage hits: everything behind the last number that was read whole and before the next one that is, with their arrivals in µs; null
 * where that is not known.
 */
export type Damage = Readonly<{ after: number; afterAt: number | null; before: number | null; beforeAt: number | null }>;

/** Bytes that are not what they were: names the place and what was expected there. */
export class JournalCorrupt extends Error {
  override name = 'JournalCorrupt';
  readonly damage: Damage | null;
  constructor(message: string, damage: Damage | null = null) {
    super(message);
    this.damage = damage;
  }
}
/** Where a journal should lie nothing answers, or something else is: nothing can be said of the journal itself. Adapters name their own kinds. */
export class JournalAway extends Error {
  override name = 'JournalAway';
}
/** A part of the journal was moved away while it was read. */
export class JournalMoved extends Error {
  override name = 'JournalMoved';
}

export interface Journal {
  readonly opened: Opened;
  /**
   * Fixes a frame's bytes, number and chain; does not wait for the disk and never drops. A full buffer or a failed disk throws
   * JournalStalled, a journal that another process has taken throws JournalOwned, now and at every later call: the desk halts.
   */
  append(frame: Frame): void;
  /** Resolves when everything appended before the call would survive a power cut, with the last such number; rejects as append() throws. */
  durable(): Promise<Seq>;
  /** Bytes appended and not yet durable. */
  readonly pendingBytes: number;
  /** Hash of the last appended frame. */
  readonly head: Sha256;
  close(): Promise<void>;
}

export interface JournalReader {
  /** Chained frames in order from the one that holds `seq` (or from the first checkpoint at or before it when `fromCheckpoint`). */
  frames(from?: Seq, fromCheckpoint?: boolean): AsyncIterable<StoredFrame>;
  /** Frames as they are appended, after those already there; ends when `stop()` says so. */
  follow(from: Seq, stop: () => boolean): AsyncIterable<StoredFrame>;
}

/** The index of one journal, carried on while it grows, and the frames it speaks of. */
export interface FrameMap {
  readonly index: FrameIndex;
  /** Learns what came since it was last asked. */
  catchUp(): Promise<void>;
  /** It fits its own checksums; whether frames chain is asked elsewhere. */
  read(place: number): Promise<StoredFrame>;
}
