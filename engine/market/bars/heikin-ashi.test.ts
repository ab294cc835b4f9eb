// Heikin-Ashi: a table worked by hand, the same in fractions as the plain way, and a fold that is stopped anywhere.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeikinAshi } from './heikin-ashi.ts';

type Bar = readonly [open: number, high: number, low: number, close: number];
const ashi = (bars: readonly Bar[]): Bar[] => {
  const fold = new HeikinAshi();
  return bars.map((bar): Bar => {
    fold.push(...bar);
    return [fold.open, fold.high, fold.low, fold.close];
  });
};

test('by hand', () => {
  expect(
    ashi([
      [10, 14, 8, 12], // open (10+12)/2 = 11, close 44/4 = 11
      [12, 17, 12, 16], // open (11+11)/2 = 11, close 57/4 = 14.25 → 14
      [16, 16, 9, 9], // open (11+14)/2 = 12.5 → 12, close 50/4 = 12.5 → 12
      [9, 30, 9, 30], // open (12+12)/2 = 12, close 78/4 = 19.5 → 20
      [31, 33, 31, 33], // open (12+20)/2 = 16, below the low; close 128/4 = 32
      [-3, -1, -4, -2], // open (16+32)/2 = 24, above the high; close −10/4 = −2.5 → −2
    ]),
  ).toEqual([
    [11, 14, 8, 11],
    [11, 17, 11, 14],
    [12, 16, 9, 12],
    [12, 30, 9, 20],
    [16, 33, 16, 32],
    [24, 24, -4, -2],
  ]);
});

const bars = fc.array(
  fc.tuple(fc.integer({ min: -500, max: 5_000 }), fc.nat(90), fc.nat(90), fc.nat(90)).map(([low, a, b, up]): Bar => {
    const high = low + Math.max(a, b) + up;
    return [low + a, high, low, low + b];
  }),
  { maxLength: 200 },
);

test('its high and low enclose it and the bar; it stays within a tick and a half of the same in fractions', () => {
  fc.assert(
    fc.property(bars, (all) => {
      let [open, close] = [Number.NaN, Number.NaN];
      ashi(all).forEach((ours, n) => {
        const [o, h, l, c] = all[n]!;
        open = n === 0 ? (o + c) / 2 : (open + close) / 2;
        close = (o + h + l + c) / 4;
        const exact = [open, Math.max(h, open, close), Math.min(l, open, close), close];
        for (const [i, value] of exact.entries()) expect(Math.abs(ours[i]! - value)).toBeLessThanOrEqual(1.5);
        expect(Math.abs(ours[3] - close)).toBeLessThanOrEqual(0.5);
        expect(ours.every(Number.isSafeInteger)).toBe(true);
        expect(ours[1]).toBe(Math.max(h, ours[0], ours[3]));
        expect(ours[2]).toBe(Math.min(l, ours[0], ours[3]));
      });
    }),
    { numRuns: 300 },
  );
});

test('saved, through JSON, and loaded anywhere it goes on as if it had never stopped', () => {
  fc.assert(
    fc.property(bars, fc.nat(200), (all, stop) => {
      let fold = new HeikinAshi();
      const seen = all.map((bar, n): Bar => {
        if (n === stop) {
          const saved = JSON.parse(JSON.stringify(fold.save()));
          fold = new HeikinAshi();
          fold.push(7, 7, 7, 7);
          fold.load(saved);
        }
        fold.push(...bar);
        return [fold.open, fold.high, fold.low, fold.close];
      });
      expect(seen).toEqual(ashi(all));
    }),
  );
});
