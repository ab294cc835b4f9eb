/**
 * Everything a run is worth, in one pass: the metrics, and the series and tables that a report draws. A pure function of the result and
 * of what is asked: the same bytes in, the same numbers out.
 */
import { checkedResult, type EquitySeries, type RunResult } from '../../run/result.ts';
import { tradesOf } from '../../run/trades.ts';
import { buyAndHold } from './benchmark.ts';
import { type Bootstrap, bootstrapOf } from './bootstrap.ts';
import { type Breakdown, breakdownOf } from './breakdown.ts';
import { type Costs, costMetrics, costsOf } from './costs.ts';
import type { Metric } from './metric.ts';
import { type Performance, performanceOf } from './performance.ts';
import { type Rolling, rollingOf, windowFor } from './rolling.ts';
import { type Sampling, samplingOf } from './sampling.ts';
import { significanceMetrics, type Trials } from './significance.ts';
import { activityMetrics, type JudgedTrade, judged, tradeMetrics } from './trading.ts';

export type MetricGroup = Readonly<{ name: string; metrics: readonly Metric[] }>;

export type Measures = Readonly<{
  groups: readonly MetricGroup[];
  sampling: Sampling;
  performance: Performance;
  /** Buy and hold of the run's instruments; null with the reason where there is none. */
  benchmark: Readonly<{ series: EquitySeries; performance: Performance }> | null;
  noBenchmark: string | null;
  trades: readonly JudgedTrade[];
  breakdown: Breakdown;
  costs: Costs;
  rolling: Rolling;
  bootstrap: Bootstrap | null;
}>;

export type Asked = Readonly<{
  /** Seed and paths of the bootstrap of trades. */
  seed: number;
  paths: number;
  /** How many variants were tried before this one was chosen; null: not told. */
  trials: Trials | null;
}>;

export const ASKED_BY_DEFAULT: Asked = { seed: 1, paths: 1000, trials: null };

export function measure(given: RunResult, asked: Asked = ASKED_BY_DEFAULT): Measures {
  const result = checkedResult(given);
  const { equity, cash0, from, to } = result;
  const opening = Number(cash0);
  const sampling = samplingOf(result);
  const performance = performanceOf(equity, opening, from, to, sampling);
  const trades = judged(tradesOf(result), result);
  const held = buyAndHold(result);
  const benchmark = 'reason' in held ? null : { series: held, performance: performanceOf(held, opening, from, to, sampling) };
  const costs = costsOf(result);
  const own = (keys: readonly string[]) => keys.flatMap((key) => performance.metrics.filter((metric) => metric.key === key));
  return {
    groups: [
      { name: 'Return', metrics: own(['netProfit', 'totalReturn', 'cagr', 'volatility', 'sharpe', 'sortino', 'calmar']) },
      { name: 'Drawdown', metrics: own(['maxDrawdown', 'longestDrawdown', 'underwater']) },
      { name: 'Trades', metrics: tradeMetrics(trades) },
      { name: 'Activity', metrics: activityMetrics(result, trades) },
      { name: 'Costs', metrics: costMetrics(result, costs) },
      { name: CONFIDENCE, metrics: significanceMetrics(performance.daily.returns, asked.trials) },
      ...(benchmark === null ? [] : [{ name: 'Buy and hold', metrics: besides(benchmark.performance) }]),
    ],
    sampling,
    performance,
    benchmark,
    noBenchmark: 'reason' in held ? held.reason : null,
    trades,
    breakdown: breakdownOf(result, trades, performance.daily),
    costs,
    rolling: rollingOf(performance.daily, windowFor(performance.daily)),
    bootstrap: bootstrapOf(
      trades.filter(({ exitTime }) => exitTime !== null).map(({ net }) => Number(net)),
      opening,
      asked.seed,
      asked.paths,
    ),
  };
}

/** The same, judged as the best of so many trials. */
export function measuredAmong(measures: Measures, trials: Trials): Measures {
  const confidence = significanceMetrics(measures.performance.daily.returns, trials);
  return { ...measures, groups: measures.groups.map((group) => (group.name === CONFIDENCE ? { ...group, metrics: confidence } : group)) };
}

const CONFIDENCE = 'Confidence';

/** Every metric of every group, in order. */
export function allMetrics(measures: Measures): readonly Metric[] {
  return measures.groups.flatMap(({ metrics }) => metrics);
}

/** The metric of this key; the keys are the house's own, so a missing one is a broken program. */
export function metricOf(measures: Measures, key: string): Metric {
  const found = allMetrics(measures).find((one) => one.key === key);
  if (found === undefined) throw new RangeError(`no metric is called ${key}`);
  return found;
}

/** The same figures of the benchmark, under keys of their own; its profit is a float, so it is told as a return only. */
function besides({ metrics }: Performance): Metric[] {
  return metrics
    .filter(({ key }) => ['totalReturn', 'cagr', 'volatility', 'sharpe', 'sortino', 'maxDrawdown'].includes(key))
    .map((one) => ({
      ...one,
      key: `hold${(one.key[0] as string).toUpperCase()}${one.key.slice(1)}`,
      formula: `${one.formula}; of the cash spread evenly over the instruments at their first open and held, without fees`,
    }));
}
