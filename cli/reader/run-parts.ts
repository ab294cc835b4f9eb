/** A run of the catalogue played again, and told in parts. The newest few stay at hand: a page asks for one part after the other. */
import { minorText } from '#engine/decimal.ts';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import type { RunResult } from '#engine/run/result.ts';
import { thinned } from '#engine/run/thinned.ts';
import type { Minor } from '#engine/values.ts';
import type { RunPart } from '#gateway/rest/ports.ts';
import { compareRuns } from '#replay/report/compare.ts';
import { comparisonJson } from '#replay/report/compare-terminal.ts';
import { reportJson } from '#replay/report/json.ts';
import { ledgerOf } from '../research/backtest-answer.ts';
import { rerun } from '../research/backtest-session.ts';
import { runNamed } from '../research/run-answers.ts';
import type { Stop } from './open-journal.ts';

export type RunQuestions = {
  runPart: { asked: Readonly<{ run: string; part: RunPart }>; said: unknown };
  runComparison: { asked: Readonly<{ a: string; b: string }>; said: unknown };
};

type Played = Readonly<{ result: RunResult; measures: Measures }>;
const KEPT = 3;
const POINTS = 4_000;
/** By run and hash: the same name may be another run by now. */
const played = new Map<string, Played>();

async function playedRun(id: string): Promise<Played> {
  const entry = runNamed(id);
  const key = `${entry.id} ${entry.runHash}`;
  const known = played.get(key);
  played.delete(key);
  const now = known ?? (await rerun(entry));
  played.set(key, now);
  for (const oldest of played.keys()) {
    if (played.size <= KEPT) break;
    played.delete(oldest);
  }
  return now;
}

export async function partOf({ run, part }: RunQuestions['runPart']['asked'], _stop: Stop): Promise<unknown> {
  const { result, measures } = await playedRun(run);
  switch (part) {
    case 'report':
      return JSON.parse(reportJson(result, measures));
    case 'ledger':
      return { run, items: ledgerOf(result) };
    case 'trades':
      return { run, items: (JSON.parse(reportJson(result, measures)) as { trades: unknown }).trades };
    case 'equity': {
      const { time, minor } = result.equity;
      const items = thinned(minor, POINTS).map((place) => [
        time[place],
        minorText(BigInt(minor[place] as number) as Minor, result.currencyScale),
      ]);
      return { run, currency: result.currency, cash: minorText(result.cash0, result.currencyScale), points: minor.length, items };
    }
  }
}

export async function compared({ a, b }: RunQuestions['runComparison']['asked'], _stop: Stop): Promise<unknown> {
  const [one, other] = [await playedRun(a), await playedRun(b)];
  return JSON.parse(comparisonJson(compareRuns(one, other), one.result));
}
