import { expect, test } from 'vitest';
import { values } from '#tests/indicators/read.ts';

test('four inputs, by hand', () => {
  // n = 4: WMA of 2, of 4, and a smoothing of √4 = 2
  // inputs            1    2    3    4                        6
  // WMA2                             (3 + 2 × 4) / 3 = 11/3   (4 + 2 × 6) / 3 = 16/3
  // WMA4                             (1 + 4 + 9 + 16) / 10 = 3   (2 + 6 + 12 + 24) / 10 = 4.4
  // 2 WMA2 − WMA4                    13/3                     94/15
  // WMA2 of that                                              (13/3 + 2 × 94/15) / 3 = 253/45
  const read = values('hma', [4], [[1], [2], [3], [4], [6]]);
  expect(read.slice(0, 4)).toEqual([null, null, null, null]);
  expect(read[4]).toBeCloseTo(253 / 45, 13);
});

test('n/2 and √n lose their fractions: 5 takes WMA2, WMA5 and a smoothing of 2', () => {
  // 0 0 0 0 3: WMA2 = 2 × 3 / 3 = 2, WMA5 = 5 × 3 / 15 = 1, so 3; before it 0; smoothed (0 + 2 × 3) / 3 = 2
  expect(values('hma', [5], [[0], [0], [0], [0], [0], [3]])).toEqual([null, null, null, null, null, expect.closeTo(2, 13)]);
});
