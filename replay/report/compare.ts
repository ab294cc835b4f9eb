/**
 * Two runs beside each other: what was asked differently, the first fill that differs, which trades came, went or changed, and what that
 * did to every metric. Compares what happened, not addresses: another numbering of the same fills is no difference.
 */
import { allMetrics, type Measures } from '#engine/portfolio/metrics/measure.ts';
import type { MetricUnit } from '#engine/portfolio/metrics/metric.ts';
import type { JudgedTrade } from '#engine/portfolio/metrics/trading.ts';
import { BadResult, type RunFill, type RunResult } from '#engine/run/result.ts';
import { iso } from '../words.ts';
import { moneyOf } from './json.ts';

/** The same thing of both runs. */
export type Pair<T> = Readonly<{ a: T; b: T }>;

export type Comparison = Readonly<{
  runs: Pair<string>;
  /** The hashes over all decisions are equal: nothing differs anywhere. */
  sameHash: boolean;
  /** Fields of what was asked, where they differ; null: not there. */
  config: readonly (Readonly<{ field: string }> & Pair<string | null>)[];
  fills: Readonly<{ counts: Pair<number>; firstDifferent: FillDifference | null }>;
  trades: Readonly<{ same: number; pairs: readonly TradePair[] }>;
  /** Of every metric either run has; `delta` is b − a where both have a value. */
  metrics: readonly MetricDelta[];
}>;

/** `fields` say what differs; empty where one run has no such fill. */
export type FillDifference = Readonly<{ index: number; fields: readonly string[] }> & Pair<RunFill | null>;

/** A trade that only one run has, or that both have but not alike. Trades are the same one by strategy, instrument, side and entry time. */
export type TradePair = Readonly<{ kind: 'changed' | 'only a' | 'only b'; fields: readonly string[] }> & Pair<JudgedTrade | null>;

export type MetricDelta = Readonly<{ key: string; name: string; unit: MetricUnit; delta: number | null }> & Pair<number | null>;

export type Judged = Readonly<{ result: RunResult; measures: Measures }>;

export function compareRuns(a: Judged, b: Judged): Comparison {
  const [left, right] = [a.result, b.result];
  if (left.currency !== right.currency || left.currencyScale !== right.currencyScale)
    throw new BadResult(`currency: ${left.run} is in ${left.currency}, ${right.run} in ${right.currency}; compare runs of one currency`);
  return {
    runs: { a: a.result.run, b: b.result.run },
    sameHash: a.result.runHash === b.result.runHash,
    config: configDifferences(a.result, b.result),
    fills: {
      counts: { a: a.result.fills.length, b: b.result.fills.length },
      firstDifferent: firstDifferentFill(a.result.fills, b.result.fills),
    },
    trades: tradeDifferences(a.measures.trades, b.measures.trades),
    metrics: metricDeltas(a.measures, b.measures),
  };
}

function configDifferences(a: RunResult, b: RunResult): Comparison['config'] {
  const [ofA, ofB] = [configOf(a), configOf(b)];
  return [...new Set([...ofA.keys(), ...ofB.keys()])]
    .map((field) => ({ field, a: ofA.get(field) ?? null, b: ofB.get(field) ?? null }))
    .filter((row) => row.a !== row.b);
}

function configOf(result: RunResult): Map<string, string> {
  const money = moneyOf(result);
  return new Map<string, string>([
    ['strategy', result.strategy],
    ...Object.entries(result.parameters).map(([name, value]) => [`parameters.${name}`, String(value)] as const),
    ...result.instruments.map((instrument) => [`instruments.${instrument.id}`, JSON.stringify(instrument)] as const),
    ['cashAtStart', `${money(result.cash0)} ${result.currency}`],
    ['from', iso(result.from)],
    ['to', iso(result.to)],
    ['bars', String(result.bars)],
    ['ticks', String(result.ticks)],
  ]);
}

const FILL_FIELDS = ['timeUs', 'instrument', 'strategy', 'side', 'lots', 'price', 'fee', 'maker', 'realised'] as const;

function firstDifferentFill(a: readonly RunFill[], b: readonly RunFill[]): FillDifference | null {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index] ?? null, b[index] ?? null];
    if (left === null || right === null) return { index, fields: [], a: left, b: right };
    const fields = FILL_FIELDS.filter((field) => left[field] !== right[field]);
    if (fields.length > 0) return { index, fields, a: left, b: right };
  }
  return null;
}

const TRADE_FIELDS = ['exitTime', 'lots', 'largest', 'entryPrice', 'exitPrice', 'realised', 'unrealised', 'fees', 'net'] as const;

/** In the order of their entries; where both entered at one instant, a's first. */
function tradeDifferences(a: readonly JudgedTrade[], b: readonly JudgedTrade[]): Comparison['trades'] {
  const waiting = new Map<string, JudgedTrade[]>();
  for (const trade of b) {
    const key = keyOf(trade);
    const same = waiting.get(key);
    if (same === undefined) waiting.set(key, [trade]);
    else same.push(trade);
  }
  let same = 0;
  const pairs: TradePair[] = [];
  for (const trade of a) {
    const other = waiting.get(keyOf(trade))?.shift() ?? null;
    if (other === null) {
      pairs.push({ kind: 'only a', fields: [], a: trade, b: null });
      continue;
    }
    const fields = TRADE_FIELDS.filter((field) => trade[field] !== other[field]);
    if (fields.length === 0) same += 1;
    else pairs.push({ kind: 'changed', fields, a: trade, b: other });
  }
  for (const rest of waiting.values()) for (const trade of rest) pairs.push({ kind: 'only b', fields: [], a: null, b: trade });
  const entered = (pair: TradePair) => (pair.a ?? (pair.b as JudgedTrade)).entryTime;
  return { same, pairs: pairs.sort((x, y) => entered(x) - entered(y)) };
}

const keyOf = ({ strategy, instrument, side, entryTime }: JudgedTrade): string => `${strategy} ${instrument} ${side} ${entryTime}`;

function metricDeltas(a: Measures, b: Measures): readonly MetricDelta[] {
  const [ofA, ofB] = [named(a), named(b)];
  return [...new Set([...ofA.keys(), ...ofB.keys()])].map((key) => {
    const { name, unit } = (ofA.get(key) ?? ofB.get(key)) as { name: string; unit: MetricUnit };
    const [left, right] = [ofA.get(key)?.value ?? null, ofB.get(key)?.value ?? null];
    return { key, name, unit, a: left, b: right, delta: left === null || right === null ? null : right - left + 0 };
  });
}

const named = (measures: Measures) => new Map(allMetrics(measures).map((metric) => [metric.key, metric]));
