/**
 * A desk brought to a number or a moment: from the nearest checkpoint before it, frames cut so that it stops exactly there. Compares
 * nothing; verify does that.
 */
import type { Machines } from '#actors/desk/core.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { arrivedBy, sliceFrame } from '#engine/market/blocks.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { type CheckpointPart, DeskRun } from './desk-run.ts';

export type ReplayOptions = Readonly<{
  digest: Digest;
  catalogue: StrategyCatalogue;
  machines?: Machines;
  observer?: (decision: Decision, run: DeskRun) => void;
}>;

/** A journal that holds nothing to replay: no frames, or none that anything can be derived from. */
export class NothingThere extends Error {
  override name = 'NothingThere';
}

/** A new run that starts as the frames say: empty at the genesis, or from the first checkpoint. Feed it frames in order. */
export class Replay {
  run: DeskRun;
  readonly #options: ReplayOptions;
  readonly #desk: DeskId;
  #parts: CheckpointPart[] = [];
  #started = false;

  constructor(desk: DeskId, options: ReplayOptions) {
    this.#desk = desk;
    this.#options = options;
    this.run = this.#make();
  }

  #make(): DeskRun {
    const { digest, catalogue, machines, observer } = this.#options;
    return new DeskRun({
      desk: this.#desk,
      digest,
      catalogue,
      observer: observer === undefined ? null : (decision) => observer(decision, this.run),
      ...(machines === undefined ? {} : { machines }),
    });
  }

  /** What the payload does to the desk, if it is inputs; a checkpoint only when it is the first thing there. */
  take(payload: Payload): void {
    switch (payload.kind) {
      case 'genesis':
        this.run.begin(payload.manifest);
        this.#started = true;
        return;
      case 'checkpoint':
        if (this.#started) return;
        if (payload.part === this.#parts.length) this.#parts.push(payload);
        if (this.#parts.length < payload.parts) return;
        this.run = this.#make();
        this.run.restore(this.#parts);
        this.#started = true;
        return;
      case 'market':
      case 'inputs':
      case 'time':
        if (!this.#started && this.run.desk.seq === 0 && payload.kind !== 'time' && firstOf(payload) !== 1)
          throw new NothingThere(
            `the journal begins at number ${firstOf(payload)} without a checkpoint: nothing can be derived from there`,
          );
        this.#started = true;
        if (payload.kind === 'market') this.run.market(payload.frame);
        else if (payload.kind === 'time') this.run.time(payload.at);
        else for (const record of payload.records) this.run.input(record);
        this.run.takeDecisions(); // nobody writes them
    }
  }
}

const firstOf = (payload: Extract<Payload, { kind: 'market' | 'inputs' }>): number =>
  payload.kind === 'market' ? payload.frame.first : (payload.records[0]?.seq ?? 0);

/** The desk right after a number took effect (the last one there is, if it is beyond the end). */
export async function runTo(reader: JournalReader, seq: number, options: ReplayOptions): Promise<DeskRun> {
  let replay: Replay | null = null;
  for await (const { frame } of reader.frames(seq as Seq, true)) {
    replay ??= new Replay(frame.desk, options);
    const payload = upTo(decodePayload(frame), seq, replay.run.desk.seq);
    if (payload === null) break;
    replay.take(payload);
  }
  if (replay === null) throw new NothingThere('the journal is empty');
  const { run } = replay;
  if (run.desk.seq > seq)
    throw new NothingThere(`number ${seq} is not here: the journal begins behind number ${run.desk.seq}, what lies before was moved away`);
  return run;
}

/** The desk at a moment: all that had arrived by then, and every deadline that was due by then. */
export async function runToTime(reader: JournalReader, at: number, options: ReplayOptions): Promise<DeskRun> {
  const run = await runTo(reader, await numberAt(reader, at), options);
  if (at > run.desk.at) run.time(at as TimeUs);
  run.takeDecisions();
  return run;
}

/** The part of a payload that lies at or below a number; null when all of it lies behind. */
function upTo(payload: Payload, seq: number, now: number): Payload | null {
  switch (payload.kind) {
    case 'market': {
      const { first, count } = payload.frame;
      if (first > seq) return null;
      return first + count - 1 <= seq ? payload : { kind: 'market', frame: sliceFrame(payload.frame, first, seq + 1) };
    }
    case 'inputs': {
      const records = payload.records.filter((record) => record.seq <= seq);
      return records.length === 0 ? null : { ...payload, records };
    }
    case 'time':
      return now >= seq ? null : payload;
    default:
      return payload;
  }
}

/** The last number that had arrived by a moment; 0 when nothing had. */
export async function numberAt(reader: JournalReader, at: number): Promise<number> {
  let number = 0;
  for await (const { frame } of reader.frames()) {
    if (frame.kind !== 'market' && frame.kind !== 'inputs') continue;
    const payload = decodePayload(frame);
    if (payload.kind === 'market') {
      const offset = arrivedBy(payload.frame, at);
      if (offset > 0) number = payload.frame.first + offset - 1;
      if (offset < payload.frame.count) return number;
    } else if (payload.kind === 'inputs') {
      for (const record of payload.records) {
        if (record.at > at) return number;
        number = record.seq;
      }
    }
  }
  return number;
}
