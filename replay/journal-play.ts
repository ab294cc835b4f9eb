/**
 * A recorded run played again from its journal, as it was or with something in it changed, and what that makes as a journal of its own. Compares
 * nothing with what was recorded: verify does that.
 */
import type { Machines } from '#actors/desk/core.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { StoredFrame } from '#engine/journal/port.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { Plain } from '#engine/record.ts';
import { tapesOf } from '#engine/run/tapes.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { type ForkMark, markOf } from './branching.ts';
import { DeskRun } from './desk-run.ts';

export type JournalPlay = Readonly<{
  digest: Digest;
  catalogue: StrategyCatalogue;
  machines?: Machines;
  /** Sees each decision after it was written. */
  observer?: (decision: Decision) => void;
  /** The desk's books, before the first input. */
  begun?: (run: DeskRun) => void;
  /** What the run says of itself instead. */
  manifest?: (own: Plain) => Plain;
  input?: (record: InputRecord) => InputRecord;
  facts?: (frame: MarketFrame) => MarketFrame;
  append?: (payload: Payload, first: Seq) => void;
  /** After every frame of inputs; false ends it. */
  turn?: (run: DeskRun) => Promise<boolean> | true;
}>;

/** A journal whose beginning was archived, or that holds nothing: it cannot be played from its first number. */
export class NoBeginning extends Error {
  override name = 'NoBeginning';
}

/** The run at its end, or where it was stopped. */
export async function playJournal(
  frames: AsyncIterable<StoredFrame>,
  play: JournalPlay,
): Promise<Readonly<{ run: DeskRun; finished: boolean }>> {
  const { append, manifest = (own) => own, input = (record) => record, facts = (frame) => frame, turn = () => true } = play;
  let run: DeskRun | null = null;
  let isTaped = false;
  let finished = true;
  for await (const { frame } of frames) {
    if (frame.kind !== 'genesis' && frame.kind !== 'inputs' && frame.kind !== 'market' && frame.kind !== 'time') continue;
    const payload = decodePayload(frame);
    if (payload.kind === 'genesis') {
      const says = manifest(payload.manifest);
      isTaped = tapesOf(says).length > 0;
      run = begun(frame.desk, says, play);
      append?.({ kind: 'genesis', manifest: says }, 0 as Seq);
      continue;
    }
    if (run === null) throw new NoBeginning(`the journal begins at number ${frame.first} without its genesis`);
    const keep = taken(run, payload, input, facts, isTaped);
    const decided = run.takeDecisions();
    append?.(keep, frame.first);
    if (decided !== null) append?.({ kind: 'decisions', bytes: decided.bytes }, decided.first);
    const going = turn(run);
    if (going !== true && !(await going)) {
      finished = false;
      break;
    }
  }
  if (run === null) throw new NoBeginning('the journal is empty');
  if (append !== undefined) {
    for (const part of run.checkpoint()) append(part, run.desk.seq);
    append({ kind: 'closed', clean: true }, run.desk.seq);
  }
  return { run, finished };
}

function begun(desk: DeskId, manifest: Plain, { digest, catalogue, machines, observer, begun: told }: JournalPlay): DeskRun {
  const run = new DeskRun({ desk, digest, catalogue, observer: observer ?? null, ...(machines === undefined ? {} : { machines }) });
  run.begin(manifest);
  told?.(run);
  return run;
}

/** What the desk took, as the journal keeps it. */
function taken(
  run: DeskRun,
  payload: Payload,
  input: (record: InputRecord) => InputRecord,
  facts: (frame: MarketFrame) => MarketFrame,
  isTaped: boolean,
): Payload {
  switch (payload.kind) {
    case 'inputs': {
      const records = payload.records.map(input);
      for (const record of records) run.input(record);
      return { kind: 'inputs', records, cursor: null };
    }
    case 'market': {
      const frame = facts(payload.frame);
      run.market(frame);
      return isTaped ? { kind: 'tape', count: frame.count } : { kind: 'market', frame };
    }
    case 'time':
      run.time(payload.at);
      return payload;
    default:
      return payload;
  }
}

/** What a journal holds beside its market facts. */
export type Recorded = Readonly<{
  desk: DeskId;
  manifest: Plain;
  /** Where it parted, if it is a branch. */
  mark: ForkMark | null;
  /** Every numbered input that is no market fact. */
  inputs: readonly InputRecord[];
  /** How many numbers stand before the first market fact. */
  setUp: number;
  first: TimeUs;
  facts: number;
}>;

export async function recordedIn(frames: AsyncIterable<StoredFrame>): Promise<Recorded> {
  const inputs: InputRecord[] = [];
  let [facts, setUp]: [number, number | null] = [0, null];
  let genesis: Readonly<{ desk: DeskId; manifest: Plain }> | null = null;
  for await (const { frame } of frames) {
    if (frame.kind !== 'genesis' && frame.kind !== 'inputs' && frame.kind !== 'market') continue;
    if (genesis === null && frame.kind !== 'genesis')
      throw new NoBeginning(`the journal begins at number ${frame.first} without its genesis`);
    if (frame.kind === 'market') {
      facts += frame.count;
      setUp ??= frame.first - 1;
      continue;
    }
    const payload = decodePayload(frame);
    if (payload.kind === 'genesis') genesis = { desk: frame.desk, manifest: payload.manifest };
    else if (payload.kind === 'inputs') inputs.push(...payload.records);
  }
  const [opening] = inputs;
  if (genesis === null || opening === undefined) throw new NoBeginning('the journal holds no inputs');
  return { ...genesis, mark: markOf(genesis.manifest), inputs, setUp: setUp ?? inputs.length, first: opening.at, facts };
}
