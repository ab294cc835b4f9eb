/** Whether the best stands on a plateau or on a needle: what the trials beside it came to, and the same over two parameters as a map. */
import { type Choice, type Dimension, placeOf, type Space, type Value, valueAt } from './space.ts';

export type Ranked = Readonly<{ choice: Choice; score: number | null }>;
export type Neighbours = Readonly<{ count: number; median: number | null }>;

/** One step of a list in each parameter, or so much of a range. */
const NEAR = 0.05;

export function neighboursOf({ dimensions }: Space, trials: readonly Ranked[], { choice }: Ranked): Neighbours {
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
  const scores = near.flatMap(({ score }) => score ?? []);
  return { count: scores.length, median: median(scores) };
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
  const [x, y] = [xName, yName].map((name) => axisOf(dimensions.find((each) => each.name === name)!)) as [Axis, Axis];
  const cells = y.values.map(() => x.values.map((): number[] => []));
  for (const { choice, score } of trials) if (score !== null) cells[y.cellOf(choice[yName]!)]![x.cellOf(choice[xName]!)]!.push(score);
  return {
    x: { name: xName, values: x.values },
    y: { name: yName, values: y.values },
    scores: cells.map((row) => row.map(median)),
  };
}

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
