// A trial of a batch is the run its settings have by themselves: the same fills, the same equity, the same figures.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunResult } from '#engine/run/result.ts';
import type { TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { figuresOf } from '#replay/sweep/figures.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { type BacktestAsked, settled } from './backtest-asked.ts';
import { playBacktest } from './backtest-play.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { type Batch, batchResults, outcomesOf } from './sweep-batch.ts';

const root = mkdtempSync(join(tmpdir(), 'sweep-batch-'));
process.env['RETRACE_HOME'] = root;
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bars = walkTape({ folder: join(root, 'bars'), seed: 1, kind: 'bar', count: 1_200 });
const thin = walkTape({ folder: join(root, 'thin'), seed: 2, kind: 'bar', count: 600, lots: 3 });
const trades = walkTape({ folder: join(root, 'trades'), seed: 3, kind: 'trade', count: 2_500, everyUs: 7_000_000, lots: 5 });
const other = walkTape({ folder: join(root, 'other'), seed: 4, kind: 'bar', count: 1_000, instrument: 1 });

const asked = (strategy: string, tapes: readonly Tape[], set: BacktestAsked['set'], fills: 'whole' | 'lots'): BacktestAsked => ({
  ...{ strategy, set, tapes, instruments: [], timeframeUs: null, markets: {}, cash: null, from: null, to: null, tags: [] },
  venue: { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills, rejectAboveLots: null },
});

/** What must be the same; addresses of decisions are not: others decide in between. */
const bare = ({ runHash: _, fills, ...rest }: RunResult) => ({
  ...rest,
  fills: fills.map(({ address: _address, order: _order, ...fill }) => fill),
});

async function compared(settings: readonly BacktestSettings[], tapes: readonly Tape[]): Promise<number> {
  const batch: Batch = { settings, giveUp: null };
  const results = batchResults(batch, tapes);
  let fills = 0;
  for (const [place, each] of settings.entries()) {
    const { result } = (await playBacktest(each, { tapes }))!;
    expect(bare(results[place]!)).toEqual(bare(result));
    expect(figuresOf(results[place]!)).toEqual(figuresOf(result));
    fills += result.fills.length;
  }
  return fills;
}

describe.each(['whole', 'lots'] as const)('fills %s', (fills) => {
  test.each([
    [
      'bars',
      'ema-cross',
      [bars],
      [
        { fast: 3, slow: 9 },
        { fast: 5, slow: 20, short: false },
        { fast: 3, slow: 9 },
        { fast: 12, slow: 26, lots: 50 },
      ],
    ],
    [
      'bars with few lots',
      'ema-cross',
      [thin],
      [
        { fast: 3, slow: 9, lots: 7 },
        { fast: 4, slow: 9, lots: 9 },
        { fast: 5, slow: 11, lots: 2 },
      ],
    ],
    ['trades', 'breakout', [trades], [{}, { lots: 8 }, { lots: 20 }]],
    [
      'two instruments',
      'ema-cross',
      [bars, other],
      [
        { fast: 3, slow: 9 },
        { fast: 8, slow: 30 },
      ],
    ],
    ['a document', 'rsi-reversion', [bars], [{}, { bars: 7 }]],
  ] as const)('%s: %s', async (_what, strategy, tapes, sets) => {
    const settings = sets.map((set) => settled(asked(strategy, tapes, set, fills)).settings);
    expect(await compared(settings, settled(asked(strategy, tapes, sets[0], fills)).tapes)).toBeGreaterThan(10);
  });
});

test('a part of a tape is a part for all', async () => {
  const from = (bars.manifest.from + 200 * 60_000_000) as TimeUs;
  const to = (bars.manifest.from + 900 * 60_000_000) as TimeUs;
  const settings = [3, 5, 8].map((fast) => settled({ ...asked('ema-cross', [bars], { fast }, 'lots'), from, to }).settings);
  expect(await compared(settings, [bars])).toBeGreaterThan(10);
});

test('a trial whose delays come from a seed has those it would have alone', async () => {
  const fromSeed = asked('breakout', [trades], {}, 'lots');
  const venue = { ...fromSeed.venue, moreLatency: { kind: 'seeded', seed: 3, mostUs: 60_000_000 } } as const;
  const settings = [8, 20].map((lots) => settled({ ...fromSeed, venue, set: { lots } }).settings);
  expect(await compared(settings, [trades])).toBeGreaterThan(10);
});

test('a trial pays for what it holds as it would alone', async () => {
  const plain = asked('ema-cross', [bars], {}, 'lots');
  const [{ id }] = bars.manifest.instruments as unknown as readonly [{ id: string }];
  const funding = Array.from({ length: 40 }, (_, i) => ({
    instrument: id,
    at: bars.manifest.from + i * 1_800_000_000,
    rate: 20_000 - 900 * i,
  }));
  const venue = { ...plain.venue, borrow: { rate: 1_000_000, timeOfDayUs: 3_600_000_000 }, funding };
  const settings = [3, 5].map((fast) => settled({ ...plain, venue, set: { fast, slow: 9 } }).settings);
  expect(await compared(settings, [bars])).toBeGreaterThan(10);
  for (const result of batchResults({ settings, giveUp: null }, [bars])) expect(result!.carry.funding).not.toBe(0n);
});

test('whoever loses more than was said is given up, alone or among others; the others are what they were', () => {
  // a fee of two per cent ruins whoever trades much
  const ruinous = {
    ...asked('ema-cross', [bars], {}, 'whole'),
    venue: { ...asked('ema-cross', [bars], {}, 'whole').venue, takerFee: 20_000 },
  };
  const settings = [
    { fast: 2, slow: 3 },
    { fast: 100, slow: 400 },
    { fast: 3, slow: 4 },
  ].map((set) => settled({ ...ruinous, set }).settings);
  const together = outcomesOf({ settings, giveUp: 0.3 }, [bars]);
  const alone = settings.map((each) => outcomesOf({ settings: [each], giveUp: 0.3 }, [bars])[0]);
  expect(together).toEqual(alone);
  expect(together.map(({ figures }) => figures === null)).toEqual([true, false, true]);
  expect(together[1]).toEqual(outcomesOf({ settings: [settings[1]!], giveUp: null }, [bars])[0]);
});
