import { expect, test } from 'vitest';
import { values } from '#tests/indicators/read.ts';

test('four inputs, by hand', () => {
  // 2 4 4 6: mean 4, variance (4 + 0 + 0 + 4) / 4 = 2, (6 − 4) / √2 = √2
  // 4 4 6 4: mean 4.5, variance (3 × 0.25 + 2.25) / 4 = 0.75, −0.5 / √0.75
  const read = values('zscore', [4], [[2], [4], [4], [6], [4]]);
  expect(read.slice(0, 3)).toEqual([null, null, null]);
  expect(read[3]).toBeCloseTo(Math.SQRT2, 14);
  expect(read[4]).toBeCloseTo(-0.5 / Math.sqrt(0.75), 14);
});

test('equal inputs are no distance from their mean', () => {
  expect(values('zscore', [3], [[0.1], [0.1], [0.1]])[2]).toBe(0);
});
