/** How a backtest stands: told once as it was begun or found, and pushed as it changes. The one place that knows which topic pushes it. */
import type { RestBacktest } from '#gateway/contracts/rest-runs.ts';
import { api, type Problem } from '../../../api.ts';
import { useAsked } from '../../../asked.ts';
import { useRows } from '../../../live/live.ts';

/** What of it is pushed. */
export type BacktestNow = Pick<RestBacktest, 'backtest' | 'state' | 'by' | 'run' | 'problem' | 'askedAt' | 'startedAt' | 'endedAt'> &
  Readonly<{ share: number | null }>;

export type Followed = Readonly<{ now: BacktestNow | null; error: Problem | null; refused: string | null }>;

export function useBacktest(id: string): Followed {
  const pushed = useRows('runs');
  const begun = useAsked<RestBacktest>(`/api/v1/backtests/${encodeURIComponent(id)}`);
  const row = (pushed.rows.map((told) => told.row) as unknown as readonly BacktestNow[]).find(({ backtest }) => backtest === id);
  return { now: row ?? begun.data ?? null, error: row === undefined ? begun.error : null, refused: pushed.refused };
}

export const cancelBacktest = (id: string): Promise<RestBacktest> =>
  api<RestBacktest>('DELETE', `/api/v1/backtests/${encodeURIComponent(id)}`);
