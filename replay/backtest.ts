/**
 * A run over tapes: the inputs it begins with, then the tapes' facts as fast as the desk takes them. The same desk as live; only where facts
 * come from differs. What it appends is a journal that names its tapes instead of repeating them.
 */
import type { InputRecord } from '#engine/inputs.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import { mergedFrames } from '#engine/market/merge.ts';
import type { Plain } from '#engine/record.ts';
import type { Seq } from '#engine/values.ts';
import { DeskRun, type DeskRunOptions } from './desk-run.ts';

export type BacktestOptions = DeskRunOptions &
  Readonly<{
    /** What the run says of itself; its tapes, in the order in which they are merged. */
    manifest: Plain;
    /** Numbered 1, 2, 3 …, none later than the first fact. */
    inputs: readonly InputRecord[];
    /** The facts of each tape. */
    tapes: readonly Iterable<MarketFrame>[];
    /** The desk's books, before the first input. */
    begun?: (run: DeskRun) => void;
    /** Where its journal goes; null: nobody keeps it. */
    append: ((payload: Payload, first: Seq) => void) | null;
    /** After every frame; a promise is waited for, and false ends the run. */
    turn?: (run: DeskRun) => Promise<boolean> | true;
  }>;

/** Every bar is decided upon: what is decided of a whole frame of bars would be written to far-off memory, and cost as much again. */
const BARS_AT_ONCE = 1024;

function* portions(frames: Iterable<MarketFrame>): Generator<MarketFrame> {
  for (const frame of frames) {
    if (frame.count <= BARS_AT_ONCE || !frame.blocks.some(({ kind }) => kind === 'bar')) {
      yield frame;
      continue;
    }
    const end = frame.first + frame.count;
    for (let from: number = frame.first; from < end; from += BARS_AT_ONCE)
      yield sliceFrame(frame, from, Math.min(end, from + BARS_AT_ONCE));
  }
}

/** The run at its end, or where it was stopped. */
export async function backtest(options: BacktestOptions): Promise<Readonly<{ run: DeskRun; finished: boolean }>> {
  const { manifest, inputs, tapes, append, begun = () => {}, turn = () => true } = options;
  const run = new DeskRun(options);
  run.begin(manifest);
  begun(run);
  append?.({ kind: 'genesis', manifest }, 0 as Seq);
  const keep = (payload: Payload, first: Seq): void => {
    const decided = run.takeDecisions();
    append?.(payload, first);
    if (decided !== null) append?.({ kind: 'decisions', bytes: decided.bytes }, decided.first);
  };
  for (const input of inputs) run.input(input);
  keep({ kind: 'inputs', records: inputs, cursor: null }, 1 as Seq);
  let finished = true;
  for (const frame of portions(mergedFrames(tapes, inputs.length + 1))) {
    run.market(frame);
    keep({ kind: 'tape', count: frame.count }, frame.first);
    const going = turn(run);
    if (going !== true && !(await going)) {
      finished = false;
      break;
    }
  }
  if (append !== null) {
    for (const part of run.checkpoint()) append(part, run.desk.seq);
    append({ kind: 'closed', clean: true }, run.desk.seq);
  }
  return { run, finished };
}
