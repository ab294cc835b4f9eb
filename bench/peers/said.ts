/** What a contender is asked and what it says; and where two of them first differ. */
import type { Rule } from '../w2-market.ts';
import type { Work } from './contenders.ts';

export type Asked = Readonly<{
  input: string;
  work: Work['id'];
  /** How many of the bars of the input. */
  bars: number;
  /** The periods of a run each; none where the rule is to turn each bar. */
  pairs: readonly (readonly [number, number])[];
  rule: 'cross' | 'turn';
  fast: number;
  slow: number;
  /** Runs after the first, in the same process. */
  repeats: number;
  /** Where its fills go: a line each, `run bar lots price`. */
  fills: string;
}>;

export type Said = Readonly<{
  /** Seconds of the first run, and of the last. */
  first: number;
  seconds: number;
  /** Of the processor, in the last run, all threads: what other work on the machine changes least. */
  processor: number;
  memoryMb: number;
  bars: number;
  runs: readonly Readonly<{ fills: number; equity: number; sharpe: number | null }>[];
}>;

export const rulesOf = ({ rule, pairs }: Asked): readonly Rule[] =>
  rule === 'turn' ? ['turn'] : pairs.map(([fast, slow]) => ({ fast, slow }));

/** The first thing that is not the same, or null. Equity to half a cent; Sharpe, where both say one, to a part in 10⁹. */
export function difference(ours: Said, theirs: Said, fills: Readonly<{ ours: string; theirs: string }>): string | null {
  if (ours.bars !== theirs.bars) return `${ours.bars} bars and ${theirs.bars}`;
  if (fills.ours !== fills.theirs) return firstLine(fills.ours.split('\n'), fills.theirs.split('\n'));
  for (const [run, own] of ours.runs.entries()) {
    const other = theirs.runs[run];
    if (other === undefined) return `run ${run} is missing`;
    if (!(Math.abs(own.equity - other.equity) < 0.005)) return `run ${run}: equity ${own.equity} and ${other.equity}`;
    if (own.sharpe === null || other.sharpe === null) continue;
    if (!(Math.abs(own.sharpe - other.sharpe) <= 1e-9 * Math.max(1, Math.abs(own.sharpe))))
      return `run ${run}: Sharpe ${own.sharpe} and ${other.sharpe}`;
  }
  return ours.runs.length === theirs.runs.length ? null : `${ours.runs.length} runs and ${theirs.runs.length}`;
}

function firstLine(ours: readonly string[], theirs: readonly string[]): string {
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  const place = at === -1 ? ours.length : at;
  return `fill ${place + 1} (run bar lots price): ${ours[place] || 'none'} and ${theirs[place] || 'none'}`;
}
