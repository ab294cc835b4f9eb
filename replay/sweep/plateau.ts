/** Whether the best stands on a plateau or on a needle: what the trials beside it came to, and the same over two parameters as a map. */
import { type Choice, type Dimension, placeOf, type Space, type Value, valueAt } from './space.ts';

export type Ranked = Readonly<{ choice: Choice; score: number | null }>;
export type Neighbours = Readonly<{ count: number; median: number | null }>;

/** One step of a list in each parameter, or so much of a range. */
const NEAR = 0.05;

export function neighboursOf(space: Space, trials: readonly Ranked[], of: Ranked): Neighbours {
  const scores = scoresNear(space, trials, of);
  return { count: scores.length, median: median(scores) };
}

function scoresNear({ dimensions }: Space, trials: readonly Ranked[], { choice }: Ranked): readonly number[] {
  const near = trials.filter((other) => {
    let isOther = false;
    for (const dimension of dimensions) {
      const [a, b] = [choice[dimension.name]!, other.choice[dimension.name]!];
      if (a === b) continue;
      isOther = true;
      if (!areNear(dimension, a, b)) return false;
    }
    return isOther;
  });
  return near.flatMap(({ score }) => score ?? []);
}

/** One that has fewer beside it stands alone, whatever it came to. */
const LEAST_BESIDE = 2;
/** Pairs that are looked at: of very many trials only the best are asked what stands beside them. */
const MOST_PAIRS = 5_000_000;
const LEAST_ASKED = 20;

/** Of all trials the one whose middle with its neighbours is best, of equals the better itself; null where none has enough beside it. */
export function plateauChoice<Trial extends Ranked>(space: Space, trials: readonly Trial[]): Trial | null {
  const scored = trials.filter(({ score }) => score !== null).sort((a, b) => b.score! - a.score!);
  const asked = scored.slice(0, Math.max(LEAST_ASKED, Math.floor(MOST_PAIRS / Math.max(1, trials.length))));
  let best: Readonly<{ trial: Trial; middle: number }> | null = null;
  for (const trial of asked) {
    const beside = scoresNear(space, trials, trial);
    if (beside.length < LEAST_BESIDE) continue;
    const middle = median([trial.score!, ...beside])!;
    if (best === null || middle > best.middle) best = { trial, middle };
  }
  return best?.trial ?? null;
}

function areNear(dimension: Dimension, a: Value, b: Value): boolean {
  if (dimension.kind === 'range') return Math.abs(placeOf(dimension, a) - placeOf(dimension, b)) <= NEAR;
  return dimension.ordered && Math.abs(dimension.values.indexOf(a) - dimension.values.indexOf(b)) === 1;
}

export type PlateauMap = Readonly<{
  x: Readonly<{ name: string; values: readonly Value[] }>;
  y: Readonly<{ name: string; values: readonly Value[] }>;
  /** By row of y, then column of x: the middle of all trials there; null where none has a score. */
  scores: readonly (readonly (number | null)[])[];
}>;

/** Cells of a range on the map. */
const CELLS = 16;

export function plateauMap({ dimensions }: Space, trials: readonly Ranked[], xName: string, yName: string): PlateauMap {
  const { x, y, cells } = plateauCells({ dimensions }, trials, xName, yName);
  return { x, y, scores: cells.map((row) => row.map((cell) => median(cell.map(({ score }) => score!)))) };
}

/** Those that have a score, in the cells of two parameters. */
export function plateauCells<Trial extends Ranked>(
  { dimensions }: Pick<Space, 'dimensions'>,
  trials: readonly Trial[],
  xName: string,
  yName: string,
): Readonly<{
  x: PlateauMap['x'];
  y: PlateauMap['y'];
  cells: readonly (readonly Trial[])[][];
  placeOf: (trial: Ranked) => readonly [number, number];
}> {
  const [x, y] = [xName, yName].map((name) => axisOf(dimensions.find((each) => each.name === name)!)) as [Axis, Axis];
  const cells = y.values.map(() => x.values.map((): Trial[] => []));
  const placeIn = ({ choice }: Ranked): readonly [number, number] => [y.cellOf(choice[yName]!), x.cellOf(choice[xName]!)];
  for (const trial of trials) {
    if (trial.score === null) continue;
    const [row, column] = placeIn(trial);
    cells[row]![column]!.push(trial);
  }
  return { x: { name: xName, values: x.values }, y: { name: yName, values: y.values }, cells, placeOf: placeIn };
}

/** What stands along a parameter. */
export const valuesAlong = (dimension: Dimension): readonly Value[] => axisOf(dimension).values;

type Axis = Readonly<{ values: readonly Value[]; cellOf: (value: Value) => number }>;

function axisOf(dimension: Dimension): Axis {
  if (dimension.kind === 'listed') return { values: dimension.values, cellOf: (value) => dimension.values.indexOf(value) };
  const values = Array.from({ length: CELLS }, (_, i) => Number(Number(valueAt(dimension, (i + 0.5) / CELLS)).toPrecision(4)));
  const cellOf = (value: Value): number => Math.min(CELLS - 1, Math.floor(CELLS * placeOf(dimension, value)));
  return { values, cellOf };
}

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
