import { expect, test } from 'vitest';
import { values } from '#tests/indicators/read.ts';

test('two bars, by hand', () => {
  // high low close volume   typical   over two bars
  //  12    9    9    10        10
  //  14   10   12    30        12     (10 × 10 + 12 × 30) / 40 = 11.5
  //  18   12   15     0        15     (12 × 30 + 0) / 30 = 12
  //  21   18   18     0        19     nothing traded: the newest typical price
  const rows = [
    [12, 9, 9, 10],
    [14, 10, 12, 30],
    [18, 12, 15, 0],
    [21, 18, 18, 0],
  ];
  expect(values('vwap', [2], rows)).toEqual([null, 11.5, 12, 19]);
});
