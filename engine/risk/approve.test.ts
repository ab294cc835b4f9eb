import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClauseName } from '../decisions.ts';
import type { InstrumentId, StrategyId } from '../values.ts';
import { BUY, FACTS, failing, GATES, LONG, money, NOW, other, recent, SCOPES, SELL, scopes } from './approval-examples.ts';
import { type Approved, approve } from './approve.ts';
import { CLAUSES, isReducing } from './clauses.ts';
import type { ApprovalFacts, OrderAsked } from './facts.ts';
import type { Limits } from './limits.ts';
import { RecentOrders } from './recent.ts';

const AT_THE_LIMIT: Limits = {
  collarPermille: 30,
  maxOrderLots: 3,
  maxOrderNotional: money(309n),
  maxPositionLots: 3,
  softDailyLoss: money(1n),
  hardDailyLoss: money(1n),
  maxDrawdown: null,
  ordersPerSecond: 1,
  duplicateUs: 1_000_000,
  staleUs: 1,
};

test('an order exactly at every limit passes, and shows its numbers', () => {
  const limits = Object.fromEntries(SCOPES.map((scope) => [scope, AT_THE_LIMIT]));
  const facts = { ...FACTS, recent: new RecentOrders([recent(1_000_000, { limit: 103 })]), budget: money(309n), scopes: scopes(limits) };
  const { approved, clauses } = approve({ ...BUY, limit: 103 }, facts);
  expect(approved).not.toBeNull();
  expect(clauses.map(({ clause }) => clause)).toEqual(
    CLAUSES.map(({ name }) => name).filter((name) => name !== 'reduce-only' && name !== 'venue'),
  );
});

test('a refusal lists every clause that failed, in the order of the table', () => {
  const limits = { ...AT_THE_LIMIT, collarPermille: 1, maxOrderLots: 1, maxOrderNotional: money(1n), maxPositionLots: 1, staleUs: 0 };
  const facts = {
    ...FACTS,
    accountDayLoss: money(2n),
    recent: new RecentOrders([recent(1, { limit: 200 })]),
    budget: money(1n),
    takes: { orderTypes: [], timesInForce: [], postOnly: false },
    scopes: scopes({ account: limits }, 'HALTED'),
  };
  const refused = approve({ ...BUY, limit: 200, expiresAt: NOW, reduceOnly: true }, facts);
  expect(refused.approved).toBeNull();
  expect(refused.clauses.filter(({ ok }) => !ok).map(({ clause }) => clause)).toEqual(CLAUSES.map(({ name }) => name));
});

test('the same price at another type, side, size or name is no duplicate', () => {
  const facts = { ...FACTS, scopes: scopes({ account: { duplicateUs: 1_000_000 } }), recent: new RecentOrders([recent(3)]) };
  const changes: Partial<OrderAsked>[] = [{ side: 'sell' }, { type: 'stop', stop: 100, limit: null }, { lots: 4 }, { limit: 101 }];
  const names: Partial<OrderAsked>[] = [{ strategy: 'mean' as StrategyId }, { instrument: 'ETH' as InstrumentId }];
  for (const change of [...changes, ...names]) expect(failing({ ...BUY, ...change }, facts)).toEqual([]);
});

test('a reducing order is bound by gate, validity, collar, its own rate and duplicates only, and says so', () => {
  const tight = {
    maxOrderLots: 1,
    maxOrderNotional: money(1n),
    maxPositionLots: 0,
    softDailyLoss: money(1n),
    ordersPerSecond: 1,
    staleUs: 0,
  };
  const facts = {
    ...LONG,
    feedState: 'DOWN',
    accountDayLoss: money(9n),
    budget: money(0n),
    recent: new RecentOrders([recent(1)]),
    scopes: scopes({ account: tight }, 'REDUCE_ONLY'),
  };
  const { approved, reducing, clauses } = approve({ ...SELL, reduceOnly: true }, facts);
  expect([approved !== null, reducing]).toEqual([true, true]);
  const unbound = clauses.filter(({ numbers }) => numbers.at(-1)?.join(' ') === 'binds no').map(({ clause }) => clause);
  expect(unbound).toEqual(['quantity', 'notional', 'position', 'daily-loss', 'stale-data', 'budget']);
  expect(unbound).toEqual(CLAUSES.filter((one) => !one.bindsReducing).map(({ name }) => name));
  const bound: [Partial<OrderAsked>, Partial<ApprovalFacts>, ClauseName][] = [
    [{ expiresAt: NOW }, {}, 'validity'],
    [{}, { scopes: scopes({}, 'CANCEL_ONLY') }, 'gate'],
    [{ limit: 50 }, { scopes: scopes({ account: { collarPermille: 10 } }) }, 'collar'],
    [{}, { recent: new RecentOrders([recent(1, { ...other, reducing: true })]) }, 'rate'],
    [{}, { recent: new RecentOrders([recent(1, { side: 'sell' })]), scopes: scopes({ account: { duplicateUs: 9 } }) }, 'duplicate'],
  ];
  for (const [asked, changes, clause] of bound)
    expect(failing({ ...SELL, ...asked }, { ...facts, ...changes })).toEqual([expect.stringContaining(clause)]);
});

test('in every state of the four gates: opening needs OPEN in all, reducing OPEN or REDUCE_ONLY', () => {
  let passed = 0;
  for (let at = 0; at < 9 * 9 * 9 * 9; at += 1) {
    const states = [at % 9, Math.floor(at / 9) % 9, Math.floor(at / 81) % 9, Math.floor(at / 729)].map((digit) => GATES[digit] as string);
    const four = scopes().map((one, index) => ({ ...one, gate: states[index] as string }));
    const opens = approve(BUY, { ...LONG, scopes: four }).approved !== null;
    const reduces = approve(SELL, { ...LONG, scopes: four }).approved !== null;
    expect(opens).toBe(states.every((state) => state === 'OPEN'));
    expect(reduces).toBe(states.every((state) => state === 'OPEN' || state === 'REDUCE_ONLY'));
    passed += Number(opens) + Number(reduces);
  }
  expect(passed).toBe(1 + 16);
});

const held = fc.integer({ min: -12, max: 12 });
const working = fc.nat({ max: 6 });
test('no fills of reducing orders, in any part, leave a larger position of the strategy or of the account', () => {
  const world = fc.record({
    accountPosition: held,
    strategyPosition: held,
    accountWorkingBuys: working,
    accountWorkingSells: working,
    strategyWorkingBuys: working,
    strategyWorkingSells: working,
  });
  let seen = 0;
  fc.assert(
    fc.property(world, fc.constantFrom('buy' as const, 'sell' as const), fc.integer({ min: 1, max: 9 }), (changes, side, lots) => {
      const facts = { ...FACTS, ...changes };
      if (!isReducing({ ...BUY, side, lots }, facts)) return;
      seen += 1;
      const sign = side === 'buy' ? 1 : -1;
      const own = lots + (side === 'buy' ? facts.strategyWorkingBuys : facts.strategyWorkingSells);
      const all = lots + (side === 'buy' ? facts.accountWorkingBuys : facts.accountWorkingSells);
      for (let part = 0; part <= own; part += 1)
        expect(Math.abs(facts.strategyPosition + sign * part)).toBeLessThanOrEqual(Math.abs(facts.strategyPosition));
      for (let part = 0; part <= all; part += 1)
        expect(Math.abs(facts.accountPosition + sign * part)).toBeLessThanOrEqual(Math.abs(facts.accountPosition));
    }),
    { numRuns: 5000 },
  );
  expect(seen).toBeGreaterThan(50);
});

test('only approve() makes an Approved: anything else fails to compile', () => {
  const sends = (order: Approved<OrderAsked>) => order.lots;
  const judged = approve(BUY, FACTS);
  // @ts-expect-error: an order as it was asked
  sends(BUY);
  // @ts-expect-error: an order that looks like one
  sends({ ...BUY, lots: 9 });
  if (judged.approved !== null) {
    // @ts-expect-error: a copy of an approved order, changed
    sends({ ...judged.approved, lots: 9 });
  }
  // @ts-expect-error: the verdict may be null
  expect(sends(judged.approved)).toBe(3);
  expect(judged.approved === null ? 0 : sends(judged.approved)).toBe(3);
});
