/**
 * Return and risk of one series of equity, whether a run's or what it is compared with. Yearly figures come from daily returns and the
 * sampling's days a year; the risk-free rate is 0 and said so. Short runs get no yearly growth: a week multiplied by 52 says nothing.
 */
import { pow } from '../../math.ts';
import type { EquitySeries } from '../../run/result.ts';
import { DAY_US } from '../../values.ts';
import { type Drawdown, type Underwater, underwater, worst } from './drawdown.ts';
import { amount, type Metric, type MetricInput, metric, orNull, quotient, type Undefined, undefinedBecause } from './metric.ts';
import { DAYS_IN_A_YEAR, type DailySeries, dailySeries, type Sampling } from './sampling.ts';
import { deviation, mean, sum } from './statistics.ts';

export type Performance = Readonly<{ daily: DailySeries; underwater: Underwater; metrics: readonly Metric[] }>;

/** A shorter run has no yearly growth. */
export const LEAST_DAYS_FOR_YEARLY_GROWTH = 30;

export function performanceOf(series: EquitySeries, opening: number, from: number, to: number, sampling: Sampling): Performance {
  const daily = dailySeries(sampling, series, opening, from);
  const under = underwater(series.time, series.minor, opening, from);
  const last = series.minor.length === 0 ? opening : (series.minor[series.minor.length - 1] as number);
  const elapsedDays = (to - from) / DAY_US;
  return {
    daily,
    underwater: under,
    metrics: [...growth(opening, last, elapsedDays, under), ...risk(daily), ...depths(under, to - from)],
  };
}

function growth(opening: number, last: number, elapsedDays: number, under: Underwater): Metric[] {
  const money: MetricInput[] = [
    ['equity at the end', amount(last)],
    ['cash at the start', amount(opening)],
  ];
  const total = opening > 0 ? (last - opening) / opening : undefinedBecause('the run began without cash');
  const cagr = yearlyGrowth(opening, last, elapsedDays);
  const deepest = deepestOf(under);
  const depth = under.depth === null ? undefinedBecause('the run began without cash') : (deepest?.depth ?? 0);
  return [
    metric(
      { key: 'netProfit', name: 'Net profit', unit: 'money', formula: 'equity at the end − cash at the start' },
      last - opening,
      money,
    ),
    metric({ key: 'totalReturn', name: 'Total return', unit: 'fraction', formula: 'net profit ÷ cash at the start' }, total, money),
    metric(
      {
        key: 'cagr',
        name: 'Yearly growth (CAGR)',
        unit: 'fraction',
        formula: `(equity at the end ÷ cash at the start) ^ (${DAYS_IN_A_YEAR} ÷ days) − 1`,
      },
      cagr,
      [...money, ['days', elapsedDays]],
    ),
    metric(
      { key: 'calmar', name: 'Calmar ratio', unit: 'ratio', formula: 'yearly growth ÷ deepest drawdown' },
      quotient(cagr, depth, 'there was no drawdown'),
      [
        ['yearly growth', orNull(cagr)],
        ['deepest drawdown', orNull(depth)],
      ],
    ),
  ];
}

function yearlyGrowth(opening: number, last: number, elapsedDays: number): number | Undefined {
  if (!(opening > 0)) return undefinedBecause('the run began without cash');
  if (elapsedDays < LEAST_DAYS_FOR_YEARLY_GROWTH) return undefinedBecause(`the run is shorter than ${LEAST_DAYS_FOR_YEARLY_GROWTH} days`);
  if (!(last > 0)) return undefinedBecause('equity ended at or below zero');
  const value = pow(last / opening, DAYS_IN_A_YEAR / elapsedDays) - 1;
  return Number.isFinite(value) ? value : undefinedBecause('the growth is beyond what a number holds');
}

function risk({ returns, sampling }: DailySeries): Metric[] {
  const { daysPerYear } = sampling;
  const n = returns?.length ?? 0;
  const few = returns === null ? undefinedBecause('equity was at or below zero') : undefinedBecause('fewer than two daily returns');
  const average = (returns === null ? null : mean(returns)) ?? few;
  const spread = (returns === null ? null : deviation(returns)) ?? few;
  const below = returns === null || n < 2 ? few : Math.sqrt(sum(returns.map((r) => (r < 0 ? r * r : 0))) / n);
  const root = Math.sqrt(daysPerYear);
  const inputs: MetricInput[] = [
    ['mean daily return', orNull(average)],
    ['deviation of daily returns', orNull(spread)],
    ['daily returns', n],
    ['days a year', daysPerYear],
    ['risk-free rate', 0],
  ];
  const yearly = (daily: number | Undefined) => (typeof daily === 'number' ? daily * root : daily);
  return [
    metric(
      { key: 'volatility', name: 'Yearly volatility', unit: 'fraction', formula: 'deviation of daily returns (n − 1) × √ days a year' },
      yearly(spread),
      inputs.slice(1, 4),
    ),
    metric(
      {
        key: 'sharpe',
        name: 'Sharpe ratio',
        unit: 'ratio',
        formula: '(mean daily return − risk-free rate) ÷ deviation of daily returns × √ days a year',
      },
      yearly(quotient(average, spread, 'the daily returns do not vary')),
      inputs,
    ),
    metric(
      {
        key: 'sortino',
        name: 'Sortino ratio',
        unit: 'ratio',
        formula: 'mean daily return ÷ √(mean of the squares of negative daily returns, over all days) × √ days a year',
      },
      yearly(quotient(average, below, 'no daily return is negative')),
      [['mean daily return', orNull(average)], ['downside deviation', orNull(below)], ...inputs.slice(2)],
    ),
  ];
}

function depths(under: Underwater, elapsedUs: number): Metric[] {
  const none = undefinedBecause('the run began without cash');
  const known = under.depth !== null;
  const deepest = deepestOf(under);
  const longest = under.drawdowns.reduce((most, { lengthUs }) => Math.max(most, lengthUs), 0);
  const inputs: MetricInput[] = [
    ['drawdowns', under.drawdowns.length],
    ['deepest, as an amount', amount(deepest?.amount ?? 0)],
  ];
  return [
    metric(
      {
        key: 'maxDrawdown',
        name: 'Deepest drawdown',
        unit: 'fraction',
        formula: 'largest of (peak − equity) ÷ peak, over all bar closes; the first peak is the cash at the start',
      },
      known ? (deepest?.depth ?? 0) : none,
      inputs,
    ),
    metric(
      {
        key: 'longestDrawdown',
        name: 'Longest drawdown',
        unit: 'days',
        formula: 'longest time from a peak to the next new peak, or to the end',
      },
      known ? longest / DAY_US : none,
      inputs.slice(0, 1),
    ),
    metric(
      {
        key: 'underwater',
        name: 'Time under water',
        unit: 'fraction',
        formula: 'time below the highest equity so far ÷ length of the run',
      },
      known ? quotient(under.underwaterUs, elapsedUs, 'the run has no length') : none,
      [
        ['days below', under.underwaterUs / DAY_US],
        ['days', elapsedUs / DAY_US],
      ],
    ),
  ];
}

const deepestOf = ({ drawdowns }: Underwater): Drawdown | undefined => worst(drawdowns, 1)[0];
