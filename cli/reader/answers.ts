/** Every question that may be asked of a journal, of the catalogue of runs, of strategies, and who answers it. */

import type { z } from 'zod';
import type { Attempt } from '#gateway/access/attempts.ts';
import type { RestRun, runDetail, tape } from '#gateway/contracts/rest-runs.ts';
import type { RestStrategy, RestStrategyDetail, StrategyChecked } from '#gateway/contracts/rest-strategies.ts';
import type { Questions } from '#gateway/rest/ports.ts';
import { FileReader } from '#infra/files/read.ts';
import { nodeDigest } from '../compose/digest.ts';
import { attemptsIn } from './kept-attempts.ts';
import { runFound, runList, runRemoved, runTagged, tapeList } from './kept-runs.ts';
import { strategyChecked, strategyFound, strategyList } from './known-strategies.ts';
import { OpenJournal, type Stop } from './open-journal.ts';
import { candlesIn } from './recorded-candles.ts';
import { alertsIn, decisionAt, decisionsIn, refusalsIn } from './recorded-decisions.ts';
import { framesFrom, journalHeld } from './recorded-frames.ts';
import { fillsIn, orderLife, ordersIn, tradesIn } from './recorded-orders.ts';
import { explained, metricsOf, stateOf } from './recorded-state.ts';
import { ticksIn } from './recorded-ticks.ts';
import { compared, partOf, type RunQuestions } from './run-parts.ts';

/** Of what is kept beside the journal: lists, and the few changes that a person may make there. */
type ShelfQuestions = {
  runs: { asked: null; said: RestRun[] };
  run: { asked: Readonly<{ run: string }>; said: z.infer<typeof runDetail> | null };
  runTags: { asked: Readonly<{ run: string; tags: readonly string[] }>; said: RestRun };
  runRemoved: { asked: Readonly<{ run: string }>; said: null };
  tapes: { asked: null; said: z.infer<typeof tape>[] };
  strategies: { asked: null; said: RestStrategy[] };
  strategy: { asked: Readonly<{ named: string }>; said: RestStrategyDetail | null };
  strategyChecked: { asked: Readonly<{ text: string; keep: boolean; name: string | null }>; said: StrategyChecked };
  attempts: { asked: Readonly<{ path: string }>; said: Attempt[] };
};

export type AllQuestions = Questions & RunQuestions & ShelfQuestions;
export type QuestionName = keyof AllQuestions;

type Answers = { readonly [Name in QuestionName]: (asked: AllQuestions[Name]['asked'], stop: Stop) => Promise<AllQuestions[Name]['said']> };

/** `folder`: of the journal that questions are about. */
export function answersOver(folder: string): Answers {
  const journal = new OpenJournal(folder, () => new FileReader({ folder, digest: nodeDigest }));
  return {
    explain: (asked, stop) => explained(journal, asked, stop),
    state: (asked, stop) => stateOf(journal, asked, stop),
    decisions: (asked, stop) => decisionsIn(journal, asked, stop),
    decision: (asked, stop) => decisionAt(journal, asked, stop),
    refusals: (asked, stop) => refusalsIn(journal, asked, stop),
    alerts: (asked, stop) => alertsIn(journal, asked, stop),
    candles: (asked, stop) => candlesIn(journal, asked, stop),
    ticks: (asked, stop) => ticksIn(journal, asked, stop),
    fills: (asked, stop) => fillsIn(journal, asked, stop),
    trades: (asked, stop) => tradesIn(journal, asked, stop),
    orders: (asked, stop) => ordersIn(journal, asked, stop),
    order: (asked, stop) => orderLife(journal, asked, stop),
    journal: (_, stop) => journalHeld(journal, stop),
    frames: (asked, stop) => framesFrom(journal, asked, stop),
    portfolioMetrics: (asked, stop) => metricsOf(journal, asked, stop),
    runPart: (asked, stop) => partOf(asked, stop),
    runComparison: (asked, stop) => compared(asked, stop),
    runs: async () => runList(),
    run: async ({ run }) => runFound(run),
    runTags: async ({ run, tags }) => runTagged(run, tags),
    runRemoved: async ({ run }) => runRemoved(run),
    tapes: async () => tapeList(),
    strategies: () => strategyList(),
    strategy: ({ named }) => strategyFound(named),
    attempts: ({ path }) => attemptsIn(path),
    strategyChecked: ({ text, keep, name }) => strategyChecked(text, keep, name),
  };
}
