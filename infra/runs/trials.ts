/**
 * The trial ledger: everything that was ever tried with a strategy on a tape, so that the best of it can be judged by how much was tried. A file
 * a strategy and tape, only ever appended to; a trial that is repeated is the same trial.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Trial = Readonly<{
  /** The hash of its settings and data: the same, the same trial. */
  id: string;
  /** Of a day; null where it has none. */
  sharpe: number | null;
  by: 'backtest' | 'sweep';
}>;

export type Tried = Readonly<{ strategy: string /** Hashes. */; tapes: readonly string[] }>;

/** As the deflated Sharpe ratio asks for it; `sharpes` of those that have one, or null below two. */
export type TrialCount = Readonly<{ count: number; sharpes: readonly number[] | null }>;

export class TrialLedger {
  readonly folder: string;
  readonly #known = new Map<string, Map<string, Trial>>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Counts each trial once, however often it is told; says how many are new. */
  add({ strategy, tapes }: Tried, trials: readonly Trial[]): number {
    const added = new Set<string>();
    for (const tape of tapes) {
      const known = this.#trials(strategy, tape);
      const fresh = [...new Map(trials.map((trial) => [trial.id, trial])).values()].filter(({ id }) => !known.has(id));
      if (fresh.length === 0) continue;
      const path = this.#path(strategy, tape);
      mkdirSync(dirname(path), { recursive: true });
      // a line that a crash cut off ends here, and is not the beginning of ours
      const isTorn = existsSync(path) && !readFileSync(path, 'utf8').endsWith('\n');
      appendFileSync(path, `${isTorn ? '\n' : ''}${fresh.map((trial) => `${JSON.stringify(trial)}\n`).join('')}`);
      for (const trial of fresh) {
        known.set(trial.id, trial);
        added.add(trial.id);
      }
    }
    return added.size;
  }

  /** Of all tapes together, each trial once. */
  count({ strategy, tapes }: Tried): TrialCount {
    const all = new Map<string, Trial>();
    for (const tape of tapes) for (const [id, trial] of this.#trials(strategy, tape)) all.set(id, trial);
    const sharpes = [...all.values()].flatMap(({ sharpe }) => sharpe ?? []);
    return { count: all.size, sharpes: sharpes.length < 2 ? null : sharpes.sort((a, b) => a - b) }; // sums of doubles hang on their order, and threads end in any
  }

  #path(strategy: string, tape: string): string {
    return join(this.folder, strategy, `${tape.slice(0, 32)}.ndjson`);
  }

  #trials(strategy: string, tape: string): Map<string, Trial> {
    const path = this.#path(strategy, tape);
    let known = this.#known.get(path);
    if (known === undefined) {
      known = new Map();
      if (existsSync(path))
        for (const line of readFileSync(path, 'utf8').split('\n')) {
          const trial = trialIn(line);
          if (trial !== null) known.set(trial.id, trial);
        }
      this.#known.set(path, known);
    }
    return known;
  }
}

/** Null for a line that a crash cut off. */
function trialIn(line: string): Trial | null {
  try {
    const { id, sharpe, by } = JSON.parse(line) as Trial;
    return typeof id === 'string' && (sharpe === null || Number.isFinite(sharpe)) ? { id, sharpe, by } : null;
  } catch {
    return null;
  }
}
