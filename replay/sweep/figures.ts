/** What a sweep keeps of a trial: the metrics one can choose by, and its daily returns. The same figures a report shows, without what only a report needs. */
import { performanceOf } from '#engine/portfolio/metrics/performance.ts';
import { samplingOf } from '#engine/portfolio/metrics/sampling.ts';
import { sharpeFacts } from '#engine/portfolio/metrics/significance.ts';
import { activityMetrics, judged, tradeMetrics } from '#engine/portfolio/metrics/trading.ts';
import { checkedResult, type RunResult } from '#engine/run/result.ts';
import { tradesOf } from '#engine/run/trades.ts';

export type Figures = Readonly<{
  /** By key; null: there is no such value. */
  metrics: Readonly<Record<string, number | null>>;
  /** Days since 1970, and the return over each; null where equity was at or below zero. */
  days: readonly number[];
  returns: readonly number[] | null;
  /** Of a day, not of a year; null where it does not exist. */
  dailySharpe: number | null;
}>;

/** `before` is a result whose figures were told: what both share is not looked at again. */
export function figuresOf(given: RunResult, before: RunResult | null = null): Figures {
  const result = checkedResult(given, before);
  const { daily, metrics } = performanceOf(result.equity, Number(result.cash0), result.from, result.to, samplingOf(result));
  const trades = judged(tradesOf(result), result);
  const all = [...metrics, ...tradeMetrics(trades), ...activityMetrics(result, trades)];
  const facts = sharpeFacts(daily.returns);
  return {
    metrics: Object.fromEntries(all.map(({ key, value }) => [key, value])),
    days: [...daily.days],
    returns: daily.returns === null ? null : [...daily.returns],
    dailySharpe: 'reason' in facts ? null : facts.sharpe,
  };
}
