import { expect, test } from 'vitest';
import { readings } from '#tests/indicators/read.ts';

test('four inputs, by hand', () => {
  // 2 4 4 6: mean 4, deviation √2; two of them to either side; width 4√2 / 4; the 6 lies 2 + 2√2 above the lower band, of 4√2
  const [, , , read] = readings('bollinger', [4, 2], [[2], [4], [4], [6]]);
  expect(read).toEqual({
    middle: 4,
    upper: expect.closeTo(4 + 2 * Math.SQRT2, 13),
    lower: expect.closeTo(4 - 2 * Math.SQRT2, 13),
    width: expect.closeTo(Math.SQRT2, 13),
    percent: expect.closeTo((2 + 2 * Math.SQRT2) / (4 * Math.SQRT2), 13),
  });
});

test('where the bands meet, and around zero', () => {
  expect(readings('bollinger', [2, 2], [[5], [5]])[1]).toEqual({ middle: 5, upper: 5, lower: 5, width: 0, percent: 0.5 });
  expect(readings('bollinger', [2, 1], [[-3], [3]])[1]).toEqual({ middle: 0, upper: 3, lower: -3, width: 0, percent: 1 });
});
