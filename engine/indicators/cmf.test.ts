import { expect, test } from 'vitest';
import { values } from '#tests/indicators/read.ts';

test('two bars, by hand', () => {
  // high low close volume   place in the bar                flow
  //  12    8   11   100     (3 − 1) / 4 = 0.5                50
  //  10   10   10    40     no height: 0                      0     50 / 140
  //  20   10   10    60     (0 − 10) / 10 = −1              −60     −60 / 100
  //  20   10   20     0     1, of nothing                     0     −60 / 60
  //  20   10   20     0                                       0     nothing traded: 0
  const rows = [
    [12, 8, 11, 100],
    [10, 10, 10, 40],
    [20, 10, 10, 60],
    [20, 10, 20, 0],
    [20, 10, 20, 0],
  ];
  expect(values('cmf', [2], rows)).toEqual([null, 50 / 140, -0.6, -1, 0]);
});
