import { expect, test } from 'vitest';
import type { ClauseName } from '../decisions.ts';
import { OUTSIDE_TAKES, plainTerms, type TermsSaid, termsOf } from '../execution/order-terms.ts';
import type { InstrumentId, StrategyId } from '../values.ts';
import { BUY, FACTS, failing, money, NOW, other, recent, scopes } from './approval-examples.ts';
import { approve } from './approve.ts';
import { CLAUSES, judge } from './clauses.ts';
import type { ApprovalFacts, OrderAsked } from './facts.ts';
import { RecentOrders } from './recent.ts';

const said = (terms: TermsSaid) => termsOf(terms, null);

type Alone = readonly [clause: ClauseName, what: string, asked: Partial<OrderAsked>, facts: Partial<ApprovalFacts>, numbers: string];
const ALONE: readonly Alone[] = [
  ['validity', 'no lots', { lots: 0 }, {}, 'lots 0, type limit, limit 100'],
  ['validity', 'a part of a lot', { lots: 0.5 }, {}, 'lots 0.5, type limit, limit 100'],
  ['validity', 'no number of lots', { lots: Number.NaN }, {}, 'lots not a number, type limit, limit 100'],
  ['validity', 'a limit without its price', { limit: null }, {}, 'lots 3, type limit'],
  ['validity', 'a market order with a price', { type: 'market' }, {}, 'lots 3, type market, limit 100'],
  ['validity', 'a stop order with a limit', { type: 'stop', stop: 101 }, {}, 'lots 3, type stop, limit 100, stop 101'],
  ['validity', 'a price between ticks', { limit: 99.5 }, {}, 'lots 3, type limit, limit 99.5'],
  [
    'validity',
    'expiring now',
    { expiresAt: NOW, terms: plainTerms(NOW) },
    {},
    'lots 3, type limit, limit 100, expiresAt 10000000, now 10000000',
  ],
  ...(
    [
      ['a stop-limit without its limit', { type: 'stop-limit', limit: null, stop: 101 }, 'lots 3, type stop-limit, stop 101'],
      [
        'a market order that only rests',
        { type: 'market', limit: null, terms: said({ postOnly: true }) },
        'lots 3, type market, timeInForce GTC, postOnly yes',
      ],
      [
        'at once and only resting',
        { terms: said({ postOnly: true, timeInForce: 'IOC' }) },
        'lots 3, type limit, limit 100, timeInForce IOC, postOnly yes',
      ],
      [
        'a stop that is all or nothing',
        { type: 'stop', limit: null, stop: 101, terms: said({ timeInForce: 'FOK' }) },
        'lots 3, type stop, stop 101, timeInForce FOK, postOnly no',
      ],
      [
        'until an expiry it does not name',
        { terms: said({ timeInForce: 'GTD' }) },
        'lots 3, type limit, limit 100, timeInForce GTD, postOnly no',
      ],
      ['a trailing stop without a distance', { type: 'trailing', limit: null }, 'lots 3, type trailing'],
      [
        'a distance of nothing',
        { type: 'trailing', limit: null, terms: said({ trail: 0 }) },
        'lots 3, type trailing, timeInForce GTC, postOnly no, trail 0',
      ],
      [
        'a distance of half a tick',
        { type: 'trailing', limit: null, terms: said({ trail: 1.5 }) },
        'lots 3, type trailing, timeInForce GTC, postOnly no, trail 1.5',
      ],
      ['a limit with a distance', { terms: said({ trail: 3 }) }, 'lots 3, type limit, limit 100, timeInForce GTC, postOnly no, trail 3'],
    ] as const
  ).map(([what, asked, numbers]): Alone => ['validity', what, asked, {}, numbers]),
  [
    'venue',
    'a kind of order it does not take',
    { type: 'trailing', limit: null, terms: said({ trail: 3 }) },
    { takes: OUTSIDE_TAKES },
    'type trailing, timeInForce GTC, postOnly no',
  ],
  [
    'venue',
    'all or nothing where it knows none',
    { terms: said({ timeInForce: 'FOK' }) },
    { takes: OUTSIDE_TAKES },
    'type limit, timeInForce FOK, postOnly no',
  ],
  [
    'venue',
    'a limit where it takes market orders alone',
    {},
    { takes: { ...OUTSIDE_TAKES, orderTypes: ['market'] } },
    'type limit, timeInForce GTC, postOnly no',
  ],
  [
    'gate',
    'one scope only reduces',
    {},
    { scopes: scopes().map((one, at) => (at === 2 ? { ...one, gate: 'REDUCE_ONLY' } : one)) },
    'global OPEN, account OPEN, strategy REDUCE_ONLY, instrument OPEN',
  ],
  [
    'collar',
    'a limit too far away',
    { limit: 103 },
    { scopes: scopes({ instrument: { collarPermille: 29 } }) },
    'limit 29, scope instrument, asked 103, reference 100',
  ],
  [
    'collar',
    'a negative reference',
    { limit: -103 },
    { reference: -100, scopes: scopes({ global: { collarPermille: 29 } }) },
    'limit 29, scope global, asked -103, reference -100',
  ],
  [
    'collar',
    'no reference',
    {},
    { reference: null, scopes: scopes({ global: { collarPermille: 20 } }) },
    'limit 20, scope global, asked 100, reference none',
  ],
  [
    'quantity',
    'too many lots',
    {},
    { scopes: scopes({ account: { maxOrderLots: 3 }, strategy: { maxOrderLots: 2 } }) },
    'limit 2, scope strategy, asked 3',
  ],
  [
    'notional',
    'too much money',
    {},
    { scopes: scopes({ account: { maxOrderNotional: money(299n) }, global: { maxOrderNotional: money(300n) } }) },
    'limit 299, scope account, asked 300',
  ],
  [
    'notional',
    'too much at a negative price',
    { limit: -100 },
    { scopes: scopes({ account: { maxOrderNotional: money(299n) } }) },
    'limit 299, scope account, asked 300',
  ],
  [
    'notional',
    'a market order without a reference',
    { type: 'market', limit: null },
    { reference: null, scopes: scopes({ account: { maxOrderNotional: money(299n) } }) },
    'limit 299, scope account, asked none',
  ],
  [
    'position',
    'the account with its working orders',
    {},
    { accountPosition: 4, accountWorkingBuys: 2, scopes: scopes({ account: { maxPositionLots: 8 }, strategy: { maxPositionLots: 3 } }) },
    'limit 8, scope account, asked 9',
  ],
  [
    'position',
    'the strategy',
    {},
    { strategyPosition: 1, accountPosition: -1, scopes: scopes({ account: { maxPositionLots: 8 }, strategy: { maxPositionLots: 3 } }) },
    'limit 3, scope strategy, asked 4',
  ],
  [
    'position',
    'short',
    { side: 'sell' },
    { accountWorkingSells: 2, scopes: scopes({ instrument: { maxPositionLots: 4 } }) },
    'limit 4, scope instrument, asked 5',
  ],
  [
    'daily-loss',
    'the account at its soft limit',
    {},
    { accountDayLoss: money(50n), scopes: scopes({ account: { softDailyLoss: money(50n), hardDailyLoss: money(80n) } }) },
    'limit 50, scope account, asked 50',
  ],
  [
    'daily-loss',
    'the strategy at its hard limit',
    {},
    { strategyDayLoss: money(90n), scopes: scopes({ strategy: { hardDailyLoss: money(80n) } }) },
    'limit 80, scope strategy, asked 90',
  ],
  [
    'rate',
    'the account',
    {},
    {
      recent: new RecentOrders([recent(1_000_000, other), recent(999_999, { ...other, strategy: 'mean' as StrategyId }), recent(0, other)]),
      scopes: scopes({ account: { ordersPerSecond: 2 } }),
    },
    'limit 2, scope account, asked 3',
  ],
  [
    'rate',
    'the strategy',
    {},
    {
      recent: new RecentOrders([recent(5, { ...other, strategy: 'mean' as StrategyId }), recent(0, other)]),
      scopes: scopes({ strategy: { ordersPerSecond: 1 } }),
    },
    'limit 1, scope strategy, asked 2',
  ],
  [
    'rate',
    'the instrument',
    {},
    {
      recent: new RecentOrders([recent(5, { ...other, instrument: 'ETH' as InstrumentId }), recent(0, other)]),
      scopes: scopes({ instrument: { ordersPerSecond: 1 } }),
    },
    'limit 1, scope instrument, asked 2',
  ],
  [
    'duplicate',
    'the same again',
    {},
    { recent: new RecentOrders([recent(400)]), scopes: scopes({ global: { duplicateUs: 401 }, strategy: { duplicateUs: 9 } }) },
    'limit 401, scope global, age 400',
  ],
  ['stale-data', 'an old tick', {}, { scopes: scopes({ instrument: { staleUs: 0 } }) }, 'limit 0, scope instrument, asked 1, feed HEALTHY'],
  [
    'stale-data',
    'no tick',
    {},
    { newestTickAt: null, scopes: scopes({ instrument: { staleUs: 9 } }) },
    'limit 9, scope instrument, asked none, feed HEALTHY',
  ],
  ['stale-data', 'a feed that is down', {}, { feedState: 'DOWN' }, 'asked 1, feed DOWN'],
  [
    'budget',
    'more than the desk was granted',
    {},
    { exposure: money(100n), budget: money(399n) },
    'limit 399, scope account, asked 400, exposure 100',
  ],
  ['reduce-only', 'nothing to reduce', { reduceOnly: true }, { accountPosition: 2 }, 'position 0, working 0, asked 3, account 2'],
];

test('the plain order passes', () => expect(failing(BUY, FACTS)).toEqual([]));
test.each(ALONE)('%s alone refuses: %s', (clause, _what, changes, facts, numbers) => {
  const asked = { ...BUY, ...changes };
  expect(approve(asked, { ...FACTS, ...facts }).approved).toBeNull();
  expect(failing(asked, { ...FACTS, ...facts })).toEqual([`${clause}: ${numbers}`]);
  // and would not be missed by another: without it the order leaves
  const table = CLAUSES.filter(({ name }) => name !== clause);
  expect(judge(table, asked, { ...FACTS, ...facts }).every(({ ok }) => ok)).toBe(true);
});
test('no clause is untested', () => expect(new Set(ALONE.map(([clause]) => clause))).toEqual(new Set(CLAUSES.map(({ name }) => name))));
