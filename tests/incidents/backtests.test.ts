/**
 * What went wrong for users of other engines, each by its thread, where a backtest, an import, a branch, an audit or a search could go wrong as well.
 * `Guard:` names the line without which the test goes red; each was taken away once and seen.
 */
import { expect, test } from 'vitest';
import type { Decision } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { type Block, marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import { measure, metricOf } from '#engine/portfolio/metrics/measure.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import { type AccountId, MINUTE_US, type Minor, type Seq, sha256 } from '#engine/values.ts';
import { lookahead } from '#replay/audit/lookahead.ts';
import { robustness } from '#replay/audit/robustness.ts';
import { stateHonesty } from '#replay/audit/state-honesty.ts';
import { STANDARD_THRESHOLDS } from '#replay/audit/thresholds.ts';
import { type Trial, wholeOf } from '#replay/audit/trial.ts';
import { backtest } from '#replay/backtest.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { gateValues, RefusalTally } from '#replay/gate-value.ts';
import { playJournal } from '#replay/journal-play.ts';
import { compareRuns } from '#replay/report/compare.ts';
import { orderedCatalogue } from '#tests/effects/ordered-strategy.ts';
import { imported, options, scratch } from '#tests/import-twins.ts';
import { decisionsOf, inputsOf, seal } from '#tests/replay/forge.ts';
import { DESK, nodeDigest, recordJournal, type Step } from '#tests/replay/recorder.ts';
import { byDay, ETH, withFills } from '#tests/results/hand-run.ts';
import { madeRun } from '#tests/results/made-run.ts';
import { madeFrames, madeTrades, TAPE_START, TAPED } from '#tests/results/made-tape.ts';
import { CENT, type Event, orderedDay } from '#tests/results/ordered-day.ts';

const ALPHA = 'alpha' as AccountId;
const order = (side: 'buy' | 'sell', lots: number): Event => ({ wants: { type: 'market', side, lots, price: null } });
const of = <T extends Decision['type']>(decisions: readonly Decision[], type: T) =>
  decisions.filter((each): each is Extract<Decision, { type: T }> => each.type === type);

// ── A. Backtest differs from live ──

/** An ordinary strategy over wandering prices; `name` is whatever the test gives it. */
function dayOf(strategy: Strategy, ticks = 1_500): readonly Step[] {
  const [account, limits, arm, , deployed] = orderedDay([], { instrument: TAPED });
  const deployment = {
    ...deployed,
    body: { ...(deployed as { body: object }).body, name: strategy.name, version: VERSION },
  } as unknown as Step;
  const defined = { ...deployed, body: { type: 'InstrumentDefined', instrument: TAPED } } as unknown as Step;
  return [
    ...[account!, limits!, arm!, defined, deployment],
    ...[...madeFrames(madeTrades({ seed: 6, ticks }))].map((frame): Step => ({ kind: 'market', frame })),
  ];
}
const VERSION = sha256('1c'.repeat(32));

/** Buys above its mean, sells below; `extra` may cheat. */
function trader(name: string, mean: (closes: readonly number[]) => number): Strategy<{ closes: number[] }> {
  return {
    ...{ name, about: '', parameters: {}, subscriptions: 1, wantsFills: false, warmup: () => 3 },
    start: () => ({ closes: [] }),
    decide(state, event, view, wake) {
      if (event.type !== 'bars') return;
      const [bar] = event.bars;
      if (bar == null) return;
      state.closes.push(bar.close);
      const [level, held] = [mean(state.closes), view.position(TAPED.id)];
      wake.conditions.push({ name: 'above', holds: bar.close > level, numbers: [['mean', Math.round(level)]] });
      const side = bar.close > level ? 'buy' : 'sell';
      if ((side === 'buy') === held > 0) return;
      const lots = held === 0 ? 5 : 10;
      wake.intents.push({
        ...{ do: 'order', instrument: TAPED.id, side, type: 'market', lots, limit: null, stop: null },
        expiresAt: null,
        reduceOnly: false,
        why: name,
      });
    },
    save: ({ closes }) => [...closes],
    load: (saved) => ({ closes: [...(saved as number[])] }),
  };
}
const averageOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const honest = trader('honest', (closes) => averageOf(closes.slice(-8)));
const onlyOne = (strategy: Strategy) => (name: string) => (name === strategy.name ? strategy : null);

// Guard: replay/backtest.ts, `mergedFrames(tapes, inputs.length + 1)`: the numbers of the day
test('freqtrade #477, jesse #410, #447: a backtest of the facts of a paper day closes the candles and fills the orders of that day', async () => {
  const catalogue = onlyOne(honest as Strategy);
  const { frames } = recordJournal(dayOf(honest as Strategy), { catalogue });
  const decided: Decision[] = [];
  await backtest({
    ...{ desk: DESK, digest: nodeDigest, catalogue, manifest: {}, inputs: inputsOf(frames), append: null },
    ...{ tapes: [madeFrames(madeTrades({ seed: 6, ticks: 1_500 }))], observer: (decision) => void decided.push(decision) },
  });
  expect(decided).toEqual(decisionsOf(frames));
  expect(of(decided, 'OrderFilled').length).toBeGreaterThan(20);
  for (const { start, end } of of(decided, 'CandleClosed')) expect(end - start).toBe(MINUTE_US);
});

// Guard: actors/desk.ts, takeTick: orders are matched before the strategies are asked, never after
test('nautilus_trader #1537, #4063, freqtrade #3902, #3968: what is decided at a close fills at the next fact, in paper and in backtest', () => {
  const barred = { ...CENT, feeds: CENT.feeds.map((feed) => ({ ...feed, barUs: MINUTE_US })) };
  const bar = (minute: number, prices: readonly [number, number, number, number]): Step => {
    const [at, venueTime] = [TAPE_START + (minute + 1) * MINUTE_US, TAPE_START + minute * MINUTE_US].map((time) => Float64Array.of(time));
    const values = [...prices, 100].map((value) => Float64Array.of(value));
    const block: Block = {
      ...{
        instrument: CENT.id,
        source: CENT.feeds[0]!.source,
        kind: 'bar',
        timeframeUs: MINUTE_US,
        count: 1,
        at: at!,
        venueTime: venueTime!,
      },
      ...{ venueSeq: NO_SEQ, flags: new Uint8Array(1), values },
    };
    return { kind: 'market', frame: marketFrame(1 as Seq, [block], NO_LANE, null) };
  };
  const buyer: Strategy<null> = {
    ...{ name: 'buyer', about: '', parameters: {}, subscriptions: 1, wantsFills: false, warmup: () => 0, start: () => null },
    decide(_, event, view, wake) {
      if (event.type === 'bars' && view.position(CENT.id) === 0 && view.working(CENT.id) === 0)
        wake.intents.push({
          ...{ do: 'order', instrument: CENT.id, side: 'buy', type: 'market', lots: 1, limit: null, stop: null },
          expiresAt: null,
          reduceOnly: false,
          why: '',
        });
    },
    save: () => null,
    load: () => null,
  };
  const steps = orderedDay([bar(0, [1_000, 1_010, 990, 1_005]), bar(1, [1_020, 1_030, 1_001, 1_002])], { instrument: barred }).map(
    (step) =>
      step.kind === 'input' && step.body.type === 'StrategyDeployed'
        ? { ...step, body: { ...step.body, name: 'buyer', version: VERSION } }
        : step,
  );
  const decisions = decisionsOf(recordJournal(steps, { catalogue: onlyOne(buyer as Strategy) }).frames);
  // decided at the close of the first bar, 1,005: neither there nor at any price of that bar
  expect(of(decisions, 'OrderFilled').map(({ price, cause }) => [price, cause])).toEqual([[1_020, 7]]);
});

// Guard: replay/report/compare.ts, FILL_FIELDS: `fee`
test('freqtrade #8518, #5222, #12675, hftbacktest #67: two runs that differ in a rebate only are told apart fill by fill, trade by trade', () => {
  const rows = [
    ['buy', 100, 30_000, 3n],
    ['sell', 100, 30_100, 3n],
  ] as const;
  const [one, other] = [rows, [rows[0], ['sell', 100, 30_100, -1n] as const]].map((all) => {
    const result = withFills({ ...byDay(100_000, 100_000), instruments: [ETH] }, all);
    return { result, measures: measure(result) };
  });
  const { fills, trades } = compareRuns(one!, other!);
  expect(fills.firstDifferent).toMatchObject({ index: 1, fields: ['fee'] });
  expect(trades.pairs).toMatchObject([{ kind: 'changed', fields: ['fees', 'net'], a: { net: 94n }, b: { net: 98n } }]);
});

// Guard: replay/audit/robustness.ts, latency: every latency is judged, by the middle of its seeds
test('hftbacktest #256: a profit that only a longer latency makes is no profit, and the spread of each is told', () => {
  const base = { net: 100, days: 10, trades: [100] };
  const played = { base, dearer: base, neighbours: [], starts: [], jittered: [100] };
  const latencies = [
    { name: '0 ms', nets: [-40, 10, 60] },
    { name: '100 ms', nets: [80, 100, 120] },
    { name: '500 ms', nets: [90, 300, 500] },
  ];
  const row = robustness({ ...played, latencies }, STANDARD_THRESHOLDS, String).find(({ check }) => check === 'latency')!;
  expect(row.verdict).toBe('failed');
  expect(row.said).toContain('0 ms: -40 · 10 · 60');
});

// Guard: replay/audit/state-honesty.ts, `return again`: the run goes on from what was restored
test('QuantConnect/Documentation #339, #340, #2301: what a strategy does not save is found before a restart finds it', () => {
  const forgetful = { ...honest, name: 'forgetful', save: () => [] };
  const verdictOf = (strategy: Strategy) => {
    const trial = trialOf(strategy, () => {});
    return stateHonesty(trial, wholeOf(trial), [400, 900]).verdict;
  };
  expect(verdictOf(forgetful as Strategy)).toBe('failed');
  expect(verdictOf(honest as Strategy)).toBe('passed');
});

// Guard: engine/portfolio/valuation.ts, unitOf: `* multiplier.digits`
test('barter-rs #47, #232: a contract of ten earns ten times as much, and its exit is stamped with the market’s time', () => {
  const earned = (multiplier: string) => {
    const instrument = { ...CENT, multiplier };
    const { frames } = recordJournal(orderedDay([1_000, order('buy', 3), 1_002, order('sell', 3), 1_006], { instrument }), {
      catalogue: orderedCatalogue,
    });
    return of(decisionsOf(frames), 'OrderFilled').map(({ realised, at }) => [realised, at - TAPE_START]);
  };
  expect(earned('1')[1]).toEqual([12n, 3_000_000]); // 3 lots × 4 ticks, at the third second of the day
  expect(earned('10')[1]).toEqual([120n, 3_000_000]);
});

// ── C. Lookahead and leakage ──

/** `fresh` is called for each desk that is made: a program that keeps its data elsewhere would find it there. */
function trialOf(strategy: Strategy, fresh: (upTo: number | null) => void): Trial {
  const { frames } = recordJournal(dayOf(strategy, 10), { catalogue: onlyOne(strategy) });
  const inputs = inputsOf(frames) as readonly InputRecord[];
  return {
    ...{ inputs, manifest: {} },
    make(upTo) {
      fresh(upTo);
      return new DeskRun({ desk: DESK, digest: nodeDigest, catalogue: onlyOne(strategy) });
    },
    *frames() {
      for (const frame of madeFrames(madeTrades({ seed: 6, ticks: 1_500 })))
        yield { ...frame, first: (frame.first + inputs.length) as Seq };
    },
  };
}

// Guard: replay/audit/lookahead.ts, `decided(trial, cut)`: told only up to the cut
test('freqtrade #8369, #11346, #11642, #5494: a single candle of the future is found, with the value that gives it away', async () => {
  const prices = [...madeTrades({ seed: 6, ticks: 1_500 }).values[0]!];
  let known: readonly number[] = prices;
  // the end of the next candle, where the program has it in memory
  const peeking = trader('peeking', (closes) => known[6 * closes.length + 5] ?? closes.at(-1)!);
  const trial = trialOf(peeking as Strategy, (upTo) => {
    known = upTo === null ? prices : prices.slice(0, Math.max(1, upTo - 5));
  });
  const row = await lookahead(trial, wholeOf(trial), [300, 611, 905]);
  expect(row.verdict).toBe('failed');
  expect(row.said).toMatch(/mean of the condition “above”: \d+ in the whole run, \S+ here/);
  const clean = trialOf(honest as Strategy, () => {});
  expect((await lookahead(clean, wholeOf(clean), [300, 611, 905])).verdict).toBe('passed');
});

// Guard: infra/import/judge.ts, `layout.timeframeUs + options.latencyUs`
test('nautilus_trader #4579: a bar that is labelled with its beginning is known at its end, behind the ticks inside it', async () => {
  const path = scratch()('bars.csv', 'time,open,high,low,close,volume\n1704067200000,10,12,9,11,5\n1704067260000,11,11,10,10,3\n');
  const { blocks } = await imported([path], options('0.01', '0.001', { latencyUs: 250_000 }));
  const [bars] = blocks;
  expect([...bars!.at].map((at, index) => at - bars!.venueTime[index]!)).toEqual([MINUTE_US + 250_000, MINUTE_US + 250_000]);
});

// ── F, G. Candles; what a refusal was worth ──

// Guard: replay/gate-value.ts, without: `limits` of the guard are null
test('project_elrond #57: the outcome of what was refused is known, and the limit that refused it has a value', async () => {
  const { frames } = recordJournal(
    orderedDay([1_000, order('buy', 10), 1_010, order('sell', 10), 1_030], { limits: { maxOrderLots: 5 } }),
    {
      catalogue: orderedCatalogue,
    },
  );
  const tally = new RefusalTally(ALPHA);
  const play = async (lift: object) => {
    const { run } = await playJournal(seal(frames).reader().frames(), { digest: nodeDigest, catalogue: orderedCatalogue, ...lift });
    const { accounts } = run.desk.parts;
    return { equity: accounts.equity(accounts.byId.get(ALPHA)!.book) as Minor, fills: run.counts.fills };
  };
  expect(await gateValues(tally, await play({ observer: tally.hear }), play)).toMatchObject([
    { guard: 'quantity', refused: 2, value: -200n },
  ]);
});

// Guard: actors/desk/candles.ts, takeTrade: `else this.#late(venueTime, price, lots)`
test('nautilus_trader #4145, #2605, freqtrade #746, #4867, #11269: a late tick amends its candle or is counted, and no decision is made of it again', () => {
  const late = { ...CENT, feeds: CENT.feeds.map((feed) => ({ ...feed, latenessUs: 0, graceUs: 5_000_000 })) };
  const trade = (atSecond: number, venueSecond: number, price: number): Step => {
    const [at, venueTime] = [atSecond, venueSecond].map((second) => Float64Array.of(TAPE_START + second * 1_000_000));
    const block: Block = {
      ...{ instrument: CENT.id, source: CENT.feeds[0]!.source, kind: 'trade', timeframeUs: 0, count: 1, at: at!, venueTime: venueTime! },
      ...{ venueSeq: NO_SEQ, flags: new Uint8Array(1), values: [Float64Array.of(price), Float64Array.of(1)] },
    };
    return { kind: 'market', frame: marketFrame(1 as Seq, [block], NO_LANE, null) };
  };
  // the day begins inside a minute: its first candle is there; 63 amends it, 70 comes behind the grace
  const steps = orderedDay([trade(50, 50, 1_000), trade(61, 61, 1_010), trade(63, 59, 900), trade(70, 58, 800), trade(121, 121, 1_020)], {
    instrument: late,
  });
  const decisions = decisionsOf(recordJournal(steps, { catalogue: orderedCatalogue }).frames);
  expect(of(decisions, 'CandleClosed').map(({ low, trades }) => [low, trades])).toEqual([
    [1_000, 1],
    [1_010, 1],
  ]);
  expect(of(decisions, 'CandleAmended').map(({ low, version, trades }) => [low, version, trades])).toEqual([[900, 2, 2]]);
  expect(of(decisions, 'TickTooLate').map(({ count }) => count)).toEqual([1]);
});

// ── I. Trust in tuning ──

// Guard: engine/portfolio/metrics/significance.ts, deflatedSharpe: `expectedBest(trials.count, …)`
test('freqtrade #2472, #11737, freqtrade-ultimate #4: the same run is believed less, the more was tried before it', () => {
  const run = madeRun({ days: 200, barMinutes: 240, tradeChance: 0.1 });
  const believed = [1, 10, 1_000].map(
    (count) => metricOf(measure(run, { seed: 1, paths: 10, trials: { count, sharpes: null } }), 'deflatedSharpe').value!,
  );
  expect(believed[0]).toBeGreaterThan(believed[1]!);
  expect(believed[1]).toBeGreaterThan(believed[2]!);
});
