import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Atr } from './atr.ts';

type Bar = readonly [high: number, low: number, close: number];

function read(n: number, tape: readonly Bar[]): (number | null)[] {
  const atr = new Atr(n);
  return tape.map(([high, low, close]) => {
    atr.push(high, low, close);
    return atr.ready ? atr.value : null;
  });
}

test('two bars, by hand', () => {
  // high low close   true range
  //  12  10   11     none: no close before it
  //  13  11   12     max(2, 2, 0) = 2
  //  20  18   19     max(2, 8, 6) = 8    a gap up counts from the close before
  //  19  17   18     max(2, 0, 2) = 2
  // averages: (2 + 8) / 2 = 5, then (5 × 1 + 2) / 2 = 3.5
  expect(
    read(2, [
      [12, 10, 11],
      [13, 11, 12],
      [20, 18, 19],
      [19, 17, 18],
    ]),
  ).toEqual([null, null, 5, 3.5]);
});

test('a bar upside down is a broken program', () => {
  expect(() => new Atr(2).push(1, 2, 1.5)).toThrow('high at or above');
});

test('streaming is batch, to the bit, and never negative', () => {
  const price = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const bar = fc.tuple(price, price, price).map(([a, b, c]): Bar => [Math.max(a, b), Math.min(a, b), c]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(bar, { minLength: 1, maxLength: 100 }), (n, tape) => {
      const last = read(n, tape).at(-1);
      if (tape.length <= n) {
        expect(last).toBe(null);
        return;
      }
      const ranges = tape.slice(1).map(([high, low], i) => {
        const [, , before] = tape[i] as Bar;
        return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
      });
      const first = ranges.slice(0, n).reduce((sum, x) => sum + x, 0) / n;
      expect(last).toBe(ranges.slice(n).reduce((held, x) => (held * (n - 1) + x) / n, first));
      expect(last).toBeGreaterThanOrEqual(0);
    }),
  );
});
