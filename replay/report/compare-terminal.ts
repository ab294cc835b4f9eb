/** A comparison in the terminal, at most 80 columns, and as JSON. */
import type { JudgedTrade } from '#engine/portfolio/metrics/trading.ts';
import { type Currency, changeText, clip, metricText, moneyText, NOTHING, plain } from '#engine/run/figures.ts';
import type { RunFill } from '#engine/run/result.ts';
import { iso } from '../words.ts';
import type { Comparison, TradePair } from './compare.ts';
import { moneyOf } from './json.ts';
import { NO_PAINT, type Paint, WIDTH } from './terminal.ts';

const MOST_PAIRS = 12;

export function renderComparison(comparison: Comparison, money: Currency, paint: Paint = NO_PAINT): string {
  const lines = [
    paint.bold(clip(`a  ${comparison.runs.a}`, WIDTH)),
    paint.bold(clip(`b  ${comparison.runs.b}`, WIDTH)),
    comparison.sameHash ? 'The hashes are equal: every decision is the same.' : 'The hashes differ.',
    '',
    ...config(comparison, paint),
    ...fills(comparison, money, paint),
    ...trades(comparison, money, paint),
    ...metrics(comparison, money, paint),
  ];
  return `${lines.join('\n')}\n`;
}

/** Money as decimal strings, times as ISO. */
export function comparisonJson(comparison: Comparison, money: Currency): string {
  const text = moneyOf(money);
  const metrics = comparison.metrics.map((one) => {
    const told = (value: number | null) => (value === null || one.unit !== 'money' ? value : text(BigInt(Math.round(value))));
    return { ...one, a: told(one.a), b: told(one.b), delta: told(one.delta) };
  });
  const pairs = comparison.trades.pairs.map((pair) => ({ ...pair, a: withoutLegs(pair.a), b: withoutLegs(pair.b) }));
  const plainly = (key: string, value: unknown) =>
    typeof value === 'bigint' ? text(value) : /(time|timeUs)$/i.test(key) && typeof value === 'number' ? iso(value) : value;
  return `${JSON.stringify({ ...comparison, metrics, trades: { ...comparison.trades, pairs } }, plainly, 1)}\n`;
}

function withoutLegs(trade: JudgedTrade | null) {
  if (trade === null) return null;
  const { legs, ...rest } = trade;
  return rest;
}

function config({ config: rows }: Comparison, paint: Paint): string[] {
  if (rows.length === 0) return ['Asked for the same.', ''];
  return [
    paint.bold('Asked differently'),
    ...rows.flatMap(({ field, a, b }) => [
      `  ${field}`,
      `    a  ${clip(a ?? NOTHING, WIDTH - 7)}`,
      `    b  ${clip(b ?? NOTHING, WIDTH - 7)}`,
    ]),
    '',
  ];
}

function fills({ fills: { counts, firstDifferent } }: Comparison, money: Currency, paint: Paint): string[] {
  if (firstDifferent === null) return [`All ${plain(counts.a, 0)} fills are the same.`, ''];
  const { index, fields, a, b } = firstDifferent;
  const what = fields.length === 0 ? 'only one run has it' : `differs in ${fields.join(', ')}`;
  return [
    paint.bold(`First different fill: ${plain(index + 1, 0)} of ${plain(counts.a, 0)} and ${plain(counts.b, 0)}`),
    `  ${what}`,
    `    a  ${fillText(a, money)}`,
    `    b  ${fillText(b, money)}`,
    '',
  ];
}

function fillText(fill: RunFill | null, money: Currency): string {
  if (fill === null) return NOTHING;
  const { address, timeUs, instrument, side, lots, price, fee } = fill;
  return clip(`${iso(timeUs)} ${instrument} ${side} ${lots} lots at ${price} ticks, fee ${moneyText(fee, money)} (${address})`, WIDTH - 7);
}

function trades({ trades: { same, pairs } }: Comparison, money: Currency, paint: Paint): string[] {
  const count = (kind: TradePair['kind']) => pairs.filter((pair) => pair.kind === kind).length;
  const head = `Trades: ${plain(same, 0)} the same, ${plain(count('changed'), 0)} changed, ${plain(count('only a'), 0)} only in a, ${plain(count('only b'), 0)} only in b`;
  const more = pairs.length > MOST_PAIRS ? [paint.dim(`  and ${plain(pairs.length - MOST_PAIRS, 0)} more`)] : [];
  return [paint.bold(head), ...pairs.slice(0, MOST_PAIRS).map((pair) => pairText(pair, money)), ...more, ''];
}

function pairText({ kind, a, b }: TradePair, money: Currency): string {
  const { entryTime, instrument, side } = a ?? (b as JudgedTrade);
  const net = (trade: JudgedTrade | null) => (trade === null ? NOTHING : changeText(trade.net, money)).padStart(14);
  return `  ${kind.padEnd(8)} ${iso(entryTime).slice(0, 16)}  ${clip(instrument, 14).padEnd(14)} ${side.padEnd(5)} ${net(a)} ${net(b)}`;
}

function metrics({ metrics: rows }: Comparison, money: Currency, paint: Paint): string[] {
  const line = (name: string, a: string, b: string, delta: string) =>
    `${clip(name, 30).padEnd(30)}${a.padStart(16)}${b.padStart(16)}${delta.padStart(17)}`;
  const shown = rows.filter(({ a, b }) => a !== b);
  if (shown.length === 0) return ['Every metric is the same.'];
  const body = shown.map(({ name, unit, a, b, delta }) => {
    const text = (value: number | null) => metricText({ value, unit }, money);
    return line(name, text(a), text(b), delta === null ? NOTHING : `${delta > 0 ? '+' : ''}${text(delta)}`);
  });
  const left = rows.length - shown.length;
  return [
    paint.bold('Metrics'),
    paint.dim(line('', 'a', 'b', 'b − a')),
    ...body,
    ...(left === 0 ? [] : [paint.dim(`${left} others are the same`)]),
  ];
}
