// What is asked of a backtest and makes no sense is refused before anything is played.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Tape } from '#infra/tape/tape.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { type BacktestAsked, settled } from './backtest-asked.ts';

const root = mkdtempSync(join(tmpdir(), 'backtest-asked-'));
process.env['RETRACE_HOME'] = root;
afterAll(() => rmSync(root, { recursive: true, force: true }));

const one = walkTape({ folder: join(root, 'tapes', 'one'), seed: 1, kind: 'bar', count: 300 });
const same = walkTape({ folder: join(root, 'tapes', 'same'), seed: 1, kind: 'bar', count: 300 });
const other = walkTape({ folder: join(root, 'tapes', 'other'), seed: 2, kind: 'bar', count: 300 });
const trades = walkTape({ folder: join(root, 'tapes', 'trades'), seed: 3, kind: 'trade', count: 300 });

const asked = (tapes: readonly Tape[], more: Partial<BacktestAsked> = {}): BacktestAsked => ({
  ...{ strategy: 'ema-cross', set: {}, tapes, instruments: [], timeframeUs: null, markets: {}, cash: null, from: null, to: null, tags: [] },
  venue: { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null },
  ...more,
});
const refused = (wanted: BacktestAsked): Promise<string> =>
  settled(wanted).then(
    () => 'nothing',
    (error: { lines?: readonly string[]; message: string }) => [...(error.lines ?? []), error.message].join('; '),
  );

test('one stretch of one market is told by one tape', async () => {
  expect(await refused(asked([one, same]))).toContain('one and same hold the same facts');
  expect(await refused(asked([one, other]))).toMatch(/one and other both hold bars of .* from 2022-01-01T/);
  expect(await refused(asked([one, trades]))).toBe('nothing');
});

test('a document that says its timeframe is not told another', async () => {
  const donchian = { strategy: 'donchian-breakout' };
  expect(await refused(asked([one], { ...donchian, timeframeUs: 900_000_000 }))).toContain(
    'donchian-breakout says its own timeframe, 300 s',
  );
  expect(await refused(asked([one], { ...donchian, timeframeUs: 300_000_000 }))).toBe('nothing');
});

test('cash that buys no lot is no cash', async () => {
  expect(await refused(asked([one], { cash: 100n }))).toContain('--cash: does not buy one lot');
  expect(await refused(asked([one], { cash: 100n, set: { lots: 3 } }))).toBe('nothing');
});
