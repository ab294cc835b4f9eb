/** Listens to a run and keeps what its judges want to know: fills, refusals, candles, and the account's equity at each of their ends. */
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import { type Carry, carriedOn, type EquitySeries, NO_CARRY, type PriceBars, type Refusals, type RunFill } from '#engine/run/result.ts';
import type { AccountId, InstrumentId, Minor, SourceId } from '#engine/values.ts';
import type { DeskRun } from './desk-run.ts';
import { type FillDraft, FillIntents } from './fill-intents.ts';
import { type SetOffLeg, setOffIn } from './set-off-told.ts';

/** Whose candles are kept: the first source that a strategy listens to, of each instrument. */
export type Watched = Readonly<{ instrument: InstrumentId; source: SourceId; timeframeUs: number }>;

export class ResultCollector {
  readonly fills: RunFill[] = [];
  carry: Carry = NO_CARRY;
  readonly #account: AccountId;
  readonly #candles: ReadonlyMap<string, Candles>;
  readonly #refusals = new Map<string, number>();
  readonly #time = new Column();
  readonly #equity = new Column();
  readonly #intents = new FillIntents(() => this.#run!.desk);
  #setOff: Readonly<{ found: DecisionOf<'DifferenceFound'>; legs: readonly SetOffLeg[] }> | null = null;
  readonly #setOffFills = new WeakMap<SetOffLeg, FillDraft>();
  #run: DeskRun | null = null;
  #bars = 0;
  #orders = 0;

  constructor(account: AccountId, watched: readonly Watched[]) {
    this.#account = account;
    this.#candles = new Map(watched.map((each) => [keyOf(each), new Candles(each.instrument)]));
  }

  /** The run it listens to, once that is there. */
  follow(run: DeskRun): void {
    this.#run = run;
  }

  readonly hear = (decision: Decision): void => {
    switch (decision.type) {
      case 'CandleClosed':
        this.#candle(decision);
        return;
      case 'OrderApproved':
        this.#intents.approved(decision);
        if (decision.account === this.#account) this.#orders += 1;
        return;
      case 'OrderFilled':
        this.#fill(decision);
        return;
      case 'DifferenceFound':
        this.#setOff = decision.account === this.#account ? { found: decision, legs: setOffIn(decision) ?? [] } : null;
        return;
      case 'Posted':
        this.#posted(decision);
        return;
      case 'PositionCharged':
        if (decision.account === this.#account) this.carry = carriedOn(this.carry, decision.why, decision.amount);
        return;
      case 'OrderRefused':
        if (decision.account !== this.#account) return;
        for (const { clause, ok } of decision.clauses) if (!ok) this.#refusals.set(clause, (this.#refusals.get(clause) ?? 0) + 1);
    }
  };

  /** The last word: what the account is worth at the end of the run. */
  finish(): void {
    const { at } = this.#run!.desk;
    if (this.#time.last === null || at > this.#time.last) this.#sample(at);
  }

  /** Candles closed, of all instruments. */
  get bars(): number {
    return this.#bars;
  }

  /** Orders that were approved. */
  get orders(): number {
    return this.#orders;
  }

  get equity(): EquitySeries {
    return { time: this.#time.all(), minor: this.#equity.all() };
  }

  get price(): readonly PriceBars[] {
    return [...this.#candles.values()].map((candles) => candles.all());
  }

  get refusals(): readonly Refusals[] {
    return [...this.#refusals].map(([clause, count]) => ({ clause, count })).sort((a, b) => (a.clause < b.clause ? -1 : 1));
  }

  /** The bar that was sampled last. What it fills, it fills inside: that is known only after its close was said, and belongs to it. */
  #barCause = -1;

  #candle(decision: DecisionOf<'CandleClosed'>): void {
    const candles = this.#candles.get(keyOf(decision));
    if (candles === undefined) return;
    candles.add(decision);
    this.#bars += 1;
    const { end } = decision;
    const before = this.#time.last;
    if (before !== null && end < before) return; // another instrument is further on
    if (decision.by === 'bar') this.#barCause = decision.cause;
    this.#sample(end);
  }

  #sample(at: number): void {
    const { accounts } = this.#run!.desk.parts;
    const equity = Number(accounts.equity(accounts.byId.get(this.#account)!.book));
    if (this.#time.last === at) this.#equity.replaceLast(equity);
    else {
      this.#time.add(at);
      this.#equity.add(equity);
    }
  }

  /** What each side was booked stands in the postings behind it, side by side; a fill is known by the first of its own. */
  #posted(posted: DecisionOf<'Posted'>): void {
    if (this.#setOff === null) return;
    const { found, legs } = this.#setOff;
    const leg = legs.find(({ strategy }) => strategy === posted.strategy);
    if (posted.cause !== found.cause || posted.account !== found.account || posted.instrument !== found.of || leg === undefined) return;
    let fill = this.#setOffFills.get(leg);
    if (fill === undefined) {
      fill = this.#intents.setOff(found, leg, addressOf(posted));
      this.#setOffFills.set(leg, fill);
      this.fills.push(fill);
    }
    if (posted.book === 'realised') fill.realised = (fill.realised - posted.amount) as Minor;
  }

  #fill(decision: DecisionOf<'OrderFilled'>): void {
    this.#setOff = null;
    if (decision.account !== this.#account) return;
    if (decision.cause === this.#barCause) this.#sample(this.#time.last!);
    this.fills.push(this.#intents.filled(decision));
  }
}

export const keyOf = ({ instrument, source, timeframeUs }: Watched): string => `${instrument}|${source}|${timeframeUs}`;

/** The candles of one instrument, as columns. */
export class Candles {
  readonly #instrument: InstrumentId;
  readonly #columns = { time: new Column(), open: new Column(), high: new Column(), low: new Column(), close: new Column() };

  constructor(instrument: InstrumentId) {
    this.#instrument = instrument;
  }

  add({ end, open, high, low, close }: DecisionOf<'CandleClosed'>): void {
    const { time, ...prices } = this.#columns;
    if (time.last !== null && end <= time.last) return;
    time.add(end);
    prices.open.add(open);
    prices.high.add(high);
    prices.low.add(low);
    prices.close.add(close);
  }

  all(): PriceBars {
    const { time, open, high, low, close } = this.#columns;
    return { instrument: this.#instrument, time: time.all(), open: open.all(), high: high.all(), low: low.all(), close: close.all() };
  }
}

/** Numbers that grow in number. */
export class Column {
  length = 0;
  #values = new Float64Array(1024);

  get last(): number | null {
    return this.length === 0 ? null : this.#values[this.length - 1]!;
  }

  add(value: number): void {
    if (this.length === this.#values.length) {
      const more = new Float64Array(2 * this.length);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.length++] = value;
  }

  replaceLast(value: number): void {
    this.#values[this.length - 1] = value;
  }

  all(): Float64Array {
    return this.#values.slice(0, this.length);
  }
}
