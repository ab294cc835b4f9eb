import { expect, test } from 'vitest';
import { readings } from '#tests/indicators/read.ts';

test('four bars, by hand', () => {
  // n = 3 (alpha 1/2), ranges of 2 bars, two of them. The true ranges are those of supertrend.test.ts.
  // closes 10 11 12   EMA (10 + 11 + 12) / 3 = 11          ATR 2     11 ± 4
  //        16         EMA 11 + (16 − 11) / 2 = 13.5        ATR 3.5   13.5 ± 7
  const rows = [
    [11, 9, 10],
    [12, 10, 11],
    [13, 11, 12],
    [17, 13, 16],
  ];
  expect(readings('keltner', [3, 2, 2], rows)).toEqual([
    null,
    null,
    { middle: 11, upper: 15, lower: 7 },
    { middle: 13.5, upper: 20.5, lower: 6.5 },
  ]);
});
