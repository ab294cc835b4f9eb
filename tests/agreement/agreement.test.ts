/** Scans and machines mean the same (DESIGN law 8): the first half of the random days, and a longer one. */
import { expect, test } from 'vitest';
import { adventure } from '../reference/adventure.ts';
import { disagreement, recut } from './compare.ts';
import { agreeOnDays, DAYS } from './days.ts';

test(`the production desk and the reference desk agree on ${DAYS} random days`, { timeout: 1_200_000 }, () => agreeOnDays(0));

test('they agree on a longer day', { timeout: 120_000 }, () => {
  expect(disagreement(recut(adventure(7, 160), 7))).toBeNull();
});
