/** What REST says of markets: instruments with their terms, feeds with their health, candles in every version, ticks. */
import { z } from 'zod';
import { decimal, decimalOrNone, name, paged, seq, us, usOrNone, usText, wholeText, window } from './rest.ts';
import { candleRow, feedRow } from './rows.ts';

const feedRules = z.object({
  source: z.string(),
  primary: z.boolean(),
  latenessUs: us,
  graceUs: us,
  silentUs: usOrNone,
  muteUs: usOrNone,
  lagUs: usOrNone,
  lagDownUs: usOrNone,
  absurdPermille: z.number().nullable(),
  settleUs: us,
  faultsToDown: z.int(),
  fillFlat: z.boolean(),
  barUs: usOrNone,
});

export const instrument = z
  .object({
    instrument: name,
    version: z.int().min(1),
    tick: decimal,
    lot: decimal,
    multiplier: decimal,
    currency: z.string(),
    currencyScale: z.int(),
    calendar: z.string(),
    last: decimalOrNone,
    bid: decimalOrNone,
    ask: decimalOrNone,
    feeds: z.array(feedRules),
    /** Lengths of the candles that the desk keeps, µs. */
    timeframesUs: z.array(us),
  })
  .meta({ id: 'Instrument' });
export const instrumentParams = z.object({ instrument: name });

/** `feed`: `<instrument>~<source>`. `because`: every reason why it is not HEALTHY, in words. */
export const feed = feedRow
  .omit({ why: true, since: true })
  .extend({ feed: z.string(), primary: z.boolean(), because: z.array(z.string()) })
  .meta({ id: 'Feed' });
export const feedsQuery = z.object({ instrument: name.optional(), source: name.optional() });
export const feedParams = z.object({ feed: name });

/** A closed candle. Every version is kept: `versions=all` tells each as it was said, the newest of an interval last. */
export const candle = candleRow.extend({ instrument: name, address: z.string() }).meta({ id: 'Candle' });
export type RestCandle = z.infer<typeof candle>;
export const candlesQuery = z.object({
  instrument: name,
  source: name.optional().describe('default: the primary one'),
  timeframe: wholeText(1, 7 * 86_400_000_000)
    .optional()
    .describe('µs; default: the shortest there is'),
  /** Of their start. */
  ...window,
  versions: z.enum(['newest', 'all']).default('newest'),
  order: z.enum(['newest', 'oldest']).default('oldest'),
  ...paged,
});

/** A market fact as it arrived. Which of the prices are there hangs on its kind. */
export const tick = z
  .object({
    seq,
    at: us,
    venueTime: us,
    instrument: z.string(),
    source: z.string(),
    kind: z.enum(['trade', 'quote', 'bar', 'book']),
    side: z.enum(['buy', 'sell']).nullable(),
    price: decimalOrNone,
    lots: decimalOrNone,
    bid: decimalOrNone,
    bidLots: decimalOrNone,
    ask: decimalOrNone,
    askLots: decimalOrNone,
    open: decimalOrNone,
    high: decimalOrNone,
    low: decimalOrNone,
    close: decimalOrNone,
    volume: decimalOrNone,
  })
  .meta({ id: 'Tick' });
export type RestTick = z.infer<typeof tick>;
export const ticksQuery = z.object({
  instrument: name,
  source: name.optional(),
  kind: z.enum(['trade', 'quote', 'bar', 'book']).optional(),
  ...window,
  after: usText.optional().describe('only behind this number of the journal'),
  ...paged,
});
