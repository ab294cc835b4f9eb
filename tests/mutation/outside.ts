/**
 * A seeded day at outside venues, where reports come as inputs and may say anything: late, twice, too much, of orders long ended.
 * A production desk goes ahead while the day is made, so that inputs name real orders and effects; the steps are plain data.
 */

import type { Order } from '#actors/desk/orders.ts';
import { Desk } from '#actors/desk.ts';
import type { StrategyState } from '#actors/strategy.ts';
import { nodeDigest } from '#cli/compose/digest.ts';
import type { AccountSpec } from '#engine/execution/account.ts';
import type { Command, InputRecord, Scope, VenueReport } from '#engine/inputs.ts';
import { type Block, type BlockKind, type MarketFrame, marketFrame, NO_LANE, NO_SEQ } from '#engine/market/blocks.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { type RandomStream, randomStream } from '#engine/random.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import type { Strategy, StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { AccountId, DeskId, InstrumentId, OrderId, Seq, SourceId, StrategyId, TimeUs } from '#engine/values.ts';
import { ADVENTURE_DESK, type Step } from '../reference/adventure.ts';
import { STORY_START } from '../reference/story.ts';
import { RANDOM_VERSION, randomStrategy, testCatalogue } from '../reference/strategies.ts';

const MS = 1000;
const S = 1000 * MS;
const HOUR = 3600 * S;

/** A bar of this volume, or the signal `throw`, is more than it can bear. */
export const UNBEARABLE_VOLUME = 13;

/** The random strategy, but it throws where a day asks it to. */
const fragile: Strategy = {
  ...(randomStrategy as Strategy),
  name: 'fragile',
  decide(state, event, view, wake) {
    if (event.type === 'signal' && event.signal === 'throw') throw new Error('as the signal says');
    if (event.type === 'bars' && event.bars.some((bar) => bar?.volume === UNBEARABLE_VOLUME)) throw new Error('as the bar says');
    (randomStrategy as Strategy).decide(state, event, view, wake);
  },
};

/** What these tests' desks can run; adventures need no more. */
export const MUTATION_CATALOGUE: StrategyCatalogue = (name, version) =>
  name === fragile.name && version === RANDOM_VERSION ? fragile : testCatalogue(name, version);
export const MUTATION_DESK: DeskId = ADVENTURE_DESK;

const feed = (source: string, more: Partial<FeedSpec>): FeedSpec => ({
  source: source as SourceId,
  latenessUs: 100 * MS,
  graceUs: 0,
  silentUs: null,
  muteUs: null,
  lagUs: 800 * MS,
  lagDownUs: 3 * S,
  absurdPermille: 50,
  settleUs: 2 * S,
  faultsToDown: 2,
  fillFlat: false,
  ...more,
});

const instrument = (id: string, feeds: readonly FeedSpec[]): Instrument => ({
  id: id as InstrumentId,
  version: 1,
  tick: '0.01',
  lot: '0.01',
  multiplier: '1',
  currency: 'USD',
  currencyScale: 2,
  calendar: 'ALWAYS',
  feeds,
});

type Lane = { instrument: string; source: string; kind: BlockKind; seq: number };
type Fact = { lane: number; at: number; venueTime: number; seq: number; values: number[] };
/** What the market is like for the length of a frame. */
type Mood = 'calm' | 'late' | 'far too late' | 'faulty';

/** `length`: how many rounds after all is set up. */
export function outsideDay(seed: number, length: number): Step[] {
  return new Day(seed, length).steps;
}

class Day {
  readonly steps: Step[] = [];
  readonly #stream: RandomStream;
  readonly #desk = new Desk({ desk: MUTATION_DESK, digest: nodeDigest, catalogue: MUTATION_CATALOGUE, sink: () => {} });
  /** A day or more may pass in one step: then nothing may be counted second by second. */
  readonly #long: boolean;
  readonly #lanes: readonly Lane[] = [
    { instrument: 'BTC', source: 'x', kind: 'trade', seq: 1 },
    { instrument: 'BTC', source: 'x', kind: 'quote', seq: 0 },
    { instrument: 'BTC', source: 'y', kind: 'trade', seq: 0 },
    { instrument: 'ETH', source: 'w', kind: 'trade', seq: 1 },
    { instrument: 'ETH', source: 'w', kind: 'quote', seq: 1 },
  ];
  readonly #prices = new Map([
    ['BTC', 1000],
    ['ETH', 400],
  ]);
  readonly #kills: number[] = [];
  #at = STORY_START;
  #seq = 0;
  #versions = 1;
  #deployed = 0;

  constructor(seed: number, length: number) {
    this.#stream = randomStream(seed, 'outside');
    this.#long = this.#stream.chance(0.15);
    this.#setUp();
    for (let round = 0; round < length; round += 1) this.#round();
  }

  // ── steps ──

  #take(step: Step): void {
    this.steps.push(step);
    if (step.do === 'market') this.#desk.takeMarket(step.frame);
    else if (step.do === 'input') this.#desk.takeInput(step.record);
    else this.#desk.passTime(step.at);
  }

  #input(body: object): void {
    this.#seq += 1;
    this.#take({ do: 'input', record: { seq: this.#seq as Seq, at: this.#at as TimeUs, ...body } as InputRecord });
  }

  #command(command: Command): void {
    const stream = this.#stream;
    const sawSeq = stream.chance(0.1) ? Math.max(0, this.#seq - stream.between(0, 60)) : null;
    this.#input({ type: 'CommandGiven', key: stream.chance(0.03) ? 'again' : `k${this.#seq}`, by: 'operator', sawSeq, command });
    if (command.do === 'Kill') this.#kills.push(this.#seq);
  }

  #wait(us: number): void {
    this.#at += us;
    this.#take({ do: 'time', at: this.#at as TimeUs });
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#stream.below(list.length)] as T;
  }

  // ── how it begins ──

  #setUp(): void {
    const stream = this.#stream;
    if (stream.chance(0.1)) {
      this.#input({ type: 'ClockStepped', byUs: 2 * S }); // before anything is there
      if (stream.chance(0.7)) this.#command({ do: 'Acknowledge', scope: 'global', of: '*' });
    }
    const x = feed('x', { latenessUs: 300 * MS, graceUs: stream.chance(0.5) ? 2 * S : 0, silentUs: 4 * S, muteUs: 9 * S });
    const y = feed('y', { silentUs: 10 * S, muteUs: stream.chance(0.3) ? 7 * S : null, faultsToDown: 1 });
    this.#input({ type: 'InstrumentDefined', instrument: instrument('BTC', [x, y]) });
    const w = feed('w', { fillFlat: !this.#long && stream.chance(0.5), faultsToDown: this.#one([1, 2, 3]) });
    this.#input({ type: 'InstrumentDefined', instrument: instrument('ETH', [w]) });
    const account = (id: string, more: Partial<AccountSpec>): AccountSpec => ({
      id: id as AccountId,
      mode: 'PAPER',
      venue: 'sim',
      calendar: 'ALWAYS',
      currency: 'USD',
      currencyScale: 2,
      cash: 10_000_000n,
      pure: null,
      ...more,
    });
    const pure = { latencyUs: this.#one([0, 40 * MS]), makerFee: 100, takerFee: 500, fills: 'lots', rejectAboveLots: 9 } as const;
    this.#input({ type: 'AccountOpened', account: account('P', { mode: 'BACKTEST', venue: 'pure', pure }) });
    this.#input({ type: 'AccountOpened', account: account('Q', {}) });
    this.#input({ type: 'AccountOpened', account: account('L', { mode: 'LIVE' }) });
    if (stream.chance(0.9)) this.#command({ do: 'Arm', scope: 'global', of: '*' });
    for (const id of ['Q', 'L']) if (stream.chance(0.8)) this.#ready(id);
    for (let i = 0; i < 4; i += 1) this.#deploy();
    // every feed is heard and trusted before it begins, so that orders are not refused from the first
    this.#lanes.forEach((_, lane) => {
      this.#take({ do: 'market', frame: this.#frame([this.#fact(lane, 'calm')]) });
      this.#seq += 1;
    });
    this.#wait(2 * S);
  }

  #deploy(): void {
    const stream = this.#stream;
    const second = stream.chance(0.3);
    const history = stream.chance(0.25);
    this.#input({
      type: 'StrategyDeployed',
      strategy: `s${this.#deployed++}`,
      name: 'fragile',
      version: RANDOM_VERSION,
      account: this.#deployed <= 2 ? ['Q', 'L'][this.#deployed - 1] : this.#one(['P', 'Q', 'L']),
      parameters: { seed: stream.between(1, 1_000_000), warmup: this.#one([0, 1, 3]), eagerness: 0.9, most: 6 },
      subscriptions: [
        { instrument: stream.chance(0.5) ? 'BTC' : 'ETH', timeframeUs: S },
        ...(second ? [{ instrument: 'BTC', timeframeUs: this.#one([2, 3]) * S }] : []),
      ].map((one) => ({ ...one, source: one.instrument === 'BTC' ? (stream.chance(0.85) ? 'x' : 'y') : 'w' })),
      history,
    });
  }

  // ── one round ──

  #round(): void {
    const draw = this.#stream.below(100);
    if (draw < 28) this.#market();
    else if (draw < 60) this.#broker();
    else if (draw < 66) this.#pass();
    else if (draw < 72) this.#venueLine();
    else if (draw < 90) this.#person();
    else this.#rest();
  }

  /** Time alone: what is silent falls silent, what is unknown stays unknown past its bound, what ended retires. */
  #pass(): void {
    const stream = this.#stream;
    if (this.#long && stream.chance(0.15)) this.#wait(25 * HOUR);
    else this.#wait(stream.chance(0.3) ? stream.between(9, 12) * S : stream.between(0, 4000) * MS);
  }

  // ── the market ──

  #market(): void {
    const stream = this.#stream;
    const mood: Mood = stream.chance(0.85) ? 'calm' : this.#one(['late', 'far too late', 'faulty']);
    const facts: Fact[] = [];
    const count = stream.between(1, 20);
    let lane = stream.below(this.#lanes.length);
    for (let i = 0; i < count; i += 1) {
      this.#at += stream.chance(0.1) ? 0 : stream.between(0, 250) * MS;
      if (stream.chance(0.08)) this.#at = Math.ceil(this.#at / S) * S; // whole seconds are borders
      if (stream.chance(0.3)) lane = stream.below(this.#lanes.length);
      facts.push(this.#fact(lane, mood));
    }
    this.#take({ do: 'market', frame: this.#frame(facts) });
    this.#seq += count;
  }

  #fact(index: number, mood: Mood): Fact {
    const stream = this.#stream;
    const lane = this.#lanes[index] as Lane;
    const walked = Math.max(50, (this.#prices.get(lane.instrument) as number) + stream.between(-2, 2));
    this.#prices.set(lane.instrument, walked);
    const faulty = mood === 'faulty' && stream.chance(0.3);
    const price = faulty && stream.chance(0.5) ? walked * 2 : walked;
    const lag = mood === 'late' ? stream.between(900, 2900) : mood === 'far too late' ? stream.between(3100, 4500) : stream.between(0, 60);
    const venueTime = stream.chance(0.02) ? this.#at - stream.between(0, 3000) * MS : this.#at - lag * MS;
    let seq = 0;
    if (lane.seq > 0) {
      if (faulty && stream.chance(0.5)) lane.seq += 3;
      seq = faulty && stream.chance(0.3) ? Math.max(1, lane.seq - 1) : lane.seq++;
    }
    const half = faulty && stream.chance(0.3) ? 0 : stream.between(1, 2);
    const values =
      lane.kind === 'trade' ? [price, stream.between(1, 9)] : [price - half, stream.between(0, 9), price + half, stream.between(0, 9)];
    return { lane: index, at: this.#at, venueTime, seq, values };
  }

  #frame(facts: readonly Fact[]): MarketFrame {
    const owners = [...new Set(facts.map(({ lane }) => lane))].sort((a, b) => a - b);
    const blocks = owners.map((owner): Block => {
      const { instrument: id, source, kind, seq } = this.#lanes[owner] as Lane;
      const own = facts.filter(({ lane }) => lane === owner);
      return {
        instrument: id as InstrumentId,
        source: source as SourceId,
        kind,
        timeframeUs: 0,
        count: own.length,
        at: Float64Array.from(own, (fact) => fact.at),
        venueTime: Float64Array.from(own, (fact) => fact.venueTime),
        venueSeq: seq === 0 ? NO_SEQ : Float64Array.from(own, (fact) => fact.seq),
        flags: new Uint8Array(own.length),
        values: (own[0] as Fact).values.map((_, column) => Float64Array.from(own, (fact) => fact.values[column] as number)),
      };
    });
    const lane = blocks.length === 1 ? NO_LANE : Uint16Array.from(facts, (fact) => owners.indexOf(fact.lane));
    return marketFrame((this.#seq + 1) as Seq, blocks, lane, null);
  }

  // ── the outside venue ──

  #orders(): Order[] {
    return [...this.#desk.parts.orders.all.values()].filter(({ account }) => account.spec.pure === null);
  }

  /** A report on one of its orders: now and then what it should say, mostly what it might. */
  #broker(): void {
    const stream = this.#stream;
    const all = this.#orders();
    const working = all.filter(({ ended }) => !ended);
    const order = working.length > 0 && stream.chance(0.85) ? this.#one(working.slice(-8)) : all.length > 0 ? this.#one(all) : null;
    if (order === null) {
      this.#market();
      return;
    }
    // one order's story at a time: what follows on an answer matters most
    for (let i = stream.between(1, 4); i > 0; i -= 1) this.#tellOf(order);
  }

  #tellOf(order: Order): void {
    const stream = this.#stream;
    const live = order.living.value === 'LIVE';
    if (stream.chance(0.04)) {
      this.#input({ type: 'EffectNotSent', effect: order.requestAddress ?? '0.0', why: this.#one(['late', 'gate', 'killed']) });
      return;
    }
    if (stream.chance(live ? 0.4 : 0.1)) {
      const priced = { limit: order.type === 'limit' ? this.#near(order) : null, stop: order.type === 'stop' ? this.#near(order) : null };
      if (stream.chance(0.3)) this.#command({ do: 'CancelOrder', order: order.id });
      else this.#command({ do: 'ReplaceOrder', order: order.id, lots: order.living.context.filled + stream.between(1, 4), ...priced });
      return;
    }
    this.#input({ type: 'OrderReported', order: stream.chance(0.01) ? ('1.0' as OrderId) : order.id, report: this.#report(order) });
  }

  #near(order: Order): number {
    return (this.#prices.get(order.market.definition.id) as number) + this.#stream.between(-5, 5);
  }

  #report(order: Order): VenueReport {
    const stream = this.#stream;
    const { value, context } = order.living;
    if (value === 'SENDING' && stream.chance(0.4)) return { kind: 'Acked' };
    const draw = stream.below(100);
    if (draw < 30) {
      const lots = order.ended || stream.chance(0.1) ? stream.between(1, 3) : Math.max(1, this.#one([1, 1, 1, order.remaining]));
      return { kind: 'Filled', fill: `f${this.#seq}`, lots, price: this.#near(order), fee: String(stream.between(0, 9)), maker: false };
    }
    if (draw < 50) {
      const lots = Math.max(1, this.#one([context.filled, context.filled + 1, context.filled + 2, context.wanted ?? context.lots]));
      const limit = order.type === 'limit' ? this.#near(order) : null;
      return { kind: 'Replaced', lots, limit, stop: order.type === 'stop' ? this.#near(order) : null };
    }
    const refused: VenueReport = { kind: value === 'REPLACE_PENDING' ? 'ReplaceRejected' : 'CancelRejected', reason: 'outside' };
    const rest: readonly VenueReport[] = [
      { kind: 'Acked' },
      { kind: 'Lost' },
      { kind: 'Lost' },
      refused,
      refused,
      { kind: 'ReplaceRejected', reason: 'outside' },
      { kind: 'Rejected', reason: 'outside' },
      { kind: 'Cancelled' },
      { kind: 'Expired' },
      { kind: 'NeverExisted' },
    ];
    return this.#one(rest);
  }

  /** The line to the venue: lost, there again, reconciled with or without differences. */
  #venueLine(): void {
    const account = this.#one(['Q', 'L']);
    const found = this.#desk.parts.accounts.byId.get(account)!.session.value;
    const draw = this.#stream.below(100);
    if (draw < 25) this.#input({ type: 'SessionLost', account, why: 'outside' });
    else if (draw < 40) this.#input({ type: 'Reconciled', account, unexplained: ['a fill', 'an order'] });
    else if (draw < 60 || found === 'connecting') this.#input({ type: 'SessionReady', account });
    else if (draw < 80) this.#input({ type: 'Reconciled', account, unexplained: [] });
    else this.#ready(account);
  }

  #ready(account: string): void {
    this.#input({ type: 'SessionReady', account });
    this.#input({ type: 'Reconciled', account, unexplained: [] });
    if (this.#stream.chance(0.8)) this.#openAgain('account', account);
  }

  #openAgain(scope: Scope, of: string): void {
    const gate = this.#desk.parts.gates.find(scope, of);
    if (gate?.living.value === 'KILLED') this.#command({ do: 'Disarm', killedAt: this.#kills[0] ?? 1 });
    if (gate?.living.value === 'HALTED') this.#command({ do: 'Acknowledge', scope, of });
    if (gate?.living.value === 'RECONCILE' && scope === 'account') this.#input({ type: 'Reconciled', account: of, unexplained: [] });
    this.#command({ do: 'Arm', scope, of });
    if (gate?.living.value !== 'KILLED') this.#kills.length = 0;
  }

  // ── people ──

  #person(): void {
    const stream = this.#stream;
    const gate = this.#one(this.#desk.parts.gates.all);
    switch (stream.below(18)) {
      case 0:
        this.#command({ do: 'Pause', strategy: this.#strategy('running') });
        return;
      case 1:
      case 2:
        this.#command({ do: 'Resume', strategy: this.#strategy('paused') });
        return;
      case 3:
        if (stream.chance(0.5))
          this.#command({ do: 'Stop', strategy: this.#strategy(this.#one(['loading', 'warming', 'running', 'paused', 'faulted'])) });
        else this.#deploy();
        return;
      case 4:
        this.#command({ do: 'Flatten', account: this.#one(['P', 'Q', 'L']) as AccountId });
        return;
      case 5:
        this.#command({ do: 'Kill', why: 'outside' });
        if (stream.chance(0.5)) this.#openAgain('global', '*');
        return;
      case 6:
        this.#command({ do: 'Disarm', killedAt: this.#one([this.#kills[0] ?? 1, this.#seq]) });
        return;
      case 7:
        this.#command({ do: 'Acknowledge', scope: gate.scope, of: gate.of });
        return;
      case 8:
        this.#command({ do: 'Arm', scope: gate.scope, of: gate.of });
        return;
      case 9:
      case 10:
        this.#limits();
        return;
      default: {
        const shut = this.#desk.parts.gates.all.filter(({ living }) => ['RECONCILE', 'ARMED', 'HALTED', 'KILLED'].includes(living.value));
        if (shut.length === 0) this.#market();
        else for (const { scope, of } of shut) this.#openAgain(scope, of);
      }
    }
  }

  /** One in this state if there is one, or any. */
  #strategy(state: StrategyState): StrategyId {
    const { all } = this.#desk.parts.strategies;
    const there = all.filter(({ living }) => living.value === state);
    return this.#one(there.length > 0 && this.#stream.chance(0.8) ? there : all).id;
  }

  #limits(): void {
    const stream = this.#stream;
    const [scope, of] = this.#one<readonly [Scope, string]>([
      ['account', 'Q'],
      ['account', 'L'],
      ['account', 'P'],
      ['strategy', `s${stream.below(this.#deployed)}`],
      ['instrument', 'BTC'],
      ['instrument', 'ETH'],
    ]);
    const money = (most: number) =>
      this.#long || stream.chance(0.6) ? null : (BigInt(stream.between(1, most)) as Limits['softDailyLoss']);
    this.#input({
      type: 'LimitsChanged',
      scope,
      of,
      limits: {
        ...NO_LIMITS,
        maxPositionLots: stream.chance(0.6) ? stream.between(1, 15) : null,
        softDailyLoss: money(1000),
        hardDailyLoss: money(3000),
        maxDrawdown: money(3000),
      },
    });
  }

  // ── all the rest ──

  #rest(): void {
    const stream = this.#stream;
    const strategy = `s${stream.below(this.#deployed)}`;
    const source = this.#one(['x', 'y', 'w']);
    switch (stream.below(12)) {
      case 0:
        if (stream.chance(0.5)) this.#input({ type: 'ClockStepped', byUs: 2 * S });
        return;
      case 1:
        if (stream.chance(0.5)) this.#input({ type: 'JournalTroubled', why: 'outside' });
        return;
      case 2:
      case 3:
        this.#input({ type: 'SourceLost', source, why: 'outside' });
        return;
      case 4:
      case 5:
        this.#input({ type: 'SourceRestored', source });
        return;
      case 6:
        this.#input({ type: 'SourceBeat', source, beats: 1 });
        return;
      case 7:
        if (stream.chance(0.5)) this.#input({ type: 'SignalReceived', strategy, signal: 'throw', key: `g${this.#seq}`, payload: null });
        return;
      case 8: {
        const version = ++this.#versions;
        const feeds = this.#desk.parts.markets.byId.get('BTC')!.definition.feeds;
        this.#input({ type: 'InstrumentDefined', instrument: { ...instrument('BTC', feeds), version, tick: this.#one(['0.01', '0.05']) } });
        return;
      }
      default:
        this.#history();
    }
  }

  /** What a strategy that is loading waits for. */
  #history(): void {
    const waiting = this.#desk.parts.strategies.all.filter(({ living }) => living.value === 'loading');
    const stream = this.#stream;
    if (waiting.length === 0) {
      this.#deploy();
      return;
    }
    const { instrument: id, source, timeframeUs } = this.#one(this.#one(waiting).subscriptions);
    const first = Math.floor(this.#at / timeframeUs) * timeframeUs - 4 * timeframeUs;
    const volume = stream.chance(0.2) ? UNBEARABLE_VOLUME : 7;
    const candles = [0, 1, 2, 3].slice(0, stream.between(1, 4)).map((i) => {
      const [start, price] = [first + i * timeframeUs, stream.between(390, 410)];
      return { start, end: start + timeframeUs, open: price, high: price, low: price, close: price, volume, trades: 2, complete: true };
    });
    this.#input({ type: 'HistoryLoaded', instrument: id, source, timeframeUs, availableAt: this.#at, origin: 'outside', candles });
  }
}
