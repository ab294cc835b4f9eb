/** Orders over REST: their list and history, the life of one, placing and changing by hand, fills, and trades from flat to flat. */
import { z } from 'zod';
import { decimal, decimalOrNone, order as direction, link, name, orderId, paged, seq, side, us, usOrNone, window } from './rest.ts';
import { saw } from './rest-commands.ts';

export const placeBody = z.strictObject({
  account: name,
  instrument: name,
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market', 'limit', 'stop', 'stop-limit', 'trailing']),
  lots: decimal.describe('a whole multiple of the instrument’s lot'),
  limit: decimalOrNone.default(null),
  stop: decimalOrNone.default(null),
  trail: decimalOrNone.default(null).describe('of a trailing stop: how far behind the best price it follows'),
  timeInForce: z.enum(['GTC', 'GTD', 'IOC', 'FOK']).default('GTC'),
  expiresAt: usOrNone.default(null).describe('of GTD: until when'),
  postOnly: z.boolean().default(false),
  reduceOnly: z.boolean().default(false),
  saw,
});
export const changeBody = z.strictObject({ lots: decimal, limit: decimalOrNone.default(null), stop: decimalOrNone.default(null), saw });
/** A DELETE has no body: what was seen stands in the query. */
export const cancelQuery = z.object({ saw: z.coerce.number<string>().int().min(0).optional() });
export const orderParams = z.object({ order: orderId });

/** An order as it is, or as it ended. `movedBy`: the journal's number of its last move. */
export const restOrder = z
  .object({
    order: orderId,
    clientId: z.string(),
    account: z.string(),
    strategy: z.string(),
    instrument: z.string(),
    side,
    type: z.string(),
    state: z.string(),
    ended: z.boolean(),
    lots: decimal,
    filled: decimal,
    limit: decimalOrNone,
    stop: decimalOrNone,
    timeInForce: z.string(),
    postOnly: z.boolean(),
    reducing: z.boolean(),
    expiresAt: usOrNone,
    /** Null where the list is read from the desk, which does not keep it. */
    approvedAt: usOrNone,
    why: z.string().nullable(),
    movedBy: seq,
  })
  .meta({ id: 'Order' });
export type RestOrder = z.infer<typeof restOrder>;

/** Its life: every decision on it, as sentences, and what led to it. */
export const orderLife = z
  .object({ order: restOrder, sentence: z.string(), life: z.array(link), fills: z.array(z.lazy(() => fill)) })
  .meta({ id: 'OrderLife' });

const whose = { account: name.optional(), strategy: name.optional(), instrument: name.optional() };
/** `state`: those that work are read from the desk; all of a window, ended ones too, from the journal. */
export const ordersQuery = z.object({
  ...whose,
  ...window,
  ...paged,
  state: z.enum(['working', 'all']).default('working'),
  order: direction,
});

export const fill = z
  .object({
    fill: z.string().describe('the address of its decision'),
    at: us,
    order: orderId,
    account: z.string(),
    strategy: z.string(),
    instrument: z.string(),
    side,
    lots: decimal,
    price: decimal,
    fee: decimal,
    currency: z.string(),
    maker: z.boolean(),
    late: z.boolean(),
    position: decimal.describe('of its strategy, after this fill'),
    realised: decimal,
  })
  .meta({ id: 'Fill' });
export type RestFill = z.infer<typeof fill>;
export const fillsQuery = z.object({
  ...whose,
  ...window,
  ...paged,
  of: orderId.optional().describe('only of this order'),
  order: direction,
});

/** From flat to flat, of one strategy in one instrument. Prices are averages, for reading: money never comes from them. */
export const trade = z
  .object({
    trade: z.int().min(1).describe('in the order in which they were opened, of its account'),
    account: z.string(),
    strategy: z.string(),
    instrument: z.string(),
    side: z.enum(['long', 'short']),
    entry: z.string().describe('the address of its first fill'),
    exit: z.string().nullable().describe('of the fill, or of what was set off, that ended it; null while it is open'),
    entryTime: us,
    exitTime: usOrNone,
    lots: decimal,
    largest: decimal,
    entryPrice: decimal,
    exitPrice: decimalOrNone,
    realised: decimal,
    unrealised: decimal,
    fees: decimal,
    net: decimal,
    currency: z.string(),
    fills: z.int(),
  })
  .meta({ id: 'Trade' });
export type RestTrade = z.infer<typeof trade>;
export const tradesQuery = z.object({ ...whose, ...paged, state: z.enum(['open', 'closed', 'all']).default('all'), order: direction });
