/** Metrics over a window that moves through the days: whether a result was earned all along or in one lucky stretch. */
import type { DailySeries } from './sampling.ts';
import { deviation, mean } from './statistics.ts';

/** At the end of `days[i]`, over the window that ends there. NaN never stands in: null where it has no value. */
export type Rolling = Readonly<{
  window: number;
  days: readonly number[];
  sharpe: readonly (number | null)[];
  volatility: readonly number[];
}>;

/** Windows of `window` daily returns; empty where there are fewer. */
export function rollingOf(daily: DailySeries, window: number): Rolling {
  const [days, sharpe, volatility]: [number[], (number | null)[], number[]] = [[], [], []];
  const { returns } = daily;
  const root = Math.sqrt(daily.sampling.daysPerYear);
  if (returns !== null && window >= 2) {
    for (let end = window; end <= returns.length; end += 1) {
      const part = returns.subarray(end - window, end);
      const spread = deviation(part) as number;
      days.push(daily.days[end - 1] as number);
      volatility.push(spread * root);
      sharpe.push(spread === 0 ? null : ((mean(part) as number) / spread) * root);
    }
  }
  return { window, days, sharpe, volatility };
}

/** About a quarter of a year, or a third of a short run; never below five days. */
export function windowFor(daily: DailySeries): number {
  const quarter = Math.round(daily.sampling.daysPerYear / 4);
  return Math.max(5, Math.min(quarter, Math.floor(daily.days.length / 3)));
}
