/**
 * Runs stored frames through a desk and holds every recorded decision, checkpoint and hash against what the desk derives again. Opening a
 * journal and verifying one are both this; it never writes.
 */
import type { Decision } from '#engine/decisions.ts';
import { addressOf } from '#engine/decisions.ts';
import { BadRecord } from '#engine/journal/bytes.ts';
import type { Frame, Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { decodeDecisions, encodeDecisionAs, recordRanges } from '#engine/journal/record-codec.ts';
import { DECISION_TABLE } from '#engine/journal/record-table.ts';
import { type CheckpointPart, DeskRun, type DeskRunOptions } from './desk-run.ts';

/** The first place where the journal and the desk part ways. */
export type Divergence = Readonly<{
  address: string;
  /** What the journal holds; null when it holds nothing there. */
  expected: Decision | null;
  /** What the desk derives; null when it derives nothing there. */
  actual: Decision | null;
  /** In a sentence: which of decision, checkpoint, hash or numbering it is. */
  cause: string;
}>;

export class Rederivation {
  run: DeskRun;
  readonly #options: DeskRunOptions;
  /** Derived and not yet found recorded. */
  #derived: Uint8Array = new Uint8Array(0);
  #parts: CheckpointPart[] = [];
  #started = false;
  compared = 0;
  checkpoints = 0;
  divergence: Divergence | null = null;

  constructor(options: DeskRunOptions) {
    this.#options = options;
    this.run = new DeskRun(options);
  }

  /** Decisions derived that the journal does not hold (a crash came between), in canonical bytes. */
  get unrecorded(): Uint8Array {
    return this.#derived;
  }

  /** Takes the next frame; false once something differs. */
  take(frame: Frame): boolean {
    if (this.divergence !== null) return false;
    const payload = decodePayload(frame);
    if (payload.kind !== 'checkpoint' && this.#parts.length > 0) this.#parts = []; // an incomplete checkpoint: a crash cut it off
    switch (payload.kind) {
      case 'market':
      case 'inputs':
      case 'time':
        this.#started = true;
        if (this.#derived.length > 0) return this.#missing(frame);
        return this.#numbered(frame) && this.#derive(payload);
      case 'decisions':
        return this.#compare(payload.bytes);
      case 'checkpoint':
        return this.#checkpoint(payload);
      case 'closed':
        return this.#derived.length > 0 ? this.#missing(frame) : true;
      default:
        return true;
    }
  }

  #differs(divergence: Divergence): false {
    this.divergence = divergence;
    return false;
  }

  #numbered(frame: Frame): boolean {
    const next = this.run.desk.seq + 1;
    if (frame.kind === 'time' || frame.first === next) return true;
    return this.#differs({
      address: String(next),
      expected: null,
      actual: null,
      cause: `number ${next} is missing: the next frame of inputs begins at ${frame.first}`,
    });
  }

  #derive(payload: Extract<Payload, { kind: 'market' | 'inputs' | 'time' }>): boolean {
    if (payload.kind === 'market') this.run.market(payload.frame);
    else if (payload.kind === 'time') this.run.time(payload.at);
    else {
      for (const record of payload.records) {
        const next = this.run.desk.seq + 1;
        if (record.seq !== next)
          return this.#differs({
            address: String(next),
            expected: null,
            actual: null,
            cause: `number ${next} is missing: the next input is ${record.seq}`,
          });
        this.run.input(record);
      }
    }
    const decided = this.run.takeDecisions();
    if (decided !== null) this.#derived = decided.bytes;
    return true;
  }

  #missing(frame: Frame): boolean {
    const [actual] = decodeDecisions(this.#derived.subarray(0, firstEnd(this.#derived)));
    return this.#differs({
      address: addressOf(actual),
      expected: null,
      actual,
      cause: `the journal holds no decision ${addressOf(actual)}, and goes on with a ${frame.kind} frame at ${frame.first}`,
    });
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
    return this.#compareOneByOne(recorded);
  }

  #compareOneByOne(recorded: Uint8Array): boolean {
    const derivedRanges = [...recordRanges(this.#derived)];
    let index = 0;
    for (const { start, end, id, version } of recordRanges(recorded)) {
      const range = derivedRanges[index++];
      const expected = recorded.subarray(start, end);
      const [before] = decodeDecisions(expected);
      if (range === undefined) {
        return this.#differs({
          address: addressOf(before),
          expected: before,
          actual: null,
          cause: `the journal holds a decision ${addressOf(before)} that the desk does not make`,
        });
      }
      const actual = this.#derived.subarray(range.start, range.end);
      if (start + actual.length <= recorded.length && end - start === actual.length && equal(expected, actual, actual.length)) {
        this.compared++;
        continue;
      }
      const [now] = decodeDecisions(actual);
      const schema = DECISION_TABLE.byType.get(now.type);
      if (schema !== undefined && range.id === id && version < schema.version) {
        // recorded by an older build: compare in the schema it knew
        const projected = encodeDecisionAs(now, version);
        if (projected.length === expected.length && equal(projected, expected, projected.length)) {
          this.compared++;
          continue;
        }
      }
      return this.#differs({ address: addressOf(before), expected: before, actual: now, cause: `decision ${addressOf(before)} differs` });
    }
    const last = derivedRanges[index - 1];
    this.#derived = this.#derived.subarray(last === undefined ? 0 : last.end);
    return true;
  }

  #checkpoint(part: CheckpointPart): boolean {
    if (part.part === 1) this.#parts = [];
    if (part.part !== this.#parts.length + 1) {
      this.#parts = [];
      return true;
    }
    this.#parts.push(part);
    if (part.part < part.parts) return true;
    const parts = this.#parts;
    this.#parts = [];
    if (!this.#started && this.run.desk.seq === 0) {
      // the first thing known: start here
      this.run = new DeskRun(this.#options);
      this.run.restore(parts);
      this.#started = true;
      return true;
    }
    this.checkpoints++;
    const at = String(this.run.desk.seq);
    const [{ digest, inputsHash, decisionsHash, stateSchema }] = parts;
    if (this.run.hashes.inputsHash() !== inputsHash)
      return this.#differs({
        address: at,
        expected: null,
        actual: null,
        cause: `the inputs up to ${at} do not have the inputsHash of the checkpoint there: an input was altered, added or dropped`,
      });
    if (this.run.hashes.decisionsHash() !== decisionsHash)
      return this.#differs({
        address: at,
        expected: null,
        actual: null,
        cause: `the decisions up to ${at} do not have the decisionsHash of the checkpoint there`,
      });
    const now = this.run.checkpoint()[0];
    if (now.stateSchema === stateSchema && now.digest !== digest)
      return this.#differs({
        address: at,
        expected: null,
        actual: null,
        cause: `the state at ${at} does not have the digest of the checkpoint there`,
      });
    return true;
  }
}

function equal(a: Uint8Array, b: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function firstEnd(bytes: Uint8Array): number {
  for (const { end } of recordRanges(bytes)) return end;
  return 0;
}

function countRecords(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = 0; at < bytes.length; count++) at += 4 + view.getUint32(at, true);
  return count;
}

export { BadRecord };
