/**
 * The clauses of approve(), one table: each compares one thing and says with which numbers. A scope's limit that leaves the least
 * room decides and is named. A clause no scope sets a limit for is not listed. Nothing here approves.
 */
import type { ClauseName, ClauseResult, Numbers } from '../decisions.ts';
import { fitTogether, isPlain, OUTSIDE_TAKES, takesOrder } from '../execution/order-terms.ts';
import type { Scope } from '../inputs.ts';
import { LONGEST_NAME, MOST_LOTS } from '../inputs-check.ts';
import type { Minor, Side } from '../values.ts';
import type { ApprovalFacts, OrderAsked } from './facts.ts';

/** What a clause finds: null when it has nothing to judge by. */
type Finding = Readonly<{ ok: boolean; numbers: Numbers }> | null;
export type Clause = Readonly<{
  name: ClauseName;
  /** Whether it can refuse a reducing order too (KERNEL §7). */
  bindsReducing: boolean;
  judge: (asked: OrderAsked, facts: ApprovalFacts, reducing: boolean) => Finding;
}>;

export const CLAUSES: readonly Clause[] = [
  { name: 'validity', bindsReducing: true, judge: validity },
  { name: 'gate', bindsReducing: true, judge: gate },
  { name: 'collar', bindsReducing: true, judge: collar },
  { name: 'quantity', bindsReducing: false, judge: quantity },
  { name: 'notional', bindsReducing: false, judge: notional },
  { name: 'position', bindsReducing: false, judge: position },
  { name: 'daily-loss', bindsReducing: false, judge: dailyLoss },
  { name: 'rate', bindsReducing: true, judge: rate },
  { name: 'duplicate', bindsReducing: true, judge: duplicate },
  { name: 'stale-data', bindsReducing: false, judge: staleData },
  { name: 'budget', bindsReducing: false, judge: budget },
  { name: 'reduce-only', bindsReducing: true, judge: reduceOnly },
  { name: 'venue', bindsReducing: true, judge: venue },
];

/** Every clause's result, in the table's order. One that cannot refuse this order is listed as ok, with ['binds', 'no'] at its end. */
export function judge(table: readonly Clause[], asked: OrderAsked, facts: ApprovalFacts): ClauseResult[] {
  const reducing = isReducing(asked, facts);
  const results: ClauseResult[] = [];
  for (const clause of table) {
    const finding = clause.judge(asked, facts, reducing);
    if (finding === null) continue;
    if (reducing && !clause.bindsReducing) results.push({ clause: clause.name, ok: true, numbers: [...finding.numbers, ['binds', 'no']] });
    else results.push({ clause: clause.name, ok: finding.ok, numbers: finding.numbers });
  }
  return results;
}

/**
 * Opposite to what the strategy holds, no more (with what it has working on that side) than it holds, and, should everything
 * working on that side fill, no larger position of the account either way.
 */
export function isReducing(asked: OrderAsked, facts: ApprovalFacts): boolean {
  if (!isWholeLots(asked.lots)) return false;
  const held = facts.strategyPosition;
  if (held === 0 || held > 0 === (asked.side === 'buy')) return false;
  if (asked.lots + strategyWorking(asked, facts) > Math.abs(held)) return false;
  return Math.abs(accountWorst(asked, facts)) <= Math.abs(facts.accountPosition);
}

function validity(asked: OrderAsked, facts: ApprovalFacts): Finding {
  const { type, lots, limit, stop, expiresAt, terms } = asked;
  const { timeInForce, postOnly, trail, bracket, oco } = terms;
  const whole =
    isWholeLots(lots) &&
    isWholePrice(limit) &&
    isWholePrice(stop) &&
    (trail === null || isWholeLots(trail)) &&
    isWholePrice(bracket?.stop ?? null) &&
    isWholePrice(bracket?.target ?? null) &&
    (oco === null || isName(oco));
  const numbers: [string, number | string][] = [
    ['lots', written(lots)],
    ['type', type],
  ];
  if (limit !== null) numbers.push(['limit', written(limit)]);
  if (stop !== null) numbers.push(['stop', written(stop)]);
  if (expiresAt !== null) numbers.push(['expiresAt', written(expiresAt)], ['now', facts.now]);
  if (!isPlain(terms) || (timeInForce === 'GTD') !== (expiresAt !== null))
    numbers.push(['timeInForce', timeInForce], ['postOnly', postOnly ? 'yes' : 'no']);
  if (trail !== null) numbers.push(['trail', written(trail)]);
  if (bracket !== null) numbers.push(['bracketStop', written(bracket.stop)], ['bracketTarget', written(bracket.target)]);
  if (oco !== null) numbers.push(['oco', oco.slice(0, LONGEST_NAME)]);
  return { ok: fitTogether(asked) && whole && (expiresAt === null || expiresAt > facts.now), numbers };
}

function gate(_asked: OrderAsked, facts: ApprovalFacts, reducing: boolean): Finding {
  const lets = (state: string): boolean => state === 'OPEN' || (reducing && state === 'REDUCE_ONLY');
  return { ok: facts.scopes.every((scope) => lets(scope.gate)), numbers: facts.scopes.map(({ scope, gate }) => [scope, gate]) };
}

function collar(asked: OrderAsked, facts: ApprovalFacts): Finding {
  const { reference } = facts;
  const price = priceOf(asked, facts);
  const bounds: Bound[] = [];
  for (const { scope, limits } of facts.scopes) {
    const limit = limits.collarPermille;
    if (limit === null) continue;
    // permille of |reference|, compared without dividing
    const room = reference === null || price === null ? Number.NaN : limit * Math.abs(reference) - Math.abs(price - reference) * 1000;
    bounds.push({ scope, limit, asked: written(price), room });
  }
  return tightest(bounds, [['reference', written(reference)]]);
}

function quantity(asked: OrderAsked, facts: ApprovalFacts): Finding {
  return tightest(limitsOf(facts, 'maxOrderLots', () => asked.lots));
}

function notional(asked: OrderAsked, facts: ApprovalFacts): Finding {
  const worth = worthOf(asked, facts);
  const bounds: Bound[] = [];
  for (const { scope, limits } of facts.scopes) {
    const limit = limits.maxOrderNotional;
    if (limit !== null) bounds.push({ scope, limit, asked: worth ?? 'none', room: worth === null ? Number.NaN : limit - worth });
  }
  return tightest(bounds);
}

function position(asked: OrderAsked, facts: ApprovalFacts): Finding {
  const account = Math.abs(accountWorst(asked, facts));
  const own = Math.abs(facts.strategyPosition + signed(asked.side, strategyWorking(asked, facts) + asked.lots));
  return tightest(limitsOf(facts, 'maxPositionLots', (scope) => (scope === 'strategy' ? own : account)));
}

/** An instrument has no book, so its loss limits judge nothing. */
function dailyLoss(_asked: OrderAsked, facts: ApprovalFacts): Finding {
  const bounds: Bound[] = [];
  for (const { scope, limits } of facts.scopes) {
    if (scope === 'instrument') continue;
    const loss = scope === 'strategy' ? facts.strategyDayLoss : facts.accountDayLoss;
    for (const limit of [limits.softDailyLoss, limits.hardDailyLoss]) {
      if (limit !== null) bounds.push({ scope, limit, asked: loss, room: limit - loss - 1n }); // a loss of the limit is a breach
    }
  }
  return tightest(bounds);
}

/** The last second's approvals on the account, of the strategy, or in the instrument; reducing orders have a reserve of their own. */
function rate(asked: OrderAsked, facts: ApprovalFacts, reducing: boolean): Finding {
  if (facts.scopes.every(({ limits }) => limits.ordersPerSecond === null)) return null;
  const { all, own, same } = facts.recent.lastSecond(asked, reducing, facts.now);
  return tightest(limitsOf(facts, 'ordersPerSecond', (scope) => 1 + (scope === 'strategy' ? own : scope === 'instrument' ? same : all)));
}

/** The longest window decides: it is the one a repetition falls into last. */
function duplicate(asked: OrderAsked, facts: ApprovalFacts): Finding {
  let longest: { scope: Scope; window: number } | null = null;
  for (const { scope, limits } of facts.scopes) {
    if (limits.duplicateUs !== null && limits.duplicateUs > (longest?.window ?? -1)) longest = { scope, window: limits.duplicateUs };
  }
  if (longest === null) return null;
  const twinAt = facts.recent.newestTwin(asked);
  const age = twinAt === null ? null : facts.now - twinAt;
  return {
    ok: age === null || age >= longest.window,
    numbers: [
      ['limit', longest.window],
      ['scope', longest.scope],
      ['age', written(age)],
    ],
  };
}

/** Listed also without a limit: a feed that is DOWN has no price to open on. */
function staleData(_asked: OrderAsked, facts: ApprovalFacts): Finding {
  const age = facts.newestTickAt === null ? null : facts.now - facts.newestTickAt;
  const fresh = tightest(limitsOf(facts, 'staleUs', () => age));
  const feed = ['feed', facts.feedState] as const;
  if (fresh === null) return { ok: facts.feedState !== 'DOWN', numbers: [['asked', written(age)], feed] };
  return { ok: fresh.ok && facts.feedState !== 'DOWN', numbers: [...fresh.numbers, feed] };
}

function budget(asked: OrderAsked, facts: ApprovalFacts): Finding {
  if (facts.budget === null) return null;
  const worth = worthOf(asked, facts);
  const total = worth === null ? null : facts.exposure + worth;
  const numbers: Numbers = [
    ['limit', facts.budget],
    ['scope', 'account'],
    ['asked', total ?? 'none'],
    ['exposure', facts.exposure],
  ];
  return { ok: total !== null && total <= facts.budget, numbers };
}

function reduceOnly(asked: OrderAsked, facts: ApprovalFacts, reducing: boolean): Finding {
  if (!asked.reduceOnly) return null;
  const numbers: Numbers = [
    ['position', facts.strategyPosition],
    ['working', strategyWorking(asked, facts)],
    ['asked', signed(asked.side, asked.lots)],
    ['account', facts.accountPosition],
  ];
  return { ok: reducing, numbers };
}

/** Listed where a venue is asked for more than any takes, or for what it does not take. */
function venue({ type, terms }: OrderAsked, { takes }: ApprovalFacts): Finding {
  if (takes === null) return null;
  const ok = takesOrder(takes, type, terms);
  if (ok && takesOrder(OUTSIDE_TAKES, type, terms)) return null;
  const { timeInForce, postOnly } = terms;
  return {
    ok,
    numbers: [
      ['type', type],
      ['timeInForce', timeInForce],
      ['postOnly', postOnly ? 'yes' : 'no'],
    ],
  };
}

/** One scope's limit against what was asked of it. `room` below 0, or NaN (nothing to compare), fails. */
type Bound = Readonly<{ scope: Scope; limit: number | bigint; asked: number | bigint | string; room: number | bigint }>;

/** The bound with the least room decides; the first of equals. */
function tightest(bounds: readonly Bound[], more: Numbers = []): Finding {
  let least = bounds[0];
  if (least === undefined) return null;
  for (const bound of bounds) if (bound.room < least.room) least = bound;
  return {
    ok: bounds.every(({ room }) => room >= 0),
    numbers: [['limit', least.limit], ['scope', least.scope], ['asked', least.asked], ...more],
  };
}

type CountLimit = 'maxOrderLots' | 'maxPositionLots' | 'ordersPerSecond' | 'staleUs';
function limitsOf(facts: ApprovalFacts, kind: CountLimit, askedOf: (scope: Scope) => number | null): Bound[] {
  const bounds: Bound[] = [];
  for (const { scope, limits } of facts.scopes) {
    const limit = limits[kind];
    if (limit === null) continue;
    const asked = askedOf(scope);
    bounds.push({ scope, limit, asked: written(asked), room: asked === null ? Number.NaN : limit - asked });
  }
  return bounds;
}

/** The price an order is judged at: its own, or the reference for a market order. */
function priceOf(asked: OrderAsked, facts: ApprovalFacts): number | null {
  return asked.limit ?? asked.stop ?? facts.reference;
}

/** |notional| at that price, or null where there is none to be had. */
function worthOf(asked: OrderAsked, facts: ApprovalFacts): Minor | null {
  const price = priceOf(asked, facts);
  if (price === null || !isWholePrice(price) || !isWholeLots(asked.lots)) return null;
  const worth = facts.notional(asked.lots, price);
  return (worth < 0n ? -worth : worth) as Minor;
}

/** The account's position should all that works on this side, and this order, fill. */
function accountWorst(asked: OrderAsked, facts: ApprovalFacts): number {
  const working = asked.side === 'buy' ? facts.accountWorkingBuys : facts.accountWorkingSells;
  return facts.accountPosition + signed(asked.side, working + asked.lots);
}

const signed = (side: Side, lots: number): number => (side === 'buy' ? lots : -lots);
const strategyWorking = (asked: OrderAsked, facts: ApprovalFacts): number =>
  asked.side === 'buy' ? facts.strategyWorkingBuys : facts.strategyWorkingSells;
const isWholeLots = (lots: number): boolean => Number.isSafeInteger(lots) && lots >= 1 && lots <= MOST_LOTS;
const isName = (text: string): boolean => text.length >= 1 && text.length <= LONGEST_NAME;
const isWholePrice = (price: number | null): boolean => price === null || Number.isSafeInteger(price);
/** A record holds no NaN and no null: what is missing or no number is said in words. */
const written = (value: number | null): number | string => (value === null ? 'none' : Number.isFinite(value) ? value : 'not a number');
