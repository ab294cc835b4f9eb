/** How strong a cell of the map is drawn: by its place between the lowest and the highest score, so that one needle does not bleach the rest. */

/** 0 to 1 by rank among all scores; of equals the same. `lowest`: the lowest is best. */
export function strengthsOf(scores: readonly number[], lowest: boolean): (score: number) => number {
  const sorted = [...new Set(scores)].sort((a, b) => (lowest ? b - a : a - b));
  const place = new Map(sorted.map((score, at) => [score, sorted.length < 2 ? 1 : at / (sorted.length - 1)]));
  return (score) => place.get(score) ?? 0;
}

/** Two digits that matter, and no more than a cell has room for. */
export function scoreText(score: number): string {
  const size = Math.abs(score);
  return size >= 1_000
    ? score.toFixed(0)
    : size >= 100
      ? score.toFixed(1)
      : size >= 0.1 || size === 0
        ? score.toFixed(2)
        : score.toPrecision(2);
}

type Step = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'Home' | 'End';
/** The next cell that holds something in that direction; null: there is none. Rows are drawn with the highest value of y at the top. */
export function cellFrom(
  cells: readonly (readonly unknown[])[],
  [row, column]: readonly [number, number],
  step: string,
): readonly [number, number] | null {
  const [down, right] = STEPS[step as Step] ?? [0, 0];
  if (down === 0 && right === 0) return null;
  const far = step === 'Home' || step === 'End';
  let found: readonly [number, number] | null = null;
  for (let [y, x] = [row + down, column + right]; cells[y]?.[x] !== undefined; [y, x] = [y + down, x + right]) {
    if (cells[y]![x] === null) continue;
    found = [y, x];
    if (!far) break;
  }
  return found;
}
const STEPS: Readonly<Record<Step, readonly [number, number]>> = {
  ...{ ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] },
  ...{ Home: [0, -1], End: [0, 1] },
};
