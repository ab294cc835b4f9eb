// Strategies that cheat are caught, and told by the value that gives them away; those that ship are not.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { InputRecord } from '#engine/inputs.ts';
import { mergedFrames } from '#engine/market/merge.ts';
import { SAMPLES } from '#engine/strategy/samples.ts';
import { type Parameters, parametersOf, type Strategy, type Subscription } from '#engine/strategy/strategy.ts';
import { type DeskId, instrumentId, MINUTE_US, sha256, type TimeUs } from '#engine/values.ts';
import { ROOT } from '#tests/e2e-cli/run.ts';
import { nodeDigest } from '#tests/reference/story.ts';
import { madeFrames, madeTrades, TAPE_START, TAPED } from '#tests/results/made-tape.ts';
import { compiledDocument } from '../../cli/research/strategy-documents.ts';
import { DeskRun } from '../desk-run.ts';
import { cutsOf, lookahead } from './lookahead.ts';
import { stateHonesty } from './state-honesty.ts';
import { type Trial, wholeOf } from './trial.ts';

const OTHER = { ...TAPED, id: instrumentId('ETH-USD') };
const VERSION = sha256('ab'.repeat(32));
const ON_BARS: readonly Subscription[] = [{ instrument: TAPED.id, source: TAPED.feeds[0]!.source, timeframeUs: MINUTE_US }];

type Seen = { prices: readonly number[] };

/** `seen`: the series that a program with all of its data in memory would have at hand. */
function trialOf(strategy: Strategy, given: Readonly<{ on?: readonly Subscription[]; seen?: Seen; ticks?: number }> = {}): Trial {
  const { on = ON_BARS, seen = { prices: [] }, ticks = 3_000 } = given;
  const trades = madeTrades({ seed: 3, ticks });
  const tapes = [trades, { ...madeTrades({ seed: 4, ticks }), instrument: OTHER.id }];
  const at = TAPE_START as TimeUs;
  const pure = { latencyUs: 100_000, makerFee: 100, takerFee: 500, fills: 'whole', rejectAboveLots: null };
  const account = {
    id: 'alpha',
    mode: 'BACKTEST',
    venue: 'pure',
    calendar: 'ALWAYS',
    currency: 'USD',
    currencyScale: 2,
    cash: 10_000_000n,
    pure,
  };
  const parameters: Parameters = parametersOf(strategy, {});
  const inputs = [
    { type: 'AccountOpened', account },
    { type: 'CommandGiven', key: 'arm', by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } },
    { type: 'InstrumentDefined', instrument: TAPED },
    { type: 'InstrumentDefined', instrument: OTHER },
    {
      ...{ type: 'StrategyDeployed', strategy: 'one', name: strategy.name, version: VERSION, account: 'alpha', history: false },
      ...{ parameters, subscriptions: on },
    },
  ].map((body, index) => ({ ...body, seq: index + 1, at }) as unknown as InputRecord);
  const prices = [...trades.values[0]!];
  return {
    inputs,
    manifest: {},
    make: (upTo) => {
      // every other number is a trade of the first instrument
      seen.prices = upTo === null ? prices : prices.slice(0, Math.ceil((upTo - inputs.length) / 2));
      return new DeskRun({ desk: 'audited' as DeskId, digest: nodeDigest, catalogue: () => strategy });
    },
    frames: () =>
      mergedFrames(
        tapes.map((block) => madeFrames(block)),
        inputs.length + 1,
      ),
  };
}

async function audited(trial: Trial, count = 6) {
  const whole = wholeOf(trial);
  const cuts = cutsOf(whole, count, 1);
  expect(cuts.length).toBe(count);
  return { whole, seen: await lookahead(trial, whole, cuts), state: stateHonesty(trial, whole, cutsOf(whole, 4, 2)) };
}

/** Buys and sells by one number a bar; where the number comes from is the cheat. */
function byNumber(
  name: string,
  numberOf: (count: number, close: number) => number,
  save: (count: number) => number = (count) => count,
): Strategy {
  return {
    ...{ name, about: 'a cheat', parameters: {}, subscriptions: 1, wantsFills: false },
    warmup: () => 2,
    start: () => ({ count: 0 }),
    decide(state, event, view, wake) {
      if (event.type !== 'bars') return;
      const [bar] = event.bars;
      const value = numberOf((state as { count: number }).count++, bar!.close);
      wake.conditions.push({
        name: 'number above close',
        holds: value > bar!.close,
        numbers: [
          ['number', value],
          ['close', bar!.close],
        ],
      });
      const held = view.position(TAPED.id) + view.working(TAPED.id);
      const lots = (value > bar!.close ? 3 : -3) - held;
      if (lots === 0) return;
      const side = lots > 0 ? 'buy' : 'sell';
      wake.intents.push({
        ...{ do: 'order', instrument: TAPED.id, side, type: 'market', lots: Math.abs(lots), limit: null, stop: null },
        ...{ expiresAt: null, reduceOnly: false, why: 'the number' },
      });
    },
    save: (state) => ({ count: save((state as { count: number }).count) }),
    load: (saved) => ({ ...(saved as { count: number }) }),
  };
}

const PER_BAR = 6;

test('one that normalises by the whole series is caught, and the number is named', async () => {
  const seen: Seen = { prices: [] };
  const highest = { of: seen.prices, is: 0 };
  const strategy = byNumber('normaliser', (_, close) => {
    if (highest.of !== seen.prices) Object.assign(highest, { of: seen.prices, is: Math.max(...seen.prices) });
    return close + highest.is / 2 - 300_300;
  });
  const { seen: row } = await audited(trialOf(strategy, { seen }));
  expect(row).toMatchObject({ verdict: 'failed', numbers: { decision: 'StrategyWoke', field: 'conditions.0.numbers.0.1' } });
  expect(row.said).toMatch(
    /^told only up to number \d+, decision \d+\.\d+ \(StrategyWoke\) is another: number of the condition “number above close”: \d+/,
  );
});

test('one that reads the next bar is caught at a cut behind an order', async () => {
  const seen: Seen = { prices: [] };
  const strategy = byNumber('prophet', (count, close) => seen.prices[Math.min(seen.prices.length, (count + 2) * PER_BAR) - 1] ?? close);
  const { seen: row, state } = await audited(trialOf(strategy, { seen }), 8);
  expect(row).toMatchObject({ verdict: 'failed', numbers: { decision: 'StrategyWoke' } });
  expect(state.verdict).toBe('passed'); // the whole series is there each time: only the prefix shows it
});

test('one with a memory beside its state is caught twice', async () => {
  let woken = 0;
  const { seen, state } = await audited(trialOf(byNumber('rememberer', (_, close) => close + ((woken++ >> 4) % 2 === 0 ? 1 : -1))));
  expect([seen.verdict, state.verdict]).toEqual(['failed', 'failed']);
});

test('one that saves less than it knows is caught where it was restored', async () => {
  const forgetful = byNumber(
    'forgetful',
    (count, close) => close + ((count >> 3) % 2 === 0 ? 1 : -1),
    () => 0,
  );
  const { seen, state } = await audited(trialOf(forgetful));
  expect(seen.verdict).toBe('passed');
  expect(state).toMatchObject({ verdict: 'failed', numbers: { decision: 'StrategyWoke', after: expect.any(Number) } });
});

test('an honest one passes both, and cuts lie where it traded', async () => {
  const trial = trialOf(byNumber('honest', (count, close) => close + ((count >> 3) % 2 === 0 ? 1 : -1)));
  const { whole, seen, state } = await audited(trial, 8);
  expect([seen.verdict, state.verdict]).toEqual(['passed', 'passed']);
  expect(cutsOf(whole, 8, 1).filter((cut) => whole.deeds.includes(cut)).length).toBeGreaterThanOrEqual(4);
  expect(cutsOf(whole, 8, 1)).toEqual(cutsOf(whole, 8, 1));
});

test('all that ship pass: those in TypeScript, and every document of strategies/', async () => {
  const folder = join(ROOT, 'strategies');
  const documents = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !name.endsWith('.story.yaml'));
  expect(documents.length).toBeGreaterThanOrEqual(10);
  const found = documents.map((name) => {
    const compiled = compiledDocument(join(folder, name));
    if (!('strategy' in compiled)) throw new Error(`${name} does not compile`);
    const markets = compiled.document!.markets;
    const mainUs = markets[0]?.timeframeUs ?? MINUTE_US;
    const on = (markets.length === 0 ? [{ timeframeUs: MINUTE_US }] : markets).map(({ timeframeUs }, index): Subscription => {
      const ownUs = timeframeUs ?? mainUs;
      return { ...ON_BARS[0]!, timeframeUs: ownUs, instrument: index > 0 && ownUs === mainUs ? OTHER.id : TAPED.id };
    });
    return { strategy: compiled.strategy, on };
  });
  for (const { strategy, on } of [...SAMPLES.map((strategy) => ({ strategy, on: ON_BARS })), ...found]) {
    const { seen, state } = await audited(trialOf(strategy, { on, ticks: 2_400 }), 4);
    expect([strategy.name, seen.verdict, state.verdict], `${seen.said}; ${state.said}`).toEqual([strategy.name, 'passed', 'passed']);
  }
}, 120_000);
