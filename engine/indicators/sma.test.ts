import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Sma } from './sma.ts';

test('the mean of the last three, by hand', () => {
  // inputs   2  4  6  8  1
  // sums           12 18 15
  const sma = new Sma(3);
  const read = [2, 4, 6, 8, 1].map((x) => {
    sma.push(x);
    return sma.ready ? sma.value : null;
  });
  expect(read).toEqual([null, null, 4, 6, 5]);
});

test('streaming is batch, to the rounding of n additions', () => {
  const price = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(price, { minLength: 1, maxLength: 200 }), (n, tape) => {
      const sma = new Sma(n);
      tape.forEach((x, i) => {
        sma.push(x);
        if (!sma.ready) return;
        const window = tape.slice(i + 1 - n, i + 1);
        const mean = window.reduce((sum, y) => sum + y, 0) / n;
        expect(Math.abs(sma.value - mean)).toBeLessThanOrEqual(1e-9);
        if ((i + 1) % n === 0) expect(sma.value).toBe(mean); // at a full turn, to the bit
      });
    }),
  );
});

test('a million bars after a spike nothing of the spike is left', () => {
  const sma = new Sma(10);
  sma.push(1e15);
  for (let i = 0; i < 1_000_000; i += 1) sma.push(0.1 + (i % 3) / 7);
  const fresh = new Sma(10);
  for (let i = 999_990; i < 1_000_000; i += 1) fresh.push(0.1 + (i % 3) / 7);
  expect(Math.abs(sma.value - fresh.value)).toBeLessThan(1e-15);
});
