/** Scans and machines mean the same (DESIGN law 8): on random days with everything in them, cut at random, two desks agree on every decision and state. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adventure } from '../reference/adventure.ts';
import { disagreement, recut } from './compare.ts';

const RUNS = Number(process.env['AGREEMENT_RUNS'] ?? 500);

test(`the production desk and the reference desk agree on ${RUNS} random days`, { timeout: 240_000 }, () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), fc.integer({ min: 5, max: 40 }), fc.integer(), (seed, length, cuts) => {
      expect(disagreement(recut(adventure(seed, length), cuts), { every: 60 })).toBeNull();
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});

test('they agree on a longer day', { timeout: 120_000 }, () => {
  expect(disagreement(recut(adventure(7, 160), 7))).toBeNull();
});
