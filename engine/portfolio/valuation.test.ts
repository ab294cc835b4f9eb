import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssertionFailed } from '../assert.ts';
import { divideHalfEven, pow10 } from '../decimal.ts';
import type { Minor } from '../values.ts';
import { type Contract, feeOf, notional, unitOf, value, wholeValue, worthAlong } from './valuation.ts';

const ODD: Contract = { tick: '0.05', lot: '0.001', multiplier: '12.5', currencyScale: 2 };
const contracts = fc
  .record({
    tick: fc.constantFrom('0.05', '0.25', '1', '0.00000001', '0.0001', '5'),
    lot: fc.constantFrom('0.001', '1', '100', '0.00000001'),
    multiplier: fc.constantFrom('1', '12.5', '50', '0.1', '0.01'),
    currencyScale: fc.constantFrom(0, 2, 3, 8, 18),
  })
  .filter(({ tick, lot, multiplier }) => [tick, lot, multiplier].join('').length < 24);
const whole = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.maxSafeInteger());

test('one tick of one lot is worth tick × lot × multiplier, exactly', () => {
  expect(unitOf(ODD)).toMatchObject({ numerator: 625n, scale: 6, factor: 625n, divisor: 10_000n });
  expect(unitOf({ tick: '0.25', lot: '1', multiplier: '50', currencyScale: 2 })).toMatchObject({
    numerator: 125n,
    scale: 1,
    factor: 1250n,
    divisor: 1n,
  });
  expect(unitOf({ tick: '0.0000000010', lot: '0.0000000010', multiplier: '1.00', currencyScale: 8 })).toMatchObject({
    numerator: 1n,
    scale: 18,
  });
});

test('a half minor unit goes to the even neighbour, both ways, and the remainder says what is missing', () => {
  const unit = unitOf(ODD); // 0.0625 minor units
  expect(notional(unit, 1, 8)).toEqual({ minor: 0n, atto: 5n * pow10(15) });
  expect(notional(unit, 3, 8)).toEqual({ minor: 2n, atto: -5n * pow10(15) });
  expect(notional(unit, -3, 8)).toEqual({ minor: -2n, atto: 5n * pow10(15) });
  expect(notional(unit, 2, 8)).toEqual({ minor: 1n, atto: 0n });
  expect(value(unit, -1, 8)).toBe(0n);
  expect(value(unit, 1, -24)).toBe(-2n);
});

test('minor + remainder is the exact product, at any size, with numbers or bigints', () => {
  fc.assert(
    fc.property(contracts, whole, whole, (contract, lots, price) => {
      const unit = unitOf(contract);
      const got = notional(unit, lots, price);
      const exact = BigInt(lots) * BigInt(price) * unit.numerator; // × 10^-scale
      const { currencyScale, scale } = unit;
      expect(got.minor * pow10(18 - currencyScale) + got.atto).toBe(exact * pow10(18 - scale));
      const expected = scale <= currencyScale ? exact * pow10(currencyScale - scale) : divideHalfEven(exact, pow10(scale - currencyScale));
      expect(got.minor).toBe(expected);
      expect(value(unit, lots, price)).toBe(expected);
      expect(value(unit, -lots, price)).toBe(-expected);
    }),
    { numRuns: 2000 },
  );
});

test('worth along prices is cash and the worth at each, and nothing outside is touched', () => {
  const small = fc.integer({ min: -3_000_000, max: 3_000_000 });
  fc.assert(
    fc.property(
      contracts,
      fc.oneof(small, whole),
      fc.array(fc.oneof(small, whole), { minLength: 2, maxLength: 9 }),
      (contract, lots, prices) => {
        const unit = unitOf(contract);
        const cash = 1_000_000;
        const into = new Float64Array(prices.length).fill(-7);
        worthAlong({ unit, lots, cash }, Float64Array.from(prices), into, 1, prices.length);
        expect([...into]).toEqual([-7, ...prices.slice(1).map((price) => cash + wholeValue(unit, lots, price))]);
      },
    ),
    { numRuns: 2000 },
  );
});

test('ticks that need more than 18 digits, or are not positive, stop the program', () => {
  expect(() => unitOf({ ...ODD, tick: '0.0000000001', lot: '0.000000001' })).toThrow(AssertionFailed);
  expect(() => unitOf({ ...ODD, multiplier: '0' })).toThrow(AssertionFailed);
  expect(() => unitOf({ ...ODD, currencyScale: 2.5 })).toThrow(AssertionFailed);
});

test('a fee is a share of the size of the notional', () => {
  expect(feeOf(1_000_000n as Minor, 500)).toBe(500n);
  expect(feeOf(-1_000_000n as Minor, 500)).toBe(500n);
  expect(feeOf(1_000n as Minor, 500)).toBe(0n); // 0.5 goes to 0
  expect(feeOf(3_000n as Minor, 500)).toBe(2n); // 1.5 goes to 2
});

test('as a double it is the same amount wherever a double holds it', () => {
  fc.assert(
    fc.property(contracts, whole, whole, (contract, lots, price) => {
      const unit = unitOf(contract);
      const exact = value(unit, lots, price);
      const double = wholeValue(unit, lots, price);
      expect(double).toBe(Number(exact));
      if (Number.isSafeInteger(double)) expect(BigInt(double)).toBe(exact);
    }),
  );
});
