import { expect, test } from 'vitest';
import { readings } from '#tests/indicators/read.ts';

const ROWS = [
  [10, 8],
  [12, 10],
  [14, 10],
  [20, 16],
  [16, 12],
];

test('five bars, by hand', () => {
  // tenkan of 1 bar, kijun of 2, span of 3, drawn 2 ahead: what was drawn to a bar was computed one bar before
  // high low   tenkan   kijun              (tenkan + kijun) / 2   span
  //  10    8      9
  //  12   10     11     (12 + 8) / 2 = 10
  //  14   10     12     (14 + 10) / 2 = 12        12              (14 + 8) / 2 = 11
  //  20   16     18     (20 + 10) / 2 = 15        16.5            (20 + 10) / 2 = 15
  //  16   12     14     (20 + 12) / 2 = 16
  expect(readings('ichimoku', [1, 2, 3, 2], ROWS)).toEqual([
    null,
    null,
    null,
    { tenkan: 18, kijun: 15, senkou_a: 12, senkou_b: 11 },
    { tenkan: 14, kijun: 16, senkou_a: 16.5, senkou_b: 15 },
  ]);
});

test('drawn 1 ahead is drawn at the bar itself', () => {
  expect(readings('ichimoku', [1, 2, 3, 1], ROWS)[3]).toEqual({ tenkan: 18, kijun: 15, senkou_a: 16.5, senkou_b: 15 });
});
