import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssertionFailed } from '../assert.ts';
import type { AccountId, InstrumentId, Minor, StrategyId } from '../values.ts';
import type { Fill } from './holding.ts';
import { Ledger } from './ledger.ts';
import { unitOf } from './valuation.ts';

const A = 'A' as AccountId;
const [TREND, MEAN] = ['trend', 'mean'] as unknown as [StrategyId, StrategyId];
const [BTC, ES] = ['BTC', 'ES'] as unknown as [InstrumentId, InstrumentId];
const UNITS = new Map([
  [BTC, unitOf({ tick: '0.05', lot: '0.001', multiplier: '12.5', currencyScale: 2 })],
  [ES, unitOf({ tick: '0.25', lot: '1', multiplier: '50', currencyScale: 2 })],
]);
const unit = (instrument: InstrumentId) => UNITS.get(instrument) ?? expect.fail('unit');
const fill = (side: 'buy' | 'sell', lots: number, price: number, fee = 0n): Fill => ({ side, lots, price, fee: fee as Minor });

test('an account holds its strategies together, and each its own', () => {
  const ledger = new Ledger();
  expect(ledger.deposit(A, 'USD', 10_000_00n as Minor, 'opening')).toEqual([
    { book: 'cash', amount: 10_000_00n, why: 'opening' },
    { book: 'equity', amount: -10_000_00n, why: 'opening' },
  ]);
  expect(ledger.fill(A, TREND, ES, 'USD', unit(ES), fill('buy', 3, 4, 7n))).toMatchObject({ realised: 0n, position: 3 });
  expect(ledger.fill(A, MEAN, ES, 'USD', unit(ES), fill('sell', 1, 4))).toMatchObject({ position: -1 });
  expect(ledger.fill(A, TREND, ES, 'USD', unit(ES), fill('sell', 1, 6))).toMatchObject({ realised: 25_00n, position: 2 });
  expect([
    ledger.position(A, TREND, ES),
    ledger.position(A, MEAN, ES),
    ledger.accountPosition(A, ES),
    ledger.accountPosition(A, BTC),
  ]).toEqual([2, -1, 1, 0]);
  expect(ledger.strategyCash(A, TREND, 'USD')).toBe(-150_00n - 7n + 75_00n);
  expect(ledger.strategyCash(A, MEAN, 'USD')).toBe(50_00n);
  expect(ledger.cashOf(A, 'USD')).toBe(9_975_00n - 7n);
  expect([ledger.lastFillPrice(A, TREND, ES), ledger.lastFillPrice(A, TREND, BTC)]).toEqual([6, null]);
  expect([...ledger.holdings(A)].map(({ strategy, lots, inventory }) => [strategy, lots, inventory])).toEqual([
    [TREND, 2, 100_00n],
    [MEAN, -1, -50_00n],
  ]);
});

test('nothing is held of the unknown', () => {
  const ledger = new Ledger();
  expect([ledger.position(A, TREND, BTC), ledger.cashOf(A, 'USD'), ledger.strategyCash(A, TREND, 'USD'), [...ledger.holdings(A)]]).toEqual([
    0,
    0n,
    0n,
    [],
  ]);
  expect(ledger.deposit(A, 'USD', 0n as Minor, 'nothing')).toEqual([]);
});

test('a currency changes under a flat position only', () => {
  const ledger = new Ledger();
  ledger.fill(A, TREND, ES, 'USD', unit(ES), fill('buy', 1, 4));
  expect(() => ledger.fill(A, TREND, ES, 'EUR', unit(ES), fill('buy', 1, 4))).toThrow(AssertionFailed);
  ledger.fill(A, TREND, ES, 'USD', unit(ES), fill('sell', 1, 4));
  ledger.fill(A, TREND, ES, 'EUR', unit(ES), fill('buy', 2, 4));
  const again = Ledger.load(ledger.save());
  for (const one of [ledger, again]) {
    expect([one.position(A, TREND, ES), one.accountPosition(A, ES), one.cashOf(A, 'USD'), one.cashOf(A, 'EUR')]).toEqual([
      2,
      2,
      0n,
      -100_00n,
    ]);
  }
});

const moves = fc.array(
  fc.record({
    account: fc.constantFrom(A, 'B' as AccountId),
    strategy: fc.constantFrom(TREND, MEAN),
    instrument: fc.constantFrom(BTC, ES),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    lots: fc.integer({ min: 1, max: 30 }),
    price: fc.integer({ min: -20, max: 10_001 }),
    fee: fc.bigInt({ min: 0n, max: 9n }).map((fee) => fee as Minor),
    deposit: fc.option(fc.bigInt({ min: -50n, max: 50n }).map((amount) => amount as Minor)),
  }),
  { maxLength: 60 },
);

test('the whole ledger sums to zero, agrees with its postings and survives a checkpoint anywhere', () => {
  fc.assert(
    fc.property(moves, fc.nat({ max: 60 }), (list, cut) => {
      let ledger = new Ledger();
      const posted = new Map<string, bigint>();
      list.forEach((move, at) => {
        if (at === cut) ledger = Ledger.load(ledger.save());
        const { account, strategy, instrument } = move;
        const deposited = move.deposit === null ? [] : ledger.deposit(account, 'USD', move.deposit, 'adjusted');
        const filled = ledger.fill(account, strategy, instrument, 'USD', unit(instrument), move);
        for (const { book, amount } of [...deposited, ...filled.postings]) posted.set(book, (posted.get(book) ?? 0n) + amount);
      });
      const lines = [...ledger.balances()];
      const sum = (book: 'cash' | 'inventory' | 'realised' | 'fees' | 'equity') => lines.reduce((total, line) => total + line[book], 0n);
      expect(sum('cash') + sum('inventory') + sum('realised') + sum('fees') + sum('equity')).toBe(0n);
      for (const book of ['cash', 'inventory', 'realised', 'fees', 'equity'] as const) expect(sum(book)).toBe(posted.get(book) ?? 0n);
      for (const account of [A, 'B' as AccountId]) {
        const own = lines.filter((line) => line.account === account);
        expect(ledger.cashOf(account, 'USD')).toBe(own.reduce((total, { cash }) => total + cash, 0n));
        for (const instrument of [BTC, ES]) {
          const lots = own.filter((line) => line.instrument === instrument).reduce((total, line) => total + line.lots, 0);
          expect(ledger.accountPosition(account, instrument)).toBe(lots);
        }
      }
      for (const line of lines) if (line.lots === 0) expect(line.inventory).toBe(0n);
      expect(Ledger.load(ledger.save()).save()).toEqual(ledger.save());
    }),
    { numRuns: 300 },
  );
});
