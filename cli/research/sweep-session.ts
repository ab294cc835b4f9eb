/**
 * A sweep from what a person asked for to what it found: searched, kept as it goes, the best judged by how much was tried, and a sample of its
 * trials played again one by one. Walking forward does so window by window and plays each window's best on the days behind it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performanceOf } from '#engine/portfolio/metrics/performance.ts';
import { samplingOf } from '#engine/portfolio/metrics/sampling.ts';
import { randomStream } from '#engine/random.ts';
import type { EquitySeries } from '#engine/run/result.ts';
import type { TimeUs } from '#engine/values.ts';
import type { Trial as LedgerTrial } from '#infra/runs/trials.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { type Figures, figuresOf } from '#replay/sweep/figures.ts';
import { type Belief, beliefIn, type OverfittingTold, overfittingIn } from '#replay/sweep/judgement.ts';
import { type Neighbours, neighboursOf } from '#replay/sweep/plateau.ts';
import type { Choice } from '#replay/sweep/space.ts';
import { cutBefore, stitched, type WalkWindow, windowsOf } from '#replay/sweep/walk.ts';
import { Refused } from '../answer.ts';
import { deskHome } from '../compose/desk-home.ts';
import { playBacktest } from './backtest-play.ts';
import { settingsHash } from './backtest-settings.ts';
import { type SweepAsked, type SweepSettled, sweepSettled } from './sweep-asked.ts';
import { SweepProgress } from './sweep-progress.ts';
import { bestOf, ranked, type Searching, searched, type Tried } from './sweep-search.ts';
import type { Evaluators } from './sweep-workers.ts';
import { trialIdOf, trialsHere, triedOf } from './trials-here.ts';

export type Judged = Readonly<{ tried: Tried; neighbours: Neighbours; belief: Belief }>;
/** A trial that was played again by itself. */
export type Repeated = Readonly<{ number: number; choice: Choice; runHash: string }>;

export type Swept = Readonly<{
  settled: SweepSettled;
  folder: string;
  trials: readonly Tried[];
  /** Those that the best are taken from: all, or walking forward those of the last training, whose choice would be used now. */
  judged: readonly Tried[];
  /** The best first. */
  best: readonly Judged[];
  overfitting: OverfittingTold;
  /** Trials of this strategy on these tapes, ever. */
  counted: number;
  repeated: readonly Repeated[];
  walked: Walked | null;
}>;

export type WalkedWindow = Readonly<{
  window: WalkWindow;
  best: Tried | null;
  inside: number | null;
  outside: Figures | null;
  runHash: string | null;
}>;
export type Walked = Readonly<{
  windows: readonly WalkedWindow[];
  /** Of the tests, one after the other. */
  equity: EquitySeries;
  metrics: Readonly<Record<string, number | null>>;
}>;

export type Sweeping = Readonly<{
  evaluators: (tapes: readonly Tape[]) => Evaluators;
  /** Trials that share a desk, at most. */
  batch: number;
  top: number;
  /** `done` of `total` trials; false pauses. */
  heard: (done: number, total: number, best: Tried | null) => boolean;
}>;

const REPEATED_BEST = 3;
const REPEATED_BY_CHANCE = 2;

export const sweepsFolder = (): string => join(deskHome().path, 'sweeps');

/** Null when it was paused: the same command goes on. */
export async function runSweep(asked: SweepAsked, sweeping: Sweeping): Promise<Swept | null> {
  const settled = await sweepSettled(asked);
  const { tapes, base, planOver, span } = settled;
  const windows = asked.walk === null ? [] : windowsOf(asked.walk, span);
  if (asked.walk !== null && windows.length === 0)
    throw new Refused(2, ['--walk: the data are shorter than one training, its embargo and its test; choose shorter ones']);
  const progress = new SweepProgress(join(sweepsFolder(), settled.id), settled.identity);
  const ledger = trialsHere();
  const evaluators = sweeping.evaluators(tapes);
  const total = settled.trials * Math.max(1, windows.length);
  let before = 0;
  const searching: Searching = {
    ...{ progress, width: evaluators.width, batch: sweeping.batch },
    evaluate: (batch) => evaluators.outcomes(batch),
    tried: (trials) => void ledger.add(triedOf(base), trials),
    heard: (done, best) => sweeping.heard(before + done, total, best),
  };
  try {
    const all: Tried[] = [];
    let judged: readonly Tried[] = [];
    const walked: WalkedWindow[] = [];
    const parts: EquitySeries[] = [];
    for (const window of windows.length === 0 ? [null] : windows) {
      const trials = await searched(planOver(window?.train ?? null), searching);
      if (trials === null) return null;
      before += settled.trials;
      judged = trials.map((one) => ({ ...one, number: all.length + one.number }));
      all.push(...judged);
      if (window === null) continue;
      const tested = await testedIn(window, bestOf(trials), settled);
      if (tested.counts !== null) ledger.add(triedOf(base), [tested.counts]);
      walked.push(tested.walked);
      if (tested.equity !== null) parts.push(tested.equity);
    }
    const repeated = await repeatedAlone(all, asked.seed, tapes);
    const counted = ledger.count(triedOf(base));
    const swept: Swept = {
      ...{ settled, folder: progress.folder, trials: all, judged, repeated, counted: counted.count },
      best: ranked(judged)
        .slice(0, sweeping.top)
        .map((tried) => ({
          tried,
          neighbours: neighboursOf(settled.space, judged, tried),
          belief: beliefIn(tried.figures!, counted),
        })),
      overfitting: overfittingIn(judged.map(({ figures }) => figures)),
      walked: windows.length === 0 ? null : { windows: walked, ...joinedFigures(parts, settled, windows) },
    };
    return swept;
  } finally {
    await evaluators.end();
  }
}

export const keepDocumentOf = ({ folder }: Swept, fields: object): void =>
  writeFileSync(join(folder, 'result.json'), `${JSON.stringify(fields, null, 2)}\n`);

/** The best and some others, each by itself: a sweep whose figures are not those of ordinary runs is worth nothing. */
async function repeatedAlone(trials: readonly Tried[], seed: number, tapes: readonly Tape[]): Promise<readonly Repeated[]> {
  const judged = trials.filter(({ figures }) => figures !== null);
  const chosen = new Set(ranked(trials).slice(0, REPEATED_BEST));
  const stream = randomStream(seed, 'sweep repeated');
  for (let i = 0; i < REPEATED_BY_CHANCE && judged.length > 0; i++) chosen.add(judged[stream.below(judged.length)]!);
  const repeated: Repeated[] = [];
  for (const { number, choice, settings, figures } of chosen) {
    const { result } = (await playBacktest(settings, { tapes }))!;
    const alone = figuresOf(result);
    if (JSON.stringify(alone) !== JSON.stringify(figures)) {
      const keys = Object.keys(alone.metrics).filter((key) => alone.metrics[key] !== figures!.metrics[key]);
      throw new Refused(4, [
        `trial ${number} of the sweep and the run of the same settings by itself differ, so nothing of this sweep can be believed`,
        `  settings ${settingsHash(settings).slice(0, 8)}: ${JSON.stringify(choice)}; the run's hash is ${result.runHash}`,
        ...keys.slice(0, 5).map((key) => `  ${key}: ${figures!.metrics[key]} in the sweep, ${alone.metrics[key]} by itself`),
      ]);
    }
    repeated.push({ number, choice, runHash: result.runHash });
  }
  return repeated;
}

/** A test was looked at, so it counts as tried. */
type Tested = Readonly<{ walked: WalkedWindow; equity: EquitySeries | null; counts: LedgerTrial | null }>;

/** The best of a training on the days behind it, by an ordinary run that warms up before them. */
async function testedIn(window: WalkWindow, best: Tried | null, { tapes, found, base, planOver, span }: SweepSettled): Promise<Tested> {
  if (best === null) return { walked: { window, best, inside: null, outside: null, runHash: null }, equity: null, counts: null };
  const { from, to } = window.test;
  const intervalUs = Math.max(...base.listens.map(({ timeframeUs }) => timeframeUs));
  const warm = found.strategy.warmup(best.settings.strategy.parameters) * intervalUs;
  const settings = planOver({ from: Math.max(span.from, from - warm) as TimeUs, to }).settingsOf(best.choice);
  const { result } = (await playBacktest(settings, { tapes }))!;
  const cut = result.to > from ? cutBefore(result, from) : null;
  const outside = cut === null ? null : figuresOf(cut);
  return {
    walked: { window, best, inside: best.score, outside, runHash: result.runHash },
    equity: cut?.equity ?? null,
    counts: { id: trialIdOf(settings), sharpe: outside?.dailySharpe ?? null, by: 'sweep' },
  };
}

function joinedFigures(
  parts: readonly EquitySeries[],
  { base, tapes }: SweepSettled,
  windows: readonly WalkWindow[],
): Omit<Walked, 'windows'> {
  const opening = Number(base.cash);
  const equity = stitched(parts, opening);
  const from = windows[0]!.test.from;
  const to = Math.max(from, equity.time.at(-1) ?? from) as TimeUs;
  const instruments = tapes
    .flatMap(({ manifest }) => manifest.instruments)
    .filter(({ id }) => base.instruments.some((each) => each.id === id));
  const sampling = samplingOf({ instruments, from, to } as unknown as Parameters<typeof samplingOf>[0]);
  const { metrics } = performanceOf(equity, opening, from, to, sampling);
  return { equity, metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, value])) };
}
