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
  /** What its fills ask for at once, as far as they open a position: a stop, a target, the one standing for the other. */
  bracket: Bracket | null;
  /** The group in which what one fills is taken from the others: of its strategy, in its instrument. */
  oco: string | null;
  /** The fill it protects, by address. Given by the desk alone. */
  protects: string | null;
}>;
export type Bracket = Readonly<{ stop: number | null; target: number | null }>;

/** What an intent says of them; what it does not say is what every order was before there were any. */
export type TermsSaid = Readonly<{
  timeInForce?: TimeInForce;
  postOnly?: boolean;
  trail?: number | null;
  bracket?: Bracket | null;
  oco?: string | null;
}>;

const UNTIL_CANCELLED: OrderTerms = { timeInForce: 'GTC', postOnly: false, trail: null, bracket: null, oco: null, protects: null };
const UNTIL_EXPIRY: OrderTerms = { ...UNTIL_CANCELLED, timeInForce: 'GTD' };
export const plainTerms = (expiresAt: TimeUs | null): OrderTerms => (expiresAt === null ? UNTIL_CANCELLED : UNTIL_EXPIRY);

export function termsOf(said: TermsSaid, expiresAt: TimeUs | null): OrderTerms {
  const { timeInForce, postOnly, trail, bracket, oco } = said;
  const plain = plainTerms(expiresAt);
  if ((timeInForce ?? postOnly ?? trail ?? bracket ?? oco ?? null) === null) return plain;
  return {
    timeInForce: timeInForce ?? plain.timeInForce,
    postOnly: postOnly ?? false,
    trail: trail ?? null,
    bracket: bracket ? { stop: bracket.stop, target: bracket.target } : null,
    oco: oco ?? null,
    protects: null,
  };
}

/** Nothing beyond what every order says. */
export function isPlain({ timeInForce, postOnly, trail, bracket, oco, protects }: OrderTerms): boolean {
  const stands = bracket === null && oco === null && protects === null;
  return (timeInForce === 'GTC' || timeInForce === 'GTD') && !postOnly && trail === null && stands;
}

/** One fact decides it. */
export const isAtOnce = ({ timeInForce }: OrderTerms): boolean => timeInForce === 'IOC' || timeInForce === 'FOK';

export const isGrouped = ({ oco, protects }: OrderTerms): boolean => oco !== null || protects !== null;

type Grouped = Readonly<{ account: unknown; strategy: unknown; market: unknown; terms: OrderTerms }>;
/** Whether the one stands for the other. */
export function sameGroup(a: Grouped, b: Grouped): boolean {
  if (a.terms.oco === null ? a.terms.protects === null || a.terms.protects !== b.terms.protects : a.terms.oco !== b.terms.oco) return false;
  return a.account === b.account && a.strategy === b.strategy && a.market === b.market;
}

/** Whether the kind, its prices, its expiry and its terms go together. Says nothing of their values. */
export function fitTogether(
  order: Readonly<{ type: OrderType; limit: number | null; stop: number | null; expiresAt: TimeUs | null; terms: OrderTerms }>,
): boolean {
  const { type, limit, stop, expiresAt, terms } = order;
  if ((limit !== null) !== (type === 'limit' || type === 'stop-limit')) return false;
  if ((stop !== null) !== (type === 'stop' || type === 'stop-limit')) return false;
  if ((terms.trail !== null) !== (type === 'trailing')) return false;
  if ((expiresAt !== null) !== (terms.timeInForce === 'GTD')) return false;
  if (terms.bracket !== null && terms.bracket.stop === null && terms.bracket.target === null) return false;
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
