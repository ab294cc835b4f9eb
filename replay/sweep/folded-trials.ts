/**
 * Trials over a market that was played once: each strategy decides at each wake as it would in the desk, and an ordinary order (a market order
 * that is approved, arrives and fills whole) is folded to its fill. A trial that does anything else is not told: the desk plays it. A sample of
 * what is told goes through the desk all the same, and must agree.
 */
import type { VenueSpec } from '#engine/execution/account.ts';
import { shareOf, takerPrice } from '#engine/execution/fill-model.ts';
import { isPlain, termsOf } from '#engine/execution/order-terms.ts';
import { MOST_LOTS } from '#engine/inputs-check.ts';
import { applyFill, FLAT, type Holding } from '#engine/portfolio/holding.ts';
import { feeOf, type Unit, unitOf, value, wholeValue, worthAlong } from '#engine/portfolio/valuation.ts';
import type { EquitySeries, RunFill } from '#engine/run/result.ts';
import type { Intent, Parameters, Strategy, StrategyView, Subscription, Wake } from '#engine/strategy/strategy.ts';
import type { AccountId, InstrumentId, Minor, OrderId, Side, StrategyId, TimeUs } from '#engine/values.ts';
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

/** Null: the desk has to play it. */
export const foldedTrial = (market: MarketOnce, asked: FoldedAsked, giveUpAt: number | null): FoldedRun | null =>
  new Trial(asked, market, giveUpAt).run();

/** What no fold does was asked of one. */
class Extraordinary extends Error {}

const NOTHING = new Float64Array(0);
const NO_FEE = 0n as Minor;

/** Signed lots, and the wake that wanted them. */
type Coming = Readonly<{ lots: number; moment: Moment }>;

class Trial {
  #state: 'running' | 'given up' | 'extraordinary' = 'running';
  readonly #market: MarketOnce;
  readonly #definition: Strategy;
  readonly #memory: unknown;
  readonly #asked: FoldedAsked;
  readonly #venue: VenueSpec;
  readonly #unit: Unit;
  readonly #instrument: InstrumentId;
  readonly #equity: Float64Array;
  readonly #fills: RunFill[] = [];
  readonly #view: StrategyView;
  readonly #giveUpAt: number;
  /** Wakes that only warm up, from the first. */
  readonly #warmup: number;
  #orders = 0;
  #holding: Holding = FLAT;
  #cash: number;
  /** Orders on their way, oldest first; what takes equally long arrives in its order. */
  readonly #coming: Coming[] = [];
  #working = 0;
  #at = 0;
  #price: number | null = null;

  constructor(asked: FoldedAsked, market: MarketOnce, giveUpAt: number | null) {
    this.#asked = asked;
    this.#market = market;
    this.#definition = asked.definition;
    this.#memory = asked.definition.start(asked.parameters, [asked.subscription]);
    this.#warmup = asked.definition.warmup(asked.parameters);
    this.#venue = market.venue;
    this.#unit = unitOf(market.instrument);
    this.#instrument = market.instrument.id;
    this.#equity = new Float64Array(market.time.length);
    this.#cash = Number(asked.cash);
    if (!Number.isSafeInteger(this.#cash) || asked.definition.wantsFills) this.#state = 'extraordinary'; // a fill would wake it
    this.#giveUpAt = giveUpAt ?? Number.NEGATIVE_INFINITY;
    this.#view = this.#viewOf(market.instrument);
  }

  /** What throws, by its own fault or by ours, is played in the desk, and seen there for what it is. */
  run(): FoldedRun | null {
    const { definition, parameters } = this.#asked;
    try {
      const wanted = definition.wanted?.(parameters, this.#market.bars) ?? null;
      if (wanted === null) this.#decideEach();
      else this.#walk(wanted);
      if (this.#isRunning()) this.#end();
    } catch {
      return null;
    }
    if (this.#state === 'extraordinary') return null;
    if (this.#state === 'given up') return { fills: null, orders: this.#orders, equity: { time: NOTHING, minor: NOTHING } };
    return { fills: this.#fills, orders: this.#orders, equity: { time: this.#market.time, minor: this.#equity } };
  }

  #decideEach(): void {
    const { moments } = this.#market;
    for (let i = 0; i < moments.length && this.#isRunning(); i += 1) {
      const moment = moments[i]!;
      if (!this.#see(moment, i)) return;
      this.#at = moment.at;
      this.#price = moment.price;
      const wake: Wake = { conditions: [], intents: [] };
      this.#definition.decide(this.#memory, moment.event, this.#view, wake);
      if (i >= this.#warmup && wake.intents.length > 0) this.#intend(wake.intents, moment);
    }
  }

  /** From one bar at which something is missing to the next. */
  #walk(wanted: Float64Array): void {
    const { moments } = this.#market;
    for (let i = 0; i < moments.length && this.#isRunning(); i += 1) {
      if (this.#coming.length === 0) i = this.#rest(wanted, i);
      if (i === moments.length || !this.#see(moments[i]!, i)) return;
      const missing = wanted[i]! - this.#holding.lots - this.#working;
      if (i >= this.#warmup && missing !== 0 && !Number.isNaN(missing))
        this.#order(missing > 0 ? 'buy' : 'sell', Math.abs(missing), moments[i]!);
    }
  }

  /** Nothing is on its way and nothing is missing: until the bar it hands back, equity follows the price. */
  #rest(wanted: Float64Array, from: number): number {
    const { reference, moments } = this.#market;
    const { lots } = this.#holding;
    const { length } = moments;
    let to = Math.min(length, Math.max(from, this.#warmup));
    while (to < length && (wanted[to] === lots || Number.isNaN(wanted[to]!))) to += 1;
    const equity = this.#equity;
    worthAlong({ unit: this.#unit, lots, cash: this.#cash }, reference, equity, from, to);
    const giveUpAt = this.#giveUpAt;
    for (let i = from; i < to; i += 1)
      if ((!Number.isSafeInteger(equity[i]) || equity[i]! <= giveUpAt) && this.#isHopeless(equity[i]!)) return length;
    return to;
  }

  #isRunning(): boolean {
    return this.#state === 'running';
  }

  /** Fills what is due at a wake, and marks equity. False when it is given up there. */
  #see(moment: Moment, i: number): boolean {
    if (moment.isBar && this.#coming.length > 0) {
      this.#fillUpTo(moment.cause - 1);
      if (this.#isHopeless(this.#equityAt(moment.reference))) return false;
    }
    this.#fillUpTo(moment.isAfterFact ? moment.cause : moment.cause - 1);
    const equity = this.#equityAt(moment.reference);
    this.#equity[i] = equity;
    if (this.#isHopeless(equity)) return false;
    this.#fillUpTo(moment.cause);
    return true;
  }

  #end(): void {
    this.#fillUpTo(Number.MAX_SAFE_INTEGER);
    const { moments, time, last } = this.#market;
    if (time.length === moments.length) return;
    const equity = this.#equityAt(last);
    this.#equity[moments.length] = equity;
    this.#isHopeless(equity);
  }

  #isHopeless(equity: number): boolean {
    if (!Number.isSafeInteger(equity)) throw new Extraordinary();
    if (equity > this.#giveUpAt) return false;
    this.#state = 'given up';
    return true;
  }

  #intend(intents: readonly Intent[], moment: Moment): void {
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
      isPlain(termsOf(intent, null));
    if (!isOrdinary) throw new Extraordinary();
    this.#order(intent.side, intent.lots, moment);
  }

  #order(side: Side, lots: number, moment: Moment): void {
    if (!Number.isSafeInteger(lots) || lots < 1 || lots > MOST_LOTS || !moment.isOpen) throw new Extraordinary();
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
    const side: Side = signed > 0 ? 'buy' : 'sell';
    const lots = Math.abs(signed);
    const offered = side === 'buy' ? fact!.buyPrice : fact!.sellPrice;
    const price = takerPrice({ side, limit: null }, offered, fact!.kind, this.#venue);
    const { takerFee } = this.#venue;
    const fee = takerFee === 0 ? NO_FEE : feeOf(value(this.#unit, lots, price), takerFee);
    const { holding, realised, cash } = applyFill(this.#holding, { side, lots, price, fee }, this.#unit);
    this.#holding = holding;
    const paid = Number(cash - fee);
    this.#cash += paid;
    if (!Number.isSafeInteger(paid) || !Number.isSafeInteger(this.#cash)) throw new Extraordinary();
    this.#working -= signed;
    this.#fills.push({
      address: `${fillCause}.0`,
      timeUs: fillAt as TimeUs,
      instrument: this.#instrument,
      strategy: this.#asked.strategy,
      order: `folded.${this.#fills.length + 1}` as OrderId,
      side,
      lots,
      price,
      fee,
      maker: false,
      realised,
      intended: seen === null ? null : { price: seen, by: 'market' },
      stop: null,
    });
  }

  /** A price is there whenever something is held. */
  #equityAt(reference: number | null): number {
    const { lots } = this.#holding;
    return lots === 0 ? this.#cash : this.#cash + wholeValue(this.#unit, lots, reference!);
  }

  /** What a fold cannot tell is answered with nothing, and the trial is the desk's. */
  #viewOf(definition: MarketOnce['instrument']): StrategyView {
    const trial = this;
    const isOwn = (instrument: InstrumentId): boolean => {
      if (instrument !== definition.id) trial.#state = 'extraordinary';
      return instrument === definition.id;
    };
    return {
      get at() {
        return trial.#at as TimeUs;
      },
      position: (instrument) => (isOwn(instrument) ? trial.#holding.lots : 0),
      working: (instrument) => (isOwn(instrument) ? trial.#working : 0),
      orders(instrument) {
        if (isOwn(instrument) && trial.#coming.length > 0) trial.#state = 'extraordinary'; // they have no names here
        return [];
      },
      price: (instrument) => (isOwn(instrument) ? trial.#price : null),
      instrument: (instrument) => (isOwn(instrument) ? definition : null),
      equity() {
        const equity = trial.#equityAt(trial.#price);
        if (!Number.isSafeInteger(equity)) trial.#state = 'extraordinary';
        return (Number.isSafeInteger(equity) ? BigInt(equity) : 0n) as Minor;
      },
    };
  }
}
