// Laws of the scrubber's scale: later is never further left, there and back is the same moment, and quiet stretches take little room.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { momentAt, placeOf, scaleOf } from './scrub-scale.ts';

const FROM = 1_767_571_200_000_000;

/** A day and its gaps, in order, none in another. */
const day = fc
  .tuple(fc.integer({ min: 1_000_000, max: 86_400_000_000 }), fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 24 }))
  .map(([length, cuts]) => {
    const at = cuts.sort((a, b) => a - b).map((share) => FROM + Math.round(share * length));
    const gaps = [];
    for (let n = 0; n + 1 < at.length; n += 2) if (at[n + 1]! > at[n]!) gaps.push({ from: at[n]!, to: at[n + 1]! });
    return { from: FROM, to: FROM + length, gaps };
  });

test('what is later never stands further left, and all of it stands between the ends', () => {
  fc.assert(
    fc.property(day, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (one, a, b) => {
      const scale = scaleOf(one.from, one.to, one.gaps);
      const [early, late] = [Math.min(a, b), Math.max(a, b)].map((share) => placeOf(scale, one.from + share * (one.to - one.from)));
      expect(early).toBeLessThanOrEqual(late! + 1e-12);
      expect(early).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(1);
    }),
  );
});

test('there and back is the same moment', () => {
  fc.assert(
    fc.property(day, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
      const scale = scaleOf(one.from, one.to, one.gaps);
      const us = one.from + Math.floor(share * (one.to - one.from));
      expect(Math.abs(momentAt(scale, placeOf(scale, us)) - us)).toBeLessThanOrEqual(2);
    }),
  );
});

test('the stretches follow each other without a hole, from end to end', () => {
  fc.assert(
    fc.property(day, (one) => {
      const { stretches } = scaleOf(one.from, one.to, one.gaps);
      let [at, left] = [one.from, 0];
      for (const stretch of stretches) {
        expect([stretch.from, stretch.left]).toEqual([at, left]);
        [at, left] = [stretch.to, stretch.right];
      }
      expect(at).toBe(one.to);
      expect(left).toBeCloseTo(1, 9);
    }),
  );
});

test('breaks are drawn shorter than they were, and leave at least half of the width to what happened', () => {
  fc.assert(
    fc.property(day, (one) => {
      const { stretches } = scaleOf(one.from, one.to, one.gaps);
      const quiet = stretches.filter((stretch) => stretch.quiet);
      for (const { from, to, left, right } of quiet) expect(right - left).toBeLessThan((to - from) / (one.to - one.from));
      expect(quiet.reduce((sum, { left, right }) => sum + right - left, 0)).toBeLessThanOrEqual(0.5 + 1e-9);
    }),
  );
});

test('a night takes no more room than a coffee break', () => {
  const hour = 3_600_000_000;
  const scale = scaleOf(0, 24 * hour, [
    { from: 2 * hour, to: 3 * hour },
    { from: 8 * hour, to: 20 * hour },
  ]);
  const widths = scale.stretches.filter(({ quiet }) => quiet).map(({ left, right }) => right - left);
  expect(widths).toHaveLength(2);
  expect(widths[0]).toBeCloseTo(widths[1]!, 12);
  expect(placeOf(scale, 2 * hour)).toBeGreaterThan(0.15);
});

test('a day of one moment, and one that is all quiet, have a scale as well', () => {
  expect(placeOf(scaleOf(5, 5, []), 5)).toBe(0);
  expect(momentAt(scaleOf(5, 5, []), 0.5)).toBe(5);
  const quiet = scaleOf(0, 100, [{ from: 0, to: 100 }]);
  expect([placeOf(quiet, 0), placeOf(quiet, 100)]).toEqual([0, 1]);
  expect(momentAt(quiet, 1)).toBe(100);
});
