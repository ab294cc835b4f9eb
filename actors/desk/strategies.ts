/**
 * Deployed strategies as they live (stage 5): which intervals they wait for, what wakes them, and the intents they put out. What they
 * compute is in engine/strategy; whether an intent becomes an order is approve's business.
 */
import { assert } from '#engine/assert.ts';
import { Deadline, STRATEGIES } from '#engine/deadlines.ts';
import { TIMES_IN_FORCE } from '#engine/execution/order-terms.ts';
import type { Candle } from '#engine/market/instrument.ts';
import type { Intent, Parameters, Strategy, StrategyEvent, StrategyView, Subscription, Wake } from '#engine/strategy/strategy.ts';
import type { Sha256, StrategyId, TimeUs } from '#engine/values.ts';
import { Living } from '../actor.ts';
import type { StrategyLifeEvent, StrategyState } from '../strategy.ts';
import type { Account, Book } from './accounts.ts';
import type { CandlesActor } from './candles.ts';
import type { Core } from './core.ts';
import type { Gate, Gates } from './gates.ts';
import type { Market } from './markets.ts';
import type { Order } from './orders.ts';

/** An interval begun and not yet woken for. */
export type Pending = { readonly end: number; readonly bars: (Candle | null)[]; deadline: Deadline | null };
export type Watch = { readonly market: Market; readonly above: number | null; readonly below: number | null };
/** An intent with who wants it. */
export type Wanted = Readonly<{ strategy: Deployed; intent: Intent }>;

export class Deployed {
  readonly id: StrategyId;
  readonly name: string;
  readonly version: Sha256;
  readonly account: Account;
  readonly parameters: Parameters;
  readonly subscriptions: readonly Subscription[];
  readonly definition: Strategy;
  readonly gate: Gate;
  readonly book: Book;
  readonly living: Living<StrategyState, Record<string, never>, StrategyLifeEvent>;
  readonly warmup: number;
  /** The interval it wakes on: its smallest timeframe. */
  readonly intervalUs: number;
  /** How long past an interval's end it waits for an absent candle. */
  readonly patienceUs: number;
  readonly alarm: Deadline;
  readonly history: (readonly Candle[] | null)[];
  state: unknown;
  seen = 0;
  newest: (Candle | null)[];
  pending: Pending[] = [];
  wokenFor: number | null = null;
  watches: Watch[] = [];
  /** What wakes it in this round, in order of kind: bars, fills, signals, levels, alarms. */
  events: StrategyEvent[] = [];
  changedAt: number;

  constructor(
    strategies: Strategies,
    core: Core,
    given: Readonly<{
      id: StrategyId;
      name: string;
      version: Sha256;
      account: Account;
      parameters: Parameters;
      subscriptions: readonly Subscription[];
      definition: Strategy;
      gate: Gate;
      book: Book;
      patienceUs: number;
      state: unknown;
      saved: StrategyState | null;
    }>,
  ) {
    this.id = given.id;
    this.name = given.name;
    this.version = given.version;
    this.account = given.account;
    this.parameters = given.parameters;
    this.subscriptions = given.subscriptions;
    this.definition = given.definition;
    this.gate = given.gate;
    this.book = given.book;
    this.patienceUs = given.patienceUs;
    this.state = given.state;
    const key = `strategy:${this.id}`;
    this.living = new Living(core.machines.strategy, key, undefined, given.saved === null ? null : { value: given.saved, context: {} });
    this.warmup = given.definition.warmup(given.parameters);
    this.intervalUs = given.subscriptions.reduce((least, { timeframeUs }) => Math.min(least, timeframeUs), Infinity);
    this.newest = given.subscriptions.map(() => null);
    this.history = given.subscriptions.map(() => null);
    this.alarm = new Deadline(STRATEGIES, 0, -1, key, 'alarm', () => strategies.note(this, { type: 'alarm', at: core.at }));
    this.changedAt = core.cause;
  }

  get listens(): boolean {
    return this.living.value === 'warming' || this.living.value === 'running' || this.living.value === 'paused';
  }
}

const KIND_ORDER = { bars: 0, fill: 1, level: 2, signal: 3, alarm: 4 } as const satisfies Record<StrategyEvent['type'], number>;

export class Strategies {
  readonly all: Deployed[] = [];
  readonly byId = new Map<string, Deployed>();
  /** Woken in this round. */
  #woken: Deployed[] = [];
  readonly #core: Core;
  readonly #gates: Gates;
  readonly #subscribers = new Map<CandlesActor, { strategy: Deployed; index: number }[]>();
  /** What a strategy may see; `current` is whose eyes it is. */
  readonly #view: StrategyView;
  #current: Deployed | null = null;

  constructor(core: Core, gates: Gates, view: (whose: () => Deployed) => StrategyView) {
    this.#core = core;
    this.#gates = gates;
    this.#view = view(() => this.#current!);
  }

  add(strategy: Deployed, candles: readonly CandlesActor[]): void {
    this.all.push(strategy);
    this.byId.set(strategy.id, strategy);
    candles.forEach((actor, index) => {
      const known = this.#subscribers.get(actor);
      if (known === undefined) this.#subscribers.set(actor, [{ strategy, index }]);
      else known.push({ strategy, index });
    });
  }

  /** Moves its life and says so. */
  move(strategy: Deployed, event: StrategyLifeEvent): boolean {
    const from = strategy.living.value;
    if (!strategy.living.send(event)) return false;
    strategy.changedAt = this.#core.cause;
    this.#core.decide('StrategyMoved', { strategy: strategy.id, from, to: strategy.living.value, why: event.type });
    return true;
  }

  note(strategy: Deployed, event: StrategyEvent): void {
    if (strategy.events.length === 0) this.#woken.push(strategy);
    strategy.events.push(event);
  }

  // candles

  /** A candle formed: whoever waits for its interval starts to wait. */
  formed(candles: CandlesActor, end: number): void {
    const subscribers = this.#subscribers.get(candles);
    if (subscribers === undefined) return;
    for (const { strategy } of subscribers) if (strategy.subscriptions.length > 1) this.#begin(strategy, end);
  }

  #begin(strategy: Deployed, end: number): Pending | null {
    if (strategy.wokenFor !== null && end <= strategy.wokenFor) return null;
    let place = strategy.pending.length;
    while (place > 0 && strategy.pending[place - 1].end > end) place--;
    if (place > 0 && strategy.pending[place - 1].end === end) return strategy.pending[place - 1];
    const pending: Pending = { end, bars: strategy.subscriptions.map(() => null), deadline: null };
    strategy.pending.splice(place, 0, pending);
    this.armWake(strategy, pending);
    return pending;
  }

  armWake(strategy: Deployed, pending: Pending): void {
    const at = pending.end + strategy.patienceUs;
    if (at <= this.#core.at) return;
    pending.deadline = new Deadline(STRATEGIES, 0, -1, `strategy:${strategy.id}`, `wake@${pending.end}`, () =>
      this.#wakeUpTo(strategy, pending.end),
    );
    this.#core.deadlines.arm(pending.deadline, at, this.#core.at);
  }

  closed(candles: CandlesActor, candle: Candle): void {
    const subscribers = this.#subscribers.get(candles);
    if (subscribers === undefined) return;
    for (const { strategy, index } of subscribers) {
      strategy.newest[index] = candle;
      if (strategy.subscriptions.length === 1) {
        if (strategy.wokenFor !== null && candle.end <= strategy.wokenFor) continue;
        strategy.wokenFor = candle.end;
        this.note(strategy, { type: 'bars', end: candle.end, bars: [candle] });
        continue;
      }
      const pending = this.#begin(strategy, candle.end);
      if (pending === null) continue;
      pending.bars[index] = candle;
      if (this.#isComplete(strategy, pending)) this.#wakeUpTo(strategy, pending.end);
    }
  }

  #isComplete(strategy: Deployed, { end, bars }: Pending): boolean {
    return strategy.subscriptions.every(({ timeframeUs }, index) => end % timeframeUs !== 0 || bars[index] !== null);
  }

  /** Wakes it for every interval begun up to `end`, oldest first; what has not come is absent. */
  #wakeUpTo(strategy: Deployed, end: number): void {
    while (strategy.pending.length > 0 && strategy.pending[0].end <= end) {
      const pending = strategy.pending.shift()!;
      if (pending.deadline !== null) this.#core.deadlines.cancel(pending.deadline);
      strategy.wokenFor = pending.end;
      if (pending.bars.some((bar) => bar !== null)) this.note(strategy, { type: 'bars', end: pending.end as TimeUs, bars: pending.bars });
    }
  }

  // levels

  watch(strategy: Deployed, market: Market, above: number | null, below: number | null): void {
    strategy.watches = strategy.watches.filter((watch) => watch.market !== market);
    if (above !== null || below !== null) strategy.watches.push({ market, above, below });
    this.levelsOf(market);
  }

  levelsOf(market: Market): void {
    market.watchAbove = Infinity;
    market.watchBelow = -Infinity;
    for (const strategy of this.all) {
      for (const watch of strategy.watches) {
        if (watch.market !== market) continue;
        if (watch.above !== null && watch.above < market.watchAbove) market.watchAbove = watch.above;
        if (watch.below !== null && watch.below > market.watchBelow) market.watchBelow = watch.below;
      }
    }
    market.levelVersion++;
  }

  /** An accepted primary trade against the watched levels. */
  levels(market: Market, price: number): void {
    if (price < market.watchAbove && price > market.watchBelow) return;
    for (const strategy of this.all) {
      const hit = strategy.watches.find(
        (watch) =>
          watch.market === market && ((watch.above !== null && price >= watch.above) || (watch.below !== null && price <= watch.below)),
      );
      if (hit === undefined) continue;
      strategy.watches = strategy.watches.filter((watch) => watch !== hit);
      this.note(strategy, { type: 'level', instrument: market.definition.id, price });
    }
    this.levelsOf(market);
  }

  filled(order: Order, fill: Readonly<{ lots: number; price: number }>): void {
    const strategy = this.byId.get(order.strategy);
    if (strategy === undefined || !strategy.definition.wantsFills) return;
    this.note(strategy, {
      type: 'fill',
      order: order.id,
      instrument: order.market.definition.id,
      side: order.side,
      lots: fill.lots,
      price: fill.price,
      remaining: order.remaining,
    });
  }

  // stage 5

  get anyWoken(): boolean {
    return this.#woken.length > 0;
  }

  /** Wakes who has reason to, in order of id; returns what they want. */
  wake(cancelNonReducing: (strategy: Deployed) => void): readonly Wanted[] {
    const wanted: Wanted[] = [];
    const woken = this.#woken;
    this.#woken = [];
    if (woken.length > 1) woken.sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const strategy of woken) {
      const events =
        strategy.events.length === 1 ? strategy.events : strategy.events.sort((a, b) => KIND_ORDER[a.type] - KIND_ORDER[b.type]);
      strategy.events = [];
      for (const event of events) {
        if (!strategy.listens) break;
        if (!this.#decide(strategy, event, wanted)) {
          cancelNonReducing(strategy);
          break;
        }
      }
    }
    return wanted;
  }

  /** False when its code threw. */
  #decide(strategy: Deployed, event: StrategyEvent, wanted: Wanted[]): boolean {
    const acting = strategy.living.value === 'running';
    const wake: Wake = { conditions: [], intents: [] };
    this.#current = strategy;
    try {
      strategy.definition.decide(strategy.state, event, this.#view, wake);
      checkWake(wake);
    } catch {
      this.#fault(strategy);
      return false;
    }
    const intents = acting ? wake.intents : [];
    let absent = 0;
    if (event.type === 'bars') {
      event.bars.forEach((bar, index) => {
        if (bar === null && event.end % strategy.subscriptions[index].timeframeUs === 0) absent++;
      });
    }
    this.#core.decide('StrategyWoke', {
      strategy: strategy.id,
      why: event.type,
      end: event.type === 'bars' ? event.end : null,
      absent,
      conditions: wake.conditions,
      intents: intents.length,
    });
    for (const intent of intents) wanted.push({ strategy, intent });
    if (event.type === 'bars' && strategy.living.value === 'warming') {
      strategy.seen++;
      if (strategy.seen >= strategy.warmup) this.move(strategy, { type: 'Warmed' });
    }
    return true;
  }

  /** Its own fault stops that strategy, not the desk. What it threw is not recorded: its words differ between runtimes. */
  #fault(strategy: Deployed): void {
    this.move(strategy, { type: 'Faulted' });
    this.#gates.restrict(strategy.gate, 'faulted', strategy.id);
  }

  // history

  /** Keeps a history it waits for; folds all of them once they are there. */
  loaded(strategy: Deployed, index: number, candles: readonly Candle[]): void {
    strategy.history[index] = candles;
    if (strategy.history.some((history) => history === null)) return;
    const byEnd = strategy.history.map((history) => new Map(history!.map((candle) => [candle.end as number, candle])));
    const ends = new Set<number>(byEnd.flatMap((candles) => [...candles.keys()]));
    this.#current = strategy;
    for (const end of [...ends].sort((a, b) => a - b)) {
      const bars = byEnd.map((candles) => candles.get(end) ?? null);
      bars.forEach((bar, place) => {
        if (bar !== null) strategy.newest[place] = bar;
      });
      if (end % strategy.intervalUs !== 0) continue;
      try {
        strategy.definition.decide(strategy.state, { type: 'bars', end: end as TimeUs, bars }, this.#view, { conditions: [], intents: [] });
      } catch {
        this.#fault(strategy);
        return;
      }
      strategy.seen++;
      strategy.wokenFor = Math.max(strategy.wokenFor ?? 0, end);
    }
    strategy.history.fill(null);
    // what began while it was loading and lies in the history has been seen
    while (strategy.pending.length > 0 && strategy.wokenFor !== null && strategy.pending[0].end <= strategy.wokenFor) {
      const { deadline } = strategy.pending.shift()!;
      if (deadline !== null) this.#core.deadlines.cancel(deadline);
    }
    this.move(strategy, { type: 'Loaded' });
    if (strategy.seen >= strategy.warmup) this.move(strategy, { type: 'Warmed' });
  }
}

/** What a strategy put out must be sayable: whole numbers, no NaN. Anything else is its own fault. */
function checkWake({ conditions, intents }: Wake): void {
  for (const { numbers } of conditions) {
    for (const [, held] of numbers) assert(typeof held !== 'number' || Number.isFinite(held), 'a condition with a number that is none');
  }
  for (const intent of intents) {
    switch (intent.do) {
      case 'order':
        whole(intent.expiresAt);
        whole(intent.trail ?? null);
        whole(intent.bracket?.stop ?? null);
        whole(intent.bracket?.target ?? null);
        assert(TIMES_IN_FORCE.includes(intent.timeInForce ?? 'GTC'), () => `${String(intent.timeInForce)} is no time in force`);
        assert(typeof (intent.postOnly ?? false) === 'boolean', () => `${String(intent.postOnly)} is neither post-only nor not`);
        whole(intent.lots);
        whole(intent.limit);
        whole(intent.stop);
        break;
      case 'replace':
        whole(intent.lots);
        whole(intent.limit);
        whole(intent.stop);
        break;
      case 'watch':
        whole(intent.above);
        whole(intent.below);
        break;
      case 'alarm':
        whole(intent.at);
        break;
      case 'cancel':
        break;
    }
  }
}

function whole(value: number | null): void {
  assert(value === null || Number.isSafeInteger(value), () => `${String(value)} is not a whole number`);
}
