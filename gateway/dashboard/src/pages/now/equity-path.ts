/** The way an account's equity took since the page was opened, for a line a few pixels high. The numbers themselves are shown beside it. */

const MOST = 480;
type Point = readonly [at: number, equity: number];
export type EquityPaths = Map<string, Point[]>;

export function noteEquity(paths: EquityPaths, account: string, at: number, equity: number): void {
  let points = paths.get(account);
  if (points === undefined || (points.at(-1)?.[0] ?? 0) > at) paths.set(account, (points = [])); // a replay went back
  if (points.at(-1)?.[1] === equity && points.at(-2)?.[1] === equity) points.pop();
  points.push([at, equity]);
  // every other one of the older half goes: what is far away is seen coarsely
  if (points.length > MOST)
    paths.set(
      account,
      points.filter((_, n) => n % 2 === 0 || n > MOST / 2),
    );
}

/** Null where there is no line yet. */
export function equityPath(
  paths: EquityPaths,
  account: string,
  width: number,
  height: number,
): Readonly<{ line: string; said: string }> | null {
  const points = paths.get(account) ?? [];
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 3 || last[0] === first[0]) return null;
  let [low, high] = [first[1], first[1]];
  for (const [, equity] of points) {
    low = Math.min(low, equity);
    high = Math.max(high, equity);
  }
  const spread = high - low || 1;
  const at = ([us, equity]: Point) =>
    `${(((us - first[0]) / (last[0] - first[0])) * width).toFixed(1)} ${(height - 2 - ((equity - low) / spread) * (height - 4)).toFixed(1)}`;
  return {
    line: `M${points.map(at).join('L')}`,
    said: last[1] > first[1] ? 'it rose' : last[1] < first[1] ? 'it fell' : 'it is where it was',
  };
}
