import { describe, expect, test } from 'vitest';
import { ASKED_BY_DEFAULT, allMetrics, measure, metricOf } from '#engine/portfolio/metrics/measure.ts';
import { plain } from '#engine/run/figures.ts';
import { lastEquity, type RunResult } from '#engine/run/result.ts';
import type { Minor } from '#engine/values.ts';
import { EMPTY } from '#tests/results/hand-run.ts';
import { madeRun } from '#tests/results/made-run.ts';
import { GATE_VALUE_ASSUMES } from '../gate-value.ts';
import { renderHtml } from './html/page.ts';
import { reportJson } from './json.ts';
import { sparkline } from './sparkline.ts';
import { renderTerminal } from './terminal.ts';

const SHORT = { days: 70, barMinutes: 240, tradeChance: 0.1 };
const reported = (result: RunResult) => ({ result, measures: measure(result, { ...ASKED_BY_DEFAULT, paths: 50 }) });
const RUNS: readonly (readonly [string, RunResult])[] = [
  ['an ordinary run', madeRun(SHORT)],
  ['a short one', madeRun({ ...SHORT, days: 2 })],
  ['one without trades', madeRun({ ...SHORT, tradeChance: 0 })],
  ['one without anything', EMPTY],
  ['one that paid for what it held', { ...madeRun(SHORT), carry: { borrow: 700n as Minor, funding: -300n as Minor } }],
  [
    'one that is ruined',
    {
      ...madeRun(SHORT),
      equity: { time: madeRun(SHORT).equity.time, minor: madeRun(SHORT).equity.minor.map((value, i) => (i > 30 ? -value : value)) },
    },
  ],
];

test('a sparkline rises with its values and ends with the last', () => {
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([0, 0, 10, 0], 2)).toHaveLength(2);
  expect(sparkline([0, 9, 0, 9], 2)).toBe('▅▅'); // the last of each half is 9
  expect(sparkline([], 8)).toBe('');
});

describe.each(RUNS)('%s', (_name, result) => {
  const { measures } = reported(result);

  test('in the terminal: 80 columns, no colour, and every value of its metrics', () => {
    const text = renderTerminal(result, measures);
    expect(text).not.toContain('\x1b');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toContain(result.runHash);
    expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test('as a page: whole, alone in the world, and the same twice', () => {
    const page = renderHtml(result, measures);
    expect(page).toBe(renderHtml(result, reported(result).measures));
    expect(page).not.toMatch(/https?:|src=|url\(|@import|<link/);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    expect(unbalanced(page)).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, anchor] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(anchor);
    for (const { key, name } of allMetrics(measures))
      expect([key, page.includes(`id="metric-${key}"`) && page.includes(name.replace('>', '&#62;'))]).toEqual([key, true]);
    for (const [, json] of page.matchAll(/<script type="application\/json">([^<]*)<\/script>/g))
      expect(() => JSON.parse(json as string)).not.toThrow();
  });

  test('as JSON: money in decimal strings that add up, and the same twice', () => {
    const text = reportJson(result, measures);
    expect(text).toBe(reportJson(result, reported(result).measures));
    const report = JSON.parse(text);
    const cents = (amount: string) => {
      expect(amount).toMatch(/^-?\d+\.\d{2}$/);
      return BigInt(amount.replace('.', ''));
    };
    const change = lastEquity(result) - result.cash0;
    expect(cents(report.run.equityAtEnd) - cents(report.run.cashAtStart)).toBe(change);
    for (const parts of [report.parts.instruments, report.parts.sides]) {
      expect(parts.reduce((sum: bigint, { net }: { net: string }) => sum + cents(net), cents(report.parts.unexplained))).toBe(change);
    }
    expect(report.days.reduce((sum: bigint, day: { change: string }) => sum + cents(day.change), 0n)).toBe(change);
    for (const metric of report.metrics)
      expect([metric.key, metric.value === null ? typeof metric.reason : metric.reason]).toEqual([
        metric.key,
        metric.value === null ? 'string' : null,
      ]);
    expect(report.trades).toHaveLength(measures.trades.length);
  });
});

test('what a person named never becomes a tag', () => {
  const result = {
    ...madeRun(SHORT),
    strategy: '<script>alert(1)</script>',
    run: '"><img>',
    parameters: { '<b>': '</script><i>' },
    refusals: [{ clause: '<u>', count: 1 }],
  };
  const page = renderHtml(result, reported(result).measures);
  expect(page).not.toMatch(/<script>alert|<img|<b>'|<i>|<u>/);
  expect(unbalanced(page)).toEqual([]);
});

test('money that trades do not explain is shown, not spread', () => {
  const base = madeRun(SHORT);
  const minor = base.equity.minor.slice();
  minor[minor.length - 1] = (minor[minor.length - 1] as number) - 12_345;
  const result = { ...base, equity: { ...base.equity, minor } };
  const { measures } = reported(result);
  expect(measures.breakdown.unexplained).toBe(-12_345n as Minor);
  expect(renderTerminal(result, measures)).toMatch(/not from trades +−123\.45/);
  expect(renderHtml(result, measures)).toContain('Not from trades');
});

test('the page says what the measures say', () => {
  const result = madeRun(SHORT);
  const { measures } = reported(result);
  const page = renderHtml(result, measures);
  const sharpe = metricOf(measures, 'sharpe');
  const row = /<details id="metric-sharpe">.*?<\/details>/.exec(page)?.[0] ?? '';
  expect(row).toContain(plain(sharpe.value as number, 2));
  for (const [name] of sharpe.inputs) expect(row).toContain(name);
  expect(page).toContain(`seed ${ASKED_BY_DEFAULT.seed}.`);
});

test('what each fill was meant at, its slippage, the first stop and R stand on the page', () => {
  const result = madeRun(SHORT);
  const { measures } = reported(result);
  const page = renderHtml(result, measures);
  const rowsOf = (id: string) =>
    [...new RegExp(`<section id="${id}".*?</section>`).exec(page)![0].matchAll(/<tr>(.*?)<\/tr>/g)]
      .slice(1)
      .map(([, row]) => [...row!.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, cell]) => cell!));
  const fills = rowsOf('fills');
  expect(fills).toHaveLength(Math.min(400, result.fills.length));
  fills.forEach((row, i) => {
    const { intended, stop } = result.fills[i]!;
    expect([row[6] === '–', row[7], row[8] === '–', row[10] === '–']).toEqual([
      intended === null,
      intended?.by ?? '–',
      intended === null,
      stop === null,
    ]);
  });
  const trades = rowsOf('trades');
  trades.forEach((row, i) => {
    const { stop, r, slippage } = measures.trades[i]!;
    expect([row[9] === '–', row[13] === '–', row[14] === '–']).toEqual([slippage === null, stop === null, r === null]);
  });
});

test('what the gate was worth stands on the page where somebody asked, with what is taken for granted in it', () => {
  const result = madeRun(SHORT);
  const { measures } = reported(result);
  expect(renderHtml(result, measures)).not.toContain('id="gate"');
  expect(renderHtml(result, measures, [])).toContain('It refused nothing.');
  const page = renderHtml(result, measures, [
    { guard: 'collar', refused: 3, moreFills: -2, value: 123_456n as Minor },
    { guard: 'other', refused: 1, moreFills: null, value: null },
  ]);
  expect(unbalanced(page)).toEqual([]);
  expect(page).toContain('+1,234.56');
  expect(page).toContain('other reasons');
  for (const text of GATE_VALUE_ASSUMES) expect(page).toContain(text);
});

/** Tags that are closed without being open, or never closed. */
function unbalanced(page: string): string[] {
  const VOID = new Set(['meta', 'br', 'path', '!doctype']);
  const open: string[] = [];
  const wrong: string[] = [];
  const bare = page.replace(/(<(script|style)\b[^>]*>)[\s\S]*?<\/\2>/g, '');
  for (const [, close, name] of bare.matchAll(/<(\/?)([a-z!][a-z0-9]*)\b(?:"[^"]*"|[^">])*>/gi)) {
    if (VOID.has((name as string).toLowerCase())) continue;
    if (close === '') open.push(name as string);
    else if (open.pop() !== name) wrong.push(name as string);
  }
  return [...wrong, ...open];
}
