/**
 * Runs stored frames through a desk and holds every recorded decision, checkpoint and hash against what the desk derives again. Opening a
 * journal and verifying one are both this; it never writes.
 */
import { STATE_SCHEMA } from '#actors/desk/state.ts';
import type { Decision } from '#engine/decisions.ts';
import { addressOf } from '#engine/decisions.ts';
import { BadRecord } from '#engine/journal/bytes.ts';
import type { Frame, Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { decodeDecisions, type RecordRange, recordRanges } from '#engine/journal/record-codec.ts';
import { BadCheckpoint, type CheckpointPart, DeskRun, type DeskRunOptions } from './desk-run.ts';
import { before, countRecords, equal, sameAddress, sameRecord } from './record-compare.ts';

/** In what the journal and the desk part ways. */
export type DivergenceKind =
  | 'decision' // both hold one at this address, and they differ
  | 'extra' // the journal holds one that the desk does not make
  | 'missing' // the desk makes one that the journal does not hold
  | 'number' // the numbers of the inputs are not contiguous
  | 'inputs'
  | 'decisions'
  | 'state' // a checkpoint's hashes and digest
  | 'checkpoint'; // a checkpoint that does not make the state it states

/** The first place where the journal and the desk part ways. */
export type Divergence = Readonly<{
  kind: DivergenceKind;
  address: string;
  /** What the journal holds; null when it holds nothing there. */
  expected: Decision | null;
  /** What the desk derives; null when it derives nothing there. */
  actual: Decision | null;
  /** In a sentence: which of decision, checkpoint, hash or numbering it is. */
  cause: string;
}>;

export type RederivationOptions = DeskRunOptions &
  Readonly<{ /** Counts on behind the first difference, as far as inputs are there. */ goOn?: boolean }>;

const AFTER_A_CRASH: readonly Payload['kind'][] = ['claim', 'segment', 'opened'];

export class Rederivation {
  run: DeskRun;
  readonly #options: RederivationOptions;
  readonly #goOn: boolean;
  /** Derived and not yet found recorded. */
  #derived: Uint8Array = new Uint8Array(0);
  #parts: CheckpointPart[] = [];
  #started = false;
  #over = false;
  compared = 0;
  checkpoints = 0;
  /** Decisions that differ, are missing or are too many; and checkpoints and numbers that do not fit. */
  mismatches = 0;
  divergence: Divergence | null = null;
  /** The number whose checkpoint was believed; null when everything was derived from the genesis on. */
  startedAt: number | null = null;

  constructor(options: RederivationOptions) {
    this.#options = options;
    this.#goOn = options.goOn ?? false;
    this.run = new DeskRun(options);
  }

  /** Decisions derived that the journal does not hold (a crash came between), in canonical bytes. */
  get unrecorded(): Uint8Array {
    return this.#derived;
  }

  /** Takes the next frame; false once something differs (or, when it goes on, once nothing more can be derived). */
  take(frame: Frame): boolean {
    if (this.#over) return false;
    const payload = decodePayload(frame);
    if (payload.kind !== 'checkpoint' && this.#parts.length > 0) {
      // only a crash cuts a checkpoint off, and after a crash the next owner speaks first
      const at = String(this.run.desk.seq);
      this.#parts = [];
      if (
        !AFTER_A_CRASH.includes(payload.kind) &&
        !this.#differs('checkpoint', at, `the checkpoint at ${at} is not complete, and the journal goes on with a ${payload.kind} frame`)
      )
        return false;
    }
    switch (payload.kind) {
      case 'genesis':
        this.run.begin(payload.manifest);
        this.#started = true; // from here everything is derived: a checkpoint is compared, never believed
        return true;
      case 'market':
      case 'inputs':
      case 'time':
        this.#started = true;
        return this.#nothingMissing(frame) && this.#numbered(frame) && this.#derive(payload);
      case 'decisions':
        return this.#compare(payload.bytes);
      case 'checkpoint':
        return this.#checkpoint(payload);
      case 'closed':
        return this.#nothingMissing(frame);
      default:
        return true;
    }
  }

  #differs(
    kind: DivergenceKind,
    address: string,
    cause: string,
    expected: Decision | null = null,
    actual: Decision | null = null,
  ): boolean {
    this.mismatches++;
    this.divergence ??= { kind, address, expected, actual, cause };
    if (!this.#goOn || kind === 'number') this.#over = true;
    return !this.#over;
  }

  #numbered(frame: Frame): boolean {
    const next = this.run.desk.seq + 1;
    if (frame.kind === 'time' || frame.first === next) return true;
    return this.#differs('number', String(next), gapAt(next, `the next frame of inputs begins at ${frame.first}`, frame.first));
  }

  #derive(payload: Extract<Payload, { kind: 'market' | 'inputs' | 'time' }>): boolean {
    if (payload.kind === 'market') this.run.market(payload.frame);
    else if (payload.kind === 'time') this.run.time(payload.at);
    else {
      for (const record of payload.records) {
        const next = this.run.desk.seq + 1;
        if (record.seq !== next) return this.#differs('number', String(next), gapAt(next, `the next input is ${record.seq}`, record.seq));
        this.run.input(record);
      }
    }
    const decided = this.run.takeDecisions();
    if (decided !== null) this.#derived = decided.bytes;
    return true;
  }

  /** Whether everything derived so far was recorded before the journal goes on with this frame. */
  #nothingMissing(frame: Frame): boolean {
    if (this.#derived.length === 0) return true;
    const derived = this.#derived;
    this.#derived = new Uint8Array(0);
    const where = `goes on with a ${frame.kind} frame at ${frame.first}`;
    for (const range of recordRanges(derived)) if (!this.#missing(derived, range, where)) return false;
    return true;
  }

  #missing(derived: Uint8Array, { start, end }: RecordRange, where: string): boolean {
    const [actual] = decodeDecisions(derived.subarray(start, end));
    const address = addressOf(actual);
    return this.#differs('missing', address, `the journal holds no decision ${address}, and ${where}`, null, actual);
  }

  /** Recorded decisions against the derived ones, bytes first; only a difference is decoded. */
  #compare(recorded: Uint8Array): boolean {
    const derived = this.#derived;
    const length = recorded.length;
    if (length <= derived.length && equal(recorded, derived, length)) {
      this.compared += countRecords(recorded);
      this.#derived = derived.subarray(length);
      return true;
    }
    return this.#compareByAddress(recorded);
  }

  #compareByAddress(recorded: Uint8Array): boolean {
    const derived = this.#derived;
    const ranges = [...recordRanges(derived)];
    let next = 0;
    let going = true;
    for (const range of recordRanges(recorded)) {
      const [expected] = decodeDecisions(recorded.subarray(range.start, range.end));
      const address = addressOf(expected);
      while (going && next < ranges.length && before(derived, ranges[next], expected))
        going = this.#missing(derived, ranges[next++], `goes on with ${address}`);
      if (!going) break;
      const own = ranges[next];
      if (own === undefined || !sameAddress(derived, own, expected)) {
        going = this.#differs('extra', address, `the journal holds a decision ${address} that the desk does not make`, expected);
      } else {
        next++;
        if (sameRecord(recorded, range, derived, own)) this.compared++;
        else {
          const [actual] = decodeDecisions(derived.subarray(own.start, own.end));
          going = this.#differs('decision', address, `decision ${address} differs`, expected, actual);
        }
      }
      if (!going) break;
    }
    this.#derived = derived.subarray(next === 0 ? 0 : ranges[next - 1].end);
    return going;
  }

  #checkpoint(part: CheckpointPart): boolean {
    if (part.part === 0) this.#parts = [];
    if (part.part !== this.#parts.length) {
      this.#parts = [];
      return true;
    }
    this.#parts.push(part);
    if (this.#parts.length < part.parts) return true;
    const parts = this.#parts;
    this.#parts = [];
    if (!this.#started) {
      // the first thing known: start here
      this.run = new DeskRun(this.#options);
      this.run.restore(parts);
      this.#started = true;
      this.startedAt = this.run.desk.seq;
      return true;
    }
    this.checkpoints++;
    return this.#compareCheckpoint(parts);
  }

  #compareCheckpoint(parts: readonly CheckpointPart[]): boolean {
    const { run } = this;
    const at = String(run.desk.seq);
    const [{ digest, inputsHash, decisionsHash, stateSchema }] = parts;
    if (run.hashes.inputsHash() !== inputsHash)
      return this.#differs(
        'inputs',
        at,
        `the inputs up to ${at} do not have the inputsHash of the checkpoint there: an input was altered, added or dropped`,
      );
    if (run.hashes.decisionsHash() !== decisionsHash)
      return this.#differs('decisions', at, `the decisions up to ${at} do not have the decisionsHash of the checkpoint there`);
    if (stateSchema > STATE_SCHEMA)
      return this.#differs('checkpoint', at, `the checkpoint at ${at} is of state schema ${stateSchema}; this build knows ${STATE_SCHEMA}`);
    if (stateSchema !== STATE_SCHEMA) return true; // digests compare only at an equal schema
    if (run.stateHash() !== digest)
      return this.#differs('state', at, `the state at ${at} does not have the digest of the checkpoint there`);
    try {
      // its hashes are right; whoever starts from it must also be able to
      const restored = new DeskRun({ ...this.#options, observer: null });
      restored.restore(parts);
      for (const [name, count] of Object.entries(run.counts)) {
        const stated = restored.counts[name as keyof typeof run.counts];
        if (stated !== count)
          return this.#differs('checkpoint', at, `the checkpoint at ${at} counts ${stated} ${name}, and there are ${count}`);
      }
    } catch (error) {
      if (!(error instanceof BadCheckpoint || error instanceof BadRecord)) throw error;
      return this.#differs('checkpoint', at, `the checkpoint at ${at} cannot be restored: ${error.message}`);
    }
    return true;
  }
}

const gapAt = (next: number, found: string, there: number): string =>
  there > next ? `number ${next} is missing: ${found}` : `number ${there} comes twice: ${found}, ${next} was due`;

export { BadRecord };
