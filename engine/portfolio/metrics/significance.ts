/**
 * How far a Sharpe ratio can be believed. Sharpe ratios here are per return (a day), not per year.
 * After Bailey and López de Prado: the probabilistic Sharpe ratio ("The Sharpe Ratio Efficient Frontier", Journal of Risk, 2012) and
 * the deflated one, which asks the same of the best of many trials ("The Deflated Sharpe Ratio", Journal of Portfolio Management, 2014).
 */
import { type Metric, type MetricInput, metric, type Undefined, undefinedBecause } from './metric.ts';
import { deviation, kurtosis, mean, normalBelow, normalQuantile, skewness } from './statistics.ts';

/** How often was something tried before this run was shown? Sharpe ratios per return where they are known, else the number alone. */
export type Trials = Readonly<{ count: number; sharpes: readonly number[] | null }>;

export type SharpeFacts = Readonly<{ sharpe: number; returns: number; skewness: number; kurtosis: number }>;

export function sharpeFacts(returns: ArrayLike<number> | null): SharpeFacts | Undefined {
  if (returns === null) return undefinedBecause('equity was at or below zero');
  const [average, spread, skew, kurt] = [mean(returns), deviation(returns), skewness(returns), kurtosis(returns)];
  if (average === null || spread === null) return undefinedBecause('fewer than two daily returns');
  if (spread === 0 || skew === null || kurt === null) return undefinedBecause('the daily returns do not vary');
  return { sharpe: average / spread, returns: returns.length, skewness: skew, kurtosis: kurt };
}

/** The probability that the true Sharpe ratio is above `benchmark`, given the sample's length and shape. */
export function probabilisticSharpe(facts: SharpeFacts, benchmark: number): number | Undefined {
  const { sharpe, returns, skewness: skew, kurtosis: kurt } = facts;
  const variance = 1 - skew * sharpe + ((kurt - 1) / 4) * sharpe * sharpe;
  if (!(variance > 0)) return undefinedBecause('the returns are too lopsided for this estimate');
  return normalBelow(((sharpe - benchmark) * Math.sqrt(returns - 1)) / Math.sqrt(variance));
}

/** The Sharpe ratio that the best of `trials` without any skill is expected to show, when their ratios vary by `variance`. */
export function expectedBest(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  const first = normalQuantile(1 - 1 / trials);
  const second = normalQuantile(1 - 1 / (trials * EULER));
  return Math.sqrt(variance) * ((1 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second);
}

/** The probabilistic Sharpe ratio against the best that luck alone would show. */
export function deflatedSharpe(facts: SharpeFacts, trials: Trials): number | Undefined {
  return probabilisticSharpe(facts, expectedBest(trials.count, trialVariance(facts, trials)));
}

/** Of the trials' own Sharpe ratios; else that of an estimate without skill, 1 ÷ (returns − 1). */
export function trialVariance(facts: SharpeFacts, { sharpes }: Trials): number {
  const spread = sharpes === null ? null : deviation(sharpes);
  return spread === null ? 1 / (facts.returns - 1) : spread * spread;
}

export function significanceMetrics(returns: ArrayLike<number> | null, trials: Trials | null): Metric[] {
  const facts = sharpeFacts(returns);
  const known = !('reason' in facts);
  const inputs: MetricInput[] = known
    ? [
        ['Sharpe ratio per day', facts.sharpe],
        ['daily returns', facts.returns],
        ['skewness', facts.skewness],
        ['kurtosis', facts.kurtosis],
      ]
    : [];
  const psr = known ? probabilisticSharpe(facts, 0) : facts;
  const untold = undefinedBecause('the number of trials behind this run was not given');
  const deflated = known ? (trials === null ? untold : deflatedSharpe(facts, trials)) : facts;
  const best = known && trials !== null ? expectedBest(trials.count, trialVariance(facts, trials)) : null;
  return [
    metric(
      {
        key: 'psr',
        name: 'Probabilistic Sharpe ratio',
        unit: 'fraction',
        formula:
          'Φ((SR − 0) × √(n − 1) ÷ √(1 − skewness × SR + (kurtosis − 1) ÷ 4 × SR²)), SR per day: the probability that the true ratio is above 0',
      },
      psr,
      inputs,
    ),
    metric(
      {
        key: 'deflatedSharpe',
        name: 'Deflated Sharpe ratio',
        unit: 'fraction',
        formula: 'the same against the ratio that the best of all trials is expected to show by luck alone, instead of against 0',
      },
      deflated,
      [...inputs, ['trials', trials?.count ?? null], ['best expected by luck, per day', best]],
    ),
  ];
}

const EULER = 2.718281828459045;
const EULER_MASCHERONI = 0.5772156649015329;
