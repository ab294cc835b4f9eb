// The list of runs: by time the newest last, by a figure the best first; what has no such figure stands behind all that do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { listRuns, runsHere, type Wanted } from './run-answers.ts';

const root = mkdtempSync(join(tmpdir(), 'run-answers-'));
process.env['RETRACE_HOME'] = root;
afterAll(() => rmSync(root, { recursive: true, force: true }));

const made = (id: string, minute: number, figures: RunEntry['figures'], costs?: string): void => {
  const runs = runsHere();
  runs.keep(runs.begin(id), {
    ...{ format: 1, id, kind: 'backtest', made: `2026-01-01T00:0${minute}:00Z`, strategy: 'one', version: 'v', parameters: {} },
    ...{ instruments: [], tapes: ['t'], from: '2022-01-01T00:00:00Z', to: '2022-01-02T00:00:00Z', runHash: 'h', ticks: 1, bars: 1 },
    ...{ orders: 1, fills: 1, equity: '1.00', currency: 'USD', ...(costs === undefined ? {} : { costs }), figures, tags: [], settings: {} },
  });
};
made('good', 1, { totalReturn: 0.3, sharpe: 1, maxDrawdown: 0.2 }, '12.50');
made('silent', 2, { totalReturn: 0, sharpe: null, maxDrawdown: 0.1 });
made('bad', 3, { totalReturn: -0.2, sharpe: -2, maxDrawdown: 0.4 }, '1234.00');
made('better', 4, { totalReturn: 0.5, sharpe: 0, maxDrawdown: 0.3 }, '-0.25');

const listed = (given: Partial<Wanted>) => {
  const { fields, text } = listRuns({ strategy: null, tape: null, tag: null, sort: 'made', last: 20, ...given });
  return { ids: (fields['runs'] as RunEntry[]).map(({ id }) => id), text };
};

test('by time the newest last, by a figure the best first, and next is the newest or the best', () => {
  const cases = {
    made: [['good', 'silent', 'bad', 'better'], 'better'],
    return: [['better', 'good', 'silent', 'bad'], 'better'],
    sharpe: [['good', 'better', 'bad', 'silent'], 'good'],
    drawdown: [['silent', 'good', 'better', 'bad'], 'silent'],
  } as const;
  for (const [sort, [ids, next]] of Object.entries(cases)) {
    const seen = listed({ sort: sort as Wanted['sort'] });
    expect(seen.ids).toEqual(ids);
    expect(seen.text.at(-1)).toBe(`next: npx retrace report ${next}`);
  }
});

test('only so many are the newest, or the best', () => {
  expect(listed({ last: 2 }).ids).toEqual(['bad', 'better']);
  expect(listed({ last: 2, sort: 'return' }).ids).toEqual(['better', 'good']);
  expect(listed({ last: 2, sort: 'return' }).text).toContain('2 more: --last 4');
});

test('what a run paid stands in a column of its own; a run that was kept before there was one says nothing', () => {
  const column = listed({}).text[0]!.indexOf('costs');
  const costs = listed({})
    .text.slice(1, 5)
    .map((line) => /\S+( USD)?/.exec(line.slice(column))![0]);
  expect(costs).toEqual(['12.50 USD', '–', '1,234.00 USD', '-0.25 USD']);
});
