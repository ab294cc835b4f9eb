/** Days at outside venues: repeatable, and the two desks agree on every decision and state of them. */
import { expect, test } from 'vitest';
import { Desk } from '#actors/desk.ts';
import { nodeDigest } from '#cli/compose/digest.ts';
import type { Decision } from '#engine/decisions.ts';
import { firstDifference, firstStateDifference, recut, referenceState, referenceStep, stateOf, step } from '../agreement/compare.ts';
import type { Step } from '../reference/adventure.ts';
import { ReferenceDesk } from '../reference/desk.ts';
import { MUTATION_CATALOGUE, MUTATION_DESK, outsideDay } from './outside.ts';

const DAYS = Number(process.env['OUTSIDE_DAYS'] ?? 60);

/** Both desks over the same steps, with the catalogue of these days: the first difference in words, or null. */
function disagreement(steps: readonly Step[]): string | null {
  const said: Decision[] = [];
  const options = { desk: MUTATION_DESK, digest: nodeDigest, catalogue: MUTATION_CATALOGUE };
  const desk = new Desk({ ...options, sink: (decision) => said.push(decision) });
  const judge = new ReferenceDesk(options);
  let compared = 0;
  for (const [index, one] of steps.entries()) {
    referenceStep(judge, one);
    step(desk, one);
    const found = firstDifference(judge.decisions, said, compared);
    if (found !== null)
      return `step ${index} (${one.do}), decision ${found.at}\n  reference:  ${found.reference}\n  production: ${found.production}`;
    compared = said.length;
  }
  const state = firstStateDifference(referenceState(judge), stateOf(desk));
  return state === null ? null : `at the end, state ${state}`;
}

test('the same seed is the same day', () => {
  expect(outsideDay(3, 60)).toEqual(outsideDay(3, 60));
});

test(`the production desk and the reference desk agree on ${DAYS} days at outside venues`, { timeout: 240_000 }, () => {
  for (let seed = 1; seed <= DAYS; seed += 1) {
    expect(disagreement(recut(outsideDay(seed, 20 + (seed % 5) * 15), seed)), `outsideDay(${seed}, ${20 + (seed % 5) * 15})`).toBeNull();
  }
});
