// The map: what is better is drawn stronger, equals alike, and the keyboard finds every cell that holds something.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellFrom, scoreText, strengthsOf } from './heat.ts';

test('better is stronger, equal is alike, the best is whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      (scores, lowest) => {
        const strength = strengthsOf(scores, lowest);
        const best = scores.reduce((most, score) => ((lowest ? score < most : score > most) ? score : most));
        expect(strength(best)).toBe(1);
        for (const one of scores)
          for (const other of scores) {
            expect(strength(one)).toBeGreaterThanOrEqual(0);
            if (one === other) expect(strength(one)).toBe(strength(other));
            else expect(strength(one) > strength(other)).toBe(lowest ? one < other : one > other);
          }
      },
    ),
  );
});

test('from cell to cell over holes, to the ends and never out of the map', () => {
  const cells = [
    [1, null, 1],
    [null, null, 1],
    [1, 1, 1],
  ];
  expect(cellFrom(cells, [0, 0], 'ArrowRight')).toEqual([0, 2]);
  expect(cellFrom(cells, [0, 0], 'ArrowUp')).toEqual([2, 0]);
  expect(cellFrom(cells, [2, 0], 'ArrowDown')).toEqual([0, 0]);
  expect(cellFrom(cells, [2, 0], 'End')).toEqual([2, 2]);
  expect(cellFrom(cells, [2, 2], 'Home')).toEqual([2, 0]);
  expect(cellFrom(cells, [0, 0], 'ArrowLeft')).toBeNull();
  expect(cellFrom(cells, [1, 2], 'ArrowLeft')).toBeNull();
  expect(cellFrom(cells, [0, 0], 'a')).toBeNull();
});

test('a score keeps the digits that tell it apart', () => {
  expect([0, 1.234, -12.345, 123.45, 12_345.6, 0.0123].map(scoreText)).toEqual(['0.00', '1.23', '-12.35', '123.5', '12346', '0.012']);
});
