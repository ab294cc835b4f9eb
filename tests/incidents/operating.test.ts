/**
 * What went wrong for users of other engines, each by its thread, around a desk that runs: stopping it in an emergency, playing its day again, candles
 * without a market or with a hole, searches that take days. `Guard:` names the line without which the test goes red; each was taken away once and seen.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SweepAsked } from '#cli/research/sweep-asked.ts';
import { outcomesOf } from '#cli/research/sweep-batch.ts';
import { runSweep, type Swept } from '#cli/research/sweep-session.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Command } from '#engine/inputs.ts';
import { type Block, marketFrame, NO_LANE } from '#engine/market/blocks.ts';
import { calendarById, sessionAt } from '#engine/market/calendar.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type AccountId, DAY_US, MINUTE_US, SECOND_US, type Seq, type TimeUs } from '#engine/values.ts';
import type { Tape } from '#infra/tape/tape.ts';
import { paced, play } from '#replay/play.ts';
import { orderedCatalogue } from '#tests/effects/ordered-strategy.ts';
import { decisionsOf, seal } from '#tests/replay/forge.ts';
import { commanded, nodeDigest, recordJournal, type Step } from '#tests/replay/recorder.ts';
import { TAPE_START } from '#tests/results/made-tape.ts';
import { CENT, type Event, orderedDay } from '#tests/results/ordered-day.ts';
import { walkTape } from '#tests/walk-tape.ts';

const root = mkdtempSync(join(tmpdir(), 'retrace-incidents-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const of = <T extends Decision['type']>(decisions: readonly Decision[], type: T) =>
  decisions.filter((each): each is Extract<Decision, { type: T }> => each.type === type);
const recorded = (steps: readonly Step[]) => recordJournal(steps, { catalogue: orderedCatalogue });
const wants = (side: 'buy' | 'sell', lots: number, type: 'market' | 'limit' | 'stop' = 'market', price: number | null = null): Event => ({
  wants: { type, side, lots, price },
});

// ── One action in an emergency ──

const HELD: readonly Event[] = [1_000, wants('buy', 10), 1_000, wants('buy', 5, 'limit', 900), wants('sell', 10, 'stop', 950)];
const says = (second: number, command: Command): Step => commanded(TAPE_START + second * SECOND_US, `${command.do}@${second}`, command);

// Guard: actors/desk/gates.ts, `living.value === 'KILLED'` among the stopped; engine/risk/clauses.ts, the clause `gate`
test('OctoBot #2360, freqtrade #281, #1841: one word takes everything off, and nothing leaves until a person has lifted it and armed again', () => {
  const arm: Command = { do: 'Arm', scope: 'global', of: '*' };
  const { frames, run } = recorded(
    orderedDay([
      ...HELD,
      says(2, { do: 'Kill', why: 'panic' }),
      wants('buy', 1),
      1_000,
      says(3, arm),
      wants('buy', 1),
      wants('sell', 10),
      1_000,
    ]),
  );
  const { orders, gates } = run.desk.parts;
  const decisions = decisionsOf(frames);
  expect(gates.global.living.value).toBe('KILLED');
  expect([...orders.working]).toEqual([]);
  expect(of(decisions, 'OrderFilled').map(({ lots }) => lots)).toEqual([10]);
  expect(of(decisions, 'OrderRefused')).toHaveLength(3);
  const killedAt = of(decisions, 'GateMoved').find(({ to }) => to === 'KILLED')!.cause;
  const lifted = recorded(
    orderedDay([
      ...HELD,
      says(2, { do: 'Kill', why: 'panic' }),
      says(2, { do: 'Disarm', killedAt }),
      wants('buy', 1),
      says(2, arm),
      wants('sell', 10),
      1_000,
    ]),
  );
  const after = decisionsOf(lifted.frames);
  expect(of(after, 'OrderRefused')).toHaveLength(1); // lifted is not armed
  expect(of(after, 'OrderFilled').map(({ lots, side }) => `${side} ${lots}`)).toEqual(['buy 10', 'sell 10']);
});

// Guard: actors/desk/commands.ts, Flatten: `trading.askCancel(order, FLATTEN)` and the closing orders below it
test('freqtrade #281: one word closes every position, also what its own stop and targets would have closed', () => {
  const { run, frames } = recorded(orderedDay([...HELD, says(2, { do: 'Flatten', account: 'alpha' as AccountId }), 1_000, 940, 890]));
  const { orders, accounts } = run.desk.parts;
  expect([...orders.working]).toEqual([]);
  expect([...accounts.ledger.holdings('alpha' as AccountId)].filter(({ lots }) => lots !== 0)).toEqual([]);
  expect(of(decisionsOf(frames), 'OrderFilled').map(({ lots, side }) => `${side} ${lots}`)).toEqual(['buy 10', 'sell 10']);
});

// ── The day again, at any pace ──

// Guard: replay/play.ts, paced: `(now - atWall) * 1000 * pace`
test('nautilus_trader #748: a recorded day is played again as it came, at any pace, and decides the same', async () => {
  const day = [1_000, 1_010, 990, 1_020, 1_005].flatMap((price, i): Event[] =>
    i % 2 === 0 ? [wants('buy', 3), price] : [wants('sell', 2), price],
  );
  const { frames, run } = recorded(orderedDay(day));
  for (const speed of [1, 4, Number.POSITIVE_INFINITY]) {
    let nowMs = 0;
    const waited = async (ms: number): Promise<void> => {
      nowMs += ms;
    };
    const decided: Decision[] = [];
    const seen: number[] = [];
    const again = await play(seal(frames).reader(), {
      ...{ digest: nodeDigest, catalogue: orderedCatalogue, decided: (decision: Decision) => void decided.push(decision) },
      pacer: paced({ nowMs: () => nowMs, wait: waited, stopped: () => false }, () => speed),
      status: () => void seen.push(nowMs),
    });
    expect(decided).toEqual(decisionsOf(frames));
    expect([again.runHash, again.stateHash]).toEqual([run.runHash(), run.stateHash()]);
    // five seconds of market, the first of them at once behind the inputs
    const lasted = seen.at(-1)! - seen[0]!;
    expect(Math.abs(lasted - 5_000 / speed)).toBeLessThanOrEqual(speed === Number.POSITIVE_INFINITY ? 0 : 200);
  }
});

// ── Candles ──

type Tick = Readonly<{ at: number; price: number; number?: number }>;
const ticks = (instrument: Instrument, all: readonly Tick[]): Step[] =>
  all.map(({ at, price, number = -1 }): Step => {
    const block: Block = {
      ...{ instrument: instrument.id, source: instrument.feeds[0]!.source, kind: 'trade', timeframeUs: 0, count: 1 },
      ...{ at: Float64Array.of(at), venueTime: Float64Array.of(at), venueSeq: Float64Array.of(number), flags: new Uint8Array(1) },
      values: [Float64Array.of(price), Float64Array.of(1)],
    };
    return { kind: 'market', frame: marketFrame(1 as Seq, [block], NO_LANE, null) };
  });

// Guard: actors/desk/candles.ts, closeDue: `inSession(market, …)`
test('nautilus_trader #928: a closed market has no candles, not even flat ones; the first of the next session is there', () => {
  const listed: Instrument = { ...CENT, calendar: 'NYSE', feeds: CENT.feeds.map((feed) => ({ ...feed, fillFlat: true })) };
  const nyse = calendarById('NYSE');
  const noon = TAPE_START + Math.ceil((DAY_US * 0.7) / MINUTE_US) * MINUTE_US;
  let today = sessionAt(nyse, noon as TimeUs);
  for (let day = 1; today === null; day += 1) today = sessionAt(nyse, (noon + day * DAY_US) as TimeUs);
  let next = null;
  for (let day = 1; next === null; day += 1) next = sessionAt(nyse, (today.open + MINUTE_US + day * DAY_US) as TimeUs);
  const steps = [
    ...orderedDay([], { instrument: listed }),
    ...ticks(listed, [
      { at: today.close - 3 * MINUTE_US + SECOND_US, price: 1_000 },
      { at: next.open + SECOND_US, price: 1_100 },
      { at: next.open + MINUTE_US + SECOND_US, price: 1_110 },
    ]),
  ];
  const candles = of(decisionsOf(recorded(steps).frames), 'CandleClosed');
  expect(candles.filter(({ end }) => end > today.close && end <= next.open)).toEqual([]);
  expect(candles.filter(({ end }) => end <= today.close).map(({ end, trades }) => [today.close - end, trades])).toEqual([
    [2 * MINUTE_US, 1],
    [MINUTE_US, 0],
    [0, 0],
  ]);
  expect(candles.find(({ start }) => start === next.open)).toMatchObject({ open: 1_100, trades: 1 });
});

// Guard: actors/desk/markets.ts, #enter: `this.#fault(feed, 'gap'); this.#gapped(feed)`
test('kerosene #68: where numbers of the venue are missing the candle says that it is not whole, and the feed that it is not trusted', () => {
  const counted: Instrument = { ...CENT, feeds: CENT.feeds.map((feed) => ({ ...feed, settleUs: 5 * SECOND_US })) };
  const at = (second: number) => TAPE_START + second * SECOND_US;
  const day = (lost: number): readonly Decision[] =>
    decisionsOf(
      recorded([
        ...orderedDay([], { instrument: counted }),
        ...ticks(counted, [
          { at: at(10), price: 1_000, number: 1 },
          { at: at(70), price: 1_001, number: 2 },
          { at: at(80), price: 1_002, number: 3 + lost },
          { at: at(81), price: 1_003, number: 4 + lost },
          { at: at(130), price: 1_004, number: 5 + lost },
          { at: at(190), price: 1_005, number: 6 + lost },
        ]),
      ]).frames,
    );
  const [whole, gapped] = [day(0), day(40)];
  expect(of(whole, 'CandleClosed').map(({ complete }) => complete)).toEqual([true, true, true]);
  expect(of(gapped, 'CandleClosed').map(({ complete }) => complete)).toEqual([true, false, true]);
  const told = of(gapped, 'FeedMoved').filter(
    (moved) => !of(whole, 'FeedMoved').some((other) => JSON.stringify({ ...other, cause: 0 }) === JSON.stringify({ ...moved, cause: 0 })),
  );
  expect(told.some(({ why }) => /gap/i.test(why))).toBe(true);
  expect(of(gapped, 'CandlesMoved').some(({ to }) => to === 'gap')).toBe(true);
  expect(of(gapped, 'CandlesMoved').some(({ from, why }) => from === 'gap' && why === 'Mended')).toBe(true);
});

// ── Searches that take days ──

const tape = walkTape({ folder: join(root, 'walk'), seed: 11, kind: 'bar', count: 960, everyUs: 15 * MINUTE_US });
const asked: SweepAsked = {
  backtest: {
    ...{ strategy: 'ema-cross', set: {}, tapes: [tape], instruments: [], timeframeUs: null, markets: {}, cash: null, from: null, to: null },
    ...{ tags: [], venue: { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: null } },
  },
  ...{ params: ['fast=2..10:2', 'slow=8..32:4'], where: ['fast < slow'], method: 'random', trials: 18, seed: 3 },
  ...{ objective: 'sharpe', minTrades: 1, giveUp: null, walk: null },
};

// Guard: cli/research/sweep-search.ts, evaluated: `Array.from({ length: width }, one)`; infra/runs/trials.ts, add: `!known.has(id)`
test('jesse #538: trials are played beside each other on the same tape, tell the same as one after the other, and are counted once in one ledger', async () => {
  const swept = async (home: string, width: number): Promise<Readonly<{ told: Swept; together: number; tapes: readonly Tape[] }>> => {
    process.env['RETRACE_HOME'] = join(root, home);
    let [running, together] = [0, 0];
    const shared = new Set<Tape>();
    const told = await runSweep(asked, {
      evaluators: (tapes) => ({
        width,
        async outcomes(batch) {
          for (const each of tapes) shared.add(each);
          together = Math.max(together, ++running);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
          return outcomesOf(batch, tapes);
        },
        end: async () => {},
      }),
      ...{ batch: 3, top: 3, heard: () => true },
    });
    return { told: told!, together, tapes: [...shared] };
  };
  const one = await swept('one', 1);
  const three = await swept('three', 3);
  expect([one.together, three.together]).toEqual([1, 3]);
  expect(three.tapes).toEqual([tape]);
  const figures = ({ told }: typeof one) => told.trials.map(({ choice, score }) => [choice, score]);
  expect(figures(three)).toEqual(figures(one));
  const again = await swept('three', 2);
  expect([three.told.counted, again.told.counted]).toEqual([one.told.counted, one.told.counted]);
  const ledger = join(root, 'three', 'trials');
  const lines = readdirSync(ledger, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readFileSync(join(ledger, name), 'utf8').trim().split('\n'));
  expect(lines).toHaveLength(one.told.counted);
});
