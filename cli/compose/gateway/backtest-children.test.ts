// Backtests beside a desk: a process each, so many at once and in their order, ended by who wants it, and what came out is told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type BacktestBody, backtestBody, type RestBacktest } from '#gateway/contracts/rest-runs.ts';
import { QuestionsBusy } from '#gateway/rest/ports.ts';
import { backtestChildren } from './backtest-children.ts';

const folder = mkdtempSync(join(tmpdir(), 'backtests-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** Does as its strategy is called. */
const program = join(folder, 'program.mjs');
writeFileSync(
  program,
  `const what = process.argv[3];
const told = { run: 'a-run', runHash: 'h', ticks: 1, bars: 1, orders: 0, fills: 0, equity: '1.00', currency: 'USD', again: false, faulted: [] };
if (what === 'fails') { console.error('50 %'); console.error('retrace backtest: none: there is no tape yet'); console.error('next: import one'); process.exit(2); }
process.send({ share: 0.5 });
if (what === 'hangs') setInterval(() => {}, 1000);
else setTimeout(() => process.send({ ...told, faulted: process.argv.slice(2) }, () => process.exit(0)), 100);
`,
);
const asked = (strategy: string, more: Partial<BacktestBody> = {}): BacktestBody =>
  backtestBody.parse({ strategy, tapes: ['a-tape'], ...more });
const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1_000) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test('done, failed or cancelled: each is told, and the next begins', async () => {
  const told: string[] = [];
  const hear = ({ backtest, state, share }: RestBacktest) => void told.push(`${begun.indexOf(backtest)} ${state} ${share}`);
  const begun: string[] = [];
  const children = backtestChildren({ home: folder, nowUs: () => 1, told: hear, program, atOnce: 1 });
  for (const strategy of ['works', 'fails', 'hangs', 'works'])
    begun.push(children.start(asked(strategy, { set: { fast: 5 }, from: '2022-01-01' }), 'anna').backtest);
  const now = (place: number): RestBacktest => children.find(begun[place]!)!;
  expect([now(0).state, now(1).state]).toEqual(['running', 'waiting']);
  await until(() => now(2).state === 'running' && now(2).share === 0.5);
  expect(now(0)).toMatchObject({ state: 'done', share: 1, run: 'a-run', result: { equity: '1.00' } });
  expect(now(0).result!.faulted).toEqual(['backtest', 'works', '--tape=a-tape', '--set=fast=5', '--from=2022-01-01', '--json']);
  expect(now(1)).toMatchObject({ state: 'failed', problem: { messages: ['none: there is no tape yet'], next: 'import one' } });
  expect(children.cancel(begun[2]!).state).toBe('cancelled');
  await until(() => now(3).state === 'done');
  expect([now(2).state, now(2).run]).toEqual(['cancelled', null]);
  expect(children.list().map(({ backtest }) => backtest)).toEqual(begun.toReversed());
  // each change, in its order; the first word of each comes before its id is known here
  const of = (place: number) => told.filter((one) => one.startsWith(`${place} `)).map((one) => one.slice(2));
  expect(of(0).at(0)).toBe('running 0.5');
  expect(of(0).at(-1)).toBe('done 1');
  expect(of(1)).toEqual(['running 0', 'failed 0']);
  expect(of(2)).toEqual(expect.arrayContaining(['running 0', 'running 0.5', 'cancelled 0.5']));
  await children.close();
}, 30_000);

test('so many wait and no more, and closing leaves no process behind', async () => {
  const children = backtestChildren({ home: folder, nowUs: () => 1, program, atOnce: 1 });
  const { waiting } = children.limits;
  for (let count = 0; count <= waiting; count++) children.start(asked('hangs'), 'anna');
  expect(() => children.start(asked('hangs'), 'anna')).toThrow(QuestionsBusy);
  await until(() => children.list().at(-1)!.share === 0.5);
  await children.close();
  expect(new Set(children.list().map(({ state }) => state))).toEqual(new Set(['cancelled']));
  expect(() => children.start(asked('hangs'), 'anna')).toThrow(QuestionsBusy);
}, 30_000);
