// What somebody else trades on our account: its money against the exchange's own books, and what of it is not believed.
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Instrument } from '#engine/market/instrument.ts';
import type { AccountId, InstrumentId, TimeUs } from '#engine/values.ts';
import { Account } from '#infra/venues-local/account.ts';
import { Listing } from '#infra/venues-local/listings.ts';
import { fillText, type VenueFill } from '#infra/venues-local/orders.ts';
import { ManualClock } from '#streams/clock.ts';
import { brokerOver } from './broker.ts';
import { type FillText, foreignTransfer } from './replies.ts';
import { VenueNonsense } from './trouble.ts';
import { type Listed, UnitTable } from './units.ts';
import type { LineEvents, Wire } from './wire.ts';

const STEPS = { tick: '0.1', lot: '0.0001', multiplier: '1', currency: 'USD', currencyScale: 2 };
const BTC: Instrument = { id: 'BTC-USD' as InstrumentId, version: 1, ...STEPS, calendar: 'ALWAYS', feeds: [] };
const SOL: Listed = { symbol: 'SOL-USD', ...STEPS, tick: '0.01', lot: '0.01' };

describe('the money of a fill that is not ours', () => {
  const step = fc.constantFrom('0.00001', '0.0001', '0.01', '0.05', '0.1', '0.25', '1', '2.5', '10');
  const listing = fc
    .record({
      tick: step,
      lot: step,
      multiplier: fc.constantFrom('1', '0.1', '0.001', '5', '12.5'),
      currencyScale: fc.constantFrom(0, 2, 3, 8),
    })
    .map((steps) => ({ symbol: 'SOL-USD', currency: 'EUR', ...steps }));
  const trade = fc.record({
    lots: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10_000_000 })),
    ticks: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 2 ** 40 })),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    maker: fc.boolean(),
  });

  test('is what the exchange’s own cash moves by, to the minor unit, at any price, size and fee', () => {
    fc.assert(
      fc.property(
        listing,
        fc.integer({ min: -500, max: 5_000 }),
        fc.array(trade, { minLength: 1, maxLength: 20 }),
        (listed, rate, trades) => {
          const units = new UnitTable([BTC]);
          units.learn(listed);
          const venue = new Listing({ ...listed, makerFee: rate, takerFee: 411, homeTicks: 1, spreadTicks: 1, lots: 1 });
          const account = new Account();
          let cash = 0n;
          trades.forEach(({ lots, ticks, side, maker }, n) => {
            const order = { id: n + 1, clientId: null, listing: venue, side } as VenueFill['order'];
            const fill: VenueFill = { id: n + 1, order, lots, ticks, fee: venue.fee(lots, ticks, maker), maker, time: 7 + n };
            account.book(fill);
            const transfer = foreignTransfer(units, JSON.parse(fillText(fill)) as FillText);
            expect(transfer).toMatchObject({ id: `fill:${n + 1}`, currency: 'EUR', why: 'SOL-USD was traded by hand', at: 7 + n });
            cash += transfer.amount;
            expect(cash).toBe(account.cash('EUR'));
          });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a half is rounded to the even minor unit, whichever way the cash moves; a fee is as told, a rebate too', () => {
    const units = new UnitTable([BTC]);
    units.learn({ ...SOL, tick: '0.001', lot: '1' });
    const amount = (side: string, price: string, fee: string) =>
      foreignTransfer(units, { ...FILL, side, price, fee, quantity: '1' } as FillText).amount;
    expect([amount('buy', '0.025', '0'), amount('sell', '0.025', '0'), amount('buy', '0.035', '0'), amount('sell', '0.035', '0')]).toEqual([
      ...[-2n, 2n, -4n, 4n],
    ]);
    expect([amount('buy', '1', '0.07'), amount('sell', '1', '0.07'), amount('buy', '1', '-0.07')]).toEqual([-107n, 93n, -93n]);
  });

  test('is told in the scale of the account’s balance, or not at all', () => {
    const units = new UnitTable([BTC]);
    units.learn({ ...SOL, currencyScale: 3 });
    expect(foreignTransfer(units, { ...FILL, price: '15.00', quantity: '0.10', fee: '0.250' }).amount).toBe(-175n);
    expect(() => foreignTransfer(units, { ...FILL, price: '15.00', quantity: '0.10', fee: '0.001' })).toThrow(VenueNonsense);
  });

  test('what does not fit its own steps is nonsense, as with ours', () => {
    const units = new UnitTable([BTC]);
    units.learn(SOL);
    for (const wrong of [{ price: '150.001' }, { quantity: '0.001' }, { quantity: '0' }, { fee: '0.001' }, { symbol: 'GOLD' }])
      expect(() => foreignTransfer(units, { ...FILL, ...wrong }), JSON.stringify(wrong)).toThrow(VenueNonsense);
  });

  test.each([{ tick: '0' }, { lot: '-1' }, { multiplier: '0.0' }, { tick: 'one' }, { lot: '1e3' }])(
    'listed with %j it stays unknown, and the listing does no harm',
    (wrong) => {
      const units = new UnitTable([BTC]);
      units.learn({ ...SOL, ...wrong });
      expect(units.anyForeign).toBe(false);
      expect(() => foreignTransfer(units, FILL)).toThrow(VenueNonsense);
    },
  );
});

const FILL: FillText = {
  ...{ id: '3', orderId: '2', clientId: null, symbol: 'SOL-USD', side: 'buy', quantity: '0.20', price: '150.00' },
  ...{ fee: '0.02', maker: false, time: 9 },
};
const ORDER = {
  ...{ id: '2', clientId: null, symbol: 'SOL-USD', side: 'buy', type: 'limit', quantity: '0.20', price: '150.00', stopPrice: null },
  ...{ filled: '0.00', state: 'working', reason: '', reduceOnly: false, expireTime: null, time: 8, updated: 8 },
};
const TRANSFER = { id: '1', currency: 'USD', amount: '100.00', why: 'opening', time: 8 };

/** A venue that says what it is told to say. */
async function opened(answers: Readonly<Record<string, object>>, listings: readonly Listed[] = [SOL]) {
  const asked: string[] = [];
  let line: LineEvents | null = null;
  const said: Record<string, object> = {
    '/time': { time: 5 },
    '/instruments': { instruments: [{ symbol: BTC.id, ...STEPS }, ...listings] },
    ...answers,
  };
  const wire: Wire = {
    ask: async ({ path }) => {
      const route = path.split('?')[0]!;
      asked.push(route);
      return { kind: 'answer', status: 200, text: JSON.stringify(said[route]) };
    },
    listen: (events) => {
      line = events;
      queueMicrotask(() => events.opened());
      const reply = { auth: { op: 'auth', ok: true }, subscribe: { op: 'subscribed', channels: [] } };
      return { say: (text) => events.heard(JSON.stringify(reply[JSON.parse(text).op as 'auth'])), end: () => {} };
    },
    close: async () => {},
  };
  const options = { account: 'main' as AccountId, key: 'k', secret: { reveal: () => 's' }, instruments: [BTC] };
  const broker = brokerOver(wire, { ...options, clock: new ManualClock(1_000_000) });
  onTestFinished(() => broker.close());
  const events: object[] = [];
  await broker.open((event) => events.push(event));
  let seq = 0;
  const tell = (message: object) => line!.heard(JSON.stringify({ seq: (seq += 1), channel: 'account', ...message }));
  return { broker, events, tell, asked };
}

describe('a broker beside somebody else', () => {
  const since = 0 as TimeUs;
  const rows = (symbol: string) => ({
    '/orders/open': { orders: [{ ...ORDER, symbol }], next: null },
    '/fills': { fills: [{ ...FILL, symbol }], next: null },
    '/positions': { positions: [{ symbol, quantity: '-0.20', price: '150.00' }] },
    '/transfers': { transfers: [TRANSFER] },
  });

  test('leaves a listed instrument out, and tells its fills as transfers', async () => {
    const { broker, events, tell } = await opened(rows('SOL-USD'));
    expect([await broker.openOrders(), await broker.fills(since), await broker.positions()]).toEqual([[], [], []]);
    const transfer = { id: 'fill:3', currency: 'USD', amount: -3002n, why: 'SOL-USD was traded by hand', at: 9 };
    expect(await broker.transfers(since)).toEqual([{ ...TRANSFER, amount: 10000n, time: undefined, at: 8 }, transfer]);
    tell({ what: 'acked', order: ORDER });
    tell({ what: 'fill', fill: FILL });
    expect(events).toEqual([{ type: 'Connected' }, { type: 'Transfer', transfer }]);
  });

  test('of one moment, what moved without a trade comes first', async () => {
    const { broker } = await opened({
      ...rows('SOL-USD'),
      '/transfers': {
        transfers: [
          { ...TRANSFER, time: 9 },
          { ...TRANSFER, id: '2', time: 10 },
        ],
      },
    });
    expect((await broker.transfers(since)).map(({ id }) => id)).toEqual(['1', 'fill:3', '2']);
  });

  test.each([
    ['orders', 'openOrders', '/orders/open', { orders: [{ ...ORDER, quantity: '0.205' }], next: null }],
    ['fills', 'fills', '/fills', { fills: [{ ...FILL, price: '150.005' }], next: null }],
    ['fills', 'transfers', '/fills', { fills: [{ ...FILL, price: '150.005' }], next: null }],
    ['positions', 'positions', '/positions', { positions: [{ symbol: 'SOL-USD', quantity: '0.205', price: null }] }],
  ] as const)('%s that cannot be so reject %s, though nobody would have seen them', async (_what, ask, route, answer) => {
    const { broker } = await opened({ ...rows('SOL-USD'), [route]: answer });
    await expect(broker[ask](since)).rejects.toMatchObject({ name: 'VenueNonsense' });
  });

  test('an instrument that the venue does not list is nonsense everywhere', async () => {
    const { broker, events, tell } = await opened(rows('GOLD-USD'));
    for (const ask of ['openOrders', 'fills', 'positions', 'transfers'] as const)
      await expect(broker[ask](since), ask).rejects.toMatchObject({ name: 'VenueNonsense', message: expect.stringContaining('GOLD-USD') });
    tell({ what: 'fill', fill: { ...FILL, symbol: 'GOLD-USD' } });
    expect(events).toEqual([{ type: 'Connected' }, { type: 'Lost', why: expect.stringContaining('VenueNonsense') }]);
  });

  test('an order of ours has no fills of another instrument, though they add up', async () => {
    const same = { ...SOL, tick: STEPS.tick, lot: STEPS.lot };
    const ours = { ...ORDER, symbol: BTC.id, filled: '0.20', state: 'filled' };
    const answer = (fill: FillText) => ({ '/orders/one': { order: ours, fills: [fill] } });
    const name = { clientId: null, venueId: '2', instrument: BTC.id };
    const believed = await opened(answer({ ...FILL, symbol: BTC.id }), [same]);
    expect(await believed.broker.order(name)).toMatchObject({ found: true });
    const doubted = await opened(answer(FILL), [same]);
    expect(await doubted.broker.order(name)).toMatchObject({ found: null, reason: expect.stringContaining('nonsense') });
  });

  test('where there is nothing foreign, transfers are one question', async () => {
    const { broker, asked } = await opened({ '/transfers': { transfers: [TRANSFER] } }, []);
    asked.splice(0);
    await broker.transfers(since);
    expect(asked).toEqual(['/transfers']);
  });
});
