// A trial of a batch is the run its settings have by themselves: the same fills, the same equity, the same figures.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { VenueSpec } from '#engine/execution/account.ts';
import type { InputOf } from '#engine/inputs.ts';
import type { RunResult } from '#engine/run/result.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import { parametersOf, type Strategy } from '#engine/strategy/strategy.ts';
import type { AccountId, DeskId, TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { figuresOf } from '#replay/sweep/figures.ts';
import { foldedTrial } from '#replay/sweep/folded-trials.ts';
import { marketOnce } from '#replay/sweep/market-once.ts';
import { walkTape } from '#tests/walk-tape.ts';
import { nodeDigest } from '../compose/digest.ts';
import { type BacktestAsked, settled } from './backtest-asked.ts';
import { playBacktest } from './backtest-play.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { backtestInputs, beginOf, listedIn } from './backtest-settings.ts';
import { catalogue } from './kept-strategies.ts';
import { type Batch, batchResults, foldedResults, outcomesOf } from './sweep-batch.ts';

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

const settledAll = async (all: readonly BacktestAsked[]): Promise<readonly BacktestSettings[]> =>
  (await Promise.all(all.map((each) => settled(each)))).map(({ settings }) => settings);

/** What must be the same; addresses of decisions are not: others decide in between. */
const bare = ({ runHash: _, fills, ...rest }: RunResult) => ({
  ...rest,
  fills: fills.map(({ address: _address, order: _order, ...fill }) => fill),
});

async function compared(settings: readonly BacktestSettings[], tapes: readonly Tape[]): Promise<number> {
  const batch: Batch = { settings, giveUp: null };
  const results = batchResults(batch, tapes);
  const folded = foldedResults(batch, tapes);
  let fills = 0;
  for (const [place, each] of settings.entries()) {
    const { result } = (await playBacktest(each, { tapes }))!;
    expect(bare(results[place]!)).toEqual(bare(result));
    if (folded[place] !== undefined) expect(bare(folded[place]!)).toEqual(bare(result));
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
    const settings = await Promise.all(sets.map(async (set) => (await settled(asked(strategy, tapes, set, fills))).settings));
    expect(await compared(settings, (await settled(asked(strategy, tapes, sets[0], fills))).tapes)).toBeGreaterThan(10);
  });
});

test('a part of a tape is a part for all', async () => {
  const from = (bars.manifest.from + 200 * 60_000_000) as TimeUs;
  const to = (bars.manifest.from + 900 * 60_000_000) as TimeUs;
  const settings = await Promise.all(
    [3, 5, 8].map(async (fast) => (await settled({ ...asked('ema-cross', [bars], { fast }, 'lots'), from, to })).settings),
  );
  expect(await compared(settings, [bars])).toBeGreaterThan(10);
});

test('a trial whose delays come from a seed has those it would have alone', async () => {
  const fromSeed = asked('breakout', [trades], {}, 'lots');
  const venue = { ...fromSeed.venue, moreLatency: { kind: 'seeded', seed: 3, mostUs: 60_000_000 } } as const;
  const settings = await settledAll([8, 20].map((lots) => ({ ...fromSeed, venue, set: { lots } })));
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
  const settings = await settledAll([3, 5].map((fast) => ({ ...plain, venue, set: { fast, slow: 9 } })));
  expect(await compared(settings, [bars])).toBeGreaterThan(10);
  for (const result of batchResults({ settings, giveUp: null }, [bars])) expect(result!.carry.funding).not.toBe(0n);
});

test('whoever loses more than was said is given up, alone or among others; the others are what they were', async () => {
  // a fee of two per cent ruins whoever trades much
  const ruinous = {
    ...asked('ema-cross', [bars], {}, 'whole'),
    venue: { ...asked('ema-cross', [bars], {}, 'whole').venue, takerFee: 20_000 },
  };
  const sets = [
    { fast: 2, slow: 3 },
    { fast: 100, slow: 400 },
    { fast: 3, slow: 4 },
  ];
  const settings = await Promise.all(sets.map(async (set) => (await settled({ ...ruinous, set })).settings));
  const together = outcomesOf({ settings, giveUp: 0.3 }, [bars]);
  const alone = settings.map((each) => outcomesOf({ settings: [each], giveUp: 0.3 }, [bars])[0]);
  expect(together).toEqual(alone);
  expect(together.map(({ figures }) => figures === null)).toEqual([true, false, true]);
  expect(together[1]).toEqual(outcomesOf({ settings: [settings[1]!], giveUp: null }, [bars])[0]);
});

test('a strategy that its fills wake is never folded', async () => {
  const wanted = await settled(asked('ema-cross', [bars], { fast: 3, slow: 9 }, 'whole'));
  const inputs = backtestInputs(wanted.settings, listedIn([bars.manifest]), beginOf([bars], wanted.settings.tapes));
  const deployed = inputs.find((input): input is InputOf<'StrategyDeployed'> => input.type === 'StrategyDeployed')!;
  const market = marketOnce({ ...{ desk: 'sweep' as DeskId, digest: nodeDigest, catalogue }, inputs, tapes: [bars.frames()] })!;
  const trial = (definition: Strategy) => ({
    ...{ definition, parameters: parametersOf(definition, deployed.parameters), strategy: deployed.strategy },
    ...{ subscription: deployed.subscriptions[0]!, account: 'a' as AccountId, currency: 'USD', cash: 10_000_000n },
  });
  const plain = emaCross as Strategy;
  expect(foldedTrial(market, trial(plain), null)).not.toBeNull();
  expect(foldedTrial(market, trial({ ...plain, wantsFills: true }), null)).toBeNull();
});

test('a venue is folded over by terms that a fold knows, each of them, and by no other', async () => {
  const plain = asked('ema-cross', [bars], { fast: 3, slow: 9, lots: 1 }, 'whole');
  const [{ id }] = bars.manifest.instruments as unknown as readonly [{ id: string }];
  const isFolded = async (more: Partial<VenueSpec>): Promise<boolean> => {
    const { settings } = await settled({ ...plain, venue: { ...plain.venue, ...more } });
    return foldedResults({ settings: [settings], giveUp: null }, [bars])[0] !== undefined;
  };
  const terms = {
    ...{ latencyUs: [{ latencyUs: 7 }, true], makerFee: [{ makerFee: 7 }, true], takerFee: [{ takerFee: 7 }, true] },
    ...{
      fills: [{ fills: 'lots' }, true],
      rejectAboveLots: [{ rejectAboveLots: 1e9 }, true],
      limitFills: [{ limitFills: 'through' }, true],
    },
    ...{ slippageTicks: [{ slippageTicks: 1 }, true], slippageBp: [{ slippageBp: 1 }, true], spreadTicks: [{ spreadTicks: 1 }, true] },
    volumePermille: [{ fills: 'lots', volumePermille: 1_000 }, true],
    walk: [{ fills: 'lots', walk: 'book' }, false],
    moreLatency: [{ moreLatency: { kind: 'seeded', seed: 1, mostUs: 9 } }, false],
    feeTiers: [{ feeTiers: [{ from: 1, makerFee: 0, takerFee: 0 }] }, false],
    borrow: [{ borrow: { rate: 1, timeOfDayUs: 0 } }, false],
    funding: [{ funding: [{ instrument: id, at: bars.manifest.from, rate: 1 }] as unknown as VenueSpec['funding'] & object }, false],
  } as const satisfies Record<keyof VenueSpec, readonly [Partial<VenueSpec>, boolean]>;
  for (const [term, [more, knows]] of Object.entries(terms)) expect([term, await isFolded(more)]).toEqual([term, knows]);
});

describe('ordinary trials are folded, and come to what the desk comes to', () => {
  const quotes = walkTape({ folder: join(root, 'long'), seed: 5, kind: 'bar', count: 900 });
  const dense = walkTape({ folder: join(root, 'dense'), seed: 6, kind: 'trade', count: 9_000, everyUs: 1_300_000, lots: 5 });
  test.each([
    ['bars, no delay', quotes, { latencyUs: 0 }, {}, 3],
    ['bars, a tenth of a second', quotes, { latencyUs: 100_000, makerFee: 100, takerFee: 500 }, {}, 3],
    ['bars, two bars and more', quotes, { latencyUs: 130_000_000, takerFee: 500 }, {}, 3],
    ['bars, a fill at the very close', quotes, { latencyUs: 60_000_000 }, {}, 3],
    ['worse prices', quotes, { latencyUs: 100_000, slippageBp: 3, slippageTicks: 2, spreadTicks: 3 }, {}, 3],
    ['trades, no delay', dense, { latencyUs: 0, takerFee: 500 }, {}, 3],
    ['trades, a tenth of a second', dense, { latencyUs: 100_000, takerFee: 500 }, {}, 3],
    ['trades, more than a bar', dense, { latencyUs: 61_000_000, takerFee: 500 }, {}, 3],
    ['trades, few lots', dense, { latencyUs: 100_000, fills: 'lots' }, { lots: 1, short: false }, 3],
    ['more lots than a trade has: the desk plays it', dense, { latencyUs: 100_000, fills: 'lots' }, { lots: 6 }, 0],
    [
      'a part of each trade: the desk plays what needs more',
      dense,
      { latencyUs: 100_000, fills: 'lots', volumePermille: 500 },
      { lots: 3 },
      0,
    ],
    ['larger than the venue takes: the desk plays it', quotes, { latencyUs: 100_000, rejectAboveLots: 2 }, { lots: 3 }, 0],
  ] as const)('%s', async (_what, tape, venue, set, most) => {
    const sets = [
      { fast: 2, slow: 5, ...set },
      { fast: 5, slow: 20, short: false, ...set },
      { fast: 12, slow: 26, ...set },
    ];
    const settings: BacktestSettings[] = [];
    for (const each of sets) {
      const wanted = await settled({
        ...asked('ema-cross', [tape], each, 'whole'),
        ...{ timeframeUs: 60_000_000, venue: { ...{ makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null }, ...venue } },
      });
      settings.push(wanted.settings);
    }
    expect(await compared(settings, [tape])).toBeGreaterThan(most === 0 ? -1 : 10);
    const folded = foldedResults({ settings, giveUp: null }, [tape]).filter((result) => result !== undefined);
    expect(folded.length).toBe(most);
    expect(outcomesOf({ settings, giveUp: null }, [tape])).toEqual(
      batchResults({ settings, giveUp: null }, [tape]).map((result) => ({ figures: figuresOf(result!) })),
    );
    const hopeless = { settings, giveUp: 0.0001 };
    expect(outcomesOf(hopeless, [tape])).toEqual(
      batchResults(hopeless, [tape]).map((result) => ({ figures: result === null ? null : figuresOf(result) })),
    );
  });
});
