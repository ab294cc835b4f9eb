import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssertionFailed } from '../assert.ts';
import { reachesR, rMultiple } from './r-multiple.ts';

test('a long and its mirror short earn the same R', () => {
  expect([rMultiple('buy', 100, 90, 125), rMultiple('buy', 100, 90, 90), rMultiple('buy', 100, 90, 100)]).toEqual([2.5, -1, 0]);
  const price = fc.integer({ min: -10_000, max: 10_000 });
  fc.assert(
    fc.property(price, price, price, (entry, stop, exit) => {
      expect(rMultiple('sell', -entry, -stop, -exit)).toBe(rMultiple('buy', entry, stop, exit));
    }),
  );
});

test('a stop at or beyond the entry is no risk to measure by', () => {
  expect([rMultiple('buy', 100, 100, 120), rMultiple('buy', 100, 101, 120), rMultiple('sell', 100, 99, 80)]).toEqual([null, null, null]);
  expect(reachesR('buy', 100, 100, 120, 0)).toBe(false);
});

test('the minimum is reached exactly at it', () => {
  expect([reachesR('buy', 100, 90, 115, 1500), reachesR('buy', 100, 90, 114, 1500), reachesR('sell', 100, 110, 85, 1500)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(() => reachesR('buy', 100, 90, 115, 1.5)).toThrow(AssertionFailed);
});
