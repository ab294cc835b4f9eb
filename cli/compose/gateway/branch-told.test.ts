// A branch of a replay is told as it begins and ends, in one row, with what came of it or why nothing did.
import { expect, test } from 'vitest';
import { type RunRow, runRow } from '#gateway/contracts/rows.ts';
import { problem, Refused } from '#gateway/http/problem.ts';
import type { ForkMade } from '#gateway/replays/replays.ts';
import { branchAsTold } from './replays.ts';

test('its run once it is made, or why it is not; whoever asked hears the same', async () => {
  const told: RunRow[] = [];
  const hear = (row: RunRow) => void told.push(runRow.parse(row));
  const made = { run: 'ema-cross-1a2b3c4d' } as ForkMade;
  expect(await branchAsTold(hear, { journal: 'demo-7' }, 'anna', async () => made)).toBe(made);
  const why = new Refused(problem(422, 'cannot-fork', 'Cannot be branched', 'it parts before its beginning'));
  await expect(branchAsTold(hear, { run: 'a-run' }, 'bob', () => Promise.reject(why))).rejects.toBe(why);
  const failure = new Error('its thread has ended');
  await expect(branchAsTold(hear, { run: 'a-run' }, 'bob', () => Promise.reject(failure))).rejects.toBe(failure);
  expect(told.map(({ kind, state, over, by, run, problem }) => [kind, state, over[0], by, run, problem?.messages[0] ?? null])).toEqual([
    ['fork', 'running', 'demo-7', 'anna', null, null],
    ['fork', 'done', 'demo-7', 'anna', made.run, null],
    ['fork', 'running', 'a-run', 'bob', null, null],
    ['fork', 'failed', 'a-run', 'bob', null, 'it parts before its beginning'],
    ['fork', 'running', 'a-run', 'bob', null, null],
    ['fork', 'failed', 'a-run', 'bob', null, 'its thread has ended'],
  ]);
  expect(new Set(told.map(({ backtest }) => backtest)).size).toBe(3);
  expect(told.every(({ endedAt, state }) => (endedAt === null) === (state === 'running'))).toBe(true);
});
