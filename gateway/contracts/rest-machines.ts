/** The desk's state machines as data: what states there are, what leads from one to another, and under which condition. For drawing and for reading. */
import { z } from 'zod';

export const machine = z
  .object({
    machine: z.enum(['feed', 'candles', 'gate', 'order', 'strategy', 'session']),
    about: z.string(),
    /** There is one per this. */
    per: z.string(),
    initial: z.string(),
    states: z.array(z.string()),
    transitions: z.array(
      z.object({
        from: z.string(),
        event: z.string(),
        to: z.string().describe('the same as from: what it knows changes, its state does not'),
        when: z.string().nullable().describe('the condition; null: always. Of several for one event the first that holds is taken'),
      }),
    ),
  })
  .meta({ id: 'Machine' });
export type RestMachine = z.infer<typeof machine>;
