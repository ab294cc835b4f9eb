/**
 * Trials over a market that was played once: each strategy decides at each wake as it would in the desk, and an ordinary order (a market order
 * that is approved, arrives and fills whole) is folded to its fill. A trial that does anything else is not told: the desk plays it. A sample of
 * what is told goes through the desk all the same, and must agree.
 */
import type { VenueSpec } from '#engine/execution/account.ts';
import { shareOf, takerPrice } from '#engine/execution/fill-model.ts';
import { isPlain, termsOf } from '#engine/execution/order-terms.ts';
import { MOST_LOTS } from '#engine/inputs-check.ts';
import { Ledger } from '#engine/portfolio/ledger.ts';
import { feeOf, type Unit, unitOf, value, wholeValue } from '#engine/portfolio/valuation.ts';
import type { EquitySeries, RunFill } from '#engine/run/result.ts';
import type { Intent, Parameters, Strategy, StrategyEvent, StrategyView, Subscription, Wake } from '#engine/strategy/strategy.ts';
import type { AccountId, InstrumentId, Minor, OrderId, Side, StrategyId, TimeUs } from '#engine/values.ts';
import { Column } from '../result-collector.ts';
import type { MarketOnce, Moment } from './market-once.ts';

export type FoldedAsked = Readonly<{
  definition: Strategy;
  parameters: Parameters;
  strategy: StrategyId;
  subscription: Subscription;
  account: AccountId;
  currency: string;
  cash: bigint;
}>;

/** Null fills of one that was given up. */
export type FoldedRun = Readonly<{ fills: readonly RunFill[] | null; orders: number; equity: EquitySeries }>;

/** One place for each trial; null: the desk has to play it. */
export function foldedTrials(market: MarketOnce, trials: readonly FoldedAsked[], giveUpAt: number | null): readonly (FoldedRun | null)[] {
  const time = new Column();
  const all = trials.map((asked) => new Trial(asked, market, giveUpAt));
  let left = all.filter(({ state }) => state === 'running');
  for (const moment of market.moments) {
    time.add(moment.candle.end);
    const event: StrategyEvent = { type: 'bars', end: moment.candle.end, bars: [moment.candle] };
    let isOver = false;
    for (const trial of left) if (!trial.take(moment, event)) isOver = true;
    if (isOver) left = left.filter(({ state }) => state === 'running');
  }
  const isLater = time.last === null || market.to > time.last;
  if (isLater) time.add(market.to);
  const times = time.all();
  return all.map((trial) => trial.done(market, times, isLater));
}

/** What no fold does was asked of one. */
class Extraordinary extends Error {}

const NOTHING = new Float64Array(0);

/** Signed lots, and the wake that wanted them. */
type Coming = Readonly<{ lots: number; moment: Moment }>;

class Trial {
  state: 'running' | 'given up' | 'extraordinary' = 'running';
  readonly #definition: Strategy;
  readonly #memory: unknown;
  readonly #asked: FoldedAsked;
  readonly #venue: VenueSpec;
  readonly #unit: Unit;
  readonly #instrument: InstrumentId;
  readonly #ledger = new Ledger();
  readonly #equity = new Column();
  readonly #fills: RunFill[] = [];
  readonly #view: StrategyView;
  readonly #giveUpAt: number;
  #warming: number;
  #orders = 0;
  #held = 0;
  #cash: number;
  /** Orders on their way, oldest first; what takes equally long arrives in its order. */
  readonly #coming: Coming[] = [];
  #working = 0;
  #at = 0;
  #price: number | null = null;

  constructor(asked: FoldedAsked, { instrument, venue }: MarketOnce, giveUpAt: number | null) {
    this.#asked = asked;
    this.#definition = asked.definition;
    this.#memory = asked.definition.start(asked.parameters, [asked.subscription]);
    this.#warming = asked.definition.warmup(asked.parameters);
    this.#venue = venue;
    this.#unit = unitOf(instrument);
    this.#instrument = instrument.id;
    this.#ledger.deposit(asked.account, asked.currency, asked.cash as Minor, 'opening');
    this.#cash = Number(asked.cash);
    if (!Number.isSafeInteger(this.#cash) || asked.definition.wantsFills) this.state = 'extraordinary'; // a fill would wake it
    this.#giveUpAt = giveUpAt ?? Number.NEGATIVE_INFINITY;
    this.#view = this.#viewOf(instrument);
  }

  /** False when it is over. What throws, by its own fault or by ours, is played in the desk, and seen there for what it is. */
  take(moment: Moment, event: StrategyEvent): boolean {
    try {
      this.#take(moment, event);
    } catch {
      this.state = 'extraordinary';
    }
    return this.state === 'running';
  }

  #take(moment: Moment, event: StrategyEvent): void {
    if (moment.isBar && this.#coming.length > 0) {
      this.#fillUpTo(moment.cause - 1);
      if (this.#isHopeless(this.#equityAt(moment.reference))) return;
    }
    this.#fillUpTo(moment.isAfterFact ? moment.cause : moment.cause - 1);
    const equity = this.#equityAt(moment.reference);
    this.#equity.add(equity);
    if (this.#isHopeless(equity)) return;
    this.#fillUpTo(moment.cause);
    this.#at = moment.at;
    this.#price = moment.price;
    const wake: Wake = { conditions: [], intents: [] };
    this.#definition.decide(this.#memory, event, this.#view, wake);
    if (this.#warming > 0) this.#warming -= 1;
    else if (wake.intents.length > 0) this.#order(wake.intents, moment);
  }

  done(market: MarketOnce, time: Float64Array, isLater: boolean): FoldedRun | null {
    if (this.state === 'running') this.#end(market, isLater);
    if (this.state === 'extraordinary') return null;
    if (this.state === 'given up') return { fills: null, orders: this.#orders, equity: { time: NOTHING, minor: NOTHING } };
    return { fills: this.#fills, orders: this.#orders, equity: { time, minor: this.#equity.all() } };
  }

  #end(market: MarketOnce, isLater: boolean): void {
    try {
      this.#fillUpTo(Number.MAX_SAFE_INTEGER);
      if (!isLater) return;
      const equity = this.#equityAt(market.last);
      this.#equity.add(equity);
      this.#isHopeless(equity);
    } catch {
      this.state = 'extraordinary';
    }
  }

  #isHopeless(equity: number): boolean {
    if (!Number.isSafeInteger(equity)) throw new Extraordinary();
    if (equity > this.#giveUpAt) return false;
    this.state = 'given up';
    return true;
  }

  #order(intents: readonly Intent[], moment: Moment): void {
    const [intent] = intents as readonly [Intent];
    const isOrdinary =
      intents.length === 1 &&
      intent.do === 'order' &&
      intent.type === 'market' &&
      intent.instrument === this.#instrument &&
      intent.limit === null &&
      intent.stop === null &&
      intent.expiresAt === null &&
      !intent.reduceOnly &&
      isPlain(termsOf(intent, null)) &&
      Number.isSafeInteger(intent.lots) &&
      intent.lots >= 1 &&
      intent.lots <= MOST_LOTS;
    if (!isOrdinary || !moment.isOpen) throw new Extraordinary();
    const { lots, side } = intent;
    const { rejectAboveLots, fills } = this.#venue;
    if (rejectAboveLots !== null && lots > rejectAboveLots) throw new Extraordinary();
    if (fills === 'lots' && moment.fact !== null) {
      if (this.#coming.at(-1)?.moment.fillCause === moment.fillCause) throw new Extraordinary(); // they would share its lots
      const there = side === 'buy' ? moment.fact.buyLots : moment.fact.sellLots;
      if (lots > shareOf(there, this.#venue)) throw new Extraordinary();
    }
    this.#orders += 1;
    const signed = side === 'buy' ? lots : -lots;
    this.#working += signed;
    this.#coming.push({ lots: signed, moment });
  }

  /** Fills what is filled by facts up to this number. */
  #fillUpTo(cause: number): void {
    while (this.#coming.length > 0 && this.#coming[0]!.moment.fillCause <= cause) this.#fill(this.#coming.shift()!);
  }

  #fill({ lots: signed, moment: { fact, fillAt, fillCause, price: seen } }: Coming): void {
    const { account, strategy, currency } = this.#asked;
    const side: Side = signed > 0 ? 'buy' : 'sell';
    const lots = Math.abs(signed);
    const offered = side === 'buy' ? fact!.buyPrice : fact!.sellPrice;
    const price = takerPrice({ side, limit: null }, offered, fact!.kind, this.#venue);
    const { takerFee } = this.#venue;
    const fee = takerFee === 0 ? (0n as Minor) : feeOf(value(this.#unit, lots, price), takerFee);
    const booked = this.#ledger.fill(account, strategy, this.#instrument, currency, this.#unit, { side, lots, price, fee });
    this.#held = booked.position;
    this.#cash = Number(this.#ledger.cashOf(account, currency));
    if (!Number.isSafeInteger(this.#cash)) throw new Extraordinary();
    this.#working -= signed;
    this.#fills.push({
      ...{ address: `${fillCause}.0`, timeUs: fillAt as TimeUs, instrument: this.#instrument, strategy },
      ...{ order: `folded.${this.#fills.length + 1}` as OrderId, side, lots, price, fee, maker: false, realised: booked.realised },
      ...{ intended: seen === null ? null : { price: seen, by: 'market' as const }, stop: null },
    });
  }

  /** A price is there whenever something is held. */
  #equityAt(reference: number | null): number {
    if (this.#held === 0) return this.#cash;
    return this.#cash + wholeValue(this.#unit, this.#held, reference!);
  }

  /** What a fold cannot tell is answered with nothing, and the trial is the desk's. */
  #viewOf(definition: MarketOnce['instrument']): StrategyView {
    const trial = this;
    const isOwn = (instrument: InstrumentId): boolean => {
      if (instrument !== definition.id) trial.state = 'extraordinary';
      return instrument === definition.id;
    };
    return {
      get at() {
        return trial.#at as TimeUs;
      },
      position: (instrument) => (isOwn(instrument) ? trial.#held : 0),
      working: (instrument) => (isOwn(instrument) ? trial.#working : 0),
      orders(instrument) {
        if (isOwn(instrument) && trial.#coming.length > 0) trial.state = 'extraordinary'; // they have no names here
        return [];
      },
      price: (instrument) => (isOwn(instrument) ? trial.#price : null),
      instrument: (instrument) => (isOwn(instrument) ? definition : null),
      equity() {
        const equity = trial.#equityAt(trial.#price);
        if (!Number.isSafeInteger(equity)) trial.state = 'extraordinary';
        return (Number.isSafeInteger(equity) ? BigInt(equity) : 0n) as Minor;
      },
    };
  }
}
