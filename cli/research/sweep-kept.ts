/** What a finished sweep leaves for whoever looks at it later: every trial with its parameters and first figures, the best, and the choice of the plateau. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OverfittingTold } from '#replay/sweep/judgement.ts';
import { type Neighbours, neighboursOf, plateauChoice } from '#replay/sweep/plateau.ts';
import type { Choice, Dimension } from '#replay/sweep/space.ts';
import { backtestId } from './backtest-play.ts';
import { LESS_IS_BETTER, type Tried } from './sweep-search.ts';
import type { Judged, Swept } from './sweep-session.ts';

const TRIED = 'tried.json';
const FIGURES = ['totalReturn', 'sharpe', 'maxDrawdown', 'trades', 'profitFactor', 'winRate'] as const;

/** Scores are as the search has them: the highest is best. */
export type KeptTrial = Readonly<{
  number: number;
  choice: Choice;
  score: number | null;
  /** As the catalogue would call a backtest of it. */
  run: string;
  metrics: Readonly<Record<string, number | null>>;
}>;
export type KeptJudged = KeptTrial & Readonly<{ neighbours: Neighbours; psr: number | null; deflated: number | null }>;

export type KeptSweep = Readonly<{
  format: 1;
  objective: string;
  lowest: boolean;
  dimensions: readonly Dimension[];
  /** The backtest command without its parameters. */
  command: string;
  walked: boolean;
  counted: number;
  overfitting: OverfittingTold;
  /** The best first. */
  best: readonly KeptJudged[];
  /** Whose middle with its neighbours is best. */
  plateau: KeptJudged | null;
  trials: readonly KeptTrial[];
}>;

export function keepTried(swept: Swept, { objective, command }: Readonly<{ objective: string; command: string }>): void {
  const { settled, folder, judged, best, counted, overfitting, walked } = swept;
  const choice = plateauChoice(settled.space, judged);
  const known = best.find(({ tried }) => tried === choice);
  const kept: KeptSweep = {
    ...{ format: 1, objective, lowest: LESS_IS_BETTER.has(objective), dimensions: settled.space.dimensions, command },
    ...{ walked: walked !== null, counted, overfitting },
    best: best.map(judgedOf),
    plateau:
      choice === null
        ? null
        : known !== undefined
          ? judgedOf(known)
          : { ...trialOf(choice), neighbours: neighboursOf(settled.space, judged, choice), psr: null, deflated: null },
    trials: judged.map(trialOf),
  };
  writeFileSync(join(folder, TRIED), `${JSON.stringify(kept)}\n`);
}

/** Null: it is not finished. */
export function triedIn(folder: string): KeptSweep | null {
  let text: string;
  try {
    text = readFileSync(join(folder, TRIED), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return JSON.parse(text) as KeptSweep;
}

const judgedOf = ({ tried, neighbours, belief }: Judged): KeptJudged => ({ ...trialOf(tried), neighbours, ...belief });

function trialOf({ number, choice, score, settings, figures }: Tried): KeptTrial {
  const metrics = figures === null ? {} : Object.fromEntries(FIGURES.map((key) => [key, figures.metrics[key] ?? null]));
  return { number, choice, score, run: backtestId(settings), metrics };
}
