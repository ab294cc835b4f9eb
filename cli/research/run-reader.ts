/** The journal of a run over tapes, read with the tapes' facts in their places: whoever replays it needs to know nothing of them. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StoredFrame } from '#engine/journal/port.ts';
import type { Seq } from '#engine/values.ts';
import { FileReader } from '#infra/files/read.ts';
import { RUN } from '#infra/runs/catalogue.ts';
import { tapedFrames } from '#infra/tape/taped-frames.ts';
import { tapeOf } from './tapes.ts';

/** Whether a journal's folder is that of a run in the catalogue. */
export const isOfRun = (folder: string): boolean => existsSync(join(dirname(folder), RUN));

export class RunReader extends FileReader {
  /** From the first frame on, whatever checkpoint could be begun with: a run over tapes is derived faster than it is searched. */
  override frames(from: Seq = 0 as Seq, fromCheckpoint = false): AsyncGenerator<StoredFrame, void, undefined> {
    return tapedFrames(super.frames(), tapeOf, fromCheckpoint ? (0 as Seq) : from);
  }
}
