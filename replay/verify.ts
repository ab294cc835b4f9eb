/**
 * Whether a journal tells the truth: everything in it is derived again and compared, decision for decision. From its genesis nothing is
 * believed but the inputs; from a segment's opening checkpoint, that checkpoint. Answers, never throws, whatever the bytes are.
 */
import type { Machines } from '#actors/desk/core.ts';
import { type Digest, hex } from '#engine/digest.ts';
import { BadRecord } from '#engine/journal/bytes.ts';
import { Chain } from '#engine/journal/chain.ts';
import { type Frame, takesNumbers } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { type Damage, JournalAway, JournalCorrupt, JournalMoved, type JournalReader, type StoredFrame } from '#engine/journal/port.ts';
import type { Plain } from '#engine/record.ts';
import { type StrategyCatalogue, UnknownStrategy } from '#engine/strategy/strategy.ts';
import type { DeskId, Seq, Sha256, TimeUs } from '#engine/values.ts';
import { BadCheckpoint, type Counts } from './desk-run.ts';
import { causeOf, chainOf, type FirstDivergence, fieldsOf } from './divergence.ts';
import { countRecords } from './record-compare.ts';
import { type Divergence, Rederivation } from './rederive.ts';

/** What a reader can say of its last reading, beside the frames. */
export type Reading = JournalReader & { readonly skipped?: number; readonly tail?: Tail | null };
export type Tail = Readonly<{ place: string; why: string }>;
export type VerifyProgress = Readonly<{ seq: Seq; at: TimeUs; ticks: number; decisions: number; frames: number }>;

export type VerifyOptions = Readonly<{
  digest: Digest;
  catalogue: StrategyCatalogue;
  /** Begins at the newest checkpoint at or before this number, which is then believed. 0: at the genesis. */
  from?: Seq;
  machines?: Machines;
  /** Told after every frame of inputs. */
  progress?: (progress: VerifyProgress) => void;
}>;

/** What kept the journal from being derived to its end, when it was not a decision. */
export type Obstacle = Readonly<{
  /** `range`: nothing stands where it should begin. `moved`, `unreadable`: the files, not what is in them. */
  kind: 'strategy-unknown' | 'corrupt' | 'record' | 'checkpoint' | 'start' | 'desk' | 'range' | 'moved' | 'unreadable';
  place: string;
  message: string;
  /** The numbers and times that are hit, where that is known. */
  damage: Damage | null;
}>;

export type VerifyResult = Readonly<{
  ok: boolean;
  /** Of the first frame; null for an empty journal. */
  desk: DeskId | null;
  /** What the genesis says of itself. */
  manifest: Plain;
  /** The number whose checkpoint was believed; null: derived from the genesis. */
  from: number | null;
  /** Found recorded and equal. */
  decisions: number;
  mismatches: number;
  checkpoints: number;
  firstDivergence: FirstDivergence | null;
  obstacle: Obstacle | null;
  runHash: Sha256;
  inputsHash: Sha256;
  decisionsHash: Sha256;
  stateHash: Sha256;
  /** Hash of the last chained frame. */
  chain: Sha256;
  seq: Seq;
  at: TimeUs;
  ticks: number;
  counts: Counts;
  frames: number;
  /** Frames of owners that had lost the journal. */
  skippedFrames: number;
  /** Bytes at the very end that are no whole frame: what stands before them was verified. */
  tail: Tail | null;
  /** Decisions of the last inputs that a crash kept from the journal. */
  unrecorded: number;
  /** The journal ends with a clean stop. */
  clean: boolean;
}>;

export async function verify(reader: Reading, options: VerifyOptions): Promise<VerifyResult> {
  const { progress = () => {} } = options;
  const walk = new Walk(options);
  try {
    for await (const stored of options.from ? reader.frames(options.from, true) : reader.frames()) {
      if (!walk.take(stored)) break;
      const { kind } = stored.frame;
      if (kind === 'market' || kind === 'inputs' || kind === 'time') progress(walk.progress());
    }
  } catch (error) {
    if (error instanceof JournalAway) throw error;
    walk.obstacle = obstacleOf(error, walk.place);
  }
  const { rederivation, divergence } = walk;
  const { run } = rederivation;
  const { from = 0 } = options;
  if (from > run.desk.seq && divergence === null && walk.obstacle === null)
    walk.obstacle = {
      kind: 'range',
      place: walk.place,
      message: `nothing stands at number ${from}: the journal ends at number ${run.desk.seq}`,
      damage: null,
    };
  const { obstacle } = walk;
  const fields = divergence === null ? [] : fieldsOf(divergence);
  const unrecorded = countRecords(rederivation.unrecorded);
  return {
    ok: divergence === null && obstacle === null,
    desk: walk.desk,
    manifest: walk.manifest,
    from: rederivation.startedAt,
    decisions: rederivation.compared,
    mismatches: rederivation.mismatches,
    checkpoints: rederivation.checkpoints,
    firstDivergence:
      divergence === null
        ? null
        : { ...divergence, cause: causeOf(divergence, fields), place: walk.divergedAt, fields, chain: await chainOf(reader, divergence) },
    obstacle,
    runHash: run.runHash(),
    inputsHash: run.hashes.inputsHash(),
    decisionsHash: run.hashes.decisionsHash(),
    stateHash: run.stateHash(),
    chain: hex(walk.chain.headBytes ?? new Uint8Array(32)) as Sha256,
    seq: run.desk.seq,
    at: run.desk.at,
    ticks: run.counts.ticks,
    counts: run.counts,
    frames: walk.frames,
    skippedFrames: walk.chain.skipped + (reader.skipped ?? 0),
    tail: reader.tail ?? null,
    unrecorded,
    clean: walk.clean && unrecorded === 0,
  };

  function obstacleOf(error: unknown, place: string): Obstacle {
    const message = error instanceof Error ? error.message : String(error);
    const damage = error instanceof JournalCorrupt ? error.damage : null;
    const named = (kind: Obstacle['kind']): Obstacle => ({ kind, place, message, damage });
    if (error instanceof UnknownStrategy) return named('strategy-unknown');
    if (error instanceof JournalCorrupt) return named('corrupt');
    if (error instanceof BadRecord) return named('record');
    if (error instanceof BadCheckpoint) return named('checkpoint');
    if (error instanceof JournalMoved) return named('moved');
    if (/^E[A-Z]+$/.test((error as { code?: string }).code ?? '')) return named('unreadable');
    // what the desk asserts, a forged input can break: named with the number it came at
    const next = walk.rederivation.run.desk.seq + 1;
    return { kind: 'desk', place, message: `the desk cannot take what stands at number ${next}: ${message}`, damage: null };
  }
}

/** One reading of a journal, frame by frame. */
class Walk {
  readonly chain: Chain;
  rederivation: Rederivation;
  obstacle: Obstacle | null = null;
  desk: DeskId | null = null;
  manifest: Plain = null;
  #genesis = false;
  frames = 0;
  place = 'the beginning';
  divergedAt = '';
  clean = false;
  readonly #options: VerifyOptions;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.chain = new Chain(options.digest, null);
    this.rederivation = this.#begin('none' as DeskId);
  }

  get divergence(): Divergence | null {
    return this.rederivation.divergence;
  }

  progress(): VerifyProgress {
    const { run, compared } = this.rederivation;
    return { seq: run.desk.seq, at: run.desk.at, ticks: run.counts.ticks, decisions: compared, frames: this.frames };
  }

  #begin(desk: DeskId): Rederivation {
    const { digest, catalogue, machines } = this.#options;
    return new Rederivation({ desk, digest, catalogue, goOn: true, ...(machines === undefined ? {} : { machines }) });
  }

  /** False when nothing more can be derived. */
  take({ frame, bytes, place }: StoredFrame): boolean {
    this.place = place;
    const previousHash = bytes.subarray(PREVIOUS_HASH_AT, PREVIOUS_HASH_AT + 32);
    const headBefore = this.chain.headBytes;
    const chained = bytes.length === 0 || this.chain.take(frame, previousHash, bytes);
    if (typeof chained === 'string') throw new JournalCorrupt(`${place}: ${chained}`);
    if (!chained) return true;
    if (this.desk === null) {
      this.desk = frame.desk;
      this.rederivation = this.#begin(frame.desk);
    } else if (frame.desk !== this.desk) throw new JournalCorrupt(`${place}: a frame of desk ${frame.desk} in the journal of ${this.desk}`);
    this.frames++;
    this.clean = frame.kind === 'closed';
    if (frame.kind === 'genesis' || frame.kind === 'segment') this.#mark(frame, place, headBefore);
    if (!this.#hasStart(frame)) {
      const message = `no genesis and no whole checkpoint stands before number ${frame.first}: there is nothing to derive it from`;
      this.obstacle = { kind: 'start', place, message, damage: null };
      return false;
    }
    const before = this.divergence;
    const going = this.rederivation.take(frame);
    if (before === null && this.divergence !== null) this.divergedAt = place;
    return going;
  }

  #mark(frame: Frame, place: string, head: Uint8Array | null): void {
    const payload = decodePayload(frame);
    if (payload.kind === 'genesis') {
      this.manifest = payload.manifest;
      this.#genesis = true;
    } else if (payload.kind === 'segment' && head !== null && hex(head) !== payload.previousHead)
      throw new JournalCorrupt(
        `${place}: segment ${payload.index} follows head ${payload.previousHead}, and the frame before has ${hex(head)}`,
      );
  }

  /** A journal that begins in its middle needs a checkpoint; decisions before it belong to inputs that are not here. */
  #hasStart({ kind, first }: Frame): boolean {
    if (this.#genesis || this.rederivation.startedAt !== null) return true;
    if (takesNumbers(kind)) return first === 1 || this.rederivation.run.desk.seq > 0;
    return kind !== 'decisions' && kind !== 'time' ? true : this.rederivation.run.desk.seq > 0;
  }
}

/** Where a stored frame keeps the hash of the one before it. */
const PREVIOUS_HASH_AT = 32;
