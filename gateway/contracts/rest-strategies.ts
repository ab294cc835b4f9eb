/** What REST says of strategies: which there are, what one does and how it is written, and documents that are checked and kept. */
import { z } from 'zod';
import { usOrNone } from './rest.ts';

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
    keptAt: usOrNone.describe('when it was kept here; null for what came with this build'),
  })
  .meta({ id: 'Strategy' });
export type RestStrategy = z.infer<typeof strategyRow>;
export const strategyDetail = strategyRow
  .extend({
    parameters: z.record(z.string(), spec),
    subscriptions: z.int().nullable().describe('candle streams it needs; null: any number'),
    markets: z
      .array(z.object({ name: z.string(), timeframeUs: usOrNone, about: z.string() }))
      .describe('what it calls those streams, the one it trades first; none where it names none'),
    source: z.string().nullable().describe('as it is written; null for what this build holds'),
    versions: z.array(z.object({ version: z.string(), keptAt: usOrNone })).describe('all that are kept of this name, newest first'),
  })
  .meta({ id: 'StrategyDetail' });
export type RestStrategyDetail = z.infer<typeof strategyDetail>;
const strategyName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,79}$/, 'is no name of a strategy, nor the beginning of a version');
export const strategyParams = z.object({ strategy: strategyName });

export type StrategyParameter = z.infer<typeof spec>;

/** Only what is kept here can be taken away, and only by its version: one name may stand for several. */
export const strategyVersionParams = z.object({
  strategy: z.string().regex(/^[0-9a-f]{12,64}$/, 'is no version: write at least its first 12 letters'),
});

// ---------------------------------------------------------------- documents

export const changesQuery = z.object({ since: strategyName.describe('the document it is compared with') });
/** What means another thing, a line each, in words; remarks and the way it is written are none. */
export const strategyChanges = z.object({ items: z.array(z.string()) }).meta({ id: 'StrategyChanges' });

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

// ---------------------------------------------------------------- the language they are written in

const fieldKind = z
  .enum(['text', 'name', 'expression', 'duration', 'choice', 'value', 'texts', 'section', 'named'])
  .describe('what stands behind it');
/** What may be written where: made of the tables by which documents are judged, for editors that complete and explain. */
export const strategyLanguage = z
  .object({
    places: z.array(
      z.object({
        at: z.string().describe('where its keys stand: empty is the document itself, `parameters.*` each name below a key'),
        about: z.string(),
        names: fieldKind.nullable().describe('what stands behind names of the writer’s choice; null where only the keys may stand'),
        keys: z.array(z.object({ key: z.string(), kind: fieldKind, about: z.string(), need: z.boolean(), of: z.array(z.string()) })),
      }),
    ),
    words: z.array(
      z.object({
        word: z.string(),
        kind: z.enum(['keyword', 'value', 'series', 'fact', 'function']),
        form: z.string().describe('as it is written, with its inputs'),
        about: z.string(),
        is: z.string().nullable(),
      }),
    ),
    indicators: z.array(
      z.object({
        name: z.string(),
        form: z.string(),
        about: z.string(),
        series: z.int().min(0).describe('inputs that are series, which come first'),
        readsBars: z.boolean().describe('a market may stand before it'),
        parameters: z.array(
          z.object({
            name: z.string(),
            kind: z.enum(['whole', 'number']),
            least: z.number(),
            most: z.number(),
            standard: z.number(),
            about: z.string(),
          }),
        ),
        outputs: z.array(z.string()),
      }),
    ),
    units: z.array(z.string()).describe('of durations'),
  })
  .meta({ id: 'StrategyLanguage' });
export type StrategyLanguage = z.infer<typeof strategyLanguage>;
