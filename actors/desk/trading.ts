/**
 * From intents to orders (stages 6 and 7): gathers what approve() must know, decides approval or refusal, and sends what was approved.
 * The only caller of approve() and the only maker of orders.
 */
import type { ClauseResult, DecisionBody } from '#engine/decisions.ts';
import { clientOrderId } from '#engine/execution/client-id.ts';
import { isGrouped, isPlain, OUTSIDE_TAKES, sameGroup } from '#engine/execution/order-terms.ts';
import { value } from '#engine/portfolio/valuation.ts';
import { approve } from '#engine/risk/approve.ts';
import type { ApprovalFacts, OrderAsked, ScopeFacts } from '#engine/risk/facts.ts';
import { type Minor, orderId, SECOND_US, type StrategyId } from '#engine/values.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Core } from './core.ts';
import type { Gates } from './gates.ts';
import type { Market, Markets } from './markets.ts';
import type { Order, Orders, WorkingLots, WorkingSums } from './orders.ts';
import { FLATTEN } from './parts.ts';
import type { Strategies } from './strategies.ts';

/** What waits for stage 7, in order. */
type Action =
  | Readonly<{ do: 'send'; order: Order; why: string }>
  | Readonly<{ do: 'cancel'; order: Order; why: string }>
  | Readonly<{ do: 'replace'; order: Order; lots: number; limit: number | null; stop: number | null; why: string }>;

/** An intent with its owner, from a strategy or a command. */
export type Asked = Readonly<{
  account: Account;
  strategy: StrategyId;
  market: Market;
  order: OrderAsked;
  /** Of a Flatten: judged as if what it cancels were gone and its strategy's gate open. Set by the command alone. */
  flatten: boolean;
  /** The protective stop it stands in for. */
  rearms: Order | null;
}>;

/** Every working order counts. */
const NOBODY = (): boolean => false;

export class Trading {
  readonly #core: Core;
  readonly #gates: Gates;
  readonly #markets: Markets;
  readonly #accounts: Accounts;
  readonly #orders: Orders;
  readonly #strategies: Strategies;
  #actions: Action[] = [];

  constructor(core: Core, gates: Gates, markets: Markets, accounts: Accounts, orders: Orders, strategies: Strategies) {
    this.#core = core;
    this.#gates = gates;
    this.#markets = markets;
    this.#accounts = accounts;
    this.#orders = orders;
    this.#strategies = strategies;
  }

  /** Stage 6 for one new order. */
  ask({ account, strategy, market, order: asked, flatten, rearms }: Asked): boolean {
    const like = { account, strategy, market, terms: asked.terms };
    const leaving = flatten ? (order: Order) => !order.flatten : isGrouped(asked.terms) ? (order: Order) => sameGroup(like, order) : NOBODY;
    const judged = approve(asked, this.#facts(account, strategy, market, leaving, flatten));
    if (judged.approved === null) {
      this.#core.decide('OrderRefused', refusal(asked, judged.clauses));
      if (rearms !== null) this.#orders.unprotected(rearms);
      return false;
    }
    const id = orderId(this.#core.nextAddress());
    const clientId = clientOrderId(this.#core.digest, this.#core.desk, account.spec.id, strategy, id);
    const { side, type, lots, limit, stop, expiresAt, terms, why } = judged.approved;
    const { reducing } = judged;
    this.#core.decide('OrderApproved', {
      order: id,
      account: account.spec.id,
      strategy,
      instrument: market.definition.id,
      clientId,
      side,
      orderType: type,
      lots,
      limit,
      stop,
      expiresAt,
      reducing,
      why,
      clauses: judged.clauses,
    });
    if (!isPlain(terms))
      this.#core.decide('OrderQualified', { order: id, account: account.spec.id, strategy, instrument: market.definition.id, ...terms });
    const order = this.#orders.create(id, {
      account,
      strategy,
      market,
      side,
      type,
      lots,
      limit,
      stop,
      expiresAt,
      terms,
      reducing,
      clientId,
      flatten,
      reduceOnly: asked.reduceOnly,
      rearms: rearms === null ? 0 : rearms.rearms + 1,
    });
    this.#remember(account, strategy, market, asked, reducing);
    this.#actions.push({ do: 'send', order, why });
    return true;
  }

  /** Stage 6 for a change of a live order: judged as the order it would become. */
  askReplace(order: Order, terms: Readonly<{ lots: number; limit: number | null; stop: number | null }>, why: string): boolean {
    // one change at a time: a second in the same wake would be judged without the first
    if (order.living.value !== 'LIVE' || order.asked !== null) return false;
    const asked: OrderAsked = {
      account: order.account.spec.id,
      strategy: order.strategy,
      instrument: order.market.definition.id,
      side: order.side,
      type: order.type,
      lots: terms.lots - order.living.context.filled,
      limit: terms.limit,
      stop: terms.stop,
      expiresAt: order.expiresAt,
      terms: order.terms,
      reduceOnly: order.reduceOnly,
      why,
    };
    const judged = approve(
      asked,
      this.#facts(order.account, order.strategy, order.market, (other) => other === order || sameGroup(other, order)),
    );
    if (judged.approved === null) {
      this.#core.decide('OrderRefused', refusal(asked, judged.clauses));
      return false;
    }
    order.reducing = judged.reducing;
    order.asked = terms.lots;
    this.#orders.count(order);
    this.#remember(order.account, order.strategy, order.market, asked, judged.reducing);
    this.#actions.push({ do: 'replace', order, ...terms, why });
    return true;
  }

  /** Fewer lots of a live order, as a group asks: nothing is judged, for nothing is added. */
  askLess(order: Order, lots: number, why: string): void {
    if (order.living.value !== 'LIVE' || order.asked !== null) return;
    order.asked = lots;
    this.#orders.count(order);
    const { limit, stop } = order.living.context;
    this.#actions.push({ do: 'replace', order, lots, limit, stop, why });
  }

  askCancel(order: Order, why: string): void {
    this.#actions.push({ do: 'cancel', order, why });
  }

  /** A flatten order was refused: what reduces the position that stays is not cancelled. */
  keepProtection({ account, strategy, market }: Asked): void {
    const isKept = ({ account: of, strategy: whose, market: where, reducing }: Order) =>
      of === account && whose === strategy && where === market && reducing;
    this.#actions = this.#actions.filter((action) => !(action.do === 'cancel' && action.why === FLATTEN && isKept(action.order)));
  }

  #remember(account: Account, strategy: StrategyId, market: Market, asked: OrderAsked, reducing: boolean): void {
    const now = this.#core.at;
    let keep = SECOND_US;
    for (const { limits } of this.#accounts.limits) if (limits.duplicateUs !== null && limits.duplicateUs > keep) keep = limits.duplicateUs;
    const { side, type, lots, limit, stop } = asked;
    const of = asked.terms.protects === null ? {} : { protects: asked.terms.protects };
    account.recent.add({ at: now, strategy, instrument: market.definition.id, side, type, lots, limit, stop, reducing, ...of }, keep);
  }

  /** `flatten`: a person closes what is held, whatever became of the strategy that holds it. */
  #scopes(account: Account, strategy: StrategyId, market: Market, flatten: boolean): readonly ScopeFacts[] {
    const gate = flatten ? undefined : this.#strategies.byId.get(strategy)?.gate;
    return [
      { scope: 'global', of: '*', gate: this.#gates.global.living.value, limits: this.#accounts.limitsOf('global', '*') },
      {
        scope: 'account',
        of: account.spec.id,
        gate: account.gate.living.value,
        limits: this.#accounts.limitsOf('account', account.spec.id),
      },
      { scope: 'strategy', of: strategy, gate: gate?.living.value ?? 'OPEN', limits: this.#accounts.limitsOf('strategy', strategy) },
      {
        scope: 'instrument',
        of: market.definition.id,
        gate: market.gate.living.value,
        limits: this.#accounts.limitsOf('instrument', market.definition.id),
      },
    ];
  }

  #facts(account: Account, strategy: StrategyId, market: Market, leaving: (order: Order) => boolean, flatten = false): ApprovalFacts {
    const { ledger } = this.#accounts;
    const { id } = account.spec;
    const own = account.strategyBooks.find((book) => book.strategy === strategy);
    const primary = market.feeds[0];
    const isCounted = leaving === NOBODY && this.#orders.grouped === 0;
    const working = isCounted ? this.#orders.workingLots(account, market) : this.#workingWithout(leaving, account, market);
    const ownWorking = working.strategies.get(strategy);
    return {
      now: this.#core.at,
      scopes: this.#scopes(account, strategy, market, flatten),
      reference: market.reference,
      newestTickAt: primary === undefined || primary.tickAt < 0 ? null : (primary.tickAt as ApprovalFacts['now']),
      feedState: primary?.living.value ?? 'DOWN',
      accountPosition: ledger.accountPosition(id, market.definition.id),
      accountWorkingBuys: working.buys,
      accountWorkingSells: working.sells,
      strategyPosition: ledger.position(id, strategy, market.definition.id),
      strategyWorkingBuys: ownWorking?.buys ?? 0,
      strategyWorkingSells: ownWorking?.sells ?? 0,
      accountDayLoss: (account.book.dayStart - this.#accounts.equity(account.book)) as Minor,
      strategyDayLoss: (own === undefined ? 0n : own.dayStart - this.#accounts.equity(own)) as Minor,
      recent: account.recent,
      exposure: this.#exposure(account, leaving),
      budget: account.budget,
      takes: account.outside === null ? null : (account.outsideSpec.takes ?? OUTSIDE_TAKES),
      notional: (lots, price) => abs(value(market.unit, lots, price)),
    };
  }

  /** Counted one by one, as if some had left; a group as much as the largest of it. */
  #workingWithout(leaving: (order: Order) => boolean, account: Account, market: Market): WorkingSums {
    const sums = { buys: 0, sells: 0, strategies: new Map<StrategyId, WorkingLots>() };
    for (const order of this.#orders.working) {
      if (order.account !== account || order.market !== market || leaving(order)) continue;
      const own = sums.strategies.get(order.strategy) ?? { buys: 0, sells: 0 };
      sums.strategies.set(order.strategy, own);
      const side = order.side === 'buy' ? 'buys' : 'sells';
      const counted = this.#largestBefore(order, account, market, leaving);
      sums[side] += Math.max(0, order.worst - counted);
      own[side] += Math.max(0, order.worst - counted);
    }
    return sums;
  }

  /** What of its group and side was counted before it. */
  #largestBefore(order: Order, account: Account, market: Market, leaving: (order: Order) => boolean): number {
    if (!isGrouped(order.terms)) return 0;
    let most = 0;
    for (const other of this.#orders.working) {
      if (other === order) return most;
      if (other.account !== account || other.market !== market || other.side !== order.side || leaving(other)) continue;
      if (sameGroup(other, order)) most = Math.max(most, other.worst);
    }
    return most;
  }

  /** Everything held at the reference, and everything working at its own price, without signs. */
  #exposure(account: Account, leaving: (order: Order) => boolean): Minor {
    if (account.budget === null) return 0n as Minor; // nobody asks
    let sum = 0n;
    for (const { instrument, lots, lastFillPrice } of this.#accounts.ledger.holdings(account.spec.id)) {
      const market = this.#markets.byId.get(instrument)!;
      sum += abs(value(market.unit, lots, market.reference ?? lastFillPrice!));
    }
    for (const order of this.#orders.working) {
      if (order.account !== account || leaving(order)) continue;
      const price = order.living.context.limit ?? order.living.context.stop ?? order.market.reference;
      if (price !== null) sum += abs(value(order.market.unit, order.worst, price));
    }
    return sum as Minor;
  }

  /** A halted or killed scope: its working orders go first. */
  cancelForStopped(): void {
    if (this.#gates.stopped.length === 0) return;
    const stopped = this.#gates.stopped;
    this.#gates.stopped = [];
    const cancels: Action[] = [];
    for (const order of this.#orders.working) {
      const gate = stopped.find(
        ({ scope, of }) =>
          scope === 'global' ||
          (scope === 'account' && order.account.spec.id === of) ||
          (scope === 'strategy' && order.strategy === of) ||
          (scope === 'instrument' && order.market.definition.id === of),
      );
      if (gate !== undefined) cancels.push({ do: 'cancel', order, why: `${gate.scope} ${gate.living.value}` });
    }
    this.#actions.unshift(...cancels);
  }

  get hasActions(): boolean {
    return this.#actions.length > 0 || this.#gates.stopped.length > 0;
  }

  /** Stage 7. */
  act(): void {
    this.cancelForStopped();
    const actions = this.#actions;
    this.#actions = [];
    for (const action of actions) {
      switch (action.do) {
        case 'send':
          this.#orders.send(action.order, action.why);
          break;
        case 'cancel':
          this.#orders.cancel(action.order, action.why);
          break;
        case 'replace':
          action.order.asked = null;
          this.#orders.count(action.order);
          this.#orders.replace(action.order, { lots: action.lots, limit: action.limit, stop: action.stop }, action.why);
          break;
      }
    }
  }
}

function abs(amount: Minor): Minor {
  return amount < 0n ? (-amount as Minor) : amount;
}

function refusal(asked: OrderAsked, clauses: readonly ClauseResult[]): DecisionBody<'OrderRefused'> {
  const { account, strategy, instrument, side, type, lots, limit, stop, why } = asked;
  return { account, strategy, instrument, side, orderType: type, lots, limit, stop, why, clauses };
}
