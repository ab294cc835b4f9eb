/** A branch of a journal, or of another branch, as the catalogue keeps it: all it needs is its own journal. */
import { join } from 'node:path';
import type { InputRecord } from '#engine/inputs.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { AccountId } from '#engine/values.ts';
import { JOURNAL, type RunEntry } from '#infra/runs/catalogue.ts';
import type { ForkChange } from '#replay/fork.ts';
import { type Recorded, recordedIn } from '#replay/journal-play.ts';
import { nodeDigest } from '../compose/digest.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { changeShown } from './fork-play.ts';
import { type JournalRun, type Listening, playRecorded } from './journal-result.ts';
import { runsHere } from './run-answers.ts';
import { RunReader } from './run-reader.ts';

export type BranchSettings = Readonly<{
  /** The run or the journal it is a branch of. */
  parent: string;
  /** The backtest at its root; null: a recorded day. */
  root: BacktestSettings | null;
  /** Whose money is told. */
  account: AccountId;
  /** Its parent's, and its own at the end. */
  changes: readonly ForkChange[];
}>;

export const isBranch = (settings: unknown): settings is BranchSettings => Array.isArray((settings as Partial<BranchSettings>).changes);

export const readerOf = (id: string): RunReader => new RunReader({ folder: join(runsHere().place(id), JOURNAL), digest: nodeDigest });

/** Played again from its own journal. Null when it was stopped. */
export async function playKept(
  { id, settings }: Pick<RunEntry, 'id' | 'settings'>,
  listening: Omit<Listening, 'name'> = {},
  recorded: Recorded | null = null,
): Promise<JournalRun | null> {
  const { account, changes } = settings as BranchSettings;
  const reader = readerOf(id);
  const whole = recorded ?? (await recordedIn(reader.frames()));
  const played = await playRecorded(reader.frames(), whole, account, { ...listening, name: id }, toldIn(whole));
  return played === null ? null : { ...played, result: withChanges(played.result, changes) };
}

export const replayBranch = async (entry: RunEntry): Promise<RunResult> => (await playKept(entry))!.result;

/** Behind its parting a run is what its mark says its inputs were. */
export const toldIn = ({ inputs, mark }: Pick<Recorded, 'inputs' | 'mark'>): readonly InputRecord[] =>
  inputs.map((input) => mark?.replaced.find(({ seq }) => seq === input.seq) ?? input);

export const withChanges = (result: RunResult, changes: readonly ForkChange[]): RunResult => ({
  ...result,
  parameters: Object.assign({ ...result.parameters }, ...changes.map(changeShown)),
});
