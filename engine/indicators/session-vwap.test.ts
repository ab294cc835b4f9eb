import { expect, test } from 'vitest';
import { values } from '#tests/indicators/read.ts';
import { SessionVwap } from './session-vwap.ts';

test('two sessions, by hand', () => {
  // session high low close volume   typical   since the session began
  //  1       12    9    9    10        10     10
  //  1       14   10   12    30        12     (100 + 360) / 40 = 11.5
  //  2       18   12   15     0        15     nothing traded in it yet: the newest typical price
  //  2       21   18   18     5        19     95 / 5 = 19
  //  2       14   12   13    15        13     (95 + 195) / 20 = 14.5
  //  1       12    9    9    10        10     another number, if an old one, is another session
  const rows = [
    [1, 12, 9, 9, 10],
    [1, 14, 10, 12, 30],
    [2, 18, 12, 15, 0],
    [2, 21, 18, 18, 5],
    [2, 14, 12, 13, 15],
    [1, 12, 9, 9, 10],
  ];
  expect(values('session_vwap', [], rows)).toEqual([10, 11.5, 15, 19, 14.5, 10]);
});

test('a session of a million bars after a huge one is exact where the fractions are', () => {
  const vwap = new SessionVwap();
  vwap.push(1, 1e15, 1e15, 1e15, 1e15);
  for (let i = 0; i < 1_000_000; i += 1) vwap.push(2, 0.75, 0.75, 0.75, 0.5);
  expect(vwap.value).toBe(0.75);
});
