/** What an order may say beyond side, kind, lots and prices, and which of it goes together. Judges neither risk nor a venue. */
import type { OrderType } from '../decisions.ts';
import type { TimeUs } from '../values.ts';

/** GTC works until it is cancelled, GTD until its expiresAt; IOC takes what one fact gives it, FOK all of it from one fact or nothing. */
export type TimeInForce = 'GTC' | 'GTD' | 'IOC' | 'FOK';
export const TIMES_IN_FORCE: readonly TimeInForce[] = ['GTC', 'GTD', 'IOC', 'FOK'];

export type OrderTerms = Readonly<{
  timeInForce: TimeInForce;
  /** It only ever rests: one that would take when it arrives is rejected. */
  postOnly: boolean;
  /** Of a trailing stop: how many ticks behind the best price its stop follows. */
  trail: number | null;
}>;

/** What an intent says of them; what it does not say is what every order was before there were any. */
export type TermsSaid = Readonly<{ timeInForce?: TimeInForce; postOnly?: boolean; trail?: number | null }>;

const UNTIL_CANCELLED: OrderTerms = { timeInForce: 'GTC', postOnly: false, trail: null };
const UNTIL_EXPIRY: OrderTerms = { ...UNTIL_CANCELLED, timeInForce: 'GTD' };
export const plainTerms = (expiresAt: TimeUs | null): OrderTerms => (expiresAt === null ? UNTIL_CANCELLED : UNTIL_EXPIRY);

export function termsOf({ timeInForce, postOnly, trail }: TermsSaid, expiresAt: TimeUs | null): OrderTerms {
  const plain = plainTerms(expiresAt);
  if (timeInForce === undefined && postOnly === undefined && trail === undefined) return plain;
  return { timeInForce: timeInForce ?? plain.timeInForce, postOnly: postOnly ?? false, trail: trail ?? null };
}

/** Nothing beyond what every order says. */
export function isPlain({ timeInForce, postOnly, trail }: OrderTerms): boolean {
  return (timeInForce === 'GTC' || timeInForce === 'GTD') && !postOnly && trail === null;
}

/** One fact decides it. */
export const isAtOnce = ({ timeInForce }: OrderTerms): boolean => timeInForce === 'IOC' || timeInForce === 'FOK';

/** Whether the kind, its prices, its expiry and its terms go together. Says nothing of their values. */
export function fitTogether(
  order: Readonly<{ type: OrderType; limit: number | null; stop: number | null; expiresAt: TimeUs | null; terms: OrderTerms }>,
): boolean {
  const { type, limit, stop, expiresAt, terms } = order;
  if ((limit !== null) !== (type === 'limit' || type === 'stop-limit')) return false;
  if ((stop !== null) !== (type === 'stop' || type === 'stop-limit')) return false;
  if ((terms.trail !== null) !== (type === 'trailing')) return false;
  if ((expiresAt !== null) !== (terms.timeInForce === 'GTD')) return false;
  if (isAtOnce(terms)) return !terms.postOnly && (type === 'market' || type === 'limit');
  return !terms.postOnly || type === 'limit';
}

/** What a venue understands. An order that asks for more is refused before anything is sent. */
export type VenueTakes = Readonly<{
  orderTypes: readonly OrderType[];
  timesInForce: readonly TimeInForce[];
  postOnly: boolean;
}>;

/** Of an outside venue that says nothing else. */
export const OUTSIDE_TAKES: VenueTakes = { orderTypes: ['market', 'limit', 'stop'], timesInForce: ['GTC', 'GTD'], postOnly: false };

export function takesOrder(takes: VenueTakes, type: OrderType, { timeInForce, postOnly }: OrderTerms): boolean {
  return takes.orderTypes.includes(type) && takes.timesInForce.includes(timeInForce) && (!postOnly || takes.postOnly);
}
