import { expect, test } from 'vitest';
import { readings } from '#tests/indicators/read.ts';

test('a turn up and a turn down, by hand', () => {
  // n = 2, one range. high low close   true range        ATR     middle   upper band             lower band             direction
  //                    11    9   10
  //                    12   10   11    2
  //                    13   11   12    2                 2       12       14                     10                     −1, it begins so
  //                    17   13   16    |17 − 12| = 5     3.5     15       18.5 is higher: 14     11.5                   16 > 14: 1
  //                    17   15   16    2                 2.75    16       16 > 14: 18.75         13.25                  16 ≥ 13.25: 1
  //                    14   11   12    |11 − 16| = 5     3.875   12.5     16.375                 8.625 is lower: 13.25  12 < 13.25: −1
  const rows = [
    [11, 9, 10],
    [12, 10, 11],
    [13, 11, 12],
    [17, 13, 16],
    [17, 15, 16],
    [14, 11, 12],
  ];
  expect(readings('supertrend', [2, 1], rows)).toEqual([
    null,
    null,
    { line: 14, direction: -1 },
    { line: 11.5, direction: 1 },
    { line: 13.25, direction: 1 },
    { line: 16.375, direction: -1 },
  ]);
});
