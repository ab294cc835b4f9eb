// What a branch promises: up to the fork it is its baseline, behind it the change has always been so, and its journal derives it again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { SavedDesk } from '#actors/desk/state.ts';
import { addressOf, type Decision } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { catalogue, sampleByName, versionOf } from '#engine/strategy/samples.ts';
import { type Parameters, parametersOf } from '#engine/strategy/strategy.ts';
import { type AccountId, MINUTE_US, type Seq, type StrategyId, type TimeUs } from '#engine/values.ts';
import { Tape } from '#infra/tape/tape.ts';
import { TapeWriter } from '#infra/tape/tape-writer.ts';
import { tapedFrames } from '#infra/tape/taped-frames.ts';
import { backtest } from '#replay/backtest.ts';
import { grafted } from '#replay/branching.ts';
import { differencesOf, SaidDecisions } from '#replay/decision-differences.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { BadFork, branchOf, type ForkChange, forkedPlain, NO_CHANGE, type Parent } from '#replay/fork.ts';
import { verify } from '#replay/verify.ts';
import { madeTrades, TAPE_START, TAPED } from '#tests/results/made-tape.ts';
import { decisionsOf, seal } from './forge.ts';
import { DESK, nodeDigest, recordJournal } from './recorder.ts';

const root = mkdtempSync(join(tmpdir(), 'forks-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const TICKS = 6_000;
const STEP_US = 10_000_000;

const writer = new TapeWriter({ folder: join(root, 'tape'), digest: nodeDigest, latencyUs: 0 });
const TRADES = madeTrades({ seed: 3, ticks: TICKS, stepUs: STEP_US });
writer.append(TRADES);
writer.finish([TAPED], null);
const tape = Tape.open(join(root, 'tape'));

/** What stands before the first tick, with a strategy of these parameters. */
function setUp(name: string, given: Parameters): readonly InputRecord[] {
  const strategy = sampleByName(name)!;
  const pure = { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'whole', rejectAboveLots: null };
  const at = TAPE_START as TimeUs;
  const account = 'alpha' as AccountId;
  const bodies = [
    {
      type: 'AccountOpened',
      account: {
        id: account,
        mode: 'BACKTEST',
        venue: 'pure',
        calendar: 'ALWAYS',
        currency: 'USD',
        currencyScale: 2,
        cash: 10_000_000n,
        pure,
      },
    },
    { type: 'CommandGiven', key: 'arm', by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
    { type: 'InstrumentDefined', instrument: TAPED },
    {
      ...{ type: 'StrategyDeployed', strategy: 'one' as StrategyId, name, version: versionOf(strategy), account, history: false },
      parameters: parametersOf(strategy, { lots: 5, ...given }),
      subscriptions: [{ instrument: TAPED.id, source: TAPED.feeds[0]!.source, timeframeUs: MINUTE_US }],
    },
  ];
  return bodies.map((body, index) => ({ ...body, seq: index + 1, at }) as unknown as InputRecord);
}

const parentOf = (inputs: readonly InputRecord[]): Parent => ({ inputs, setUp: inputs.length, mark: null });
const EMA = setUp('ema-cross', { fast: 4, slow: 12 });
const BREAKOUT = setUp('breakout', { k: 3, exit: 100 });

async function played(inputs: readonly InputRecord[], change: ForkChange | null = null) {
  const branch = change === null ? { inputs, mark: null } : branchOf(parentOf(inputs), change, catalogue);
  const said = new SaidDecisions();
  const frames: Frame[] = [];
  const worth: bigint[] = [];
  let books: DeskRun | null = null;
  const forked = change === null ? {} : { forked: forkedPlain('baseline', change, branch.mark) };
  const { run } = await backtest({
    ...{ desk: DESK, digest: nodeDigest, catalogue, inputs: branch.inputs, tapes: [tape.frames()] },
    manifest: { tapes: [{ name: 'tape', hash: tape.manifest.hash, from: null, to: null }], ...forked } as never,
    begun: (run) => {
      books = run;
    },
    // what a report samples: the account as it stands at that decision
    observer: ({ type }) => {
      if (type !== 'CandleClosed') return;
      const { accounts } = books!.desk.parts;
      worth.push(accounts.equity(accounts.all[0]!.book));
    },
    append: (payload, first) => {
      said.append(payload);
      frames.push(frameOf(DESK, 1, first, payload));
    },
  });
  return { run, said, frames, worth, decisions: decisionsOf(frames) };
}

const change = (given: Partial<ForkChange>): ForkChange => ({ ...NO_CHANGE, ...given });
const fills = (decisions: readonly Decision[]) => decisions.filter(({ type }) => type === 'OrderFilled');
const [ema, breakout] = [await played(EMA), await played(BREAKOUT)];

function readerOf(frames: readonly Frame[]): JournalReader {
  const { reader } = seal([recordJournal([]).frames[0]!, ...frames]);
  return {
    frames: (from = 0 as Seq) => tapedFrames(reader().frames(), () => tape, from),
    follow: () => {
      throw new Error('nobody follows');
    },
  };
}

test('the baseline trades, so that there is something to part from', () => {
  expect(fills(ema.decisions).length).toBeGreaterThan(15);
  expect(fills(breakout.decisions).length).toBeGreaterThan(5);
});

test('a branch without a change differs nowhere, wherever it begins', async () => {
  for (const baseline of [EMA, BREAKOUT])
    for (const at of [0, 4, 5, 700, 3_333, TICKS + 4]) {
      const whole = baseline === EMA ? ema : breakout;
      const branch = await played(baseline, change({ at }));
      expect(differencesOf(whole.said, branch.said)).toMatchObject({ first: null, changed: 0, onlyBaseline: 0, onlyBranch: 0 });
      expect([branch.run.runHash(), branch.run.stateHash()]).toEqual([whole.run.runHash(), whole.run.stateHash()]);
      expect(branch.worth).toEqual(whole.worth);
    }
});

test('a branch at a number decides everything up to it as its baseline, byte for byte; the same twice is the same; and its journal verifies', async () => {
  const changes: readonly Partial<ForkChange>[] = [
    { set: { slow: 30 } },
    { venue: { takerFee: 2000, latencyUs: 2_000_000 } },
    { limits: { maxPositionLots: '2' } },
    { strategy: { name: 'breakout', version: versionOf(sampleByName('breakout')!) } },
  ];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 4, max: TICKS }), fc.constantFrom(...changes), async (at, given) => {
      const forked = change({ at, ...given });
      const [one, two] = [await played(EMA, forked), await played(EMA, forked)];
      const arrival = TAPE_START + Math.max(0, at - EMA.length - 1) * STEP_US;
      const common = ema.decisions.filter((decision) => decision.cause < at || (decision.cause === at && decision.at <= arrival));
      expect(one.decisions.slice(0, common.length)).toEqual(common);
      const { first } = differencesOf(ema.said, one.said);
      if (first !== null) expect((first.baseline ?? first.branch)!.cause).toBeGreaterThanOrEqual(at);
      expect(one.run.runHash()).toBe(two.run.runHash());
      const verdict = await verify(readerOf(one.frames), { digest: nodeDigest, catalogue });
      expect(verdict).toMatchObject({ ok: true, mismatches: 0, obstacle: null, runHash: one.run.runHash(), clean: true });
    }),
    { numRuns: 12 },
  );
});

test('from the beginning, a parameter or a fee makes the run that was begun with it', async () => {
  const slower = await played(EMA, change({ set: { slow: 30 } }));
  expect(slower.run.runHash()).toBe((await played(setUp('ema-cross', { fast: 4, slow: 30 }))).run.runHash());
  const behindSetUp = await played(EMA, change({ at: EMA.length, set: { slow: 30 } }));
  expect(behindSetUp.decisions).toEqual(slower.decisions);
});

test('what a strategy knows of the market at the fork is what it knew had it always been that one', async () => {
  const at = 3_000;
  const whole = await played(EMA, change({ set: { slow: 30 } }));
  const late = await played(EMA, change({ at, set: { slow: 30 } }));
  const seen = (decisions: readonly Decision[]) =>
    decisions.flatMap((decision) =>
      decision.type === 'StrategyWoke' && decision.cause > at ? [[addressOf(decision), decision.conditions[0]?.numbers.slice(0, 2)]] : [],
    );
  expect(seen(late.decisions).length).toBeGreaterThan(100);
  expect(new Map(seen(late.decisions).map(([, numbers], index) => [index, numbers]))).toEqual(
    new Map(seen(whole.decisions).map(([, numbers], index) => [index, numbers])),
  );
});

test('of the second desk a branch takes the terms of the venue and what its strategies know; all else is its own', async () => {
  const other = await played(EMA, change({ set: { slow: 30 }, venue: { takerFee: 2_000 }, limits: { maxOrderLots: '9' } }));
  const [own, second] = [ema.run, other.run].map(({ desk }) => desk.save() as unknown as SavedDesk) as [SavedDesk, SavedDesk];
  const branch = grafted(own, second);
  const { accounts, strategies, ...rest } = branch;
  const { accounts: _, strategies: __, ...ownRest } = own;
  const differ = Object.keys(ownRest).filter((key) => !isDeepStrictEqual(ownRest[key as 'at'], second[key as 'at']));
  expect(differ.length).toBeGreaterThan(1); // otherwise it would not show whose they are
  expect(rest).toEqual(ownRest);
  for (const [place, { spec, ...held }] of accounts.entries()) {
    const { spec: ownSpec, ...ownHeld } = own.accounts[place]!;
    expect([held, spec]).toEqual([ownHeld, { ...ownSpec, pure: second.accounts[place]!.spec.pure }]);
    expect(held).not.toEqual((({ spec: _spec, ...its }) => its)(second.accounts[place]!));
  }
  expect(strategies.map(({ parameters, state }) => ({ parameters, state }))).toEqual(
    second.strategies.map(({ parameters, state }) => ({ parameters, state })),
  );
});

test('a tighter stop fills first where the price first reaches it, and until then only the stop is another', async () => {
  const tighter = await played(BREAKOUT, change({ set: { k: 1 } }));
  const { firstDeed } = differencesOf(breakout.said, tighter.said);
  expect([firstDeed!.baseline!.type, firstDeed!.branch!.type]).toEqual(['OrderApproved', 'OrderApproved']);
  expect(firstDeed!.fields.map(({ name }) => name)).toContain('stop');
  const stop = firstDeed!.branch as Extract<Decision, { type: 'OrderApproved' }>;
  const isReached = (price: number) => (stop.side === 'sell' ? price <= stop.stop! : price >= stop.stop!);
  const [was, is] = [fills(breakout.decisions), fills(tighter.decisions)];
  const parted = is.findIndex(
    (fill, index) => JSON.stringify({ ...fill, cause: 0 }, plain) !== JSON.stringify({ ...was[index], cause: 0 }, plain),
  );
  const filled = is[parted] as Extract<Decision, { type: 'OrderFilled' }>;
  expect(filled.order).toBe(stop.order);
  const prices = TRADES.values[0]!.slice(stop.cause - BREAKOUT.length, filled.cause - BREAKOUT.length);
  expect(isReached(prices.at(-1)!)).toBe(true);
  expect([...prices.slice(1, -1)].some(isReached)).toBe(false);
});
const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

test('numbers that are dropped leave a hole and no decision, and the journal of such a branch verifies', async () => {
  const dropped = [
    [1_000, 1_400],
    [2_100, 2_100],
  ] as const;
  for (const at of [0, 900]) {
    const branch = await played(EMA, change({ at, dropped }));
    const inside = branch.decisions.filter(({ cause }) => cause >= 1_000 && cause < 1_400);
    expect(inside).toEqual([]);
    expect(branch.decisions.filter(({ cause }) => cause < 1_000)).toEqual(ema.decisions.filter(({ cause }) => cause < 1_000));
    expect(branch.run.desk.seq).toBe(ema.run.desk.seq);
    expect(await verify(readerOf(branch.frames), { digest: nodeDigest, catalogue })).toMatchObject({ ok: true, mismatches: 0 });
  }
  expect(() => branchOf(parentOf(EMA), change({ at: 2_000, dropped }), catalogue)).toThrow(BadFork);
  expect(() => branchOf(parentOf(EMA), change({ dropped: [[2, 9]] }), catalogue)).toThrow('--drop 2-9: the branch begins behind number 4');
});

test('a limit of the account holds in the branch from the beginning, and what it refuses is the first deed', async () => {
  const branch = await played(EMA, change({ limits: { maxOrderLots: '4' } }));
  const { firstDeed } = differencesOf(ema.said, branch.said);
  expect(firstDeed!.branch!.type).toBe('OrderRefused');
  expect(fills(branch.decisions)).toEqual([]);
});

test('a journal whose mark was altered does not verify', async () => {
  const branch = await played(EMA, change({ at: 2_000, set: { slow: 30 } }));
  const other = await played(EMA, change({ at: 2_000, set: { slow: 31 } }));
  const forged = [other.frames[0]!, ...branch.frames.slice(1)];
  expect((await verify(readerOf(forged), { digest: nodeDigest, catalogue })).ok).toBe(false);
});
