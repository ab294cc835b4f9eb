/**
 * Several accounts in one desk over the same tapes: the market is scanned once, each account pays for its own strategy and its own orders.
 * Decisions are neither written nor hashed: a sweep keeps figures, and a sample of its trials is played again by itself.
 */
import { Desk } from '#actors/desk.ts';
import type { Decision, DecisionOf } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { mergedFrames } from '#engine/market/merge.ts';
import { value } from '#engine/portfolio/valuation.ts';
import { type Carry, carriedOn, type EquitySeries, NO_CARRY, type PriceBars, type Refusals, type RunFill } from '#engine/run/result.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { AccountId, DeskId, TimeUs } from '#engine/values.ts';
import { FillIntents } from '../fill-intents.ts';
import { Candles, Column, keyOf, type Watched } from '../result-collector.ts';

export type BatchAsked = Readonly<{
  desk: DeskId;
  digest: Digest;
  catalogue: StrategyCatalogue;
  /** Numbered 1, 2, 3 …, none later than the first fact. */
  inputs: readonly InputRecord[];
  tapes: readonly Iterable<MarketFrame>[];
  accounts: readonly AccountId[];
  watched: readonly Watched[];
  /** An account whose equity falls to so many minor units is given up: what it does from then on is nobody's concern. Null: none is. */
  giveUpAt: number | null;
}>;

export type AccountRun = Readonly<{
  fills: readonly RunFill[];
  carry: Carry;
  orders: number;
  refusals: readonly Refusals[];
  equity: EquitySeries;
  /** When it was given up, or null. */
  givenUp: number | null;
}>;

export type BatchRun = Readonly<{
  to: TimeUs;
  ticks: number;
  bars: number;
  price: readonly PriceBars[];
  accounts: readonly AccountRun[];
}>;

export function playBatch(asked: BatchAsked): BatchRun {
  const listener = new Listener(asked);
  const { desk: id, digest, catalogue, inputs, tapes, giveUpAt } = asked;
  const desk = new Desk({ desk: id, digest, catalogue, sink: listener.hear });
  listener.desk = desk;
  for (const input of inputs) desk.takeInput(input);
  let ticks = 0;
  for (const frame of mergedFrames(tapes, inputs.length + 1)) {
    desk.takeMarket(frame);
    ticks += frame.count;
    if (giveUpAt !== null && listener.stopGivenUp()) break;
  }
  return listener.done(ticks);
}

/** What one account shows while it runs. */
class Shown {
  readonly id: AccountId;
  readonly fills: RunFill[] = [];
  carry: Carry = NO_CARRY;
  readonly refusals = new Map<string, number>();
  readonly equity = new Column();
  orders = 0;
  givenUp: number | null = null;
  /** Cash in minor units; null: something was posted since it was read. */
  cash: number | null = null;

  constructor(id: AccountId) {
    this.id = id;
  }
}

class Listener {
  desk!: Desk;
  readonly #shown: readonly Shown[];
  readonly #byAccount: ReadonlyMap<string, Shown>;
  readonly #candles: ReadonlyMap<string, Candles>;
  readonly #time = new Column();
  readonly #intents = new FillIntents(() => this.desk);
  readonly #giveUpAt: number | null;
  #bars = 0;
  /** The bar that was sampled last: what it fills belongs to it. */
  #barCause = -1;

  constructor({ accounts, watched, giveUpAt }: BatchAsked) {
    this.#shown = accounts.map((id) => new Shown(id));
    this.#byAccount = new Map(this.#shown.map((each) => [each.id as string, each]));
    this.#candles = new Map(watched.map((each) => [keyOf(each), new Candles(each.instrument)]));
    this.#giveUpAt = giveUpAt;
  }

  readonly hear = (decision: Decision): void => {
    switch (decision.type) {
      case 'CandleClosed':
        this.#candle(decision);
        return;
      case 'OrderApproved':
        this.#byAccount.get(decision.account)!.orders += 1;
        this.#intents.approved(decision);
        return;
      case 'OrderFilled':
        this.#fill(decision);
        return;
      case 'PositionCharged': {
        const shown = this.#byAccount.get(decision.account)!;
        shown.carry = carriedOn(shown.carry, decision.why, decision.amount);
        return;
      }
      case 'Posted':
        this.#byAccount.get(decision.account)!.cash = null;
        return;
      case 'OrderRefused': {
        const { refusals } = this.#byAccount.get(decision.account)!;
        for (const { clause, ok } of decision.clauses) if (!ok) refusals.set(clause, (refusals.get(clause) ?? 0) + 1);
      }
    }
  };

  /** True when nobody is left. */
  stopGivenUp(): boolean {
    const { strategies, accounts } = this.desk.parts;
    let left = 0;
    for (const { id, givenUp } of this.#shown) {
      if (givenUp === null) left += 1;
      else
        for (const strategy of strategies.all)
          if (strategy.account === accounts.byId.get(id)) strategies.move(strategy, { type: 'Stopped' });
    }
    return left === 0;
  }

  done(ticks: number): BatchRun {
    const { at } = this.desk;
    if (this.#time.last === null || at > this.#time.last) this.#sample(at);
    const time = this.#time.all();
    return {
      ...{ to: at, ticks, bars: this.#bars, price: [...this.#candles.values()].map((candles) => candles.all()) },
      accounts: this.#shown.map(({ fills, carry, orders, refusals, equity, givenUp }) => ({
        ...{ fills, carry, orders, givenUp },
        refusals: [...refusals].map(([clause, count]) => ({ clause, count })).sort((a, b) => (a.clause < b.clause ? -1 : 1)),
        equity: { time, minor: equity.all() },
      })),
    };
  }

  #candle(decision: DecisionOf<'CandleClosed'>): void {
    const candles = this.#candles.get(keyOf(decision));
    if (candles === undefined) return;
    candles.add(decision);
    this.#bars += 1;
    const before = this.#time.last;
    if (before !== null && decision.end < before) return;
    if (decision.by === 'bar') this.#barCause = decision.cause;
    this.#sample(decision.end);
  }

  #sample(at: number): void {
    const isSame = this.#time.last === at;
    if (!isSame) this.#time.add(at);
    for (const shown of this.#shown) this.#sampleOf(shown, at, isSame);
  }

  #sampleOf(shown: Shown, at: number, isSame: boolean): void {
    const equity = this.#equityOf(shown);
    if (isSame) shown.equity.replaceLast(equity);
    else shown.equity.add(equity);
    if (this.#giveUpAt !== null && equity <= this.#giveUpAt) shown.givenUp ??= at;
  }

  /** As the desk values it, without asking the ledger for cash that did not move. */
  #equityOf(shown: Shown): number {
    const { accounts, markets } = this.desk.parts;
    shown.cash ??= Number(accounts.ledger.cashOf(shown.id, accounts.byId.get(shown.id)!.spec.currency));
    let equity = shown.cash;
    for (const { instrument, lots, lastFillPrice } of accounts.ledger.holdings(shown.id)) {
      const market = markets.byId.get(instrument)!;
      equity += Number(value(market.unit, lots, market.reference ?? lastFillPrice!));
    }
    return equity;
  }

  #fill(decision: DecisionOf<'OrderFilled'>): void {
    const shown = this.#byAccount.get(decision.account)!;
    shown.cash = null;
    if (decision.cause === this.#barCause) this.#sampleOf(shown, this.#time.last!, true);
    shown.fills.push(this.#intents.filled(decision));
  }
}
