/** The whole desk at a number or a moment: a picture for people, its digest, and the state as plain data. */
import type { JournalReader } from '#engine/journal/port.ts';
import type { Plain } from '#engine/record.ts';
import type { Sha256 } from '#engine/values.ts';
import type { DeskRun } from './desk-run.ts';
import { type DeskPicture, pictureOf } from './picture.ts';
import { type ReplayOptions, runTo, runToTime } from './run-to.ts';

/** Right after a number took effect; or once everything that had arrived, or was due, by a moment had taken effect. */
export type Where = Readonly<{ seq: number }> | Readonly<{ at: number }>;

export type StateAt = Readonly<{
  seq: number;
  at: number;
  stateHash: Sha256;
  runHash: Sha256;
  picture: DeskPicture;
  /** Everything, as a checkpoint would hold it. */
  state: Plain;
  run: DeskRun;
}>;

export async function stateAt(reader: JournalReader, where: Where, options: ReplayOptions): Promise<StateAt> {
  const run = 'seq' in where ? await runTo(reader, where.seq, options) : await runToTime(reader, where.at, options);
  const { desk } = run;
  return {
    seq: desk.seq,
    at: desk.at,
    stateHash: run.stateHash(),
    runHash: run.runHash(),
    picture: pictureOf(desk.parts),
    state: desk.save(),
    run,
  };
}
