/**
 * What all answers of the REST API share: how money and times are written, how a long list is walked, what a refusal looks like. What each
 * subject says stands in its own file beside this (rest-orders.ts, rest-journal.ts …).
 */
import { z } from 'zod';

/** Prices, lots and money: decimal text at their own precision, so that no reader rounds them. */
export const decimal = z
  .string()
  .max(60)
  .regex(/^-?\d+(\.\d+)?$/, 'is no decimal text like 12.50');
export const decimalOrNone = decimal.nullable();
/** Engine time, microseconds since 1970. */
export const us = z.int().min(0);
export const usOrNone = us.nullable();
/** A number of the journal. */
export const seq = z.int().min(0);
export const side = z.enum(['buy', 'sell']);
/** A name of an account, a strategy, an instrument, a source. */
export const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'is no name');
/** `8412077.3`: a decision, and an order by the decision that approved it. */
export const address = z.string().regex(/^\d{1,16}\.\d{1,10}$/, 'is no address like 8412077.3');
export const orderId = address;

/** In a query numbers are text. */
export const wholeText = (least: number, most: number) => z.coerce.number<string>().int().min(least).max(most);
export const usText = wholeText(0, Number.MAX_SAFE_INTEGER);
export const flagText = z.enum(['true', 'false']).transform((text) => text === 'true');

export const MOST_ROWS = 1_000;
/**
 * A page of what can be long ends early at so much JSON. The desk's own thread takes an answer from the thread that reads, checks it, writes it down and
 * tags it; with this bound that stays within 10 ms (tests/gateway/page-weight.test.ts).
 */
export const MOST_PAGE_BYTES = 384 * 1024;
/** Of every list that is walked: `next` of one page is `cursor` of the following one; a cursor means nothing to anybody but the server. */
export const paged = {
  limit: wholeText(1, MOST_ROWS).default(100),
  cursor: z
    .string()
    .min(1)
    .max(300)
    .regex(/^[A-Za-z0-9_-]+$/, 'is no cursor of this API')
    .optional(),
};
/** A stretch of the journal by engine time, `from` inclusive, `to` exclusive. */
export const window = { from: usText.optional(), to: usText.optional() };
/** Newest first unless asked otherwise. */
export const order = z.enum(['newest', 'oldest']).default('newest');

/** `next` null: that was all. `seq`: up to this number of the journal it is true. */
export const page = <Row extends z.ZodType>(row: Row) => z.object({ items: z.array(row), next: z.string().nullable(), seq });
export type Page<Row> = Readonly<{ items: Row[]; next: string | null; seq: number }>;

/** All there are: short lists are not walked. */
export const whole = <Row extends z.ZodType>(row: Row) => z.object({ items: z.array(row), seq });

/** Named numbers, in a stated order: what a judgement was made of. Whole amounts of money are text. */
export const numbers = z.array(z.tuple([z.string(), z.union([z.number(), z.string()])]));

/** One step of an explanation: a decision, an input, a tick or a deadline, as a sentence. `at` is ISO in UTC. */
export const link = z.object({
  address: z.string(),
  type: z.string(),
  at: z.string(),
  what: z.string(),
  numbers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** A refusal of the request itself, as application/problem+json. */
export const problem = z
  .object({
    type: z.string().describe('the kind of problem, as an address'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    remedy: z.string().nullable().describe('what to do about it'),
    fields: z.array(z.object({ field: z.string(), detail: z.string(), remedy: z.string().nullable() })),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
