import { expect, test } from 'vitest';
import { readings } from '#tests/indicators/read.ts';

test('smoothed over two, by hand', () => {
  // RSI of one change: 100 up, 0 down.   closes   1    2    1    2    3    2
  //                                      RSI          100    0  100  100    0
  // place in the range of two                               0  100    0    0    the two 100 are no range
  // k, the mean of two places                                  50   50    0
  // d, the mean of two k                                            50   25
  const read = readings('stochrsi', [1, 2, 2, 2], [[1], [2], [1], [2], [3], [2]]);
  expect(read).toEqual([null, null, null, null, { k: 50, d: 50 }, { k: 0, d: 25 }]);
});

test('while the price stands still, so does the RSI: 0, not its rounding', () => {
  const closes = [10, 11, 10, ...Array(40).fill(11)];
  const read = readings(
    'stochrsi',
    [3, 2, 1, 1],
    closes.map((x) => [x]),
  );
  expect(read.slice(6).every((values) => values?.k === 0)).toBe(true);
});
