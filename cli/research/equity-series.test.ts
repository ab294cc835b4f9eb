// The equity a run tells at each close is what its fills and the closes themselves come to, added up by hand.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unitOf, value } from '#engine/portfolio/valuation.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { settled } from './backtest-asked.ts';
import { playBacktest } from './backtest-play.ts';

const root = mkdtempSync(join(tmpdir(), 'equity-series-'));
process.env['RETRACE_HOME'] = root;
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.each([
  // a bar is known at its end and fills inside: its own fills count at its close. A trade at the very border comes after the close.
  ['bar', 800, 60_000_000, (filledAt: number, end: number) => filledAt <= end],
  ['trade', 4_000, 3_000_000, (filledAt: number, end: number) => filledAt < end],
] as const)('%s', async (kind, count, everyUs, isBefore) => {
  const tape = walkTape({ folder: join(root, kind), seed: 11, kind, count, everyUs });
  const { settings } = await settled({
    ...{ strategy: 'ema-cross', set: { fast: 3, slow: 9, lots: 4 }, tapes: [tape], instruments: [], timeframeUs: 60_000_000 },
    ...{ markets: {}, cash: null, from: null, to: null, tags: [] },
    venue: { latencyUs: 0, makerFee: 100, takerFee: 500, fills: 'whole', rejectAboveLots: null },
  });
  const { result } = (await playBacktest(settings, { tapes: [tape] }))!;
  const unit = unitOf(result.instruments[0]!);
  const { time, close } = result.price[0]!;
  expect(result.fills.length).toBeGreaterThan(20);
  for (const [place, end] of time.entries()) {
    let [cash, held] = [result.cash0 as bigint, 0];
    for (const { timeUs, side, lots, price, fee } of result.fills) {
      if (!isBefore(timeUs, end)) break;
      const signed = side === 'buy' ? lots : -lots;
      held += signed;
      cash -= value(unit, signed, price) + fee;
    }
    expect([end, result.equity.minor[result.equity.time.indexOf(end)]]).toEqual([end, Number(cash + value(unit, held, close[place]!))]);
  }
});
