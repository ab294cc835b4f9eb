import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssertionFailed } from '../assert.ts';
import { pow10 } from '../decimal.ts';
import { unitOf } from '../portfolio/valuation.ts';
import type { Minor } from '../values.ts';
import { fixedLots, riskedLots } from './sizing.ts';

const ES = unitOf({ tick: '0.25', lot: '1', multiplier: '50', currencyScale: 2 }); // 12.50 a tick
const ODD = unitOf({ tick: '0.05', lot: '0.001', multiplier: '12.5', currencyScale: 2 });
const size = (equity: bigint, riskBasisPoints: number, entry: number, stop: number, unit = ES) =>
  riskedLots({ equity: equity as Minor, riskBasisPoints, entry, stop }, unit);

test('a fixed size is whole lots and never negative', () => {
  expect([fixedLots(3), fixedLots(3.9), fixedLots(-2), fixedLots(0)]).toEqual([3, 3, 0, 0]);
  expect(() => fixedLots(Number.NaN)).toThrow(AssertionFailed);
});

test('1 % of 100,000.00 over 10 ticks of 12.50 is 8 lots, and a cent less is 7', () => {
  expect(size(100_000_00n, 100, 20_000, 19_990)).toBe(8);
  expect(size(99_999_99n, 100, 20_000, 19_990)).toBe(7);
  expect(size(100_000_00n, 100, 20_000, 20_010)).toBe(8); // short
  expect(size(1_00n, 100, 20_000, 19_990)).toBe(0);
});

test('nothing to lose, nowhere to stop: 0 lots', () => {
  expect([size(100_00n, 100, 5, 5), size(0n, 100, 5, 4), size(-100_00n, 100, 5, 4), size(100_00n, 0, 5, 4)]).toEqual([0, 0, 0, 0]);
  expect(size(pow10(40), 10_000, 2, 1)).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => size(1n, 0.5, 2, 1)).toThrow(AssertionFailed);
});

test('the size loses no more than the share, and one lot more would', () => {
  const price = fc.integer({ min: -1000, max: 100_000 });
  fc.assert(
    fc.property(
      fc.constantFrom(ES, ODD),
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      fc.integer({ min: 1, max: 10_000 }),
      price,
      price,
      (unit, equity, share, entry, stop) => {
        fc.pre(entry !== stop);
        const lots = size(equity, share, entry, stop, unit);
        const risk = (count: number) => BigInt(count) * BigInt(Math.abs(entry - stop)) * unit.numerator * pow10(18 - unit.scale);
        const allowed = (equity * BigInt(share) * pow10(18 - unit.currencyScale)) / 10_000n;
        expect(risk(lots) <= allowed).toBe(true);
        expect(risk(lots + 1) > allowed).toBe(true);
      },
    ),
  );
});
