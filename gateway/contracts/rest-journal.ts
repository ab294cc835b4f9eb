/** What REST says of what was recorded: decisions and why, refusals and alerts, the whole desk at a number, and the journal's own frames. */
import { z } from 'zod';
import { address, decimalOrNone, link, name, numbers, order, paged, seq, us, usText, wholeText, window } from './rest.ts';
import { alertRow, decisionRow } from './rows.ts';

/** A decision as it is recorded (whole amounts as text), and as a sentence. Prices and lots in it are ticks and lots; `said` has them as people read them. */
export const decision = decisionRow.extend({ address }).meta({ id: 'Decision' });
export type RestDecision = z.infer<typeof decision>;

const decisionType = z.string().regex(/^[A-Za-z]{1,40}$/, 'is no type of decision');
export const decisionsQuery = z.object({
  ...window,
  after: usText.optional().describe('only of later numbers of the journal'),
  type: z
    .union([decisionType, z.array(decisionType).max(50)])
    .transform((one) => (typeof one === 'string' ? [one] : one))
    .optional()
    .describe('one, or several by naming it several times'),
  about: name.optional().describe('an account, a strategy, an instrument, a source or an order it names'),
  order,
  ...paged,
});
export const decisionParams = z.object({ address });

// ---------------------------------------------------------------- refusals

export const clause = z.object({ clause: z.string(), ok: z.boolean(), numbers, text: z.string() });
/** An order that was not let out, with every clause and its numbers; those that failed first. */
export const refusal = z
  .object({
    address,
    at: us,
    account: z.string(),
    strategy: z.string(),
    instrument: z.string(),
    side: z.enum(['buy', 'sell']),
    type: z.string(),
    lots: z.string(),
    limit: decimalOrNone,
    stop: decimalOrNone,
    why: z.string(),
    failed: z.array(z.string()),
    clauses: z.array(clause),
    said: z.string(),
  })
  .meta({ id: 'Refusal' });
export type RestRefusal = z.infer<typeof refusal>;
export const refusals = z
  .object({
    items: z.array(refusal),
    next: z.string().nullable(),
    seq,
    /** Of the whole window, not of the page: an order may fail by several clauses. */
    counts: z.object({ orders: z.int(), byClause: z.array(z.object({ clause: z.string(), orders: z.int() })) }),
  })
  .meta({ id: 'Refusals' });
export const refusalsQuery = z.object({
  ...window,
  clause: z.string().max(40).optional(),
  account: name.optional(),
  strategy: name.optional(),
  instrument: name.optional(),
  order,
  ...paged,
});

// ---------------------------------------------------------------- alerts

export const alert = alertRow.extend({ alert: address, seen: z.object({ by: z.string(), at: us }).nullable() }).meta({ id: 'Alert' });
export const alertsQuery = z.object({
  ...window,
  severity: z.enum(['info', 'warning', 'critical']).optional(),
  unseen: z.enum(['true', 'false']).optional(),
  order,
  ...paged,
});
export const alertParams = z.object({ alert: address });

// ---------------------------------------------------------------- why, and when

/** An address, a number, a client order id, or a moment: `10:32`, `2026-01-05T10:32:00Z`, µs. */
export const explainParams = z.object({ address: z.string().min(1).max(64) });
export const explanation = z
  .object({
    ok: z.boolean().describe('false: there is no such thing, and the sentence says so'),
    subject: z.string(),
    sentence: z.string(),
    chain: z.array(link),
    order: z.object({ order: z.string(), clientId: z.string() }).nullable(),
  })
  .meta({ id: 'Explanation' });

/** Of one of them; without either, at the end. */
export const stateQuery = z.object({ seq: wholeText(0, Number.MAX_SAFE_INTEGER).optional(), at: z.string().min(1).max(40).optional() });
const words = z.array(z.string());
export const state = z
  .object({
    seq,
    at: us,
    stateHash: z.string(),
    runHash: z.string(),
    picture: z.object({
      seq,
      at: z.string(),
      gates: z.array(z.object({ scope: z.string(), of: z.string(), state: z.string(), since: seq, reasons: words })),
      feeds: z.array(
        z.object({
          instrument: z.string(),
          source: z.string(),
          primary: z.boolean(),
          state: z.string(),
          because: words,
          heardAt: z.string().nullable(),
          tickAt: z.string().nullable(),
        }),
      ),
      instruments: z.array(
        z.object({
          instrument: z.string(),
          version: z.int(),
          last: z.string().nullable(),
          bid: z.string().nullable(),
          ask: z.string().nullable(),
        }),
      ),
      strategies: z.array(
        z.looseObject({ strategy: z.string(), name: z.string(), version: z.string(), account: z.string(), state: z.string() }),
      ),
      orders: z.array(z.looseObject({ order: z.string(), instrument: z.string(), side: z.string(), state: z.string() })),
      accounts: z.array(z.looseObject({ account: z.string(), cash: z.string(), equity: z.string() })),
      refusedTicks: z.array(z.object({ source: z.string(), reason: z.string(), total: z.int() })),
    }),
  })
  .meta({ id: 'State' });

// ---------------------------------------------------------------- the journal itself

/**
 * A frame as it is stored. `bytes` (base64) are its own, header included; `previous` stands in them at byte 32, `hash` is SHA-256 over `previous` and
 * `bytes`, and is the `previous` of the next frame of the chain. `crc` is CRC-32 of the payload, as the header has it.
 */
export const frame = z
  .object({
    kind: z.string(),
    first: seq.describe('the first number it covers; of a frame without numbers, the last one before it'),
    count: z.int().min(0),
    epoch: z.int().min(0),
    length: z.int().min(0).describe('bytes, header included'),
    crc: z.string(),
    previous: z.string(),
    hash: z.string(),
    place: z.string().describe('segment and offset'),
    bytes: z.string().nullable().describe('base64; null where it was not asked for, or is larger than fits an answer'),
  })
  .meta({ id: 'Frame' });
export type RestFrame = z.infer<typeof frame>;
export const journal = z
  .object({
    desk: z.string(),
    first: seq,
    seq,
    from: us,
    to: us,
    durable: seq,
    head: z.string().describe('hash of the last frame that was read whole'),
    epoch: z.int().min(0),
    frames: z.int().min(0),
    bytes: z.int().min(0),
    segments: z.array(z.object({ name: z.string(), first: seq, bytes: z.int().min(0) })),
    elsewhere: seq.nullable().describe('numbers up to this one were archived and are not here'),
  })
  .meta({ id: 'Journal' });
export const frameParams = z.object({ number: wholeText(0, Number.MAX_SAFE_INTEGER) });
/** The frame that holds the number, and so many behind it. */
export const frameQuery = z.object({
  frames: wholeText(1, 500).default(1),
  bytes: z.enum(['true', 'false']).default('true'),
});
export const frames = z
  .object({ items: z.array(frame), next: seq.nullable().describe('the number to ask for next; null at the end'), seq })
  .meta({ id: 'Frames' });
