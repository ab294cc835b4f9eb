/** What the sequencer knows of a desk. It hands over frames that are already in the journal, in order, one at a time. */
import type { InputRecord } from '#engine/inputs.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { TimeUs } from '#engine/values.ts';

export type SequencedFrame =
  | Readonly<{ kind: 'market'; frame: MarketFrame }>
  | Readonly<{ kind: 'inputs'; records: readonly InputRecord[]; cursor: string | null }>;

export interface DeskPort {
  take(frame: SequencedFrame): void;
  /** When something falls due by itself; null: nothing is armed. */
  nextDeadline(): TimeUs | null;
  passTime(at: TimeUs): void;
}
