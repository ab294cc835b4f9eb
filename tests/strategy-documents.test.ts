// Documents in the real desk, on a market with faults: they trade, none faults, and what rests never exceeds what is held.
import { describe, expect, test } from 'vitest';
import type { Decision } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { marketFrame } from '#engine/market/blocks.ts';
import { SyntheticMarket, syntheticSpec } from '#engine/market/synthetic.ts';
import { DEMO } from '#engine/market/synthetic-faults.ts';
import { syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { EMA_CROSS, type Example, strategyExample } from '#engine/strategy/language/document-examples.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { DeskRun } from '#replay/desk-run.ts';
import { nodeDigest } from './reference/story.ts';

const protectedBy = (name: string, more: { readonly [key: string]: Example }): Example => ({
  name,
  about: 'enters at a break of the last seconds',
  entries: { long: 'close > highest(high, 5)[1]', short: 'close < lowest(low, 5)[1]' },
  sizing: { risk_percent: 0.1, most: 50 },
  ...more,
});
const DOCUMENTS: readonly Example[] = [
  EMA_CROSS,
  protectedBy('stop-and-target', { stop: { atr: 3, bars: 5 }, target: { atr: 4, bars: 5 } }),
  protectedBy('trailing', { trailing: { ticks: 'max(3, 2 * atr(5))' }, cooldown: { bars: 2 } }),
  protectedBy('timed', {
    sizing: { lots: 7 },
    target: { percent: 0.02 },
    time_stop: { after: '4500ms' },
    exits: { long: 'close < open', short: 'close > open' },
  }),
];
const STRATEGIES: ReadonlyMap<string, Strategy> = new Map(
  DOCUMENTS.map((example) => strategyExample(example).strategy).map((strategy) => [strategy.name, strategy]),
);

function run(ticks: number, frameSize: number, fills: 'lots' | 'whole') {
  const instruments = syntheticInstruments(2);
  const market = new SyntheticMarket(syntheticSpec({ seed: 7, instruments, faults: DEMO }));
  const decisions: Decision[] = [];
  const desk = new DeskRun({
    desk: 'documents' as DeskId,
    digest: nodeDigest,
    catalogue: (name) => STRATEGIES.get(name) ?? null,
    observer: (decision) => decisions.push(decision),
  });
  const start = syntheticSpec({ seed: 7, instruments }).startUs as TimeUs;
  let seq = 0;
  const enter = (body: object, at: TimeUs): void => desk.input({ seq: ++seq as Seq, at, ...body } as InputRecord);
  for (const name of STRATEGIES.keys()) {
    const pure = { latencyUs: 20_000, makerFee: 100, takerFee: 500, fills, rejectAboveLots: null };
    const { currencyScale } = instruments[0]!;
    const account = {
      id: name,
      mode: 'PAPER',
      venue: 'pure',
      calendar: 'ALWAYS',
      currency: 'USD',
      currencyScale,
      cash: 100_000_000n,
      pure,
    };
    enter({ type: 'AccountOpened', account }, start);
  }
  enter({ type: 'CommandGiven', key: 'arm', by: 'test', sawSeq: null, command: { do: 'Arm', scope: 'global', of: '*' } }, start);
  for (const instrument of instruments) {
    enter({ type: 'InstrumentDefined', instrument }, start);
    for (const name of STRATEGIES.keys()) {
      const subscriptions = [{ instrument: instrument.id, source: instrument.feeds[0]!.source, timeframeUs: 1_000_000 }];
      const strategy = `${name}-${instrument.id}`;
      const version = '0'.repeat(64);
      enter({ type: 'StrategyDeployed', strategy, name, version, account: name, parameters: {}, subscriptions, history: false }, start);
    }
  }
  while (desk.counts.ticks < ticks) {
    const chunk = market.next(Math.min(frameSize, ticks - desk.counts.ticks));
    if (chunk === null) break;
    if (chunk.kind === 'market') {
      desk.market(marketFrame((seq + 1) as Seq, chunk.blocks, chunk.lane, null));
      seq = desk.desk.seq;
    } else for (const { at, ...body } of chunk.records) enter(body, at as TimeUs);
    desk.takeDecisions();
  }
  return { decisions, hash: desk.runHash(), state: desk.stateHash() };
}

describe.each(['lots', 'whole'] as const)('documents in the desk, fills by %s', (fills) => {
  const { decisions, hash, state } = run(60_000, 512, fills);
  const of = <T extends Decision['type']>(type: T) =>
    decisions.filter((decision): decision is Decision & { type: T } => decision.type === type);

  test('each of them trades, and none faults', () => {
    expect(of('StrategyMoved').filter(({ to }) => to === 'faulted')).toEqual([]);
    for (const name of STRATEGIES.keys()) expect(of('OrderFilled').filter(({ account }) => account === name).length).toBeGreaterThan(10);
    const reasons = new Set(of('OrderApproved').map(({ why }) => why));
    for (const why of ['long', 'short', 'protective stop', 'protective limit', 'target', 'exit', 'time is up'])
      expect(reasons).toContain(why);
  });

  test('what reduces is never asked for beyond what is held', () => {
    const refused = of('OrderRefused').filter(({ clauses }) => clauses.some(({ clause, ok }) => clause === 'reduce-only' && !ok));
    expect(refused).toEqual([]);
  });

  test('no position turns by a protection: every fill of one leaves less, or nothing', () => {
    const entries = new Set(['long', 'short']);
    const why = new Map(of('OrderApproved').map((order) => [order.order as string, order.why]));
    for (const { order, side, position, account } of of('OrderFilled')) {
      if (account === 'ema-cross-document' || entries.has(why.get(order) ?? '')) continue;
      expect(side === 'sell' ? position : -position).toBeGreaterThanOrEqual(0);
    }
  });

  test('the same decisions, however the market is cut', () => {
    const other = run(60_000, 77, fills);
    expect([other.hash, other.state]).toEqual([hash, state]);
  });
});
