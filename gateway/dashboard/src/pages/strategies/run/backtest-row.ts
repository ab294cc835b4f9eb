/** How a backtest stands: told once as it was begun or found, and pushed as it changes. */
import type { RestBacktest } from '#gateway/contracts/rest-runs.ts';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { api, type Problem } from '../../../api.ts';
import { useAsked } from '../../../asked.ts';
import { useRows } from '../../../live/live.ts';

export type BacktestNow = Pick<RowOf<'runs'>, 'backtest' | 'state' | 'share' | 'by' | 'run' | 'problem'>;
/** `refused`: why it is not told as it changes. */
export type Followed = Readonly<{ now: BacktestNow | null; error: Problem | null; refused: string | null }>;

export function useBacktest(id: string): Followed {
  const pushed = useRows('runs');
  const row = pushed.rows.find((told) => told.key === id)?.row ?? null;
  // only while nothing was pushed of it: one of an earlier life of the gateway is in no row
  const found = useAsked<RestBacktest>(row === null && (pushed.known || pushed.refused !== null) ? pathOf(id) : null);
  return { now: row ?? found.data ?? null, error: row === null ? found.error : null, refused: pushed.refused };
}

export const cancelBacktest = (id: string): Promise<RestBacktest> => api<RestBacktest>('DELETE', pathOf(id));

const pathOf = (id: string): string => `/api/v1/backtests/${encodeURIComponent(id)}`;
