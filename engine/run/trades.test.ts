import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPTY, ETH, withFills } from '#tests/results/hand-run.ts';
import { A_YEAR, madeRun } from '#tests/results/made-run.ts';
import { type Minor, timeUs } from '../values.ts';
import { BadResult, checkedResult, lastEquity, type RunResult } from './result.ts';
import { tradesOf } from './trades.ts';

test('a trade runs from flat to flat, at average cost', () => {
  // 100 lots at 300.00 and 100 at 310.00, one unit each: cost 300.00 + 310.00 = 610.00; 200 at 320.00 bring 640.00; gain 30.00.
  const [trade, ...more] = tradesOf(
    withFills(EMPTY, [
      ['buy', 100, 30_000, 12n],
      ['buy', 100, 31_000, 13n],
      ['sell', 200, 32_000, 25n],
    ]),
  );
  expect(more).toEqual([]);
  expect(trade).toMatchObject({ side: 'long', lots: 200, largest: 200, entryPrice: 30_500, exitPrice: 32_000, turnover: 61_000n });
  expect(trade).toMatchObject({ realised: 3_000n, unrealised: 0n, fees: 50n, net: 2_950n, entry: '1.0', exit: '3.0' });
});

test('a fill that turns the position round ends one trade and opens the next; its fee is shared by lots', () => {
  // Sells 300 against 100 held: a third of the fee of 10 is 3, and 7 are left for the short.
  const [long, short] = tradesOf(
    withFills(EMPTY, [
      ['buy', 100, 30_000, 0n],
      ['sell', 300, 31_000, 10n],
      ['buy', 200, 30_500, 0n],
    ]),
  );
  expect(long).toMatchObject({ side: 'long', realised: 1_000n, fees: 3n, exit: '2.0' });
  expect(short).toMatchObject({ side: 'short', entry: '2.0', lots: 200, realised: 1_000n, fees: 7n, exit: '3.0' });
});

test('an open trade is worth what its rest would bring at the last close', () => {
  const fills = withFills(EMPTY, [['sell', 100, 30_000, 5n]]).fills;
  const time = Float64Array.of(EMPTY.to);
  const flat = Float64Array.of(29_000);
  const [trade] = tradesOf({ ...EMPTY, fills, price: [{ instrument: ETH.id, time, open: flat, high: flat, low: flat, close: flat }] });
  expect(trade).toMatchObject({ side: 'short', exit: null, exitTime: null, exitPrice: null, realised: 0n, unrealised: 1_000n, net: 995n });
});

test('gains that are not the ledger’s are refused by name', () => {
  const { fills } = withFills(EMPTY, [
    ['buy', 1, 30_000, 0n],
    ['sell', 1, 31_000, 0n],
  ]);
  const wrong = fills.map((fill, i) => (i === 1 ? { ...fill, realised: 11n as Minor } : fill));
  expect(() => tradesOf({ ...EMPTY, fills: wrong })).toThrow('fill 2.0: realised 11, but at average cost it is 10');
});

test('the parts are the whole, to the minor unit: gains, fees, and the change in equity', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.boolean(), (seed, flatAtEnd) => {
      const result = checkedResult(madeRun({ seed, days: 20, instruments: 4, tradeChance: 0.2, flatAtEnd }));
      const trades = tradesOf(result);
      const total = (of: (trade: (typeof trades)[number]) => bigint) => trades.reduce((sum, trade) => sum + of(trade), 0n);
      expect(total(({ realised }) => realised)).toBe(result.fills.reduce((sum, fill) => sum + fill.realised, 0n));
      expect(total(({ fees }) => fees)).toBe(result.fills.reduce((sum, fill) => sum + fill.fee, 0n));
      expect(total(({ net }) => net)).toBe(lastEquity(result) - result.cash0);
      if (flatAtEnd) expect(trades.filter(({ exit }) => exit === null)).toEqual([]);
      for (const { legs, exit, largest } of trades) {
        let held = 0;
        for (const { opens, lots } of legs) held += opens ? lots : -lots;
        expect(held === 0).toBe(exit !== null);
        expect(largest).toBeGreaterThan(0);
      }
    }),
    { numRuns: 30 },
  );
});

test('a result that contradicts itself is refused with the field and what to give', () => {
  const result = madeRun({ ...A_YEAR, days: 3 });
  const wrong = (change: Partial<RunResult>) => () => checkedResult({ ...result, ...change });
  expect(checkedResult(result)).toBe(result);
  expect(wrong({ from: timeUs(result.to + 1) })).toThrow('from:');
  expect(wrong({ instruments: result.instruments.slice(0, 1) })).toThrow('is not in instruments; add it');
  expect(wrong({ cash0: (1n << 60n) as Minor })).toThrow('cash0:');
  expect(wrong({ currency: 'EUR' })).toThrow('a result has one currency');
  expect(wrong({ equity: { ...result.equity, minor: result.equity.minor.map((value) => value + 0.5) } })).toThrow('equity.minor[0]:');
  expect(wrong({ fills: [...result.fills].reverse() })).toThrow(/out of order/);
  expect(wrong({ fills: result.fills.map((fill) => ({ ...fill, lots: 0 })) })).toThrow(BadResult);
  expect(wrong({ price: [...result.price, ...result.price] })).toThrow('given twice');
});

test('columns shared with a checked result of the same span are not looked at again; all others are', () => {
  const before = madeRun({ ...A_YEAR, days: 3 });
  const { from, to, equity, price } = before;
  const spoilt = { ...before, price: price.map((bars) => ({ ...bars, close: bars.close.map((close) => close + 0.5) })) };
  expect(() => checkedResult(spoilt, before)).toThrow('whole ticks');
  expect(() => checkedResult({ ...before, equity: { ...equity, minor: equity.minor.map(() => 0.5) } }, before)).toThrow('equity.minor[0]:');
  expect(() => checkedResult({ ...before, equity: { ...equity, time: equity.time.slice().reverse() } }, before)).toThrow('equity.time[');
  expect(() => checkedResult({ ...before, from: timeUs(to), fills: [] }, before)).toThrow('equity.time[0]:');
  expect(checkedResult({ ...before, fills: [] }, before)).toMatchObject({ from, fills: [] });
});
