import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BadDecimal,
  divideHalfEven,
  formatDecimal,
  lotsOf,
  lotsText,
  minorOf,
  minorText,
  normalize,
  parseDecimal,
  pow10,
  priceText,
  ticksOf,
} from './decimal.ts';
import { lots, minor, priceTicks } from './values.ts';

const TICK = parseDecimal('0.05');
const LOT = parseDecimal('0.001');

test('plain decimal text is read digit by digit', () => {
  expect(parseDecimal('1.50')).toEqual({ digits: 150n, scale: 2 });
  expect(parseDecimal('+007')).toEqual({ digits: 7n, scale: 0 });
  expect(parseDecimal('-0.000')).toEqual({ digits: 0n, scale: 3 });
  expect(parseDecimal('0.123456789012345678')).toEqual({ digits: 123456789012345678n, scale: 18 });
});

test('anything else is refused by name', () => {
  const refused = [
    '',
    ' ',
    '1 ',
    ' 1',
    '.5',
    '5.',
    '1e3',
    '1E-3',
    'NaN',
    'Infinity',
    '0x10',
    '1,000',
    '1_000',
    '--1',
    '+-1',
    '1.2.3',
    '٣',
    '1\n',
    '0.1234567890123456789',
    '1'.repeat(39),
  ];
  for (const text of refused) expect(() => parseDecimal(text), text).toThrow(BadDecimal);
  expect(() => parseDecimal('1e3')).toThrowErrorMatchingInlineSnapshot(
    `[BadDecimal: "1e3" is not plain decimal text: an optional sign, digits, an optional fraction; at most 18 digits after the point and 38 in all; no exponent, no spaces]`,
  );
});

test('a price is a whole number of ticks or it is refused', () => {
  expect(ticksOf('100.35', TICK)).toBe(2007);
  expect(ticksOf('-0.05', TICK)).toBe(-1);
  expect(ticksOf('100.3500', TICK)).toBe(2007);
  expect(Object.is(ticksOf('-0', TICK), 0)).toBe(true);
  expect(priceText(priceTicks(2007), TICK)).toBe('100.35');
  expect(priceText(priceTicks(-1), TICK)).toBe('-0.05');
  expect(() => ticksOf('100.36', TICK)).toThrowErrorMatchingInlineSnapshot(
    `[BadDecimal: "100.36" is not a whole multiple of the tick 0.05]`,
  );
  expect(() => ticksOf('450359962737049.65', parseDecimal('0.01'))).toThrowErrorMatchingInlineSnapshot(
    `[BadDecimal: "450359962737049.65" is more steps of the tick 0.01 than 53 bits hold]`,
  );
});

test('the digits a float would lose are kept', () => {
  expect(ticksOf('0.3', parseDecimal('0.1'))).toBe(3); // 0.3 / 0.1 is 2.9999999999999996
  expect(ticksOf('90071992547409.91', parseDecimal('0.01'))).toBe(Number.MAX_SAFE_INTEGER);
  expect(minorOf('12345678901234567890.12', 2)).toBe(1234567890123456789012n);
});

test('a quantity in lots has no direction', () => {
  expect(lotsOf('1.234', LOT)).toBe(1234);
  expect(lotsText(lots(1234), LOT)).toBe('1.234');
  expect(() => lotsOf('-1', LOT)).toThrowErrorMatchingInlineSnapshot(`[BadDecimal: "-1": a quantity in lots of 0.001 is never negative]`);
});

test('money has as many decimals as its currency', () => {
  expect(minorOf('12.3', 2)).toBe(1230n);
  expect(minorOf('12.300', 2)).toBe(1230n);
  expect(minorText(minor(-5n), 2)).toBe('-0.05');
  expect(minorText(minor(7n), 0)).toBe('7');
  expect(() => minorOf('12.345', 2)).toThrowErrorMatchingInlineSnapshot(`[BadDecimal: "12.345" has more than 2 digits after the point]`);
});

test('halves go to the even neighbour', () => {
  const rounded = [-5n, -3n, -1n, 1n, 3n, 5n].map((n) => divideHalfEven(n, 2n));
  expect(rounded).toEqual([-2n, -2n, 0n, 0n, 2n, 2n]);
  expect(divideHalfEven(7n, 4n)).toBe(2n);
  expect(divideHalfEven(-7n, 4n)).toBe(-2n);
  expect(() => divideHalfEven(1n, 0n)).toThrow('positive');
});

describe('laws', () => {
  const decimal = fc.record({ digits: fc.bigInt({ min: -pow10(30), max: pow10(30) }), scale: fc.integer({ min: 0, max: 18 }) });
  const step = fc.record({ digits: fc.bigInt({ min: 1n, max: 10_000n }), scale: fc.integer({ min: 0, max: 18 }) });
  const whole = fc.maxSafeInteger();

  test('parse ∘ format is the identity', () => {
    fc.assert(fc.property(decimal, (d) => void expect(parseDecimal(formatDecimal(d))).toEqual(d)));
  });

  test('normalize keeps the value and is idempotent', () => {
    fc.assert(
      fc.property(decimal, (d) => {
        const small = normalize(d);
        expect(small.digits * pow10(d.scale - small.scale)).toBe(d.digits);
        expect(normalize(small)).toEqual(small);
      }),
    );
  });

  test('ticks, lots and money round-trip through text', () => {
    fc.assert(
      fc.property(whole, step, (n, tick) => {
        expect(ticksOf(priceText(priceTicks(n), tick), tick)).toBe(n);
        const size = lots(n < 0 ? -n : n);
        expect(lotsOf(lotsText(size, tick), tick)).toBe(size);
      }),
    );
    fc.assert(fc.property(decimal, (d) => void expect(minorOf(minorText(minor(d.digits), d.scale), d.scale)).toBe(d.digits)));
  });

  test('only whole multiples have ticks', () => {
    fc.assert(
      fc.property(decimal, step, (d, tick) => {
        const multiple = (d.digits * pow10(tick.scale)) % (tick.digits * pow10(d.scale)) === 0n;
        if (multiple) return;
        expect(() => ticksOf(formatDecimal(d), tick)).toThrow(BadDecimal);
      }),
    );
  });

  test('half-even: within a half, ties even, odd in sign', () => {
    const nearTie = fc.tuple(fc.bigInt({ min: -1000n, max: 1000n }), fc.bigInt({ min: 1n, max: 1000n }));
    const any = fc.tuple(fc.bigInt(), fc.bigInt({ min: 1n, max: pow10(40) }));
    fc.assert(
      fc.property(fc.oneof(nearTie, any), ([n, d]) => {
        const q = divideHalfEven(n, d);
        const twiceOff = 2n * (n - q * d);
        const off = twiceOff < 0n ? -twiceOff : twiceOff;
        expect(off <= d).toBe(true);
        if (off === d) expect(q % 2n === 0n).toBe(true);
        expect(divideHalfEven(-n, d)).toBe(-q);
      }),
    );
  });
});
