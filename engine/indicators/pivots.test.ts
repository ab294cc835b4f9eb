import { expect, test } from 'vitest';
import { readings } from '#tests/indicators/read.ts';

test('one bar, and two taken as one, by hand', () => {
  // high 12, low 8, close 10: pivot 10; 2 × 10 − 8 = 12, 10 + 4, 12 + 2 × (10 − 8); 2 × 10 − 12 = 8, 10 − 4, 8 − 2 × (12 − 10)
  const rows = [
    [12, 8, 10],
    [15, 11, 13],
  ];
  expect(readings('pivots', [1], rows)[0]).toEqual({ pivot: 10, r1: 12, r2: 14, r3: 16, s1: 8, s2: 6, s3: 4 });
  // high 15, low 8, close 13: pivot 12; 24 − 8, 12 + 7, 15 + 2 × (12 − 8); 24 − 15, 12 − 7, 8 − 2 × (15 − 12)
  expect(readings('pivots', [2], rows)).toEqual([null, { pivot: 12, r1: 16, r2: 19, r3: 23, s1: 9, s2: 5, s3: 2 }]);
});
