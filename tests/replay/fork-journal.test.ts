// Branches of a recorded day and of other branches: the day is theirs up to the number, behind it only what was changed is another, and what is kept verifies.
import { describe, expect, test } from 'vitest';
import type { Decision } from '#engine/decisions.ts';
import { OUTSIDE_STANDARD } from '#engine/execution/account.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { frameOf } from '#engine/journal/payload-codec.ts';
import { sampleByName, catalogue as samples, versionOf } from '#engine/strategy/samples.ts';
import { parametersOf } from '#engine/strategy/strategy.ts';
import { MINUTE_US } from '#engine/values.ts';
import { differencesOf, SaidDecisions } from '#replay/decision-differences.ts';
import { answersIn, BadFork, branchOf, type ForkChange, forkedPlain, NO_CHANGE } from '#replay/fork.ts';
import { NoBeginning, playJournal, recordedIn } from '#replay/journal-play.ts';
import { verify } from '#replay/verify.ts';
import { orderedCatalogue } from '#tests/effects/ordered-strategy.ts';
import { madeFrames, madeTrades, TAPE_START, TAPED } from '#tests/results/made-tape.ts';
import { type Event, orderedDay } from '#tests/results/ordered-day.ts';
import { decisionsOf, seal } from './forge.ts';
import { accountSpec, commanded, DESK, defined, input, limited, nodeDigest, opened, recordJournal, type Step } from './recorder.ts';

const catalogue: typeof samples = (name, version) => samples(name, version) ?? orderedCatalogue(name, version);
const TICKS = 4_000;

/** A day of two strategies on one account, with its limits, a beat of time between frames, and one that is paused on the way. */
function day(): Step[] {
  const deploy = (id: string, name: string, given: Readonly<Record<string, number>>): Step =>
    input(TAPE_START, {
      ...{ type: 'StrategyDeployed', strategy: id, name, version: versionOf(sampleByName(name)!), account: 'alpha', history: false },
      parameters: parametersOf(sampleByName(name)!, { lots: 5, ...given }),
      subscriptions: [{ instrument: TAPED.id, source: TAPED.feeds[0]!.source, timeframeUs: MINUTE_US }],
    });
  const steps: Step[] = [
    opened(TAPE_START, 'alpha'),
    limited(TAPE_START, 'account', 'alpha', { maxPositionLots: 40 }),
    commanded(TAPE_START, 'arm', { do: 'Arm', scope: 'global', of: '*' }),
    defined(TAPE_START, TAPED),
    deploy('ema', 'ema-cross', { fast: 4, slow: 12 }),
    deploy('out', 'breakout', { k: 3, exit: 100 }),
  ];
  for (const frame of madeFrames(madeTrades({ seed: 5, ticks: TICKS }))) {
    steps.push({ kind: 'market', frame });
    const at = frame.blocks[0]!.at.at(-1)!;
    steps.push({ kind: 'time', at: (at + 1_000_000) as never });
    if (frame.first === 1_401) steps.push(limited(at + 2_000_000, 'account', 'alpha', { maxPositionLots: 30 }));
  }
  return steps;
}

type Played = Readonly<{ frames: readonly Frame[]; said: SaidDecisions; decisions: readonly Decision[]; runHash: string }>;
const readerOf = (frames: readonly Frame[]) => seal(frames).reader();
const change = (given: Partial<ForkChange>): ForkChange => ({ ...NO_CHANGE, ...given });

async function branched(parent: readonly Frame[], asked: ForkChange | null): Promise<Played> {
  const recorded = await recordedIn(readerOf(parent).frames());
  const branch = asked === null ? { inputs: recorded.inputs, mark: recorded.mark } : branchOf(recorded, asked, catalogue);
  const inputs = new Map<number, (typeof branch.inputs)[number]>(branch.inputs.map((each) => [each.seq, each]));
  const said = new SaidDecisions();
  const frames: Frame[] = [parent[0]!];
  const { run } = await playJournal(readerOf(parent).frames(), {
    ...{ digest: nodeDigest, catalogue, input: (record) => inputs.get(record.seq) ?? record },
    manifest: (own) => (asked === null ? own : { ...(own as object), forked: forkedPlain('day', asked, branch.mark) }) as never,
    append: (payload, first) => {
      said.append(payload);
      frames.push(frameOf(DESK, 1, first, payload));
    },
  });
  return { frames, said, decisions: decisionsOf(frames), runHash: run.runHash() };
}

const recorded = recordJournal(day(), { catalogue }).frames;
const baseline = await branched(recorded, null);
const holds = async ({ frames, runHash }: Played) =>
  expect(await verify(readerOf(frames), { digest: nodeDigest, catalogue })).toMatchObject({
    ok: true,
    mismatches: 0,
    obstacle: null,
    runHash,
  });
const fills = ({ decisions }: Played) => decisions.filter(({ type }) => type === 'OrderFilled');

test('a day played from its journal says what was recorded, and trades, so that there is something to part from', async () => {
  expect(baseline.decisions).toEqual(decisionsOf(recorded));
  expect(fills(baseline).length).toBeGreaterThan(20);
  await holds(baseline);
});

test('a branch of a day without a change is the day, wherever it begins', async () => {
  for (const at of [0, 6, 7, 1_777, TICKS]) {
    const branch = await branched(recorded, change({ at }));
    expect(branch.runHash).toBe(baseline.runHash);
    await holds(branch);
  }
});

test('up to the number a branch decides what the day decided, byte for byte, and its journal derives it again', async () => {
  const changes: readonly Partial<ForkChange>[] = [
    { set: { slow: 30 } },
    { set: { k: 1 }, of: 'out' },
    { venue: { takerFee: 2_000, latencyUs: 2_000_000 } },
    { limits: { maxOrderLots: '3' } },
    { limits: { maxOrderLots: '3' }, of: 'ema' },
    { limits: { maxOrderLots: '3' }, of: TAPED.id },
    { dropped: [[2_500, 2_600]] },
  ];
  for (const given of changes) {
    const branch = await branched(recorded, change({ at: 2_000, ...given }));
    const { first } = differencesOf(baseline.said, branch.said);
    expect((first!.baseline ?? first!.branch)!.cause, JSON.stringify(given)).toBeGreaterThanOrEqual(2_000);
    await holds(branch);
  }
});

test('a parameter reaches every strategy that has it, or the one that is named, and no other', async () => {
  const lots = await branched(recorded, change({ set: { lots: 2 } }));
  const sizes = (of: Played, strategy: string) =>
    new Set(
      of.decisions.flatMap((each) => (each.type === 'OrderApproved' && each.strategy === strategy && !each.reducing ? [each.lots] : [])),
    );
  expect([...sizes(lots, 'out')]).toEqual([2]);
  const named = await branched(recorded, change({ set: { lots: 2 }, of: 'out' }));
  expect([...sizes(named, 'out')]).toEqual([2]);
  expect(sizes(named, 'ema')).toEqual(sizes(baseline, 'ema'));
  await expect(branched(recorded, change({ set: { nope: 2 } }))).rejects.toThrow(/nope: no such parameter/);
  await expect(branched(recorded, change({ of: 'nobody', limits: { maxOrderLots: '1' } }))).rejects.toThrow(/--of nobody: is no account/);
  await expect(branched(recorded, change({ of: 'ema', venue: { takerFee: 1 } }))).rejects.toThrow(/fees and latency are of an account/);
});

test('a changed limit leaves the others in force, also where the day changes limits later', async () => {
  const limitsAt = async (asked: ForkChange, at: 'mark' | 'later') => {
    const parent = await recordedIn(readerOf(recorded).frames());
    const branch = branchOf(parent, asked, catalogue);
    if (at === 'mark') return branch.mark!.limits[0]!.limits;
    const last = branch.inputs.filter(({ type }) => type === 'LimitsChanged').at(-1)!;
    return last.type === 'LimitsChanged' ? last.limits : null;
  };
  const asked = { limits: { maxOrderLots: '3' } };
  expect(await limitsAt(change({ at: 1_000, ...asked }), 'mark')).toMatchObject({ maxPositionLots: 40, maxOrderLots: 3 });
  expect(await limitsAt(change({ at: 3_000, ...asked }), 'mark')).toMatchObject({ maxPositionLots: 30, maxOrderLots: 3 });
  expect(await limitsAt(change({ at: 1_000, ...asked }), 'later')).toMatchObject({ maxPositionLots: 30, maxOrderLots: 3 });
  expect(await limitsAt(change({ at: 1_000, limits: { maxPositionLots: 'none' } }), 'later')).toMatchObject({ maxPositionLots: null });
});

describe('a branch of a branch', () => {
  const first = change({ at: 1_500, set: { slow: 30 } });

  test('without a change is its parent', async () => {
    const parent = await branched(recorded, first);
    expect(parent.runHash).not.toBe(baseline.runHash);
    for (const at of [1_500, 2_222]) {
      const same = await branched(parent.frames, change({ at }));
      expect(same.runHash).toBe(parent.runHash);
      await holds(same);
    }
  });

  test('decides what its parent decided up to where it parts, and verifies', async () => {
    const parent = await branched(recorded, first);
    for (const given of [
      { set: { fast: 8 } },
      { limits: { maxOrderLots: '2' } },
      { venue: { latencyUs: 3_000_000 } },
      { dropped: [[3_000, 3_100]] },
    ] as const) {
      const branch = await branched(parent.frames, change({ at: 2_500, ...given } as Partial<ForkChange>));
      const parts = differencesOf(parent.said, branch.said).first!;
      expect((parts.baseline ?? parts.branch)!.cause).toBeGreaterThanOrEqual(2_500);
      await holds(branch);
      const third = await branched(branch.frames, change({ at: 3_500, venue: { takerFee: 900 } }));
      await holds(third);
    }
  });

  test('two changes one after the other are both of them at once, where they begin at one number', async () => {
    const one = { set: { slow: 30 } };
    const other = { venue: { takerFee: 2_000 } };
    for (const at of [0, 1_500]) {
      const twice = await branched((await branched(recorded, change({ at, ...one }))).frames, change({ at, ...other }));
      expect(twice.decisions).toEqual((await branched(recorded, change({ at, ...one, ...other }))).decisions);
    }
  });

  test('cannot part before its parent did', async () => {
    const parent = await branched(recorded, first);
    for (const at of [0, 1_000]) await expect(branched(parent.frames, change({ at, set: { fast: 8 } }))).rejects.toThrow(BadFork);
  });
});

describe('a day at an outside venue', () => {
  const buy: Event = { wants: { type: 'market', side: 'buy', lots: 3, price: null } };
  const snapshot = (positions: readonly unknown[] = []): Step =>
    input(TAPE_START, {
      ...{ type: 'VenueSnapshot', account: 'alpha', fills: [], orders: [], missing: [], transfers: [], positions },
      balances: [{ currency: 'USD', amount: '100000' }],
    });
  const outsideDay = (positions: readonly unknown[] = []): Step[] => {
    const [, ...rest] = orderedDay([
      input(TAPE_START, { type: 'SessionReady', account: 'alpha' }),
      snapshot(positions),
      commanded(TAPE_START, 'arm-alpha', { do: 'Arm', scope: 'account', of: 'alpha' }),
      1_000,
      buy,
      1_004,
      1_010,
    ]);
    const account = { ...accountSpec('alpha'), venue: 'elsewhere', pure: null, cash: 0n, outside: OUTSIDE_STANDARD };
    return [input(TAPE_START, { type: 'AccountOpened', account }), ...rest];
  };
  const inside = { latencyUs: 0, makerFee: 0, takerFee: 0, fills: 'whole', rejectAboveLots: null } as const;

  test('is answered inside the desk, from the cash its venue was found to hold; what its venue said does not happen', async () => {
    const { frames } = recordJournal(outsideDay(), { catalogue });
    const { inputs } = await recordedIn(readerOf(frames).frames());
    expect([...answersIn(inputs)]).toEqual([
      ['SessionReady', 1],
      ['VenueSnapshot', 1],
    ]);
    expect(decisionsOf(frames).filter(({ type }) => type === 'OrderFilled')).toEqual([]);
    const branch = await branched(frames, change({ inside }));
    expect(fills(branch).map((fill) => (fill.type === 'OrderFilled' ? [fill.lots, fill.price] : []))).toEqual([[3, 1_004]]);
    const cash = branch.decisions.find((each) => each.type === 'Posted' && each.why === 'opening');
    expect(cash).toMatchObject({ amount: 100_000n });
    await holds(branch);
    const dearer = await branched(branch.frames, change({ at: 9, venue: { takerFee: 10_000 } }));
    expect(fills(dearer)).toMatchObject([{ lots: 3, fee: 30n }]); // 1 % of 3 × 10.04
    await holds(dearer);
  });

  test('that began with a position cannot be begun again inside the desk', async () => {
    const { frames } = recordJournal(outsideDay([{ instrument: 'CENT', lots: 7, price: 900 }]), { catalogue });
    await expect(branched(frames, change({ inside }))).rejects.toThrow(/alpha held 7 lots of CENT at its venue before the day began/);
  });
});

test('a journal whose beginning is gone is not played', async () => {
  const late = recorded.filter(({ kind }) => kind !== 'genesis');
  await expect(recordedIn(readerOf(late).frames())).rejects.toThrow(NoBeginning);
  await expect(playJournal(readerOf(late).frames(), { digest: nodeDigest, catalogue })).rejects.toThrow(NoBeginning);
});
