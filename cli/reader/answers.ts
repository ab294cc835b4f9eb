/** Every question that may be asked of a journal, of the catalogue of runs, of strategies, and who answers it. */

import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { Attempt } from '#gateway/access/attempts.ts';
import type { RestRun, RestRunDetail, RestTape } from '#gateway/contracts/rest-runs.ts';
import type { RestStrategy, RestStrategyDetail, StrategyChecked } from '#gateway/contracts/rest-strategies.ts';
import type { RestPlateau, RestSweep, RestSweepDetail } from '#gateway/contracts/rest-sweeps.ts';
import { type PlateauAsked, QuestionRefused, type Questions, type RunListAsked, type RunListSaid } from '#gateway/rest/ports.ts';
import type { Refused } from '../answer.ts';
import { frameMapIn, readerIn } from '../compose/journal-reader.ts';
import { catalogue } from '../research/kept-strategies.ts';
import { guardValuesIn } from './guard-values.ts';
import { attemptsIn } from './kept-attempts.ts';
import { runFound, runList, runRemoved, runTagged, tapeList } from './kept-runs.ts';
import { plateauFound, sweepFound, sweepList } from './kept-sweeps.ts';
import { changesBetween, strategyChecked, strategyFound, strategyList, strategyRemoved } from './known-strategies.ts';
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
  runs: { asked: RunListAsked; said: RunListSaid };
  run: { asked: Readonly<{ run: string }>; said: RestRunDetail | null };
  runTags: { asked: Readonly<{ run: string; tags: readonly string[] }>; said: RestRun };
  runRemoved: { asked: Readonly<{ run: string }>; said: null };
  tapes: { asked: null; said: RestTape[] };
  sweeps: { asked: null; said: RestSweep[] };
  sweep: { asked: Readonly<{ sweep: string }>; said: RestSweepDetail | null };
  plateau: { asked: PlateauAsked; said: RestPlateau | null };
  strategies: { asked: null; said: RestStrategy[] };
  strategy: { asked: Readonly<{ named: string }>; said: RestStrategyDetail | null };
  strategyChanges: { asked: Readonly<{ before: string; after: string }>; said: readonly string[] };
  strategyChecked: { asked: Readonly<{ text: string; keep: boolean; name: string | null }>; said: StrategyChecked };
  strategyRemoved: { asked: Readonly<{ version: string }>; said: readonly string[] };
  attempts: { asked: Readonly<{ path: string }>; said: Attempt[] };
};

export type AllQuestions = Questions & RunQuestions & ShelfQuestions;
export type QuestionName = keyof AllQuestions;

type Answers = { readonly [Name in QuestionName]: (asked: AllQuestions[Name]['asked'], stop: Stop) => Promise<AllQuestions[Name]['said']> };

/** `folder`: of the journal that questions are about. `strategies`: what may run here. */
export function answersOver(folder: string, strategies: StrategyCatalogue = catalogue): Answers {
  const journal = new OpenJournal({ folder, open: () => readerIn(folder), map: frameMapIn(folder), catalogue: strategies });
  return refusing({
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
    journal: () => journalHeld(journal),
    frames: (asked, stop) => framesFrom(journal, asked, stop),
    portfolioMetrics: (asked, stop) => metricsOf(journal, asked, stop),
    guardValues: (asked, stop) => guardValuesIn(journal, asked, stop),
    runPart: (asked, stop) => partOf(asked, stop),
    runComparison: (asked, stop) => compared(asked, stop),
    runs: async (asked) => runList(asked),
    run: async ({ run }) => runFound(run),
    runTags: async ({ run, tags }) => runTagged(run, tags),
    runRemoved: async ({ run }) => runRemoved(run),
    tapes: async () => tapeList(),
    sweeps: async () => sweepList(),
    sweep: async ({ sweep }) => sweepFound(sweep),
    plateau: async (asked) => plateauFound(asked),
    strategies: () => strategyList(),
    strategy: ({ named }) => strategyFound(named),
    attempts: ({ path }) => attemptsIn(path),
    strategyChecked: ({ text, keep, name }) => strategyChecked(text, keep, name),
    strategyChanges: ({ before, after }) => changesBetween(before, after),
    strategyRemoved: ({ version }, stop) => strategyRemoved(version, folder, stop),
  });
}

/** A command's refusal is a refused question: its lines say why, its `next` what to do. */
function refusing(answers: Answers): Answers {
  const names = Object.keys(answers) as QuestionName[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      (asked: never, stop: Stop) =>
        (answers[name] as (asked: never, stop: Stop) => Promise<unknown>)(asked, stop).catch((error: Error) => {
          throw asRefused(error);
        }),
    ]),
  ) as unknown as Answers;
}

const ABOUT_WHAT_IS_THERE = ['NothingThere', 'NoBeginning', 'UnknownStrategy', 'BadResult', 'BadRun'];

function asRefused(error: Error): Error {
  if (error.name === 'Refused') return new QuestionRefused(error.message, null, (error as Refused).next);
  return ABOUT_WHAT_IS_THERE.includes(error.name) ? new QuestionRefused(error.message) : error;
}
