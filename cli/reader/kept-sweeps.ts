/** Sweeps of this house as lists and maps, read from what they kept: nothing is played, and one that is not finished says so. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MOST_CELLS, type RestPlateau, type RestSweep, type RestSweepDetail, type RestSweepTrial } from '#gateway/contracts/rest-sweeps.ts';
import { type PlateauAsked, QuestionRefused } from '#gateway/rest/ports.ts';
import { median, plateauCells, valuesAlong } from '#replay/sweep/plateau.ts';
import type { Dimension } from '#replay/sweep/space.ts';
import { runsHere } from '../research/run-answers.ts';
import { type KeptJudged, type KeptSweep, type KeptTrial, triedIn } from '../research/sweep-kept.ts';
import { LESS_IS_BETTER } from '../research/sweep-search.ts';
import { sweepsFolder } from '../research/sweep-session.ts';

/** What it is, as it was begun. */
type Identity = Readonly<{
  method: string;
  objective: string;
  settings: Readonly<{ strategy: Readonly<{ name: string }>; tapes: readonly Readonly<{ name: string }>[] }>;
  space: Readonly<{ dimensions: readonly Dimension[]; conditions: readonly string[] }>;
}>;

/** The newest first. */
export function sweepList(): RestSweep[] {
  const folder = sweepsFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => sweepAt(name) ?? [])
    .sort((a, b) => (a.made === b.made ? (a.sweep < b.sweep ? -1 : 1) : a.made < b.made ? 1 : -1));
}

/** Null: there is no such sweep. What is not finished has no best yet. */
export function sweepFound(name: string): RestSweepDetail | null {
  const row = sweepAt(name);
  if (row === null) return null;
  const kept = triedAt(name);
  if (kept === null)
    return {
      ...{ ...row, scored: 0, counted: 0, overfitting: { probability: null, reason: 'it is not finished', splits: null } },
      ...{ command: '', walked: false, peak: null, plateau: null, best: [] },
    };
  const { overfitting, command, walked, counted, best, plateau, trials } = kept;
  const shown = best.map((one) => judgedRow(kept, one));
  return {
    ...{ ...row, command, walked, counted, best: shown, peak: shown[0] ?? null },
    scored: trials.filter(({ score }) => score !== null).length,
    overfitting: {
      ...{ probability: overfitting.probability, reason: overfitting.reason },
      splits: overfitting.probability === null ? null : overfitting.splits,
    },
    plateau: plateau === null ? null : judgedRow(kept, plateau),
  };
}

export function plateauFound({ sweep, x, y, others }: PlateauAsked): RestPlateau | null {
  const row = sweepAt(sweep);
  if (row === null) return null;
  const kept = triedAt(sweep);
  if (kept === null)
    throw new QuestionRefused(`sweep ${sweep} is not finished`, null, 'the same command goes on where it stopped: npx retrace sweep …');
  const names = kept.dimensions.map(({ name }) => name);
  for (const [field, name] of [
    ['x', x],
    ['y', y],
  ] as const)
    if (!names.includes(name)) throw new QuestionRefused(`${name} did not vary`, field, `choose of ${names.join(', ')}`);
  if (x === y) throw new QuestionRefused('is the same as x', 'y', `choose two of ${names.join(', ')}`);
  const map = plateauCells(kept, kept.trials, x, y);
  const size = map.x.values.length * map.y.values.length;
  if (size > MOST_CELLS)
    throw new QuestionRefused(
      `${size} cells are no map; ${MOST_CELLS} are the most`,
      'x',
      'choose other parameters, or sweep in larger steps',
    );
  const [peak] = kept.best;
  return {
    ...{ sweep, others, x: { name: x, values: [...map.x.values] }, y: { name: y, values: [...map.y.values] } },
    cells: map.cells.map((line) => line.map((cell) => cellOf(kept, cell, others))),
    peak: peak === undefined ? null : ([...map.placeOf(peak)] as [number, number]),
    plateau: kept.plateau === null ? null : ([...map.placeOf(kept.plateau)] as [number, number]),
  };
}

function cellOf(kept: KeptSweep, cell: readonly KeptTrial[], others: 'median' | 'best'): RestPlateau['cells'][number][number] {
  const [first] = cell;
  if (first === undefined) return null;
  const best = cell.reduce((most, one) => (one.score! > most.score! ? one : most), first);
  const score = others === 'best' ? best.score! : median(cell.map((one) => one.score!))!;
  const { number, choice, run } = best;
  return { score: shownScore(kept, score)!, trials: cell.length, number, parameters: { ...choice }, run, kept: runsHere().has(run) };
}

const judgedRow = (kept: KeptSweep, { number, choice, score, neighbours, metrics, psr, deflated, run }: KeptJudged): RestSweepTrial => ({
  ...{ number, parameters: { ...choice }, score: shownScore(kept, score), metrics: { ...metrics }, psr, deflated },
  neighbours: { count: neighbours.count, median: shownScore(kept, neighbours.median) },
  ...{ run, kept: runsHere().has(run) },
});

/** As people read it: what is to be low was searched by its negative. */
const shownScore = ({ lowest }: Pick<KeptSweep, 'lowest'>, score: number | null): number | null =>
  score === null ? null : lowest ? 0 - score : score;

function sweepAt(name: string): RestSweep | null {
  const folder = join(sweepsFolder(), name);
  const identity = identityIn(join(folder, 'sweep.json'));
  if (identity === null) return null;
  const { method, objective, settings, space } = identity;
  const [tried, trials] = [join(folder, 'tried.json'), join(folder, 'trials.ndjson')];
  const finished = existsSync(tried);
  const newest = [tried, trials, join(folder, 'sweep.json')].find((path) => existsSync(path))!;
  return {
    ...{ sweep: name, finished, method, objective, lowest: LESS_IS_BETTER.has(objective) },
    made: new Date(statSync(newest).mtimeMs).toISOString(),
    strategy: settings.strategy.name,
    tapes: settings.tapes.map((tape) => tape.name),
    trials: trialsIn(folder, finished),
    dimensions: space.dimensions.map((dimension) => ({
      ...{ name: dimension.name, values: [...valuesAlong(dimension)], range: dimension.kind === 'range' },
    })),
    where: [...space.conditions],
  };
}

/** Null where there is none, or what is there says something else. */
function identityIn(path: string): Identity | null {
  if (!existsSync(path)) return null;
  const read = JSON.parse(readFileSync(path, 'utf8')) as Partial<Identity>;
  return read.space === undefined || read.settings === undefined ? null : (read as Identity);
}

/** A finished one says how many; of another its lines are counted, without holding them: each has a trial's daily returns. */
function trialsIn(folder: string, finished: boolean): number {
  if (finished) return (JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as { trials: number }).trials;
  const path = join(folder, 'trials.ndjson');
  if (!existsSync(path)) return 0;
  const file = openSync(path, 'r');
  try {
    const part = Buffer.alloc(PART_BYTES);
    let lines = 0;
    for (let read = readSync(file, part); read > 0; read = readSync(file, part))
      for (let at = part.indexOf(10); at !== -1 && at < read; at = part.indexOf(10, at + 1)) lines += 1;
    return lines;
  } finally {
    closeSync(file);
  }
}
const PART_BYTES = 256 * 1024;

/** Maps of the same sweep are asked for one after the other. */
let last: Readonly<{ key: string; kept: KeptSweep | null }> | null = null;
function triedAt(name: string): KeptSweep | null {
  const folder = join(sweepsFolder(), name);
  const path = join(folder, 'tried.json');
  const key = existsSync(path) ? `${folder} ${statSync(path).mtimeMs}` : folder;
  if (last?.key !== key) last = { key, kept: triedIn(folder) };
  return last.kept;
}
