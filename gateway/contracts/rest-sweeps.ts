/** What REST says of sweeps: what was searched, what came out, and the same over two parameters as a map. */
import { z } from 'zod';
import { name, paged } from './rest.ts';
import { folderName } from './rest-runs.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);
const values = z.record(z.string(), value);
const score = z.number().nullable().describe('of the objective, as it reads; null: too few trades, given up, or no such figure');

export const sweepDimension = z.object({
  name: z.string(),
  values: z.array(value).describe('in their order; of a range the middles of its cells'),
  range: z.boolean().describe('any value between was possible'),
});

export const sweep = z
  .object({
    sweep: z.string(),
    made: z.string().describe('when it was last worked on'),
    finished: z.boolean(),
    strategy: z.string(),
    method: z.string(),
    objective: z.string(),
    lowest: z.boolean().describe('of the objective the lowest is best'),
    tapes: z.array(z.string()),
    trials: z.int().describe('that were evaluated'),
    dimensions: z.array(sweepDimension),
    where: z.array(z.string()),
  })
  .meta({ id: 'Sweep' });
export type RestSweep = z.infer<typeof sweep>;

export const sweepTrial = z.object({
  number: z.int(),
  parameters: values,
  score,
  neighbours: z.object({ count: z.int(), median: score }).describe('one step away in every parameter'),
  metrics: z.record(z.string(), z.number().nullable()),
  psr: z.number().nullable(),
  deflated: z.number().nullable(),
  run: z.string().describe('as the catalogue would call it'),
  kept: z.boolean().describe('it is in the catalogue'),
});
export type RestSweepTrial = z.infer<typeof sweepTrial>;

export const sweepDetail = sweep
  .extend({
    scored: z.int(),
    counted: z.int().describe('trials ever made with this strategy on this data'),
    overfitting: z.object({ probability: z.number().nullable(), reason: z.string().nullable(), splits: z.int().nullable() }),
    command: z.string().describe('that plays one of its trials, but for its parameters'),
    walked: z.boolean().describe('it walked forward: trials are those of the last training'),
    peak: sweepTrial.nullable().describe('the best'),
    plateau: sweepTrial.nullable().describe('whose middle with its neighbours is best'),
    best: z.array(sweepTrial),
  })
  .meta({ id: 'SweepDetail' });
export type RestSweepDetail = z.infer<typeof sweepDetail>;

export const sweepParams = z.object({ sweep: folderName });
export const sweepsQuery = z.object({ strategy: name.optional(), ...paged });
export const plateauQuery = z.object({
  x: name,
  y: name,
  others: z.enum(['median', 'best']).default('median').describe('what a cell shows of the trials in it'),
});
export const plateauCell = z.object({
  score: z.number(),
  trials: z.int(),
  number: z.int().describe('of its best trial'),
  parameters: values,
  run: z.string(),
  kept: z.boolean(),
});
const axis = z.object({ name: z.string(), values: z.array(value) });
/** By row of y, then column of x; null where nothing that was tried has a score. */
export const plateau = z
  .object({
    sweep: z.string(),
    x: axis,
    y: axis,
    others: z.enum(['median', 'best']),
    cells: z.array(z.array(plateauCell.nullable())),
    peak: z.tuple([z.int(), z.int()]).nullable().describe('row and column in which the best trial lies'),
    plateau: z.tuple([z.int(), z.int()]).nullable(),
  })
  .meta({ id: 'Plateau' });
export type RestPlateau = z.infer<typeof plateau>;
/** A map with more cells than this is none any more, and too much for one answer. */
export const MOST_CELLS = 1_600;
