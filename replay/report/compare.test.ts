import { expect, test } from 'vitest';
import { ASKED_BY_DEFAULT, measure } from '#engine/portfolio/metrics/measure.ts';
import type { RunResult } from '#engine/run/result.ts';
import { EMPTY, ETH, withFills } from '#tests/results/hand-run.ts';
import { madeRun } from '#tests/results/made-run.ts';
import { compareRuns } from './compare.ts';
import { comparisonJson, renderComparison } from './compare-terminal.ts';
import { renderComparisonHtml } from './html/compare-page.ts';

const judged = (result: RunResult) => ({ result, measures: measure(result, { ...ASKED_BY_DEFAULT, paths: 10 }) });
const MADE = madeRun({ days: 40, barMinutes: 240, tradeChance: 0.1 });
const base = { ...EMPTY, instruments: [ETH] };
const A = withFills(base, [
  ['buy', 10, 30_000, 1n],
  ['sell', 10, 31_000, 1n],
  ['buy', 10, 31_000, 1n],
  ['sell', 10, 30_000, 1n],
]);

test('a run beside itself differs in nothing', () => {
  const comparison = compareRuns(judged(MADE), judged(MADE));
  expect(comparison).toMatchObject({ sameHash: true, config: [], fills: { firstDifferent: null }, trades: { pairs: [] } });
  expect(comparison.trades.same).toBeGreaterThan(3);
  expect(comparison.metrics.every(({ delta, a }) => (a === null ? delta === null : delta === 0))).toBe(true);
  expect(renderComparison(comparison, MADE)).toContain('Every metric is the same.');
});

test('another numbering of the same fills is no difference', () => {
  const renumbered = { ...A, fills: A.fills.map((fill, i) => ({ ...fill, address: `${900 + i}.7` })) };
  expect(compareRuns(judged(A), judged(renumbered)).fills.firstDifferent).toBeNull();
});

test('the first fill that differs is named with what differs in it', () => {
  const b = withFills({ ...base, parameters: { ...base.parameters, seed: 8, extra: true }, runHash: '00'.repeat(32) }, [
    ['buy', 10, 30_000, 1n],
    ['sell', 10, 31_500, 2n],
    ['sell', 10, 31_000, 1n],
    ['buy', 10, 30_000, 1n],
    ['buy', 5, 30_000, 1n],
  ]);
  const comparison = compareRuns(judged(A), judged(b));
  expect(comparison.sameHash).toBe(false);
  expect(comparison.config.map(({ field, a, b: other }) => [field, a, other])).toEqual([
    ['parameters.seed', '7', '8'],
    ['parameters.extra', null, 'true'],
  ]);
  // 10 lots of 0.0001 a tick: 1,500 ticks more are 1.50 instead of 1.00.
  expect(comparison.fills.firstDifferent).toMatchObject({
    index: 1,
    fields: ['price', 'fee', 'realised'],
    a: { price: 31_000 },
    b: { price: 31_500 },
  });
  expect(comparison.trades.same).toBe(0);
  expect(comparison.trades.pairs.map(({ kind, fields }) => [kind, fields])).toEqual([
    ['changed', ['exitPrice', 'realised', 'fees', 'net']],
    ['only a', []],
    ['only b', []],
    ['only b', []],
  ]);
  const delta = comparison.metrics.find(({ key }) => key === 'trades');
  expect(delta).toMatchObject({ a: 2, b: 2, delta: 0 });
  const fees = comparison.metrics.find(({ key }) => key === 'fees');
  expect(fees).toMatchObject({ a: 4, b: 6, delta: 2 });

  const text = renderComparison(comparison, A);
  expect(text).toContain('First different fill: 2 of 4 and 5');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const json = JSON.parse(comparisonJson(comparison, A));
  expect(json.metrics.find(({ key }: { key: string }) => key === 'fees')).toMatchObject({ a: '0.04', b: '0.06', delta: '0.02' });
  expect(json.fills.firstDifferent.a.fee).toBe('0.01');
  expect(json.fills.firstDifferent.a.timeUs).toMatch(/^2026-01-01T01:00:00Z$/);
});

test('one run with more fills differs where the other ends', () => {
  const longer = withFills(base, [
    ['buy', 10, 30_000, 1n],
    ['sell', 10, 31_000, 1n],
    ['buy', 10, 31_000, 1n],
    ['sell', 10, 30_000, 1n],
    ['buy', 1, 30_000, 0n],
  ]);
  expect(compareRuns(judged(A), judged(longer)).fills.firstDifferent).toMatchObject({ index: 4, fields: [], a: null, b: { lots: 1 } });
});

test('runs in two currencies are not compared', () => {
  const instruments = A.instruments.map((one) => ({ ...one, currency: 'EUR' }));
  expect(() => compareRuns(judged(A), judged({ ...A, run: 'other', currency: 'EUR', instruments }))).toThrow(
    'other in EUR; compare runs of one currency',
  );
});

test('as a page: every difference, nothing from the network, the same twice', () => {
  const other = madeRun({ days: 40, barMinutes: 240, tradeChance: 0.1, seed: 8 });
  const [a, b] = [judged(MADE), judged(other)];
  const page = renderComparisonHtml(a, b);
  expect(page).toBe(renderComparisonHtml(judged(MADE), judged(other)));
  expect(page).not.toMatch(/https?:|src=|url\(|NaN|Infinity|undefined/);
  const comparison = compareRuns(a, b);
  for (const { field } of comparison.config) expect(page).toContain(field);
  for (const { name } of comparison.metrics) expect(page).toContain(`>${name}<`);
  expect(page).toContain(`Fill ${(comparison.fills.firstDifferent?.index ?? 0) + 1} of`);
  expect(renderComparisonHtml(a, a)).toContain('fills are the same');
});
