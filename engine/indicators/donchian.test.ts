import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Donchian } from './donchian.ts';

test('three bars, by hand', () => {
  // high  10  12  11   9   8
  // low    8   9  10   7   6
  // upper          12  12  11    the 12 leaves with the fifth bar
  // lower           8   7   6
  const channel = new Donchian(3);
  const read = (
    [
      [10, 8],
      [12, 9],
      [11, 10],
      [9, 7],
      [8, 6],
    ] as const
  ).map(([high, low]) => {
    channel.push(high, low);
    return channel.ready ? [channel.upper, channel.lower, channel.value] : null;
  });
  expect(read).toEqual([null, null, [12, 8, 10], [12, 7, 9.5], [11, 6, 8.5]]);
});

test('edges are not read early either', () => {
  expect(() => new Donchian(2).upper).toThrow('warm-up');
  expect(() => new Donchian(2).lower).toThrow('warm-up');
  expect(() => new Donchian(2).push(1, 2)).toThrow('high at or above');
});

test('streaming is batch, to the bit', () => {
  const price = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
  const bar = fc.tuple(price, price).map(([a, b]) => [Math.max(a, b) + 0, Math.min(a, b) + 0] as const);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(bar, { minLength: 1, maxLength: 100 }), (n, tape) => {
      const channel = new Donchian(n);
      tape.forEach(([high, low], i) => {
        channel.push(high, low);
        if (!channel.ready) return;
        const window = tape.slice(i + 1 - n, i + 1);
        expect(channel.upper).toBe(Math.max(...window.map(([h]) => h)));
        expect(channel.lower).toBe(Math.min(...window.map(([, l]) => l)));
      });
    }),
  );
});
