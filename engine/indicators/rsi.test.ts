import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rsi } from './rsi.ts';

function read(n: number, tape: readonly number[]): (number | null)[] {
  const rsi = new Rsi(n);
  return tape.map((x) => {
    rsi.push(x);
    return rsi.ready ? rsi.value : null;
  });
}

test('two bars, by hand', () => {
  // inputs    10   12   11     14
  // changes       +2   −1     +3
  // gain (mean of two)  1      (1 × 1 + 3) / 2 = 2
  // loss              0.5    (0.5 × 1 + 0) / 2 = 0.25
  // 100 gain / (gain + loss)   66.67   88.89
  expect(read(2, [10, 12, 11, 14])).toEqual([null, null, 100 * (1 / 1.5), 100 * (2 / 2.25)]);
});

test('only up is 100, only down is 0, a market that stood still is 0 as in TA-Lib', () => {
  expect(read(2, [1, 2, 3]).at(-1)).toBe(100);
  expect(read(2, [3, 2, 1]).at(-1)).toBe(0);
  expect(read(2, [5, 5, 5]).at(-1)).toBe(0);
});

test('streaming is batch, to the bit, and always within 0..100', () => {
  const price = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(price, { minLength: 2, maxLength: 100 }), (n, tape) => {
      const last = read(n, tape).at(-1);
      if (tape.length <= n) {
        expect(last).toBe(null);
        return;
      }
      const changes = tape.slice(1).map((x, i) => x - (tape[i] as number));
      const wilder = (parts: readonly number[]) =>
        parts.slice(n).reduce((held, x) => (held * (n - 1) + x) / n, parts.slice(0, n).reduce((sum, x) => sum + x, 0) / n);
      const gain = wilder(changes.map((x) => Math.max(x, 0)));
      const loss = wilder(changes.map((x) => Math.max(-x, 0)));
      expect(last).toBe(gain + loss < 1e-14 ? 0 : 100 * (gain / (gain + loss)));
      expect(last).toBeGreaterThanOrEqual(0);
      expect(last).toBeLessThanOrEqual(100);
    }),
  );
});

test('upside down it reads the rest to 100', () => {
  const tape = fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 10, maxLength: 60 });
  fc.assert(
    fc.property(tape, (prices) => {
      const up = read(5, prices).at(-1) as number;
      const down = read(
        5,
        prices.map((x) => -x),
      ).at(-1) as number;
      if (up + down !== 0) expect(up + down).toBeCloseTo(100, 9);
    }),
  );
});
