/**
 * A desk with its books: every decision in canonical bytes, both running hashes, the counts people ask for, and checkpoints. Live, demo,
 * replay and verify all run this one; they differ in where frames come from and where bytes go.
 */

import type { Machines } from '#actors/desk/core.ts';
import { STATE_SCHEMA } from '#actors/desk/state.ts';
import { Desk } from '#actors/desk.ts';
import { assert } from '#engine/assert.ts';
import type { Decision } from '#engine/decisions.ts';
import { type Digest, hex } from '#engine/digest.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { ByteReader, ByteWriter } from '#engine/journal/bytes.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { PAGE_NUMBERS, RunHashes } from '#engine/journal/hashes.ts';
import { decodePlain, encodePlain } from '#engine/journal/plain-codec.ts';
import { RecordWriter } from '#engine/journal/record-codec.ts';
import { INPUT_TABLE } from '#engine/journal/record-table.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { Plain } from '#engine/record.ts';
import { partHash, tapesOf } from '#engine/run/tapes.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { DeskId, Seq, Sha256, TimeUs } from '#engine/values.ts';
import { Branching, markOf } from './branching.ts';

/** Between two checkpoints lie at most so many numbers; a frame crosses no multiple of it. */
export const CHECKPOINT_EVERY = 262_144;
const CHECKPOINT_PART = 1 << 20;

export type DeskRunOptions = Readonly<{
  desk: DeskId;
  digest: Digest;
  catalogue: StrategyCatalogue;
  /** Sees each decision as an object, after it was written. */
  observer?: ((decision: Decision) => void) | null;
  machines?: Machines;
  /** False: it keeps no running hashes, which is for who only looks. A place in the middle is then the state alone, and much smaller. */
  hashed?: boolean;
}>;

export type Counts = { ticks: number; decisions: number; orders: number; fills: number; refusals: number };
export type CheckpointPart = Extract<Payload, { kind: 'checkpoint' }>;

export class DeskRun {
  desk: Desk;
  readonly counts: Counts = { ticks: 0, decisions: 0, orders: 0, fills: 0, refusals: 0 };
  hashes: RunHashes;
  readonly #options: DeskRunOptions;
  readonly #digest: Digest;
  /** Of a run that is a branch of another. */
  #branching: Branching | null = null;
  readonly #writer = new RecordWriter();
  readonly #inputWriter = new RecordWriter();
  readonly #observer: ((decision: Decision) => void) | null;
  readonly #hashed: boolean;
  /** Decisions written since `takeDecisions`, and where the part not hashed yet begins. */
  #count = 0;
  #firstCause = 0;
  #hashedTo = 0;
  #page = 0;
  #lastCause = 0;

  constructor(options: DeskRunOptions) {
    this.#options = options;
    this.#digest = options.digest;
    this.#observer = options.observer ?? null;
    this.#hashed = options.hashed ?? true;
    this.desk = this.#make((decision) => this.#say(decision));
    this.hashes = new RunHashes(options.digest, (instrument, source) => this.#ordinal(instrument, source));
  }

  #make(sink: (decision: Decision) => void): Desk {
    const { desk, digest, catalogue, machines } = this.#options;
    return new Desk({ desk, digest, catalogue, sink, ...(machines === undefined ? {} : { machines }) });
  }

  /** Before the first number: what the genesis says of the run, its tapes and where it parts from another run. */
  begin(manifest: Plain): void {
    this.tapes(tapesOf(manifest).map((tape) => partHash(tape, this.#digest)));
    const mark = markOf(manifest);
    if (mark === null) return;
    const nobody = (): void => {};
    this.#branching = new Branching(mark, this, this.#make(nobody), () => this.#make((decision) => this.#say(decision)));
  }

  /** What a checkpoint does not hold of a branch that has not parted yet. A journal's checkpoints do without: such a run is derived from its beginning. */
  ahead(): readonly (Uint8Array | null)[] {
    return this.#branching?.save() ?? [];
  }

  /** Puts a run that was begun, and keeps no hashes, where another of the same journal was. */
  putBack(state: Uint8Array, counts: Counts, ahead: readonly (Uint8Array | null)[]): void {
    assert(!this.#hashed, 'running hashes are restored with a checkpoint');
    this.desk.load(decodePlain(state));
    Object.assign(this.counts, counts);
    this.#page = Math.floor(this.desk.seq / PAGE_NUMBERS);
    this.#branching?.load(ahead);
  }

  /** The tapes its ticks come from, in the order of the manifest; they stand for the ticks in the inputs hash. */
  tapes(hashes: readonly Sha256[]): void {
    for (const hash of hashes) this.hashes.tape(hash);
  }

  #ordinal(instrument: string, source: string): number {
    return this.desk.parts.markets.feed(instrument, source)?.ordinal ?? 0;
  }

  #say(decision: Decision): void {
    const page = Math.floor(decision.cause / PAGE_NUMBERS);
    if (page !== this.#page) {
      this.#hash();
      this.#page = page;
    }
    if (this.#count === 0) this.#firstCause = decision.cause;
    this.#writer.decision(decision);
    this.#count++;
    this.#lastCause = decision.cause;
    this.counts.decisions++;
    if (decision.type === 'OrderApproved') this.counts.orders++;
    else if (decision.type === 'OrderFilled') this.counts.fills++;
    else if (decision.type === 'OrderRefused') this.counts.refusals++;
    this.#observer?.(decision);
  }

  /** Hands what was written and not hashed yet to the running hash; all of one page. */
  #hash(): void {
    if (this.#hashedTo === this.#writer.length) return;
    if (this.#hashed) this.hashes.decisions(this.#writer.view(this.#hashedTo), this.#lastCause);
    this.#hashedTo = this.#writer.length;
  }

  market(frame: MarketFrame): void {
    if (this.#branching === null) this.desk.takeMarket(frame);
    else this.#branching.market(frame);
    if (this.#hashed) this.hashes.market(frame, 0, frame.count);
    this.counts.ticks += frame.count;
    this.#settle();
  }

  input(record: InputRecord): void {
    if (this.#branching === null) this.desk.takeInput(record);
    else this.#branching.input(record);
    if (this.#hashed) {
      this.#inputWriter.reset();
      this.#inputWriter.input(record);
      this.hashes.input(record, INPUT_TABLE.byType.get(record.type)!.id, this.#inputWriter.view());
    }
    this.#settle();
  }

  time(at: TimeUs): void {
    if (this.#branching === null) this.desk.passTime(at);
    else this.#branching.time(at);
    this.#settle();
  }

  #settle(): void {
    this.#hash();
    if (this.#hashed) this.hashes.closePagesBelow(this.desk.seq);
    this.#page = Math.floor(this.desk.seq / PAGE_NUMBERS);
  }

  get decisionsWaiting(): number {
    return this.#count;
  }

  /** What was decided since the last call: canonical records one after another. Null when nothing was. */
  takeDecisions(): Readonly<{ first: Seq; count: number; bytes: Uint8Array }> | null {
    if (this.#count === 0) return null;
    const taken = { first: this.#firstCause as Seq, count: this.#count, bytes: this.#writer.take() };
    this.#count = 0;
    this.#hashedTo = 0;
    return taken;
  }

  runHash(): Sha256 {
    assert(this.#hashed, 'a run that keeps no hashes was asked for one');
    return this.hashes.runHash();
  }

  stateBytes(): Uint8Array {
    return encodePlain(this.desk.save());
  }

  stateHash(): Sha256 {
    return hex(this.#digest.sha256(this.stateBytes())) as Sha256;
  }

  /** The whole state and both running hashes, in parts that fit a frame. */
  checkpoint(): readonly CheckpointPart[] {
    const state = this.stateBytes();
    const out = new ByteWriter(state.length + 4096);
    const { ticks, decisions, orders, fills, refusals } = this.counts;
    for (const count of [ticks, decisions, orders, fills, refusals]) out.f64(count);
    const hashes = this.hashes.save();
    out.u32(hashes.length);
    out.raw(hashes);
    out.raw(state);
    const bytes = out.take();
    const digest = hex(this.#digest.sha256(state)) as Sha256;
    const parts = Math.max(1, Math.ceil(bytes.length / CHECKPOINT_PART));
    const inputsHash = this.hashes.inputsHash();
    const decisionsHash = this.hashes.decisionsHash();
    return Array.from({ length: parts }, (_, index) => ({
      kind: 'checkpoint' as const,
      part: index,
      parts,
      stateSchema: STATE_SCHEMA,
      digest,
      inputsHash,
      decisionsHash,
      bytes: bytes.slice(index * CHECKPOINT_PART, (index + 1) * CHECKPOINT_PART),
    }));
  }

  /** Puts a new run where a checkpoint left off. Throws BadCheckpoint when the parts do not make the state they promise. */
  restore(parts: readonly CheckpointPart[]): void {
    const [{ digest, stateSchema }] = parts;
    if (stateSchema !== STATE_SCHEMA) throw new BadCheckpoint(`state schema ${stateSchema}; this build reads ${STATE_SCHEMA}`);
    const { counts, hashes, state } = checkpointContent(parts);
    Object.assign(this.counts, counts);
    if (hex(this.#digest.sha256(state)) !== digest) throw new BadCheckpoint('its state does not have the digest it states');
    this.desk.load(decodePlain(state));
    this.hashes = RunHashes.load(hashes, this.#digest, (instrument, source) => this.#ordinal(instrument, source));
    if (this.hashes.inputsHash() !== parts[0].inputsHash || this.hashes.decisionsHash() !== parts[0].decisionsHash)
      throw new BadCheckpoint('its running hashes are not those it states');
    this.#page = Math.floor(this.desk.seq / PAGE_NUMBERS);
  }
}

/** What the parts of a checkpoint hold, taken apart and not yet believed. */
export function checkpointContent(parts: readonly CheckpointPart[]): Readonly<{ counts: Counts; hashes: Uint8Array; state: Uint8Array }> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part.bytes, at);
    at += part.bytes.length;
  }
  const from = new ByteReader(bytes);
  from.field = 'checkpoint';
  const [ticks, decisions, orders, fills, refusals] = [from.whole(), from.whole(), from.whole(), from.whole(), from.whole()];
  const hashes = from.copy(from.u32());
  return { counts: { ticks, decisions, orders, fills, refusals }, hashes, state: from.raw(from.left) };
}

export class BadCheckpoint extends Error {
  override name = 'BadCheckpoint';
}
