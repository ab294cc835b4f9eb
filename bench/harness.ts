/** What every workload shares: its size, rounds in turn, medians, and the one document it prints. Progress goes to stderr. */
export type Row = Readonly<{
  name: string;
  value: number;
  unit: string;
  ratio: number | null;
  against: string | null;
  equal: boolean | null;
}>;
export type Size = 'smoke' | 'full';

export const size: Size = process.argv.includes('smoke') ? 'smoke' : 'full';
export const sized = <T>(smoke: T, full: T): T => (size === 'smoke' ? smoke : full);

export const tell = (line: string): void => void process.stderr.write(`  ${line}\n`);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

/** Seconds of one call. */
export async function seconds(run: () => unknown): Promise<number> {
  const begin = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

/** Runs the contenders in turn, round after round, so that a machine whose speed drifts drifts for all; returns each one's seconds. */
export async function inTurn(rounds: number, contenders: Readonly<Record<string, () => unknown>>): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = {};
  for (const name of Object.keys(contenders)) times[name] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      (globalThis as { gc?: () => void }).gc?.();
      times[name].push(await seconds(run));
    }
  }
  return times;
}

/** The ratio pair by pair: what a noisy machine leaves comparable. */
export const medianRatio = (slower: readonly number[], faster: readonly number[]): number =>
  median(slower.map((time, round) => faster[round] / time));

export function finish(workload: string, rows: readonly Row[]): void {
  const ok = rows.every(({ equal }) => equal !== false);
  process.stdout.write(`${JSON.stringify({ ok, workload, rows })}\n`);
  process.exitCode = ok ? 0 : 1;
}
