/**
 * A tape: recorded market facts of some instruments, in numbered frames as a journal has them, with a manifest that says what they are. Its
 * hash is that of its facts and of the instruments they are counted in, however they were cut; it stands for them in a run's inputs hash.
 */
import { type Digest, hex } from '../digest.ts';
import { bytesOfHex, RunHashes } from '../journal/hashes.ts';
import { encodePlain } from '../journal/plain-codec.ts';
import type { Plain } from '../record.ts';
import type { InstrumentId, Seq, Sha256, SourceId, TimeUs } from '../values.ts';
import type { Block, BlockKind, MarketFrame } from './blocks.ts';
import type { Instrument } from './instrument.ts';

export const TAPE_FORMAT = 1;

/** What one source told of one instrument, of one kind. */
export type TapeStream = Readonly<{
  instrument: InstrumentId;
  source: SourceId;
  kind: BlockKind;
  /** Of bars, else 0. */
  timeframeUs: number;
  count: number;
  /** Venue times of its first and its last fact. */
  from: TimeUs;
  to: TimeUs;
}>;

/** Where a frame lies in the tape's file; frames of a tape are decoded by themselves, so a reader may begin at any. */
export type TapeFrame = Readonly<{ offset: number; bytes: number; first: Seq; count: number; from: TimeUs; to: TimeUs }>;

export type TapeManifest = Readonly<{
  format: typeof TAPE_FORMAT;
  hash: Sha256;
  instruments: readonly Instrument[];
  streams: readonly TapeStream[];
  count: number;
  /** Arrivals of the first and the last fact. */
  from: TimeUs;
  to: TimeUs;
  /** Arrival is venue time and so much more; null when arrivals were recorded. */
  latencyUs: number | null;
  /** Its numbers are those of the journal it was made from; otherwise 1, 2, 3 … */
  keepsNumbers: boolean;
  /** Where it came from, for people: files with their hashes and rows, or a journal; and what was left out. */
  origin: Plain;
  frames: readonly TapeFrame[];
}>;

/** Folds facts into what the manifest says of them. */
export class TapeTally {
  count = 0;
  readonly #digest: Digest;
  readonly #hashes: RunHashes;
  /** Instrument × source, by first appearance. */
  readonly #ordinals = new Map<string, number>();
  readonly #streams = new Map<string, TapeStream>();

  constructor(digest: Digest) {
    this.#digest = digest;
    this.#hashes = new RunHashes(digest, (instrument, source) => this.#ordinals.get(`${instrument}|${source}`)!);
  }

  add(frame: MarketFrame): void {
    // in the order of their first facts, which no cut changes
    const owners = [...frame.blocks.keys()].sort((a, b) => frame.offsets[a]![0]! - frame.offsets[b]![0]!);
    for (const owner of owners) this.#stream(frame.blocks[owner]!);
    this.#hashes.market(frame, 0, frame.count);
    this.count += frame.count;
  }

  #stream({ instrument, source, kind, timeframeUs, count, venueTime }: Block): void {
    const key = `${instrument}|${source}|${kind}|${timeframeUs}`;
    const before = this.#streams.get(key);
    const feed = `${instrument}|${source}`;
    if (!this.#ordinals.has(feed)) this.#ordinals.set(feed, this.#ordinals.size + 1);
    this.#streams.set(key, {
      ...{ instrument, source, kind, timeframeUs, count: (before?.count ?? 0) + count },
      from: before?.from ?? (venueTime[0] as TimeUs),
      to: venueTime[count - 1] as TimeUs,
    });
  }

  get streams(): readonly TapeStream[] {
    return [...this.#streams.values()];
  }

  hash(instruments: readonly Instrument[]): Sha256 {
    return hex(this.#digest.sha256(bytesOfHex(this.#hashes.inputsHash()), encodePlain(instruments as unknown as Plain))) as Sha256;
  }
}
