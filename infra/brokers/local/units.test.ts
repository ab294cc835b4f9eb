import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instrument } from '#engine/market/instrument.ts';
import type { InstrumentId } from '#engine/values.ts';
import { fillRow, orderRow, transferRow } from './replies.ts';
import { VenueNonsense } from './trouble.ts';
import { averageIn, lotsIn, lotsOut, priceIn, priceOut, signedLotsIn, UnitTable } from './units.ts';

const instrument = (id: string, tick: string, lot: string, currency = 'USD', currencyScale = 2): Instrument => ({
  id: id as InstrumentId,
  version: 1,
  tick,
  lot,
  multiplier: '1',
  currency,
  currencyScale,
  calendar: '24x7',
  feeds: [],
});
const table = new UnitTable([instrument('BTC-USD', '0.05', '0.001'), instrument('SI-JPY', '5', '10', 'JPY', 0)]);
const btc = table.of('BTC-USD');
const order = {
  ...({
    id: '1',
    clientId: 'a',
    symbol: 'BTC-USD',
    side: 'buy',
    type: 'limit',
    quantity: '0.005',
    price: '100.05',
    stopPrice: null,
  } as const),
  ...({ filled: '0.002', state: 'working', reason: '', reduceOnly: false, expireTime: null, time: 1, updated: 1 } as const),
};
const fill = {
  id: '1',
  orderId: '1',
  clientId: 'a',
  symbol: 'BTC-USD',
  side: 'buy',
  quantity: '0.002',
  price: '100',
  fee: '-0.01',
  maker: true,
  time: 7,
} as const;

describe('decimal text of the venue', () => {
  test('whole numbers go out and come back as they were', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: 0, max: 2 ** 40 }), (ticks, lots) => {
        expect(priceIn(btc, priceOut(btc, ticks))).toBe(ticks);
        expect(lotsIn(btc, lotsOut(btc, lots))).toBe(lots);
        expect(signedLotsIn(btc, `-${lotsOut(btc, lots)}`)).toBe(0 - lots);
      }),
    );
  });

  test.each([
    ['a price off the grid', () => priceIn(btc, '100.03')],
    ['an exponent', () => priceIn(btc, '1e2')],
    ['NaN', () => priceIn(btc, 'NaN')],
    ['nothing', () => priceIn(btc, '')],
    ['more than 53 bits', () => priceIn(btc, '999999999999999999')],
    ['a quantity off the grid', () => lotsIn(btc, '0.0005')],
    ['a negative quantity', () => lotsIn(btc, '-0.001')],
    ['a position with two signs', () => signedLotsIn(btc, '--0.001')],
    ['an average that is no number', () => averageIn(btc, 'about 100')],
    ['a symbol that is none of ours', () => table.of('ETH-USD')],
    ['money finer than its currency', () => table.money('USD', '0.001')],
    ['money of no instrument', () => table.money('EUR', '1.00')],
    ['an order of nothing', () => orderRow(table, { ...order, quantity: '0.000', filled: '0' })],
    ['an order filled beyond its size', () => orderRow(table, { ...order, filled: '0.006' })],
    ['a limit order without a limit', () => orderRow(table, { ...order, price: null })],
    ['a stop order without a stop', () => orderRow(table, { ...order, type: 'stop' })],
    ['a fill of nothing', () => fillRow(table, { ...fill, quantity: '0' })],
    ['a fee finer than its currency', () => fillRow(table, { ...fill, fee: '0.001' })],
  ])('%s is nonsense', (_what, read) => {
    expect(read).toThrow(VenueNonsense);
  });

  test('rows are whole numbers of our steps', () => {
    expect(orderRow(table, order)).toEqual({
      ...{ clientId: 'a', venueId: '1', instrument: 'BTC-USD', side: 'buy', type: 'limit', lots: 5, limit: 2001, stop: null },
      ...{ filled: 2, state: 'working', reason: '' },
    });
    expect(fillRow(table, fill)).toMatchObject({ lots: 2, price: 2000, fee: -1n, at: 7 });
    expect(transferRow(table, { id: '3', currency: 'JPY', amount: '-120', why: 'out', time: 9 })).toMatchObject({ amount: -120n });
  });

  test('an average between two ticks is told as the nearest, ties to the even one', () => {
    expect(['100.049', '100.02', '100.025', '100.075', '-100.025'].map((text) => averageIn(btc, text))).toEqual([
      2001, 2000, 2000, 2002, -2000,
    ]);
  });

  test('a currency that only the venue knows has the scale it says', () => {
    const learned = new UnitTable([instrument('BTC-USD', '0.05', '0.001')]);
    learned.learnScale('EUR', 3);
    learned.learnScale('USD', 8); // ours counts
    expect([learned.money('EUR', '1.234'), learned.money('USD', '1.23')]).toEqual([1234n, 123n]);
  });
});
