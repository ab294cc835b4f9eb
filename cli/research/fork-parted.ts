/** Where a branch and its baseline part, told with what led there on each side; and what a finished branch is. Plays nothing. */
import type { Decision } from '#engine/decisions.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { type Differences, differencesOf, type SaidDecisions } from '#replay/decision-differences.ts';
import { chainOf } from '#replay/divergence.ts';
import { BadFork, type ForkChange } from '#replay/fork.ts';
import type { Comparison } from '#replay/report/compare.ts';
import type { Link } from '#replay/words.ts';
import { Refused } from '../answer.ts';

/** A difference with what led there on each side, from the decision back to its ground. */
export type Told = Readonly<{ baseline: readonly Link[]; branch: readonly Link[] }>;

export type Forked = Readonly<{
  parent: Readonly<{ id: string; equity: string }>;
  entry: RunEntry;
  change: ForkChange;
  differences: Differences;
  first: Told | null;
  firstDeed: Told | null;
  comparison: Comparison;
  result: RunResult;
}>;

export function inWords(error: unknown): never {
  throw error instanceof BadFork ? new Refused(2, error.message.split('\n'), 'npx retrace fork --help') : error;
}

/** Where two runs part, and what led there on each side. */
export async function parted(
  before: JournalReader,
  after: JournalReader,
  was: SaidDecisions,
  is: SaidDecisions,
): Promise<Pick<Forked, 'differences' | 'first' | 'firstDeed'>> {
  const differences = differencesOf(was, is);
  const told = async (of: Readonly<{ baseline: Decision | null; branch: Decision | null }> | null): Promise<Told | null> =>
    of === null ? null : { baseline: await ledTo(before, of.baseline), branch: await ledTo(after, of.branch) };
  const firstDeed = differences.firstDeed === differences.first ? null : await told(differences.firstDeed);
  return { differences, first: await told(differences.first), firstDeed };
}

const ledTo = async (reader: JournalReader, decision: Decision | null): Promise<readonly Link[]> =>
  decision === null ? [] : chainOf(reader, { kind: 'decision', address: '', expected: null, actual: decision, cause: '' });
