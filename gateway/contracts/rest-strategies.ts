/** What REST says of strategies: which there are, what one does and how it is written, and documents that are checked and kept. */
import { z } from 'zod';

const spec = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('whole'), least: z.number(), most: z.number(), standard: z.number(), about: z.string() }),
  z.object({ kind: z.literal('number'), least: z.number(), most: z.number(), standard: z.number(), about: z.string() }),
  z.object({ kind: z.literal('flag'), standard: z.boolean(), about: z.string() }),
  z.object({ kind: z.literal('choice'), of: z.array(z.string()), standard: z.string(), about: z.string() }),
]);

export const strategyRow = z
  .object({
    strategy: z.string().describe('what to name it by'),
    name: z.string(),
    /** Of this build; shipped with it as a file; kept here, under the hash of its bytes. */
    kept: z.enum(['bundled', 'shipped', 'kept']),
    kind: z.enum(['program', 'document']),
    version: z.string(),
    about: z.string(),
    deployed: z.array(z.string()).describe('ids under which it runs on this desk'),
  })
  .meta({ id: 'Strategy' });
export type RestStrategy = z.infer<typeof strategyRow>;
export const strategyDetail = strategyRow
  .extend({
    parameters: z.record(z.string(), spec),
    subscriptions: z.int().nullable().describe('candle streams it needs; null: any number'),
    source: z.string().nullable().describe('as it is written; null for what this build holds'),
    versions: z.array(z.string()).describe('all that are kept of this name'),
  })
  .meta({ id: 'StrategyDetail' });
export type RestStrategyDetail = z.infer<typeof strategyDetail>;
export const strategyParams = z.object({
  strategy: z.string().regex(/^[A-Za-z0-9][\w.-]{0,79}$/, 'is no name of a strategy, nor the beginning of a version'),
});

/** A document as text. Programs are bundled and kept at the machine, where whoever may run code is. */
export const strategyBody = z.strictObject({ text: z.string().min(1).max(200_000), keep: z.boolean().default(true) });
export const strategyFault = z.object({
  line: z.int().min(0),
  column: z.int().min(0),
  found: z.string(),
  expected: z.string(),
  nearest: z.string().nullable().describe('the right name that was probably meant'),
  text: z.string(),
});
/** `ok` false is an answer: the document was read, and these are its faults. */
export const strategyChecked = z
  .object({
    ok: z.boolean(),
    name: z.string().nullable(),
    version: z.string().nullable(),
    about: z.string().nullable(),
    faults: z.array(strategyFault),
    kept: z.boolean(),
    isNew: z.boolean().describe('false: this version, byte for byte, was kept already'),
    /** How it did over a made-up walk; null where there are faults. */
    trial: z.object({ bars: z.int(), wakes: z.int(), wanted: z.int() }).nullable(),
  })
  .meta({ id: 'StrategyChecked' });
export type StrategyChecked = z.infer<typeof strategyChecked>;
