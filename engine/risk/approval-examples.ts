/** A plain order, a plain world and the changes the tests of approve() make to them. No test of its own, no product code. */
import { plainTerms } from '../execution/order-terms.ts';
import type { Scope } from '../inputs.ts';
import type { AccountId, InstrumentId, Minor, StrategyId, TimeUs } from '../values.ts';
import { approve } from './approve.ts';
import type { ApprovalFacts, OrderAsked, RecentOrder, ScopeFacts } from './facts.ts';
import { type Limits, NO_LIMITS } from './limits.ts';
import { RecentOrders } from './recent.ts';

export const money = (amount: bigint) => amount as Minor;
export const time = (us: number) => us as TimeUs;
export const NOW = time(10_000_000);
export const SCOPES = ['global', 'account', 'strategy', 'instrument'] as const satisfies readonly Scope[];
export const GATES = ['BOOT', 'RECOVER', 'RECONCILE', 'ARMED', 'OPEN', 'REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED', 'KILLED'];

export const BUY: OrderAsked = {
  account: 'A' as AccountId,
  strategy: 'trend' as StrategyId,
  instrument: 'BTC' as InstrumentId,
  side: 'buy',
  type: 'limit',
  lots: 3,
  limit: 100,
  stop: null,
  expiresAt: null,
  terms: plainTerms(null),
  reduceOnly: false,
  why: 'test',
};
export const scopes = (limits: Partial<Record<Scope, Partial<Limits>>> = {}, gate = 'OPEN'): ScopeFacts[] =>
  SCOPES.map((scope) => ({ scope, of: '*', gate, limits: { ...NO_LIMITS, ...limits[scope] } }));
export const FACTS: ApprovalFacts = {
  now: NOW,
  scopes: scopes(),
  reference: 100,
  newestTickAt: time(NOW - 1),
  feedState: 'HEALTHY',
  accountPosition: 0,
  accountWorkingBuys: 0,
  accountWorkingSells: 0,
  strategyPosition: 0,
  strategyWorkingBuys: 0,
  strategyWorkingSells: 0,
  accountDayLoss: money(0n),
  strategyDayLoss: money(0n),
  recent: new RecentOrders([]),
  exposure: money(0n),
  budget: null,
  takes: null,
  notional: (lots, price) => money(BigInt(lots) * BigInt(price)),
};
export const LONG: ApprovalFacts = { ...FACTS, accountPosition: 5, strategyPosition: 5 };
export const SELL: OrderAsked = { ...BUY, side: 'sell' };
export const recent = (ageUs: number, changes: Partial<RecentOrder> = {}): RecentOrder => {
  const { strategy, instrument, side, type, lots, limit, stop } = BUY;
  return { at: time(NOW - ageUs), strategy, instrument, side, type, lots, limit, stop, reducing: false, ...changes };
};
/** An order that is no twin of BUY. */
export const other = { lots: 1 };
/** The clauses that refuse, as text. */
export const failing = (asked: OrderAsked, facts: ApprovalFacts) =>
  approve(asked, facts)
    .clauses.filter(({ ok }) => !ok)
    .map(({ clause, numbers }) => `${clause}: ${numbers.map((pair) => pair.join(' ')).join(', ')}`);
