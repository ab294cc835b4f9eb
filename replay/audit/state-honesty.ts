/** Whether a strategy is all in its state: saved and restored again and again on the way, it must decide what it decided without. */
import { sliceFrame } from '#engine/market/blocks.ts';
import type { DeskRun } from '../desk-run.ts';
import type { AuditRow } from './row.ts';
import { decided, partingOf, type Told, type Trial, tellingField, valueTold, type Whole } from './trial.ts';

const WHY = 'a restart in the middle of a day restores what was saved; what a strategy remembers beside it is then gone';

export function stateHonesty(trial: Trial, whole: Whole, at: readonly number[]): AuditRow {
  const waiting = [...at].sort((a, b) => a - b);
  const restored: number[] = [];
  const bytes = decided({ ...trial, frames: () => cutAt(trial.frames(), waiting) }, null, (run): DeskRun => {
    if (waiting.length === 0 || run.desk.seq < waiting[0]!) return run;
    while (waiting.length > 0 && waiting[0]! <= run.desk.seq) waiting.shift();
    const again = trial.make(null);
    again.begin(trial.manifest); // a branch has parted by now
    again.restore(run.checkpoint());
    restored.push(run.desk.seq);
    return again;
  });
  const parting = partingOf(whole, bytes, null);
  const numbers = { restored: restored.length };
  if (parting === null)
    return {
      ...{ check: 'state', verdict: 'passed', why: WHY, numbers },
      said: `saved and restored ${restored.length} times on the way, it decided the same`,
    };
  const decision = (parting.baseline ?? parting.branch)!;
  const before = restored.filter((seq) => seq <= decision.cause).at(-1) ?? null;
  return {
    ...{ check: 'state', verdict: 'failed', why: WHY },
    said: `${before === null ? 'played a second time' : `restored at number ${before}`}, decision ${parting.address} (${decision.type}) is another: ${valueTold(parting)}`,
    numbers: { ...numbers, after: before, address: parting.address, decision: decision.type, field: tellingField(parting)?.name ?? null },
  };
}

/** Frames that end at each of these numbers. */
function* cutAt(frames: Iterable<Told>, at: readonly number[]): Generator<Told> {
  const borders = [...at];
  for (const frame of frames) {
    if ('type' in frame) {
      yield frame;
      continue;
    }
    const end = frame.first + frame.count;
    let from: number = frame.first;
    for (const border of borders) {
      if (border < from || border + 1 >= end) continue;
      yield sliceFrame(frame, from, border + 1);
      from = border + 1;
    }
    yield from === frame.first ? frame : sliceFrame(frame, from, end);
  }
}
