/** The law that both agreement files ask, each of half the days: on random days with everything in them, cut at random, two desks agree. */
import fc from 'fast-check';
import { adventure } from '../reference/adventure.ts';
import { disagreement, recut } from './compare.ts';

/** How many random days each of the two files asks; AGREEMENT_RUNS sets the sum. */
export const DAYS = Math.ceil(Number(process.env['AGREEMENT_RUNS'] ?? 500) / 2);

/** Seeds of one half are even, of the other odd. */
export function agreeOnDays(half: 0 | 1): void {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500_000_000 }), fc.integer({ min: 5, max: 30 }), fc.integer(), (seed, length, cuts) => {
      const found = disagreement(recut(adventure(2 * seed + half, length), cuts), { every: 60 });
      if (found !== null) throw new Error(found);
    }),
    { numRuns: DAYS, endOnFailure: true },
  );
}
