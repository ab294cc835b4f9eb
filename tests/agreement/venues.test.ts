/** Both desks agree on days at pure venues of every kind, and each kind of order was filled often enough under each part of a fill model. */
import { expect, test } from 'vitest';
import { ALL_CELLS, ALL_EVENTS, type Cells, countCells, tableOf } from './cells.ts';
import { disagreement, recut } from './compare.ts';
import { venueDay } from './venue-day.ts';

const DAYS = 14;
const STEPS = 12;
/** Filled orders that each cell must have seen. */
const LEAST = 15;

test(`they agree on ${DAYS} days at venues of every kind, and no cell has fewer than ${LEAST} filled orders`, { timeout: 240_000 }, () => {
  const cells: Cells = new Map();
  for (let seed = 1; seed <= DAYS; seed += 1) {
    const steps = recut(venueDay(seed, STEPS), seed);
    expect(disagreement(steps, { every: 20 }), `venueDay(${seed}, ${STEPS})`).toBeNull();
    countCells(steps, cells);
  }
  console.log(tableOf(cells));
  expect([...ALL_CELLS, ...ALL_EVENTS].filter((cell) => (cells.get(cell) ?? 0) < LEAST)).toEqual([]);
});
