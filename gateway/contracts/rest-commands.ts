/** What a person commands of the desk over REST, and the desk's own decision on it. */
import { z } from 'zod';
import { decimal, name, numbers, seq } from './rest.ts';

export const saw = seq
  .nullable()
  .optional()
  .describe('the number of the journal that was on the screen: a subject that changed since is told so');

export const killBody = z.strictObject({ why: z.string().min(1).max(200), saw });
export const strategyBody = z.strictObject({ strategy: name, saw });
export const accountBody = z.strictObject({ account: name, saw });
const scoped = {
  scope: z.enum(['global', 'account', 'strategy', 'instrument']),
  of: z.string().max(200).default('*').describe('* for the whole desk'),
};
export const armBody = z.strictObject({ ...scoped, saw });
export const acknowledgeBody = z.strictObject({ ...scoped, saw });
export const disarmBody = z.strictObject({ killedAt: seq.min(1).describe('the number of the kill that it lifts'), saw });
export const resetBody = z.strictObject({ account: name, cash: decimal, saw });

/** What the desk decided. `ok` false is an answer too: `why` names it, `text` says it. */
export const commandAnswer = z
  .object({
    ok: z.boolean(),
    why: z.string(),
    numbers,
    address: z.string().nullable().describe('of the decision that answers'),
    seq: seq.describe('the number of the command in the journal'),
    durable: z.boolean().describe('command and answer would survive a power cut'),
    text: z.string(),
  })
  .meta({ id: 'CommandAnswer' });
export type CommandAnswer = z.infer<typeof commandAnswer>;
