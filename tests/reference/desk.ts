/**
 * The second desk, written from docs/kernel.md §12 alone: one fact at a time, every tick an event. Slow on purpose. The fast desk must
 * decide and hold exactly the same.
 */

import { type Actor, type AnyActorLogic, createActor } from 'xstate';
import { type CandlesEvent, candlesMachine } from '#actors/candles.ts';
import { type FeedEvent, feedMachine } from '#actors/feed.ts';
import { type GateCause, type GateEvent, gateMachine } from '#actors/gate.ts';
import { ORDER_ENDS, type OrderEvent, type OrderState, orderMachine } from '#actors/order.ts';
import { type SessionEvent, sessionMachine } from '#actors/session.ts';
import { type StrategyLifeEvent, type StrategyState, strategyMachine } from '#actors/strategy.ts';
import { assert, unreachable } from '#engine/assert.ts';
import { normalize, parseDecimal } from '#engine/decimal.ts';
import type { Decision, DecisionBody, DecisionType, Numbers, OrderType } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import { type AccountSpec, OUTSIDE_STANDARD } from '#engine/execution/account.ts';
import { type OrderTerms, OUTSIDE_TAKES, type TermsSaid } from '#engine/execution/order-terms.ts';
import type { Command, InputOf, InputRecord, PlaceOrder, Scope, SnapshotFill, SnapshotOrder, VenueReport } from '#engine/inputs.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { calendarById, nextSession, OutsideCalendar, sessionAt } from '#engine/market/calendar.ts';
import type { Candle, FeedSpec, Instrument } from '#engine/market/instrument.ts';
import type { Plain } from '#engine/record.ts';
import { approve } from '#engine/risk/approve.ts';
import type { ApprovalFacts, OrderAsked, Recent, RecentOrder, ScopeFacts } from '#engine/risk/facts.ts';
import { type Limits, NO_LIMITS } from '#engine/risk/limits.ts';
import type {
  Intent,
  Parameters,
  Strategy,
  StrategyCatalogue,
  StrategyEvent,
  StrategyView,
  Subscription,
  Wake,
} from '#engine/strategy/strategy.ts';
import { BadParameters, parametersOf, UnknownStrategy } from '#engine/strategy/strategy.ts';
import type {
  AccountId,
  ClientOrderId,
  DeskId,
  InstrumentId,
  Minor,
  OrderId,
  Seq,
  Side,
  SourceId,
  StrategyId,
  TimeUs,
} from '#engine/values.ts';
import { DAY_US, SECOND_US } from '#engine/values.ts';
import { Agenda, compareAddresses, compareTurns, type Deadline, type Stage } from './agenda.ts';
import { changed, eaten, type Book as LevelBook, leftFor, lost, NO_BOOK, offered, withoutAccount, written } from './book.ts';
import { amended, flat, folded, intervalOf, merged, opened } from './candles.ts';
import { type Booked, bookFill, chargeOf, feeOf, minorWorth } from './ledger.ts';
import type { HeldState } from './snapshots.ts';
import { type Lane, type MarketState, marketLogic, type Tick, type Verdict } from './ticks.ts';
import { type Market, match, type Resting, ratesAt, requestTakes, tierAt, tradedBefore, trailingStop, type Walked } from './venue.ts';

const MAX_ROUNDS = 16;
const PURE_SEND_WINDOW_US = 2 * SECOND_US;
const UNKNOWN_AFTER_US = 10 * SECOND_US;
const KEPT_KEYS = 10_000;
const DIFFERS_AT_MOST = 3;
const MOST_REARMS = 2;
const NAMED_AT_MOST = 20;
const NONE = 'none';
const NOBODY = { strategy: NONE as StrategyId, instrument: NONE as InstrumentId };
const LIMIT_CAUSES: readonly GateCause[] = ['hard-limit', 'drawdown', 'soft-limit'];

type FeedActor = Actor<typeof feedMachine>;
type CandlesActor = Actor<typeof candlesMachine>;
type GateActor = Actor<typeof gateMachine>;
type OrderActor = Actor<typeof orderMachine>;
type SessionActor = Actor<typeof sessionMachine>;
type StrategyActor = Actor<typeof strategyMachine>;
type MarketActor = Actor<typeof marketLogic>;

type Feed = {
  key: string;
  market: HeldInstrument;
  source: SourceId;
  actor: FeedActor;
  heardAt: number | null;
  tickAt: number | null;
  firstBeatAt: number | null;
};

/** `book`: null while no account walks one. */
type HeldInstrument = { index: number; actor: MarketActor; feeds: Feed[]; book: LevelBook | null };

type Grace = { candle: Candle; version: number };
type Candles = {
  key: string;
  market: HeldInstrument;
  source: SourceId;
  timeframeUs: number;
  parent: Candles | null;
  children: Candles[];
  actor: CandlesActor;
  open: Candle | null;
  lastEnd: number | null;
  lastClose: number | null;
  graces: Grace[];
};

type Gate = { scope: Scope; of: string; actor: GateActor; changedAt: number };

type Book = { dayStart: bigint; peak: bigint; maxDrawdown: bigint };

/** What is kept of an outside venue (12.10). */
type Outside = {
  synced: boolean;
  accepting: boolean;
  differing: number;
  foreignFills: string[];
  transfers: string[];
  unprotected: OrderId[];
};
type Account = Book & {
  spec: AccountSpec;
  session: SessionActor;
  budget: bigint | null;
  recent: RecentOrder[];
  /** By day, worth of its fills, while its terms have tiers of fees; and the tier of the newest. */
  traded: { day: number; worth: bigint }[];
  tier: number;
  /** null: the pure venue. */
  outside: Outside | null;
};

type Pending = { end: number; bars: (Candle | null)[] };
type Notes = {
  bars: { end: number; bars: (Candle | null)[]; absent: number }[];
  fills: Extract<StrategyEvent, { type: 'fill' }>[];
  levels: Extract<StrategyEvent, { type: 'level' }>[];
  signals: Extract<StrategyEvent, { type: 'signal' }>[];
  alarms: Extract<StrategyEvent, { type: 'alarm' }>[];
};
type Deployed = Book & {
  id: StrategyId;
  name: string;
  version: string;
  account: AccountId;
  code: Strategy;
  parameters: Parameters;
  subscriptions: readonly Subscription[];
  actor: StrategyActor;
  changedAt: number;
  seen: number;
  state: unknown;
  newest: (Candle | null)[];
  pending: Pending[];
  wokenFor: number | null;
  watches: { instrument: InstrumentId; above: number | null; below: number | null }[];
  histories: (readonly Candle[] | null)[];
  notes: Notes;
};

type VenueOrder = {
  replace: { lots: number; limit: number | null; stop: number | null } | null;
  working: boolean;
  fresh: boolean;
  triggered: boolean;
  arrival: number | null;
  lots: number;
  filled: number;
  limit: number | null;
  stop: number | null;
};
type Order = {
  id: OrderId;
  account: AccountId;
  strategy: StrategyId;
  instrument: InstrumentId;
  version: number;
  side: Side;
  type: OrderType;
  lots: number;
  limit: number | null;
  stop: number | null;
  expiresAt: TimeUs | null;
  terms: OrderTerms;
  reducing: boolean;
  clientId: ClientOrderId;
  actor: OrderActor;
  requestAddress: string | null;
  cancelAddress: string | null;
  replaceAddress: string | null;
  /** Lots its group's fills have taken from it that it has not given up at the venue. */
  owed: number;
  /** Fills an outside venue has reported. */
  fills: string[];
  /** Made by a Flatten. */
  flatten: boolean;
  reduceOnly: boolean;
  /** A replacement approved in this round, not requested yet. */
  askedLots: number | null;
  /** How often this protection has been asked again. */
  rearms: number;
  changedAt: number;
  venue: VenueOrder | null;
};

type Holding = { account: AccountId; strategy: StrategyId; instrument: InstrumentId; lots: number; cost: bigint; lastPrice: number };

type Fact = Readonly<{ kind: 'tick'; instrument: InstrumentId; tick: Tick }> | Readonly<{ kind: 'input'; record: InputRecord }>;

/** What stage 6 takes, in order. */
type Wanted = Readonly<{ strategy: Deployed; intent: Intent }>;
/** What stage 7 does, in order. */
type Doing =
  | Readonly<{ do: 'send'; order: Order; why: string }>
  | Readonly<{ do: 'cancel'; order: Order; why: string }>
  | Readonly<{ do: 'replace'; order: Order; lots: number; limit: number | null; stop: number | null; why: string }>;

export class ReferenceDesk {
  readonly decisions: Decision[] = [];
  readonly #desk: DeskId;
  readonly #digest: Digest;
  readonly #catalogue: StrategyCatalogue;
  readonly #agenda = new Agenda();

  #seq = 0;
  #at = 0;
  #cause = 0;
  #index = 0;

  readonly #instruments: HeldInstrument[] = [];
  readonly #candles: Candles[] = [];
  readonly #gates: Gate[] = [];
  readonly #accounts: Account[] = [];
  readonly #limits: { scope: Scope; of: string; limits: Limits }[] = [];
  readonly #strategies: Deployed[] = [];
  #orders: Order[] = [];
  readonly #retired: OrderId[] = [];
  readonly #holdings: Holding[] = [];
  readonly #balances: {
    account: AccountId;
    strategy: StrategyId;
    instrument: InstrumentId;
    currency: string;
    book: string;
    amount: bigint;
  }[] = [];
  readonly #rounding: { account: AccountId; strategy: StrategyId; instrument: InstrumentId; atto: bigint }[] = [];
  readonly #refused: { source: SourceId; reason: string; total: number }[] = [];
  readonly #commands: { key: string; ok: boolean }[] = [];
  readonly #signals: string[] = [];

  // What one round passes from an earlier stage to a later one; empty between rounds.
  #closedPrimary: InstrumentId[] = [];
  #overdue: Candles[] = []; // children that opened when their own close was already over
  #haltedScopes: { gate: Gate; why: string }[] = [];
  #stoppedStrategies: { strategy: StrategyId; why: string }[] = [];
  #flattened: { account: AccountId; instruments: readonly InstrumentId[] }[] = [];
  #wanted: Wanted[] = [];
  #flattening: OrderAsked[] = [];
  /** Refused ones: what protects their position stays. */
  #unflattened: OrderAsked[] = [];
  #rearming: OrderId[] = [];
  /** What this round's brackets have asked protection for so far. */
  #guarded: Readonly<{ order: Order; lots: number }>[] = [];
  #linking: (Readonly<{ shrink: Order }> | Readonly<{ guard: Order; filled: number; fill: string }>)[] = [];
  #doing: Doing[] = [];

  constructor(options: { desk: DeskId; digest: Digest; catalogue: StrategyCatalogue }) {
    this.#desk = options.desk;
    this.#digest = options.digest;
    this.#catalogue = options.catalogue;
    this.#createGate('global', '*');
  }

  // ── What comes in ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  takeMarket(frame: MarketFrame): void {
    const taken = frame.blocks.map(() => 0);
    for (let offset = 0; offset < frame.count; offset += 1) {
      const owner = frame.blocks.length === 1 ? 0 : frame.lane[offset];
      const block = frame.blocks[owner];
      const i = taken[owner]++;
      const tick: Tick = {
        source: block.source,
        kind: block.kind,
        at: block.at[i],
        venueTime: block.venueTime[i],
        venueSeq: block.venueSeq.length === 0 ? null : block.venueSeq[i],
        flags: block.flags[i],
        timeframeUs: block.timeframeUs,
        values: block.values.map((column) => column[i]),
      };
      this.#take(frame.first + offset, tick.at, { kind: 'tick', instrument: block.instrument, tick });
    }
  }

  takeInput(record: InputRecord): void {
    if (record.type === 'StrategyDeployed') {
      const code = this.#catalogue(record.name, record.version);
      if (code === null) throw new UnknownStrategy(`${record.name} ${record.version}`);
    }
    this.#take(record.seq, record.at, { kind: 'input', record });
  }

  passTime(at: TimeUs): void {
    assert(at >= this.#at, `time goes back from ${this.#at} to ${at}`);
    this.#passTo(at);
    this.#at = at;
  }

  #take(number: number, at: number, fact: Fact): void {
    assert(number > this.#seq, `number ${number} after ${this.#seq}`);
    assert(at >= this.#at, `time goes back from ${this.#at} to ${at}`);
    this.#passTo(at);
    this.#at = at;
    this.#seq = number;
    this.#cause = number;
    this.#index = 0;
    this.#round([], fact, false);
    if (this.#agenda.next(at) <= at) this.#instant(at, false);
  }

  // ── Instants and rounds (12.1) ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Every instant ≤ t at which something is due, in time order. */
  #passTo(t: number): void {
    for (;;) {
      const second = this.#nextSecond();
      const instant = Math.min(second, this.#agenda.next(Math.min(second, t)));
      if (instant > t) return;
      this.#instant(instant, instant === second);
    }
  }

  #instant(T: number, seconds: boolean): void {
    this.#at = T;
    let rounds = 0;
    do {
      rounds += 1;
      assert(rounds <= MAX_ROUNDS, `more than ${MAX_ROUNDS} rounds at ${T}`);
      this.#round(this.#agenda.dueAt(T), null, seconds && rounds === 1);
    } while (this.#agenda.next(T) <= T);
  }

  #round(due: readonly Deadline[], fact: Fact | null, seconds: boolean): void {
    const fire = (stage: Stage): void => {
      for (const deadline of due) if (deadline.stage === stage && this.#agenda.take(deadline)) deadline.fire();
    };
    // 1 health
    fire(1);
    let verdict: Verdict | null = null;
    if (fact?.kind === 'tick') verdict = this.#judge(fact.instrument, fact.tick);
    if (fact?.kind === 'input') this.#answer(fact.record);
    const accepted = fact?.kind === 'tick' && verdict?.accepted ? { ...fact, verdict } : null;
    // 2 closes
    this.#closeDue(due.filter(({ stage }) => stage === 2));
    if (accepted !== null) this.#foldTick(accepted.instrument, accepted.tick, accepted.verdict.accepted && accepted.verdict.jumped);
    // 3 marks
    fire(3);
    if (seconds) this.#markSecond();
    this.#markCloses();
    // 4 venue
    fire(4);
    if (fact?.kind === 'input' && fact.record.type === 'OrderReported') this.#orderReported(fact.record);
    if (accepted !== null) this.#match(accepted.instrument, accepted.tick);
    // 5 strategies
    fire(5);
    this.#wakeStrategies();
    // 6 approve
    this.#approveWanted();
    // 7 orders
    this.#act();
  }

  #decide<T extends DecisionType>(type: T, body: DecisionBody<T>): string {
    const index = this.#index++;
    this.decisions.push({ type, cause: this.#cause as Seq, index, at: this.#at as TimeUs, ...body } as unknown as Decision);
    return `${this.#cause}.${index}`;
  }

  #arm(due: number, stage: Stage, of: { timeframe: number; index: number; actor: string }, name: string, fire: () => void): void {
    this.#agenda.arm(this.#at, { due, stage, ...of, name, fire });
  }

  // ── Feeds: stage 1 (12.2) ────────────────────────────────────────────────────────────────────────────────────────────────────

  #judge(instrument: InstrumentId, tick: Tick): Verdict {
    const market = this.#instrument(instrument);
    assert(market !== null, `a tick of ${instrument}, which is not defined`);
    const feed = market.feeds.find(({ source }) => source === tick.source);
    assert(feed !== undefined, `a tick of ${instrument} from ${tick.source}, which is not one of its sources`);
    const spec = this.#specOf(feed);
    const settleAt = tick.at + spec.settleUs;

    // 1
    feed.heardAt = tick.at;
    feed.tickAt = tick.at;
    const { silent, mute, lost } = feed.actor.getSnapshot().context;
    if (silent || mute || lost) {
      this.#tellFeed(feed, { type: 'Heard' });
      this.#armSettle(feed, settleAt);
    }
    this.#armLiveness(feed);

    // 2 – 5, and what 7 and 8 need
    send(market.actor, { type: 'Ticked', tick });
    const verdict = market.actor.getSnapshot().context.verdict;
    assert(verdict !== null, 'a tick was not judged');

    // 6
    if (!verdict.accepted) {
      if (verdict.jumped) {
        this.#tellFeed(feed, { type: 'Faulted', fault: 'gap', tooMany: spec.faultsToDown });
        this.#armSettle(feed, settleAt);
        this.#gapCandles(feed);
      }
      if (tick.kind === 'book' && verdict.fault !== 'duplicate') this.#loseBook(feed);
      this.#decide('TickRejected', { instrument, source: feed.source, fault: verdict.fault, numbers: verdict.numbers });
      this.#tellFeed(feed, { type: 'Faulted', fault: verdict.fault, tooMany: spec.faultsToDown });
      this.#armSettle(feed, settleAt);
      return verdict;
    }

    // 7
    if (verdict.jumped) {
      this.#tellFeed(feed, { type: 'Faulted', fault: 'gap', tooMany: spec.faultsToDown });
      this.#armSettle(feed, settleAt);
      this.#gapCandles(feed);
      if (tick.kind === 'book') this.#loseBook(feed);
    }
    if (verdict.back) {
      this.#tellFeed(feed, { type: 'Faulted', fault: 'time-back', tooMany: spec.faultsToDown });
      this.#armSettle(feed, settleAt);
    }

    // 8
    if (verdict.lag !== feed.actor.getSnapshot().context.lag) {
      if (verdict.lag === 0) {
        this.#tellFeed(feed, { type: 'Fresh' });
        this.#armSettle(feed, settleAt);
      } else {
        this.#tellFeed(feed, { type: 'Lagged', level: verdict.lag });
      }
    }

    if (tick.kind === 'trade' && isPrimary(feed)) this.#noteLevels(instrument, tick.values[0]);
    return verdict;
  }

  #armSettle(feed: Feed, due: number): void {
    this.#arm(due, 1, turnOfFeed(feed), 'settle', () => this.#tellFeed(feed, { type: 'Settled' }));
  }

  #armLiveness(feed: Feed): void {
    const spec = this.#specOf(feed);
    const { silent, mute } = feed.actor.getSnapshot().context;
    const turn = turnOfFeed(feed);
    if (spec.silentUs !== null && feed.heardAt !== null && !silent) {
      const due = this.#inMarketTime(feed, feed.heardAt, spec.silentUs);
      this.#arm(due, 1, turn, 'silent', () => this.#tellFeed(feed, { type: 'Silent' }));
    } else {
      this.#agenda.disarm(feed.key, 'silent');
    }
    const since = feed.tickAt ?? feed.firstBeatAt;
    if (spec.muteUs !== null && since !== null && !mute) {
      const due = this.#inMarketTime(feed, since, spec.muteUs);
      this.#arm(due, 1, turn, 'mute', () => this.#tellFeed(feed, { type: 'Mute' }));
    } else {
      this.#agenda.disarm(feed.key, 'mute');
    }
  }

  /** since + bound, or the bound after the next open when that instant lies outside a session. */
  #inMarketTime(feed: Feed, since: number, bound: number): number {
    const due = since + bound;
    const { calendar } = definitionOf(feed.market);
    if (inSession(calendar, due)) return due;
    const open = nextOpen(calendar, due);
    return open === null ? due : open + bound;
  }

  /** A heartbeat of a source, for every feed of it. */
  #beat(source: SourceId): void {
    for (const feed of this.#feedsOf(source)) {
      feed.heardAt = this.#at;
      feed.firstBeatAt ??= this.#at;
      const { silent, lost } = feed.actor.getSnapshot().context;
      if (silent || lost) {
        this.#tellFeed(feed, { type: 'Beat' });
        this.#armSettle(feed, this.#at + this.#specOf(feed).settleUs);
      }
      this.#armLiveness(feed);
    }
  }

  #sourceLost(source: SourceId): void {
    for (const feed of this.#feedsOf(source)) {
      this.#tellFeed(feed, { type: 'Lost' });
      this.#gapCandles(feed);
      this.#loseBook(feed);
    }
  }

  #gapCandles(feed: Feed): void {
    for (const candles of this.#candlesOf(feed)) {
      if (candles.open === null) continue;
      candles.open = { ...candles.open, complete: false };
      this.#tellCandles(candles, { type: 'Gapped' });
    }
  }

  #tellFeed(feed: Feed, event: FeedEvent): void {
    const from = feed.actor.getSnapshot().value;
    send(feed.actor, event);
    const { value: to, context } = feed.actor.getSnapshot();
    if (from === to) return;
    const instrument = definitionOf(feed.market).id;
    const why = event.type === 'Faulted' ? `Faulted:${event.fault}` : event.type === 'Lagged' ? `Lagged:${event.level}` : event.type;
    const numbers: Numbers = [
      ['heardAt', feed.heardAt ?? NONE],
      ['lag', context.lag],
      ['faults', context.faults],
    ];
    this.#decide('FeedMoved', { instrument, source: feed.source, from, to, why, numbers });
    const gate = this.#gate('instrument', instrument);
    const of = feed.source;
    switch (to) {
      case 'DOWN':
        this.#tellGate(gate, { type: 'Restricted', cause: 'feed-down', of });
        if (from === 'DEGRADED') this.#tellGate(gate, { type: 'Cleared', cause: 'feed-degraded', of });
        break;
      case 'DEGRADED':
        this.#tellGate(gate, { type: 'Restricted', cause: 'feed-degraded', of });
        if (from === 'DOWN') this.#tellGate(gate, { type: 'Cleared', cause: 'feed-down', of });
        break;
      case 'HEALTHY':
        this.#tellGate(gate, { type: 'Cleared', cause: from === 'DOWN' ? 'feed-down' : 'feed-degraded', of });
        break;
    }
  }

  // ── Candles: stage 2 (12.3) ──────────────────────────────────────────────────────────────────────────────────────────────────

  #createCandles(market: HeldInstrument, source: SourceId, timeframeUs: number): void {
    if (this.#candles.some((one) => one.market === market && one.source === source && one.timeframeUs === timeframeUs)) return;
    const smaller = this.#candles.filter(
      (one) => one.market === market && one.source === source && one.timeframeUs < timeframeUs && timeframeUs % one.timeframeUs === 0,
    );
    const parent = smaller.sort((a, b) => b.timeframeUs - a.timeframeUs)[0] ?? null;
    const candles: Candles = {
      key: `candles:${definitionOf(market).id}:${source}:${timeframeUs}`,
      market,
      source,
      timeframeUs,
      parent,
      children: [],
      actor: start(candlesMachine),
      open: null,
      lastEnd: null,
      lastClose: null,
      graces: [],
    };
    parent?.children.push(candles);
    this.#candles.push(candles);
  }

  /** The deadlines of stage 2 and the children that became overdue meanwhile, smallest turn first. */
  #closeDue(due: readonly Deadline[]): void {
    const waiting = [...due];
    for (;;) {
      const next = [...waiting, ...this.#overdue.map((candles) => ({ ...turnOfCandles(candles), name: 'close', candles }))].sort(
        compareTurns,
      )[0];
      if (next === undefined) return;
      if ('candles' in next) {
        this.#overdue = this.#overdue.filter((candles) => candles !== next.candles);
        this.#close(next.candles, 'deadline');
      } else {
        waiting.splice(waiting.indexOf(next), 1);
        if (this.#agenda.take(next)) next.fire();
      }
    }
  }

  #foldTick(instrument: InstrumentId, tick: Tick, jumped: boolean): void {
    const market = this.#instrument(instrument) as HeldInstrument;
    const feed = market.feeds.find(({ source }) => source === tick.source) as Feed;
    const primary = isPrimary(feed);
    const family = this.#candlesOf(feed); // timeframes rising
    if (tick.kind === 'trade') {
      const [price, lots] = tick.values as [number, number];
      for (const candles of family) {
        if (this.#takeOverdue(candles)) this.#close(candles, 'deadline');
        if (candles.open !== null && tick.venueTime >= candles.open.end) this.#close(candles, 'tick');
      }
      for (const candles of family) if (candles.parent === null) this.#foldTrade(candles, tick.venueTime, price, lots, jumped);
      if (primary) send(market.actor, { type: 'Traded', price });
    }
    if (tick.kind === 'bar') {
      for (const candles of family) {
        if (this.#takeOverdue(candles)) this.#close(candles, 'deadline');
        if (candles.timeframeUs === tick.timeframeUs) this.#takeBar(candles, tick, jumped);
      }
      if (primary) send(market.actor, { type: 'Traded', price: tick.values[3] });
    }
    if (tick.kind === 'quote' && primary) send(market.actor, { type: 'Quoted', bid: tick.values[0], ask: tick.values[2] });
  }

  #takeOverdue(candles: Candles): boolean {
    const was = this.#overdue.includes(candles);
    this.#overdue = this.#overdue.filter((one) => one !== candles);
    return was;
  }

  #foldTrade(candles: Candles, venueTime: number, price: number, lots: number, jumped: boolean): void {
    const { open } = candles;
    if (open !== null && open.start <= venueTime && venueTime < open.end) {
      candles.open = folded(open, price, lots);
      return;
    }
    if (open === null && (candles.lastEnd === null || venueTime >= candles.lastEnd)) {
      const { start, end } = intervalOf(venueTime, candles.timeframeUs);
      if (end + this.#latenessOf(candles) <= this.#at) {
        this.#tooLate(candles, venueTime);
        return;
      }
      this.#open(candles, opened(start, end, price, lots, !jumped));
      return;
    }
    const grace = candles.graces.find(({ candle }) => candle.start <= venueTime && venueTime < candle.end);
    if (grace === undefined) {
      this.#tooLate(candles, venueTime);
      return;
    }
    grace.candle = amended(grace.candle, price, lots);
    grace.version += 1;
    const { start, end, open: first, high, low, close, volume, trades } = grace.candle;
    this.#decide('CandleAmended', {
      ...namesOf(candles),
      start,
      end,
      version: grace.version,
      open: first,
      high,
      low,
      close,
      volume,
      trades,
    });
  }

  #tooLate(candles: Candles, venueTime: number): void {
    const { instrument, source } = namesOf(candles);
    this.#decide('TickTooLate', { instrument, source, venueTime: venueTime as TimeUs, count: 1 });
  }

  /** A candle opens. One whose deadline would not lie after now (a child's only) closes in its own turn of this stage. */
  #open(candles: Candles, candle: Candle): void {
    candles.open = candle;
    this.#tellCandles(candles, { type: 'Formed' });
    const due = candle.end + this.#latenessOf(candles);
    if (due > this.#at) this.#armClose(candles, due);
    else {
      this.#agenda.disarm(candles.key, 'close');
      this.#overdue.push(candles);
    }
    this.#noteFormed(candles, candle);
  }

  #armClose(candles: Candles, due: number): void {
    this.#arm(due, 2, turnOfCandles(candles), 'close', () => this.#closeDeadline(candles));
  }

  #closeDeadline(candles: Candles): void {
    if (candles.open !== null) {
      this.#close(candles, 'deadline');
      return;
    }
    const spec = this.#specOfCandles(candles);
    if (spec.fillFlat && candles.lastClose !== null && candles.lastEnd !== null) {
      const end = candles.lastEnd + candles.timeframeUs;
      if (inSession(definitionOf(candles.market).calendar, end - 1)) {
        this.#closed(candles, flat(candles.lastEnd, end, candles.lastClose), 'deadline');
        return;
      }
    }
    this.#tellCandles(candles, { type: 'Emptied' });
  }

  #close(candles: Candles, by: 'deadline' | 'tick' | 'redefined'): void {
    const candle = candles.open;
    assert(candle !== null, `${candles.key} closes without an open candle`);
    candles.open = null;
    this.#agenda.disarm(candles.key, 'close');
    this.#closed(candles, candle, by);
  }

  #takeBar(candles: Candles, tick: Tick, jumped: boolean): void {
    const start = tick.venueTime;
    if (candles.lastEnd !== null && start < candles.lastEnd) {
      this.#tooLate(candles, start);
      return;
    }
    const [open, high, low, close, volume] = tick.values as [number, number, number, number, number];
    const end = start + candles.timeframeUs;
    const candle: Candle = { start: start as TimeUs, end: end as TimeUs, open, high, low, close, volume, trades: 0, complete: !jumped };
    this.#closed(candles, candle, 'bar');
  }

  /** Every close, whatever closed it. */
  #closed(candles: Candles, candle: Candle, by: 'deadline' | 'tick' | 'bar' | 'redefined'): void {
    candles.lastEnd = candle.end;
    candles.lastClose = candle.close;
    this.#decide('CandleClosed', { ...namesOf(candles), ...candle, by });
    if (by !== 'redefined') {
      this.#noteClosed(candles, candle);
      const feed = candles.market.feeds.find(({ source }) => source === candles.source) as Feed;
      if (isPrimary(feed)) this.#closedPrimary.push(definitionOf(candles.market).id);
    }

    for (const child of [...candles.children].sort((a, b) => a.timeframeUs - b.timeframeUs)) {
      if (child.open === null) {
        const { start, end } = intervalOf(candle.start, child.timeframeUs);
        if (child.lastEnd !== null && start < child.lastEnd) {
          this.#decide('TickTooLate', {
            instrument: definitionOf(child.market).id,
            source: child.source,
            venueTime: candle.start,
            count: 0,
          });
          continue;
        }
        this.#open(child, { ...candle, start: start as TimeUs, end: end as TimeUs });
      } else {
        child.open = merged(child.open, candle);
      }
    }

    if (by === 'redefined') {
      this.#tellCandles(candles, { type: 'Emptied' });
      return;
    }
    if (by === 'bar') {
      this.#tellCandles(candles, { type: 'Formed' });
      return;
    }

    const spec = this.#specOfCandles(candles);
    if (spec.graceUs > 0 && candles.parent === null) {
      const grace: Grace = { candle, version: 1 };
      candles.graces.push(grace);
      this.#arm(candle.end + spec.latenessUs + spec.graceUs, 2, turnOfCandles(candles), `grace@${candle.end}`, () =>
        this.#graceOver(candles, grace),
      );
      this.#tellCandles(candles, { type: 'ClosedIntoGrace' });
    } else {
      this.#tellCandles(candles, { type: 'Mended' });
    }
    const next = candle.end + candles.timeframeUs + spec.latenessUs;
    if (next > this.#at) this.#armClose(candles, next);
    else this.#tellCandles(candles, { type: 'Emptied' });
  }

  #graceOver(candles: Candles, grace: Grace): void {
    candles.graces = candles.graces.filter((one) => one !== grace);
    if (candles.graces.length === 0) this.#tellCandles(candles, { type: 'GraceOver', open: candles.open !== null });
  }

  #tellCandles(candles: Candles, event: CandlesEvent): void {
    const from = candles.actor.getSnapshot().value;
    send(candles.actor, event);
    const to = candles.actor.getSnapshot().value;
    if (from !== to) this.#decide('CandlesMoved', { ...namesOf(candles), from, to, why: event.type, numbers: [] });
  }

  // ── What strategies note of candles and trades (12.3, 12.6) ──────────────────────────────────────────────────────────────────

  /** The first candle of an interval formed: a strategy with several subscriptions waits no longer than its own deadline. */
  #noteFormed(candles: Candles, candle: Candle): void {
    for (const strategy of this.#strategies) {
      if (strategy.subscriptions.length < 2 || !strategy.subscriptions.some((one) => subscribes(one, candles))) continue;
      if (candle.end % intervalUs(strategy) !== 0) continue;
      if (strategy.wokenFor !== null && candle.end <= strategy.wokenFor) continue;
      if (strategy.pending.some(({ end }) => end === candle.end)) continue;
      this.#begin(strategy, candle.end);
    }
  }

  /** An interval begins: with several subscriptions it is not waited for longer than its deadline, if that is still to come. */
  #begin(strategy: Deployed, end: number): Pending {
    const pending: Pending = { end, bars: strategy.subscriptions.map(() => null) };
    strategy.pending = [...strategy.pending, pending].sort((a, b) => a.end - b.end);
    if (strategy.subscriptions.length < 2) return pending;
    const specs = strategy.subscriptions.map((one) => this.#specOfSource(one.instrument, one.source));
    const lateness = Math.max(...specs.map(({ latenessUs }) => latenessUs));
    const grace = Math.max(...specs.map(({ graceUs }) => graceUs));
    const due = end + lateness + grace;
    if (due > this.#at) this.#arm(due, 5, turnOfStrategy(strategy), `wake@${end}`, () => this.#wakeWithAbsent(strategy, end));
    return pending;
  }

  #noteClosed(candles: Candles, candle: Candle): void {
    for (const strategy of this.#strategies) {
      const which = strategy.subscriptions.flatMap((one, i) => (subscribes(one, candles) ? [i] : []));
      if (which.length === 0) continue;
      for (const i of which) strategy.newest[i] = candle;
      if (candle.end % intervalUs(strategy) !== 0) continue;
      let pending = strategy.pending.find(({ end }) => end === candle.end);
      if (pending === undefined) {
        if (strategy.wokenFor !== null && candle.end <= strategy.wokenFor) continue;
        pending = this.#begin(strategy, candle.end);
      }
      for (const i of which) pending.bars[i] = candle;
      if (absentOf(strategy, pending) === 0) this.#complete(strategy, pending);
    }
  }

  #wakeWithAbsent(strategy: Deployed, end: number): void {
    const pending = strategy.pending.find((one) => one.end === end);
    assert(pending !== undefined, `${strategy.id} has no interval that ends at ${end}`);
    this.#complete(strategy, pending);
  }

  /** Older intervals begun and not woken for come first, with what they have. */
  #complete(strategy: Deployed, pending: Pending): void {
    for (const older of strategy.pending.filter(({ end }) => end < pending.end)) this.#wakeFor(strategy, older);
    this.#wakeFor(strategy, pending);
  }

  #wakeFor(strategy: Deployed, pending: Pending): void {
    strategy.pending = strategy.pending.filter((one) => one !== pending);
    this.#agenda.disarm(`strategy:${strategy.id}`, `wake@${pending.end}`);
    strategy.wokenFor = Math.max(strategy.wokenFor ?? 0, pending.end);
    if (pending.bars.every((bar) => bar === null)) return;
    strategy.notes.bars.push({ end: pending.end, bars: pending.bars, absent: absentOf(strategy, pending) });
  }

  #noteLevels(instrument: InstrumentId, price: number): void {
    for (const strategy of this.#strategies) {
      const hit = strategy.watches.filter(
        (watch) =>
          watch.instrument === instrument &&
          ((watch.above !== null && price >= watch.above) || (watch.below !== null && price <= watch.below)),
      );
      if (hit.length === 0) continue;
      strategy.watches = strategy.watches.filter((watch) => !hit.includes(watch));
      for (const watch of hit) strategy.notes.levels.push({ type: 'level', instrument: watch.instrument, price });
    }
  }

  // ── Marks: stage 3 (12.4) ────────────────────────────────────────────────────────────────────────────────────────────────────

  #referenceOf(instrument: InstrumentId): number | null {
    const market = this.#instrument(instrument);
    if (market === null) return null;
    const { last, bid, ask } = market.actor.getSnapshot().context;
    if (last !== null) return last;
    return bid !== null && ask !== null ? Math.floor((bid + ask) / 2) : null;
  }

  /** Cash of all its strategies and of its own, plus every (strategy, instrument) at its reference, each rounded once. */
  #accountEquity(account: AccountId): bigint {
    let equity = 0n;
    for (const balance of this.#balances) if (balance.account === account && balance.book === 'cash') equity += balance.amount;
    for (const holding of this.#holdings) if (holding.account === account) equity += this.#worthOf(holding);
    return equity;
  }

  #strategyEquity(strategy: Deployed): bigint {
    let equity = this.#strategyCash(strategy);
    for (const holding of this.#holdings) if (holding.strategy === strategy.id) equity += this.#worthOf(holding);
    return equity;
  }

  #strategyCash(strategy: Deployed): bigint {
    let cash = 0n;
    for (const balance of this.#balances) if (balance.strategy === strategy.id && balance.book === 'cash') cash += balance.amount;
    return cash;
  }

  #worthOf(holding: Holding): bigint {
    if (holding.lots === 0) return 0n;
    return minorWorth(this.#definition(holding.instrument), holding.lots, this.#referenceOf(holding.instrument) ?? holding.lastPrice);
  }

  #markAccount(account: Account, why: 'fill' | 'borrow' | 'funding' | null): void {
    const equity = this.#accountEquity(account.spec.id);
    const limits = [this.#limitsOf('global', '*'), this.#limitsOf('account', account.spec.id)];
    this.#mark(account, equity, limits, this.#gate('account', account.spec.id), account.spec.id, '', why);
  }

  #markStrategy(strategy: Deployed): void {
    const equity = this.#strategyEquity(strategy);
    const limits = [this.#limitsOf('strategy', strategy.id)];
    this.#mark(strategy, equity, limits, this.#gate('strategy', strategy.id), strategy.account, `:${strategy.id}`, null);
  }

  #mark(book: Book, equity: bigint, limits: readonly Limits[], gate: Gate, account: AccountId, suffix: string, why: string | null): void {
    if (equity > book.peak) book.peak = equity;
    const drawdown = book.peak - equity;
    if (drawdown > book.maxDrawdown) book.maxDrawdown = drawdown;
    const dayLoss = book.dayStart - equity;
    const say = (text: string): void => {
      this.#decide('EquityMarked', {
        account,
        equity: equity as Minor,
        peak: book.peak as Minor,
        drawdown: drawdown as Minor,
        dayLoss: dayLoss as Minor,
        why: text,
      });
    };
    if (why !== null) say(why);
    const hard = tightest(limits.map(({ hardDailyLoss }) => hardDailyLoss));
    const deep = tightest(limits.map(({ maxDrawdown }) => maxDrawdown));
    const soft = tightest(limits.map(({ softDailyLoss }) => softDailyLoss));
    const breached: GateCause[] = [];
    if (hard !== null && dayLoss >= hard) breached.push('hard-limit');
    if (deep !== null && drawdown >= deep) breached.push('drawdown');
    if (soft !== null && dayLoss >= soft) breached.push('soft-limit');
    for (const cause of LIMIT_CAUSES) {
      if (!breached.includes(cause) || hasReason(gate, cause, 'day')) continue;
      say(`${cause}${suffix}`);
      this.#tellGate(gate, { type: 'Restricted', cause, of: 'day' });
    }
  }

  #markCloses(): void {
    const closed = this.#closedPrimary;
    this.#closedPrimary = [];
    for (const instrument of closed) {
      for (const account of this.#accounts) {
        if (!this.#holdings.some((one) => one.account === account.spec.id && one.instrument === instrument && one.lots !== 0)) continue;
        this.#markAccount(account, null);
        for (const strategy of this.#strategies) if (strategy.account === account.spec.id) this.#markStrategy(strategy);
      }
    }
  }

  /** The next whole second after now at which a book could be marked, or +∞. */
  #nextSecond(): number {
    const wanted = this.#accounts.some((account) => this.#secondBooks(account).length > 0);
    return wanted ? Math.floor(this.#at / SECOND_US) * SECOND_US + SECOND_US : Number.POSITIVE_INFINITY;
  }

  /** The books of an account that have one of the three limits set and a position open: the account first. */
  #secondBooks(account: Account): (Account | Deployed)[] {
    const limited = (limits: Limits): boolean =>
      limits.softDailyLoss !== null || limits.hardDailyLoss !== null || limits.maxDrawdown !== null;
    const books: (Account | Deployed)[] = [];
    const held = this.#holdings.filter((one) => one.account === account.spec.id && one.lots !== 0);
    if (held.length > 0 && (limited(this.#limitsOf('global', '*')) || limited(this.#limitsOf('account', account.spec.id))))
      books.push(account);
    for (const strategy of this.#strategies) {
      if (strategy.account !== account.spec.id || !limited(this.#limitsOf('strategy', strategy.id))) continue;
      if (held.some((one) => one.strategy === strategy.id)) books.push(strategy);
    }
    return books;
  }

  #markSecond(): void {
    for (const account of this.#accounts) {
      if (!inSession(account.spec.calendar, this.#at)) continue;
      for (const book of this.#secondBooks(account)) {
        if ('spec' in book) this.#markAccount(book, null);
        else this.#markStrategy(book);
      }
    }
  }

  /** Armed while a daily limit is set for the account, for all, or for one of its strategies; left alone while it stands. */
  #armDays(): void {
    for (const account of this.#accounts) {
      const key = `account:${account.spec.id}`;
      const daily = (scope: Scope, of: string): boolean => {
        const limits = this.#limitsOf(scope, of);
        return limits.softDailyLoss !== null || limits.hardDailyLoss !== null;
      };
      const wanted =
        daily('global', '*') ||
        daily('account', account.spec.id) ||
        this.#strategies.some((strategy) => strategy.account === account.spec.id && daily('strategy', strategy.id));
      if (!wanted) this.#agenda.disarm(key, 'day');
      else if (this.#agenda.dueOf(key, 'day') === null) {
        const open = nextOpen(account.spec.calendar, this.#at);
        account.dayStart = this.#accountEquity(account.spec.id);
        for (const strategy of this.#strategies.filter((one) => one.account === account.spec.id))
          strategy.dayStart = this.#strategyEquity(strategy);
        if (open !== null) this.#arm(open, 3, { timeframe: 0, index: -1, actor: key }, 'day', () => this.#dayStarts(account));
      }
    }
  }

  /** Charged for what is held: at a time of each day where the terms say so, and at each instant of their table. */
  #armBorrow(account: Account): void {
    const key = `account:${account.spec.id}`;
    const { borrow } = account.spec.pure ?? {};
    this.#agenda.disarm(key, 'borrow');
    if (borrow === undefined) return;
    let due = this.#at - (this.#at % DAY_US) + borrow.timeOfDayUs;
    if (due <= this.#at) due += DAY_US;
    this.#arm(due, 3, { timeframe: 0, index: -1, actor: key }, 'borrow', () => {
      this.#charge(account, 'borrow', ({ lots }) => (lots < 0 ? borrow.rate : 0));
      this.#armBorrow(account);
    });
  }

  #armFunding(account: Account): void {
    const key = `account:${account.spec.id}`;
    const { funding = [] } = account.spec.pure ?? {};
    const next = funding.find(({ at }) => at > this.#at);
    this.#agenda.disarm(key, 'funding');
    if (next === undefined) return;
    const rows = funding.filter(({ at }) => at === next.at);
    this.#arm(next.at, 3, { timeframe: 0, index: -1, actor: key }, 'funding', () => {
      this.#charge(account, 'funding', (held) => rows.find(({ instrument }) => instrument === held.instrument)?.rate ?? 0);
      this.#armFunding(account);
    });
  }

  #charge(account: Account, why: 'borrow' | 'funding', rateOf: (held: Holding) => number): void {
    const { id, currency } = account.spec;
    const charged = new Set<Deployed>();
    for (const strategy of this.#strategies)
      for (const market of this.#instruments) {
        const held = this.#holding(id, strategy.id, definitionOf(market).id);
        if (held === null || held.lots === 0) continue;
        const rate = rateOf(held);
        const amount = chargeOf(why, this.#worthOf(held), rate);
        if (amount === 0n) continue;
        charged.add(strategy);
        const of = { account: id, strategy: strategy.id, instrument: held.instrument };
        const price = this.#referenceOf(held.instrument) ?? held.lastPrice;
        this.#decide('PositionCharged', { ...of, why, lots: held.lots, price, rate, amount: amount as Minor });
        this.#post({ ...of, currency, book: 'cash', amount: -amount, why });
        this.#post({ ...of, currency, book: why, amount, why });
      }
    if (charged.size === 0) return;
    this.#markAccount(account, why);
    for (const strategy of charged) this.#markStrategy(strategy);
  }

  #dayStarts(account: Account): void {
    const strategies = this.#strategies.filter((strategy) => strategy.account === account.spec.id);
    account.dayStart = this.#accountEquity(account.spec.id);
    for (const strategy of strategies) strategy.dayStart = this.#strategyEquity(strategy);
    const gates = [this.#gate('account', account.spec.id), ...strategies.map((strategy) => this.#gate('strategy', strategy.id))];
    for (const gate of gates) {
      if (hasReason(gate, 'soft-limit', 'day')) this.#tellGate(gate, { type: 'Cleared', cause: 'soft-limit', of: 'day' });
    }
    this.#armDays();
  }

  // ── Gates (12.8) ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #createGate(scope: Scope, of: string): Gate {
    const gate: Gate = { scope, of, actor: start(gateMachine), changedAt: 0 };
    this.#gates.push(gate);
    return gate;
  }

  #createOpenGate(scope: Scope, of: string): void {
    const gate = this.#createGate(scope, of);
    for (const type of ['Booted', 'Recovered', 'Reconciled', 'Armed'] as const) this.#tellGate(gate, { type });
  }

  #findGate(scope: Scope, of: string): Gate | null {
    return this.#gates.find((gate) => gate.scope === scope && gate.of === of) ?? null;
  }

  #gate(scope: Scope, of: string): Gate {
    const gate = this.#findGate(scope, of);
    assert(gate !== null, `no gate ${scope}:${of}`);
    return gate;
  }

  /** True when it moved. */
  #tellGate(gate: Gate, event: GateEvent): boolean {
    const from = gate.actor.getSnapshot().value;
    send(gate.actor, event);
    const { value: to, context } = gate.actor.getSnapshot();
    if (from === to) return false;
    gate.changedAt = this.#cause;
    const why = event.type === 'Restricted' || event.type === 'Cleared' ? `${event.type}:${event.cause}` : event.type;
    const reasons = context.reasons.map((reason) => `${reason.cause}:${reason.of}`);
    this.#decide('GateMoved', { scope: gate.scope, of: gate.of, from, to, why, reasons, numbers: [] });
    if (to === 'HALTED' || to === 'KILLED') this.#haltedScopes.push({ gate, why: `${gate.scope} ${to}` });
    return true;
  }

  // ── Orders and the pure venue: stage 4 (12.5) ────────────────────────────────────────────────────────────────────────────────

  #stateOf(order: Order): OrderState {
    return order.actor.getSnapshot().value;
  }

  #isWorking(order: Order): boolean {
    return !ORDER_ENDS.includes(this.#stateOf(order));
  }

  #remainingOf(order: Order): number {
    const { lots, filled } = order.actor.getSnapshot().context;
    return Math.max(0, lots - filled);
  }

  /** At the worst: a replacement that is not answered yet may have been taken. */
  #worstOf(order: Order): number {
    const { lots, wanted, filled } = order.actor.getSnapshot().context;
    return Math.max(0, Math.max(lots, wanted ?? 0, order.askedLots ?? 0) - filled);
  }

  /** An event to an order's machine, and what follows from a changed state. True when it moved. */
  #tellOrder(order: Order, event: OrderEvent): boolean {
    const from = this.#stateOf(order);
    const { cancelWanted } = order.actor.getSnapshot().context;
    send(order.actor, event);
    const to = this.#stateOf(order);
    if (from === to) return false;
    order.changedAt = this.#cause;
    const { filled } = order.actor.getSnapshot().context;
    this.#decide('OrderMoved', { ...partiesOf(order), from, to, why: event.type, filled, remaining: this.#remainingOf(order) });
    const key = `order:${order.id}`;
    const gates = [this.#gate('account', order.account), this.#gate('instrument', order.instrument)];
    if (from === 'UNKNOWN') {
      this.#agenda.disarm(key, 'unknown');
      for (const gate of gates) {
        if (hasReason(gate, 'order-unknown', order.id)) this.#tellGate(gate, { type: 'Cleared', cause: 'order-unknown', of: order.id });
      }
    }
    if (to === 'UNKNOWN') {
      this.#arm(this.#at + UNKNOWN_AFTER_US, 4, this.#turnOfOrder(order, key), 'unknown', () => {
        for (const gate of gates) this.#tellGate(gate, { type: 'Restricted', cause: 'order-unknown', of: order.id });
      });
    }
    if (ORDER_ENDS.includes(to)) {
      this.#arm(this.#at + DAY_US, 4, this.#turnOfOrder(order, key), 'retire', () => this.#retire(order));
    }
    if (to === 'LIVE' && order.owed > 0 && event.type !== 'ReplaceRejected') this.#linking.push({ shrink: order });
    this.#noteProtection(order, from, event, cancelWanted);
    const unheard = from === 'SENDING' || from === 'UNKNOWN';
    if (unheard && to === 'CANCEL_PENDING') this.#requestCancel(order, 'cancel wanted before');
    return true;
  }

  #turnOfOrder(order: Order, actor: string): { timeframe: number; index: number; actor: string } {
    return { timeframe: 0, index: this.#market(order.instrument).index, actor };
  }

  #retire(order: Order): void {
    this.#decide('OrderRetired', partiesOf(order));
    const { outside } = this.#account(order.account);
    if (outside !== null) for (const fill of order.fills) keep(outside.foreignFills, `${order.instrument}|${fill}`);
    this.#orders = this.#orders.filter((one) => one !== order);
    for (const name of ['receive', 'cancel', 'replace', 'expire']) this.#agenda.disarm(`venue:${order.id}`, name);
    this.#retired.push(order.id);
    this.#retired.sort(compareAddresses);
  }

  #request(
    order: Order,
    action: 'send' | 'cancel' | 'replace',
    why: string,
    values: { lots: number | null; limit: number | null; stop: number | null },
  ): void {
    const { spec, outside } = this.#account(order.account);
    const window = outside === null ? PURE_SEND_WINDOW_US : (spec.outside ?? OUTSIDE_STANDARD).sendWindowUs;
    const validUntil = (this.#at + window) as TimeUs;
    const address = this.#decide('OrderRequested', {
      ...partiesOf(order),
      clientId: order.clientId,
      action,
      validUntil,
      why,
      ...values,
    });
    if (action === 'send') order.requestAddress = address;
    else if (action === 'cancel') order.cancelAddress = address;
    else order.replaceAddress = address;
  }

  #armVenue(order: Order, name: string, due: number, fire: () => void): void {
    this.#arm(due, 4, this.#turnOfOrder(order, `venue:${order.id}`), name, fire);
  }

  #latencyOf(order: Order): number {
    const { pure } = this.#account(order.account).spec;
    assert(pure !== null, `${order.account} has no pure venue`);
    return requestTakes(pure, order.id, this.#at);
  }

  #requestCancel(order: Order, why: string): void {
    this.#request(order, 'cancel', why, { lots: null, limit: null, stop: null });
    const { venue } = order;
    if (venue === null) return;
    this.#armVenue(order, 'cancel', this.#at + this.#latencyOf(order), () => {
      if (venue.working) this.#leaveVenue(order, { kind: 'Cancelled' });
      else this.#venueSays(order, { kind: 'CancelRejected', reason: 'not working' });
    });
  }

  #requestReplace(order: Order, to: { lots: number; limit: number | null; stop: number | null }, why: string): void {
    this.#request(order, 'replace', why, to);
    const { venue } = order;
    if (venue === null) return;
    venue.replace = to;
    this.#armVenue(order, 'replace', this.#at + this.#latencyOf(order), () => {
      venue.replace = null;
      if (!venue.working) return this.#venueSays(order, { kind: 'ReplaceRejected', reason: 'not working' });
      if (to.lots <= venue.filled) return this.#venueSays(order, { kind: 'ReplaceRejected', reason: 'filled' });
      if (order.terms.postOnly && to.limit !== venue.limit && this.#wouldTake(order, to.limit as number))
        return this.#venueSays(order, { kind: 'ReplaceRejected', reason: 'would take' });
      const isTrailing = order.type === 'trailing';
      const kept = to.limit === venue.limit && (isTrailing || to.stop === venue.stop) && to.lots <= venue.lots;
      if (!kept) {
        venue.arrival = this.#at;
        venue.fresh = true;
      }
      venue.lots = to.lots;
      venue.limit = to.limit;
      if (!isTrailing) venue.stop = to.stop;
      this.#venueSays(order, { kind: 'Replaced', lots: to.lots, limit: to.limit, stop: to.stop });
    });
  }

  #requestSend(order: Order, why: string): void {
    this.#request(order, 'send', why, { lots: order.lots, limit: order.limit, stop: order.stop });
    if (order.venue === null) return;
    this.#armVenue(order, 'receive', this.#at + this.#latencyOf(order), () => this.#receive(order));
  }

  #receive(order: Order): void {
    const venue = order.venue as VenueOrder;
    const { pure } = this.#account(order.account).spec;
    const most = pure?.rejectAboveLots ?? null;
    if (most !== null && order.lots > most) {
      this.#venueSays(order, { kind: 'Rejected', reason: 'too many lots' });
      return;
    }
    if (this.#definition(order.instrument).version !== order.version) {
      this.#venueSays(order, { kind: 'Rejected', reason: 'instrument changed' });
      return;
    }
    if (order.terms.postOnly && this.#wouldTake(order, order.limit as number)) {
      this.#venueSays(order, { kind: 'Rejected', reason: 'would take' });
      return;
    }
    venue.working = true;
    venue.fresh = true;
    venue.arrival = this.#at;
    this.#venueSays(order, { kind: 'Acked' });
    if (order.expiresAt === null) return;
    if (order.expiresAt < this.#at) this.#leaveVenue(order, { kind: 'Expired' });
    else this.#armVenue(order, 'expire', order.expiresAt, () => this.#leaveVenue(order, { kind: 'Expired' }));
  }

  /** A limit that the quote, or where there is none the last price, would fill at once. */
  #wouldTake(order: Order, limit: number): boolean {
    const book = this.#walkedBook(order.account, order.instrument);
    if (book !== null) {
      const level = offered(book, order.side)[0];
      return level !== undefined && (order.side === 'buy' ? level.price <= limit : level.price >= limit);
    }
    const { last, bid, ask } = this.#market(order.instrument).actor.getSnapshot().context;
    if (order.side === 'buy') {
      const best = ask ?? last;
      return best !== null && best <= limit;
    }
    const wanted = bid ?? last;
    return wanted !== null && wanted >= limit;
  }

  /** The book that an account's takers walk, where it is known. */
  #walkedBook(account: AccountId, instrument: InstrumentId): LevelBook | null {
    const { book } = this.#market(instrument);
    return this.#account(account).spec.pure?.walk !== undefined && book?.known ? book : null;
  }

  /** Books are held as long as somebody walks them. */
  #holdBooks(): void {
    const isWalked = this.#accounts.some(({ spec }) => spec.pure?.walk !== undefined);
    for (const market of this.#instruments) market.book = isWalked ? (market.book ?? NO_BOOK) : null;
  }

  #loseBook(feed: Feed): void {
    const { market } = feed;
    if (market.book !== null && definitionOf(market).feeds[0].source === feed.source) market.book = lost(market.book);
  }

  /** The order rests no longer; its end is reported. */
  #leaveVenue(order: Order, report: VenueReport): void {
    (order.venue as VenueOrder).working = false;
    this.#agenda.disarm(`venue:${order.id}`, 'expire');
    this.#venueSays(order, report);
  }

  #venueSays(order: Order, report: VenueReport): void {
    this.#decide('VenueReported', { ...partiesOf(order), report });
    this.#report(order, report);
  }

  /** A report reaches the order: from outside or from the pure venue, the order cannot tell. */
  #report(order: Order, report: VenueReport): void {
    switch (report.kind) {
      case 'Filled':
        this.#filled(order, report);
        return;
      case 'Replaced': {
        const fewer = order.actor.getSnapshot().context.lots - report.lots;
        if (fewer > 0) order.owed = Math.max(0, order.owed - fewer);
        this.#tellOrder(order, { type: 'Replaced', lots: report.lots, limit: report.limit, stop: report.stop });
        return;
      }
      default:
        this.#tellOrder(order, { type: report.kind });
    }
  }

  #orderReported(record: InputOf<'OrderReported'>): void {
    const order = this.#orders.find(({ id }) => id === record.order);
    if (order !== undefined) {
      this.#report(order, record.report);
      this.#armUnprotected(this.#account(order.account));
      return;
    }
    this.#decide('ReconciliationNeeded', { account: 'none' as AccountId, why: 'report for an order not held', order: record.order });
  }

  #filled(order: Order, report: Extract<VenueReport, { kind: 'Filled' }>): void {
    const { outside } = this.#account(order.account);
    if (outside !== null) {
      if (order.fills.includes(report.fill) || outside.foreignFills.includes(`${order.instrument}|${report.fill}`)) {
        this.#decide('ReconciliationNeeded', { account: order.account, why: 'fill reported twice', order: order.id });
        return;
      }
      order.fills.push(report.fill);
    }
    const late = !this.#isWorking(order);
    this.#tellOrder(order, { type: 'Filled', lots: report.lots });

    const { account, strategy, instrument } = order;
    const { booked, post } = this.#book(account, strategy, instrument, order.side, report.lots, report.price, BigInt(report.fee));
    const fill = this.#decide('OrderFilled', {
      ...partiesOf(order),
      side: order.side,
      lots: report.lots,
      price: report.price,
      fee: BigInt(report.fee) as Minor,
      maker: report.maker,
      late,
      position: booked.lots,
      realised: booked.gain as Minor,
    });
    post();

    if (late) this.#decide('ReconciliationNeeded', { account, why: 'fill after end', order: order.id });

    this.#markAccount(this.#account(account), 'fill');
    const owner = this.#strategy(strategy);
    if (owner !== null) this.#markStrategy(owner);

    this.#checkExposure('account', account);
    this.#checkExposure('strategy', strategy);
    this.#checkExposure('instrument', instrument);
    if (strategy === NOBODY.strategy) this.#setOff(account, instrument, order.side, report.lots, report.price);

    this.#linkFill(order, report.lots, fill);

    if (owner?.code.wantsFills) {
      const { side } = order;
      const remaining = this.#remainingOf(order);
      owner.notes.fills.push({ type: 'fill', order: order.id, instrument, side, lots: report.lots, price: report.price, remaining });
    }
  }

  // ── Links (12.11) ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A fill takes its lots from the rest of its group; then what protects is cut to the position; then a bracket wants protection. */
  #linkFill(order: Order, lots: number, fill: string): void {
    order.owed = Math.min(order.owed, this.#remainingOf(order));
    for (const other of this.#orders) {
      if (other === order || !this.#isWorking(other) || groupOf(other) === null || groupOf(other) !== groupOf(order)) continue;
      this.#owe(other, other.owed + lots);
    }
    this.#cutToPosition(order, (one) => one.terms.protects !== null);
    if (order.terms.bracket !== null) this.#linking.push({ guard: order, filled: lots, fill });
  }

  /** Together these close no more than is held: who came first keeps most. One without a group stands alone. */
  #cutToPosition(of: { account: AccountId; strategy: StrategyId; instrument: InstrumentId }, isGuard: (order: Order) => boolean): void {
    const { account, strategy, instrument } = of;
    const position = this.#holding(account, strategy, instrument)?.lots ?? 0;
    const guards = this.#orders.filter((one) => {
      const isTheirs = one.account === account && one.strategy === strategy && one.instrument === instrument;
      return isTheirs && isGuard(one) && this.#isWorking(one);
    });
    const nameOf = (one: Order): string => groupOf(one) ?? `alone ${one.id}`;
    let covered = 0;
    for (const group of new Set(guards.map(nameOf))) {
      const members = guards.filter((one) => nameOf(one) === group);
      const largest = Math.max(...members.map((one) => this.#remainingOf(one) - one.owed));
      const allowed = Math.min(largest, Math.abs(position) - covered);
      covered += allowed;
      for (const one of members) {
        const isAgainst = position > 0 ? one.side === 'sell' : position < 0 && one.side === 'buy';
        const most = isAgainst ? allowed : 0;
        const remaining = this.#remainingOf(one);
        if (remaining - one.owed > most) this.#owe(one, remaining - most);
      }
    }
  }

  #owe(order: Order, lots: number): void {
    order.owed = Math.min(lots, this.#remainingOf(order));
    this.#linking.push({ shrink: order });
  }

  #shrink(order: Order): void {
    const { lots, limit, stop } = order.actor.getSnapshot().context;
    if (!this.#isWorking(order) || order.owed === 0) return;
    if (order.owed >= this.#remainingOf(order)) this.#doing.push({ do: 'cancel', order, why: 'linked' });
    else if (this.#stateOf(order) === 'LIVE' && order.askedLots === null) {
      order.askedLots = lots - order.owed;
      this.#doing.push({ do: 'replace', order, lots: lots - order.owed, limit, stop, why: 'linked' });
    }
  }

  #guard(entry: Order, filled: number, fill: string): void {
    const { account, strategy, instrument, side } = entry;
    const { stop, target } = entry.terms.bracket as NonNullable<OrderTerms['bracket']>;
    const position = this.#holding(account, strategy, instrument)?.lots ?? 0;
    const opened = side === 'buy' ? Math.max(0, position) : Math.max(0, -position);
    const guarded = this.#guarded.filter(({ order }) => order === entry).reduce((sum, one) => sum + one.lots, 0);
    const lots = Math.max(0, Math.min(filled, opened - guarded));
    if (lots === 0) return;
    this.#guarded.push({ order: entry, lots });
    const asked = {
      ...{ account, strategy, instrument, side: side === 'buy' ? ('sell' as const) : ('buy' as const), lots },
      ...{ expiresAt: null, terms: { ...termsSaid({}, null), protects: fill }, reduceOnly: true },
    };
    if (stop !== null && !this.#approveOrder({ ...asked, type: 'stop', limit: null, stop, why: 'bracket stop' })) {
      const text = `${strategy} ${instrument}: no stop protects the ${lots} lots of ${entry.id}`;
      this.#decide('Alerted', { severity: 'critical', topic: 'protection', text });
    }
    if (target !== null) this.#approveOrder({ ...asked, type: 'limit', limit: target, stop: null, why: 'bracket target' });
  }

  /** Changes what is held; `post` decides the postings of it. */
  #book(
    account: AccountId,
    strategy: StrategyId,
    instrument: InstrumentId,
    side: Side,
    lots: number,
    price: number,
    fee: bigint,
  ): { booked: Booked; post: () => void } {
    const definition = this.#definition(instrument);
    let holding = this.#holding(account, strategy, instrument);
    if (holding === null) {
      holding = { account, strategy, instrument, lots: 0, cost: 0n, lastPrice: price };
      this.#holdings.push(holding);
    }
    const booked = bookFill(definition, holding, side, lots, price);
    holding.lots = booked.lots;
    holding.cost = booked.cost;
    holding.lastPrice = price;
    const post = (): void => {
      const of = { account, strategy, instrument, currency: definition.currency };
      this.#post({ ...of, book: 'cash', amount: booked.cash, why: 'fill' });
      this.#post({ ...of, book: 'inventory', amount: booked.inventory, why: 'fill' });
      this.#post({ ...of, book: 'realised', amount: booked.realised, why: 'fill' });
      if (fee !== 0n) {
        this.#post({ ...of, book: 'cash', amount: -fee, why: 'fee' });
        this.#post({ ...of, book: 'fees', amount: fee, why: 'fee' });
      }
      this.#keepRounding(account, strategy, instrument, booked.atto);
    };
    return { booked, post };
  }

  #match(instrument: InstrumentId, tick: Tick): void {
    const market = this.#market(instrument);
    if (tick.source !== definitionOf(market).feeds[0].source) return;
    const fact = marketOf(tick);
    if (fact === null) {
      const [price, lots] = tick.values as [number, number];
      if (market.book !== null) market.book = changed(market.book, { flags: tick.flags, time: tick.venueTime, price, lots });
      return;
    }
    let k = 0;
    for (const account of this.#accounts) {
      const { pure } = account.spec;
      if (pure === null) continue;
      const examined = this.#orders.filter(
        (order) => order.account === account.spec.id && order.instrument === instrument && order.venue?.working,
      );
      const trails = examined.filter((order) => order.type === 'trailing' && !order.venue?.triggered);
      const after = new Map<Order, number>();
      for (const order of trails) {
        const venue = order.venue as VenueOrder;
        const stop = trailingStop({ side: order.side, stop: venue.stop, trail: order.terms.trail as number }, fact);
        venue.stop = stop.before;
        after.set(order, stop.after);
      }
      const { id } = account.spec;
      const book = (): LevelBook => market.book as LevelBook;
      const walked: Walked | null =
        fact.kind === 'bar' || this.#walkedBook(id, instrument) === null
          ? null
          : {
              left: (taker) =>
                offered(book(), taker).map((level) => ({
                  price: level.price,
                  lots: leftFor(book(), id, taker, level, pure.volumePermille ?? 1000),
                })),
              eat: (taker, price, lots) => {
                market.book = eaten(book(), { account: id, taker, price, lots });
              },
            };
      const reached = match(examined.map(restingOf), fact, pure, walked);
      for (const order of examined) (order.venue as VenueOrder).fresh = false;
      for (const { order: id, lots, price, maker } of reached) {
        const order = examined.find((one) => one.id === id) as Order;
        const venue = order.venue as VenueOrder;
        after.delete(order);
        if (order.type !== 'market' && order.type !== 'limit') venue.triggered = true;
        if (lots === 0) continue;
        venue.filled += lots;
        if (venue.filled >= venue.lots) {
          venue.working = false;
          this.#agenda.disarm(`venue:${order.id}`, 'expire');
        }
        const notional = minorWorth(definitionOf(market), lots, price);
        const tier = this.#tierOfFill(account, notional);
        const { makerFee, takerFee } = ratesAt(pure, tier);
        const fee = feeOf(notional, maker ? makerFee : takerFee);
        this.#venueSays(order, { kind: 'Filled', fill: `${this.#cause}.${k}`, lots, price, fee: String(fee), maker });
        k += 1;
      }
      for (const [order, stop] of after) (order.venue as VenueOrder).stop = stop;
      for (const order of examined) {
        if (order.terms.timeInForce !== 'IOC' && order.terms.timeInForce !== 'FOK') continue;
        if (order.venue?.working) this.#leaveVenue(order, { kind: 'Expired' });
      }
    }
  }

  /** The tier whose rates a fill pays; the fill itself counts from the next day on. */
  #tierOfFill(account: Account, notional: bigint): number {
    const { pure, id, currencyScale } = account.spec;
    if (pure?.feeTiers === undefined) return 0;
    const day = Math.floor(this.#at / DAY_US);
    const traded = tradedBefore(account.traded, day);
    const tier = tierAt(pure.feeTiers, traded, currencyScale);
    if (tier !== account.tier) this.#decide('FeeTierMoved', { account: id, from: account.tier, to: tier, traded: traded as Minor });
    account.tier = tier;
    const today = account.traded.find((one) => one.day === day);
    const worth = notional < 0n ? -notional : notional;
    if (today === undefined) account.traded.push({ day, worth });
    else today.worth += worth;
    account.traded = account.traded.filter((one) => day - one.day <= 30);
    return tier;
  }

  // ── Ledger (12.7) and exposure (12.8) ────────────────────────────────────────────────────────────────────────────────────────

  #post(posting: DecisionBody<'Posted'> | (Omit<DecisionBody<'Posted'>, 'amount'> & { amount: bigint })): void {
    if (posting.amount === 0n) return;
    const { account, strategy, instrument, currency, book, amount, why } = posting;
    this.#decide('Posted', { account, strategy, instrument, currency, book, amount: amount as Minor, why });
    const known = this.#balances.find(
      (one) =>
        one.account === account &&
        one.strategy === strategy &&
        one.instrument === instrument &&
        one.currency === currency &&
        one.book === book,
    );
    if (known === undefined) this.#balances.push({ account, strategy, instrument, currency, book, amount });
    else known.amount += amount;
  }

  #keepRounding(account: AccountId, strategy: StrategyId, instrument: InstrumentId, atto: bigint): void {
    if (atto === 0n) return;
    const known = this.#rounding.find((one) => one.account === account && one.strategy === strategy && one.instrument === instrument);
    if (known === undefined) this.#rounding.push({ account, strategy, instrument, atto });
    else known.atto += atto;
  }

  #accountPosition(account: AccountId, instrument: InstrumentId): number {
    let lots = 0;
    for (const holding of this.#holdings) if (holding.account === account && holding.instrument === instrument) lots += holding.lots;
    return lots;
  }

  #checkExposure(scope: Scope, of: string): void {
    if (scope === 'global') return;
    const gate = this.#findGate(scope, of);
    if (gate === null) return;
    const most = this.#limitsOf(scope, of).maxPositionLots;
    const positions: number[] = [];
    if (scope === 'account')
      for (const market of this.#instruments) positions.push(this.#accountPosition(of as AccountId, definitionOf(market).id));
    if (scope === 'strategy') for (const holding of this.#holdings) if (holding.strategy === of) positions.push(holding.lots);
    if (scope === 'instrument')
      for (const account of this.#accounts) positions.push(this.#accountPosition(account.spec.id, of as InstrumentId));
    const beyond = most !== null && positions.some((position) => Math.abs(position) > most);
    const known = hasReason(gate, 'limit-below-exposure', scope);
    if (beyond && !known) this.#tellGate(gate, { type: 'Restricted', cause: 'limit-below-exposure', of: scope });
    if (!beyond && known) this.#tellGate(gate, { type: 'Cleared', cause: 'limit-below-exposure', of: scope });
  }

  #limitsOf(scope: Scope, of: string): Limits {
    return this.#limits.find((one) => one.scope === scope && one.of === of)?.limits ?? NO_LIMITS;
  }

  // ── Strategies: stage 5 (12.6) ───────────────────────────────────────────────────────────────────────────────────────────────

  #wakeStrategies(): void {
    const byId = [...this.#strategies].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    for (const strategy of byId) {
      const { notes } = strategy;
      strategy.notes = noNotes();
      for (const { end, bars, absent } of notes.bars.sort((a, b) => a.end - b.end)) {
        this.#wake(strategy, { type: 'bars', end: end as TimeUs, bars }, end, absent);
      }
      for (const event of [...notes.fills, ...notes.levels, ...notes.signals, ...notes.alarms]) this.#wake(strategy, event, null, 0);
    }
  }

  #wake(strategy: Deployed, event: StrategyEvent, end: number | null, absent: number): void {
    const before = strategy.actor.getSnapshot().value as StrategyState;
    if (before === 'loading' || before === 'stopped' || before === 'faulted') return;
    const wake = this.#call(strategy, event);
    if (wake === null) return;
    const counts = before === 'running';
    this.#decide('StrategyWoke', {
      strategy: strategy.id,
      why: event.type,
      end: end as TimeUs | null,
      absent,
      conditions: wake.conditions,
      intents: counts ? wake.intents.length : 0,
    });
    if (before === 'warming' && event.type === 'bars') this.#countSeen(strategy);
    if (counts) for (const intent of wake.intents) this.#wanted.push({ strategy, intent });
  }

  /** Calls its code; null when it threw, which is answered here. */
  #call(strategy: Deployed, event: StrategyEvent): Wake | null {
    const wake: Wake = { conditions: [], intents: [] };
    try {
      strategy.code.decide(strategy.state, event, this.#viewOf(strategy), wake);
    } catch {
      this.#tellStrategy(strategy, { type: 'Faulted' });
      this.#tellGate(this.#gate('strategy', strategy.id), { type: 'Restricted', cause: 'faulted', of: strategy.id });
      this.#stoppedStrategies.push({ strategy: strategy.id, why: 'faulted' });
      return null;
    }
    return wake;
  }

  #countSeen(strategy: Deployed): void {
    strategy.seen += 1;
    if (strategy.seen >= strategy.code.warmup(strategy.parameters)) this.#tellStrategy(strategy, { type: 'Warmed' });
  }

  #tellStrategy(strategy: Deployed, event: StrategyLifeEvent): boolean {
    const from = strategy.actor.getSnapshot().value;
    send(strategy.actor, event);
    const to = strategy.actor.getSnapshot().value;
    if (from === to) return false;
    strategy.changedAt = this.#cause;
    this.#decide('StrategyMoved', { strategy: strategy.id, from, to, why: event.type });
    return true;
  }

  #viewOf(strategy: Deployed): StrategyView {
    const own = (instrument: InstrumentId): Order[] =>
      this.#orders.filter((order) => order.strategy === strategy.id && order.instrument === instrument && this.#isWorking(order));
    return {
      at: this.#at as TimeUs,
      position: (instrument) => this.#holding(strategy.account, strategy.id, instrument)?.lots ?? 0,
      working: (instrument) => own(instrument).reduce((sum, order) => sum + (order.side === 'buy' ? 1 : -1) * this.#remainingOf(order), 0),
      orders: (instrument) => own(instrument).map(({ id }) => id),
      price: (instrument) => this.#referenceOf(instrument),
      instrument: (instrument) => this.#instruments.map(definitionOf).find(({ id }) => id === instrument) ?? null,
      equity: () => this.#accountEquity(strategy.account) as Minor,
    };
  }

  // ── Approve: stage 6 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #approveWanted(): void {
    for (const id of this.#rearming.splice(0)) this.#armAgain(id);
    for (const asked of this.#flattening.splice(0)) if (!this.#approveOrder(asked, { flatten: true })) this.#unflattened.push(asked);
    this.#guarded = [];
    for (const link of this.#linking.splice(0)) {
      if ('shrink' in link) this.#shrink(link.shrink);
      else this.#guard(link.guard, link.filled, link.fill);
    }
    for (const { strategy, intent } of this.#wanted.splice(0)) {
      switch (intent.do) {
        case 'order': {
          const { instrument, side, type, lots, limit, stop, expiresAt, reduceOnly, why } = intent;
          const { account, id } = strategy;
          const terms = termsSaid(intent, expiresAt);
          this.#approveOrder({ account, strategy: id, instrument, side, type, lots, limit, stop, expiresAt, terms, reduceOnly, why });
          break;
        }
        case 'cancel': {
          const order = this.#ownOrder(strategy, intent.order);
          if (order !== null) this.#doing.push({ do: 'cancel', order, why: intent.why });
          break;
        }
        case 'replace': {
          const order = this.#ownOrder(strategy, intent.order);
          if (order === null || this.#stateOf(order) !== 'LIVE') break;
          this.#approveReplace(order, intent.lots, intent.limit, intent.stop, intent.why);
          break;
        }
        case 'watch': {
          const { instrument, above, below } = intent;
          strategy.watches = strategy.watches.filter((watch) => watch.instrument !== instrument);
          if (above !== null || below !== null) strategy.watches.push({ instrument, above, below });
          break;
        }
        case 'alarm':
          this.#arm(Math.max(intent.at, this.#at + 1000), 5, turnOfStrategy(strategy), 'alarm', () => {
            strategy.notes.alarms.push({ type: 'alarm', at: this.#at as TimeUs });
          });
          break;
        default:
          unreachable(intent);
      }
    }
  }

  #ownOrder(strategy: Deployed, id: OrderId): Order | null {
    return this.#orders.find((order) => order.id === id && order.strategy === strategy.id) ?? null;
  }

  /** True when it was approved. */
  #approveOrder(asked: OrderAsked, { flatten = false, rearms = 0 } = {}): boolean {
    const facts =
      this.#instrument(asked.instrument) === null
        ? null
        : this.#factsFor(asked, (order) => (flatten ? !order.flatten : isGroup(asked, order)), flatten);
    const approval = facts === null ? { approved: null, reducing: false, clauses: [] } : approve(asked, facts);
    if (approval.approved === null) {
      this.#refuse(asked, approval.clauses);
      return false;
    }
    const { account, strategy, instrument, side, type, lots, limit, stop, expiresAt, terms, why } = asked;
    const id = `${this.#cause}.${this.#index}` as OrderId;
    const clientId = this.#clientId(account, strategy, id);
    const { reducing, clauses } = approval;
    this.#decide('OrderApproved', {
      order: id,
      account,
      strategy,
      instrument,
      clientId,
      side,
      orderType: type,
      lots,
      limit,
      stop,
      expiresAt,
      reducing,
      why,
      clauses,
    });
    if (saysMore(terms)) this.#decide('OrderQualified', { order: id, account, strategy, instrument, ...terms });
    const pure = this.#account(account).outside === null;
    const order: Order = {
      id,
      account,
      strategy,
      instrument,
      version: this.#definition(instrument).version,
      side,
      type,
      lots,
      limit,
      stop,
      expiresAt,
      terms,
      reducing,
      clientId,
      actor: start(orderMachine, { lots, limit, stop }),
      requestAddress: null,
      cancelAddress: null,
      replaceAddress: null,
      owed: 0,
      fills: [],
      flatten,
      reduceOnly: asked.reduceOnly,
      askedLots: null,
      rearms,
      changedAt: this.#cause,
      venue: pure ? { replace: null, working: false, fresh: false, triggered: false, arrival: null, lots, filled: 0, limit, stop } : null,
    };
    this.#orders.push(order); // addresses only rise
    this.#remember(asked, reducing);
    this.#doing.push({ do: 'send', order, why });
    return true;
  }

  #refuse(asked: OrderAsked, clauses: DecisionBody<'OrderRefused'>['clauses']): void {
    const { account, strategy, instrument, side, type, lots, limit, stop, why } = asked;
    this.#decide('OrderRefused', { account, strategy, instrument, side, orderType: type, lots, limit, stop, why, clauses });
  }

  /** A replace is judged as a new order for what would remain, with the old one taken away. */
  #approveReplace(order: Order, lots: number, limit: number | null, stop: number | null, why: string): boolean {
    if (order.askedLots !== null) return false; // one change at a time
    const { account, strategy, instrument, side, type, expiresAt, terms } = order;
    const { filled } = order.actor.getSnapshot().context;
    const asked: OrderAsked = {
      account,
      strategy,
      instrument,
      side,
      type,
      lots: lots - filled,
      limit,
      stop,
      expiresAt,
      terms,
      reduceOnly: order.reduceOnly,
      why,
    };
    const approval = approve(
      asked,
      this.#factsFor(asked, (other) => other === order || isGroup(order, other)),
    );
    if (approval.approved === null) {
      this.#refuse(asked, approval.clauses);
      return false;
    }
    order.reducing = approval.reducing;
    order.askedLots = lots;
    this.#remember(asked, approval.reducing);
    this.#doing.push({ do: 'replace', order, lots, limit, stop, why });
    return true;
  }

  /** Appends to what the rate and duplicate clauses remember, dropping what no window of any limit reaches. */
  #remember(asked: OrderAsked, reducing: boolean): void {
    const account = this.#account(asked.account);
    const windows = this.#limits.map(({ limits }) => limits.duplicateUs ?? 0);
    const oldest = this.#at - Math.max(SECOND_US, ...windows);
    const { strategy, instrument, side, type, lots, limit, stop, terms } = asked;
    const of = terms.protects === null ? {} : { protects: terms.protects };
    account.recent = account.recent.filter(({ at }) => at > oldest);
    account.recent.push({ at: this.#at as TimeUs, strategy, instrument, side, type, lots, limit, stop, reducing, ...of });
  }

  #scopesOf(asked: OrderAsked): ScopeFacts[] {
    const scopes: [Scope, string][] = [
      ['global', '*'],
      ['account', asked.account],
      ['strategy', asked.strategy],
      ['instrument', asked.instrument],
    ];
    return scopes.map(([scope, of]) => ({
      scope,
      of,
      ...(scope === 'strategy' && of === NONE
        ? { gate: 'OPEN', limits: NO_LIMITS }
        : { gate: this.#gate(scope, of).actor.getSnapshot().value, limits: this.#limitsOf(scope, of) }),
    }));
  }

  #factsFor(asked: OrderAsked, gone: (order: Order) => boolean, flatten = false): ApprovalFacts {
    const { account, strategy, instrument } = asked;
    const held = this.#account(account);
    const owner = this.#strategy(strategy);
    const market = this.#market(instrument);
    const definition = definitionOf(market);
    const primary = primaryOf(market);
    const working = this.#orders.filter((order) => order.account === account && !gone(order) && this.#isWorking(order));
    const sum = (side: Side, own: boolean): number =>
      working
        .filter((order) => order.instrument === instrument && order.side === side && (!own || order.strategy === strategy))
        .reduce((lots, order, _, all) => {
          const group = groupOf(order);
          if (group === null) return lots + this.#worstOf(order);
          // one of a group fills: it counts once, as its largest
          const members = all.filter((one) => groupOf(one) === group);
          return members[0] === order ? lots + Math.max(...members.map((one) => this.#worstOf(one))) : lots;
        }, 0);
    return {
      now: this.#at as TimeUs,
      scopes: this.#scopesOf(asked).map((one) => (flatten && one.scope === 'strategy' ? { ...one, gate: 'OPEN' } : one)),
      reference: this.#referenceOf(instrument),
      newestTickAt: primary.tickAt as TimeUs | null,
      feedState: primary.actor.getSnapshot().value,
      accountPosition: this.#accountPosition(account, instrument),
      accountWorkingBuys: sum('buy', false),
      accountWorkingSells: sum('sell', false),
      strategyPosition: this.#holding(account, strategy, instrument)?.lots ?? 0,
      strategyWorkingBuys: sum('buy', true),
      strategyWorkingSells: sum('sell', true),
      accountDayLoss: (held.dayStart - this.#accountEquity(account)) as Minor,
      strategyDayLoss: (owner === null ? 0n : owner.dayStart - this.#strategyEquity(owner)) as Minor,
      recent: lookedThrough(held.recent),
      exposure: this.#exposureOf(account, working) as Minor,
      budget: held.budget as Minor | null,
      takes: held.outside === null ? null : (held.spec.outside?.takes ?? OUTSIDE_TAKES),
      notional: (lots, price) => minorWorth(definition, lots, price) as Minor,
    };
  }

  /** Everything held and working on the account, as money at risk. */
  #exposureOf(account: AccountId, working: readonly Order[]): bigint {
    let exposure = 0n;
    for (const { account: owner, instrument, lots, lastPrice } of this.#holdings) {
      if (owner !== account || lots === 0) continue;
      exposure += minorWorth(this.#definition(instrument), Math.abs(lots), this.#referenceOf(instrument) ?? lastPrice);
    }
    for (const order of working) {
      const { limit, stop } = order.actor.getSnapshot().context;
      const price = limit ?? stop ?? this.#referenceOf(order.instrument) ?? 0;
      exposure += minorWorth(this.#definition(order.instrument), this.#worstOf(order), price);
    }
    return exposure;
  }

  /** The first 26 characters of base32 (a–z2–7) of SHA-256 of `desk|account|strategy|order`. */
  #clientId(account: AccountId, strategy: StrategyId, order: OrderId): ClientOrderId {
    const digest = this.#digest.sha256(new TextEncoder().encode(`${this.#desk}|${account}|${strategy}|${order}`));
    let bits = '';
    for (const byte of digest) bits += byte.toString(2).padStart(8, '0');
    let text = '';
    for (let i = 0; i < 26; i += 1) text += 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(bits.slice(5 * i, 5 * i + 5), 2)];
    return text as ClientOrderId;
  }

  // ── Orders: stage 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #act(): void {
    const doing = this.#doing;
    this.#doing = [];
    for (const { order, why } of this.#forced()) this.#cancel(order, why);
    for (const one of doing) {
      switch (one.do) {
        case 'send':
          this.#tellOrder(one.order, { type: 'Sent' });
          this.#requestSend(one.order, one.why);
          break;
        case 'cancel':
          this.#cancel(one.order, one.why);
          break;
        case 'replace':
          one.order.askedLots = null;
          if (this.#stateOf(one.order) !== 'LIVE') break;
          this.#tellOrder(one.order, { type: 'ReplaceAsked', lots: one.lots });
          this.#requestReplace(one.order, { lots: one.lots, limit: one.limit, stop: one.stop }, one.why);
          break;
        default:
          unreachable(one);
      }
    }
  }

  /** Cancels the desk itself orders: scopes that were halted or killed, by address; then strategies as they stopped; accounts to flatten. */
  #forced(): { order: Order; why: string }[] {
    const found: { order: Order; why: string }[] = [];
    const add = (why: string, picks: (order: Order) => boolean): void => {
      for (const order of this.#orders) {
        if (this.#isWorking(order) && picks(order) && !found.some((one) => one.order === order)) found.push({ order, why });
      }
    };
    for (const { gate, why } of this.#haltedScopes) add(why, (order) => inScope(order, gate));
    found.sort((a, b) => compareAddresses(a.order.id, b.order.id));
    for (const { strategy, why } of this.#stoppedStrategies) add(why, (order) => order.strategy === strategy && !order.reducing);
    for (const { account, instruments } of this.#flattened) {
      const sending = new Set(this.#doing.map(({ order }) => order));
      add('flatten', (order) => {
        if (order.account !== account || !instruments.includes(order.instrument) || order.flatten) return false;
        const stays = (asked: OrderAsked): boolean =>
          asked.account === account && asked.strategy === order.strategy && asked.instrument === order.instrument;
        if (order.reducing && this.#unflattened.some(stays)) return false;
        return !sending.has(order) && this.#stateOf(order) !== 'INTENT';
      });
    }
    this.#haltedScopes = [];
    this.#stoppedStrategies = [];
    this.#flattened = [];
    this.#unflattened = [];
    return found;
  }

  #cancel(order: Order, why: string): void {
    if (!this.#isWorking(order)) return;
    const moved = this.#tellOrder(order, { type: 'CancelAsked' });
    if (moved && this.#stateOf(order) === 'CANCEL_PENDING') this.#requestCancel(order, why);
  }

  // ── Inputs: stage 1 (12.8) ───────────────────────────────────────────────────────────────────────────────────────────────────

  #answer(record: InputRecord): void {
    switch (record.type) {
      case 'InstrumentDefined':
        this.#define(record.instrument);
        return;
      case 'AccountOpened':
        this.#openAccount(record.account);
        return;
      case 'LimitsChanged':
        this.#changeLimits(record);
        return;
      case 'StrategyDeployed':
        this.#deploy(record);
        return;
      case 'HistoryLoaded':
        this.#loadHistory(record);
        return;
      case 'SourceBeat':
      case 'SourceRestored':
        this.#beat(record.source);
        return;
      case 'SourceLost':
        this.#sourceLost(record.source);
        return;
      case 'TicksRefused':
        this.#countRefused(record);
        return;
      case 'SessionLost': {
        const account = this.#findAccount(record.account);
        if (account === null) return;
        this.#tellSession(account, { type: 'Lost' });
        this.#tellGate(this.#gate('account', record.account), { type: 'Restricted', cause: 'session-lost', of: record.account });
        return;
      }
      case 'SessionReady': {
        const account = this.#findAccount(record.account);
        if (account === null) return;
        this.#tellSession(account, { type: 'Connected' });
        this.#tellSession(account, { type: 'Authenticated' });
        return;
      }
      case 'Reconciled': {
        const account = this.#findAccount(record.account);
        if (account !== null) this.#reconciled(account, record.unexplained);
        return;
      }
      case 'OrderReported':
        return; // stage 4
      case 'EffectNotSent': {
        for (const order of this.#orders) {
          if (order.venue !== null || !this.#isWorking(order)) continue;
          if (order.requestAddress === record.effect) this.#tellOrder(order, { type: 'NotSent' });
          else if (order.cancelAddress === record.effect) this.#tellOrder(order, { type: 'CancelRejected' });
          else if (order.replaceAddress === record.effect) this.#tellOrder(order, { type: 'ReplaceRejected' });
        }
        return;
      }
      case 'SignalReceived': {
        if (this.#signals.includes(record.key)) return;
        this.#signals.push(record.key);
        if (this.#signals.length > KEPT_KEYS) this.#signals.shift();
        this.#strategy(record.strategy)?.notes.signals.push({ type: 'signal', signal: record.signal, payload: record.payload });
        return;
      }
      case 'CommandGiven':
        this.#command(record);
        return;
      case 'BudgetGranted': {
        const account = this.#findAccount(record.account);
        if (account === null) return;
        account.budget = record.budget;
        this.#decide('BudgetChanged', { account: record.account, budget: record.budget });
        return;
      }
      case 'BalanceAdjusted': {
        const { currency, amount, why } = record;
        const account = this.#findAccount(record.account);
        if (account !== null) this.#adjustBalance(account, currency, amount, why);
        return;
      }
      case 'VenueSnapshot': {
        const account = this.#findAccount(record.account);
        if (account?.outside) this.#reconcileWith(account, account.outside, record);
        return;
      }
      case 'ClockStepped':
        this.#tellGate(this.#gate('global', '*'), { type: 'Restricted', cause: 'clock', of: '' });
        return;
      case 'JournalTroubled':
        this.#tellGate(this.#gate('global', '*'), { type: 'Restricted', cause: 'journal', of: '' });
        return;
      case 'ModelReplied':
        return;
      default:
        unreachable(record);
    }
  }

  #define(definition: Instrument): void {
    const of = definition.id;
    const version = String(definition.version);
    const known = this.#instrument(of);
    if (known === null) {
      this.#decide('Defined', { what: 'instrument', of, version, why: 'defined' });
      const market: HeldInstrument = { index: this.#instruments.length, actor: start(marketLogic, { definition }), feeds: [], book: null };
      this.#instruments.push(market);
      this.#holdBooks();
      this.#createOpenGate('instrument', of);
      for (const spec of definition.feeds) this.#addFeed(market, spec);
      return;
    }
    const before = definitionOf(known);
    const same =
      sameDecimal(before.tick, definition.tick) &&
      sameDecimal(before.lot, definition.lot) &&
      sameDecimal(before.multiplier, definition.multiplier) &&
      before.currency === definition.currency &&
      before.currencyScale === definition.currencyScale;
    const open = this.#holdings.some((holding) => holding.instrument === of && holding.lots !== 0);
    if (open && !same) {
      this.#decide('Defined', { what: 'instrument', of, version, why: 'refused: position open' });
      return;
    }
    this.#decide('Defined', { what: 'instrument', of, version, why: 'redefined' });
    for (const candles of this.#candles.filter(({ market }) => market === known).sort((a, b) => compareTurns(namedTurn(a), namedTurn(b)))) {
      if (candles.open !== null) this.#close(candles, 'redefined');
      // what the old ticks left behind: no flat candle at an old price, no amendment
      this.#agenda.disarm(candles.key, 'close');
      for (const { candle } of candles.graces) this.#agenda.disarm(candles.key, `grace@${candle.end}`);
      if (candles.graces.length > 0) {
        candles.graces = [];
        this.#tellCandles(candles, { type: 'GraceOver', open: false });
      }
      candles.lastClose = null;
    }
    this.#overdue = [];
    send(known.actor, { type: 'Redefined', definition });
    if (known.book !== null) known.book = NO_BOOK;
    for (const feed of known.feeds) {
      this.#agenda.disarm(feed.key, 'silent');
      this.#agenda.disarm(feed.key, 'mute');
      this.#armLiveness(feed);
    }
    for (const order of [...this.#orders]) {
      if (order.instrument === of && order.venue?.working) this.#leaveVenue(order, { kind: 'Cancelled' });
    }
    for (const spec of definition.feeds) if (!known.feeds.some(({ source }) => source === spec.source)) this.#addFeed(known, spec);
  }

  #addFeed(market: HeldInstrument, spec: FeedSpec): void {
    const instrument = definitionOf(market).id;
    const feed: Feed = {
      key: `feed:${instrument}:${spec.source}`,
      market,
      source: spec.source,
      actor: start(feedMachine, { mute: spec.muteUs !== null }),
      heardAt: null,
      tickAt: null,
      firstBeatAt: null,
    };
    market.feeds.push(feed);
    this.#tellGate(this.#gate('instrument', instrument), { type: 'Restricted', cause: 'feed-down', of: spec.source });
    if (spec.silentUs === null && spec.muteUs === null) this.#tellFeed(feed, { type: 'Trusted' });
  }

  #openAccount(spec: AccountSpec): void {
    const of = spec.id;
    const known = this.#findAccount(of);
    if (known !== null) {
      this.#decide('Defined', { what: 'account', of, version: '', why: 'redefined' });
      if (known.spec.pure !== null && spec.pure !== null) {
        known.spec = { ...known.spec, pure: spec.pure };
        if (spec.pure.feeTiers === undefined) forgetTraded(known);
        for (const market of this.#instruments) if (market.book !== null) market.book = withoutAccount(market.book, of);
        this.#holdBooks();
        this.#armBorrow(known);
        this.#armFunding(known);
      }
      if (known.outside !== null && spec.outside) known.spec = { ...known.spec, outside: spec.outside };
      return;
    }
    this.#decide('Defined', { what: 'account', of, version: '', why: 'defined' });
    const account: Account = {
      spec,
      session: start(sessionMachine),
      budget: null,
      recent: [],
      dayStart: spec.cash,
      peak: spec.cash,
      maxDrawdown: 0n,
      traded: [],
      tier: 0,
      outside:
        spec.venue === 'pure' ? null : { synced: false, accepting: false, differing: 0, foreignFills: [], transfers: [], unprotected: [] },
    };
    this.#accounts.push(account);
    this.#holdBooks();
    this.#armBorrow(account);
    this.#armFunding(account);
    this.#post({ account: of, ...NOBODY, currency: spec.currency, book: 'cash', amount: spec.cash, why: 'opening' });
    this.#post({ account: of, ...NOBODY, currency: spec.currency, book: 'equity', amount: -spec.cash, why: 'opening' });
    const global = this.#gate('global', '*');
    if (global.actor.getSnapshot().value === 'BOOT') {
      for (const type of ['Booted', 'Recovered', 'Reconciled'] as const) this.#tellGate(global, { type });
    }
    const pure = spec.venue === 'pure';
    const gate = this.#createGate('account', of);
    this.#tellGate(gate, { type: 'Booted' });
    this.#tellGate(gate, { type: 'Recovered' });
    if (pure) this.#tellGate(gate, { type: 'Reconciled' });
    if (spec.mode !== 'LIVE') this.#tellGate(gate, { type: 'Armed' });
    if (pure) for (const type of ['Connected', 'Authenticated', 'Reconciled'] as const) this.#tellSession(account, { type });
    else this.#tellGate(gate, { type: 'Restricted', cause: 'session-lost', of });
    this.#armDays();
  }

  #tellSession(account: Account, event: SessionEvent): void {
    const from = account.session.getSnapshot().value;
    send(account.session, event);
    const to = account.session.getSnapshot().value;
    if (from !== to) this.#decide('SessionMoved', { account: account.spec.id, from, to, why: event.type });
  }

  #changeLimits(record: InputOf<'LimitsChanged'>): void {
    const { scope, of, limits } = record;
    this.#decide('Defined', { what: 'limits', of: `${scope}:${of}`, version: '', why: 'changed' });
    const known = this.#limits.find((one) => one.scope === scope && one.of === of);
    if (known === undefined) this.#limits.push({ scope, of, limits });
    else known.limits = limits;
    this.#checkExposure(scope, of);
    this.#armDays();
  }

  #deploy(record: InputOf<'StrategyDeployed'>): void {
    const { strategy: id, name, version, account, subscriptions } = record;
    const say = (why: string): void => {
      this.#decide('Defined', { what: 'strategy', of: id, version, why });
    };
    if (this.#strategy(id) !== null) {
      say('refused: already deployed');
      return;
    }
    if (this.#findAccount(account) === null) {
      say('refused: unknown account');
      return;
    }
    const unknown = subscriptions.some(({ instrument, source }) => {
      const market = this.#instrument(instrument);
      return market === null || !market.feeds.some((feed) => feed.source === source);
    });
    if (unknown) {
      say('refused: unknown instrument');
      return;
    }
    const { currency } = this.#account(account).spec;
    if (subscriptions.some(({ instrument }) => this.#definition(instrument).currency !== currency)) {
      say('refused: other currency');
      return;
    }
    const code = this.#catalogue(name, version);
    assert(code !== null, 'the catalogue forgot a strategy');
    const smallest = Math.min(...subscriptions.map(({ timeframeUs }) => timeframeUs));
    const asMany = code.subscriptions === null || code.subscriptions === subscriptions.length;
    if (!asMany || subscriptions.some(({ timeframeUs }) => timeframeUs % smallest !== 0)) {
      say('refused: subscriptions do not fit');
      return;
    }
    const parameters = fittingParameters(code, record.parameters);
    if (parameters === null) {
      say('refused: parameters do not fit');
      return;
    }

    say('deployed');
    const strategy: Deployed = {
      id,
      name,
      version,
      account,
      code,
      parameters,
      subscriptions,
      actor: start(strategyMachine),
      changedAt: this.#cause,
      seen: 0,
      state: code.start(parameters, subscriptions),
      newest: subscriptions.map(() => null),
      pending: [],
      wokenFor: null,
      watches: [],
      histories: subscriptions.map(() => null),
      notes: noNotes(),
      dayStart: 0n,
      peak: 0n,
      maxDrawdown: 0n,
    };
    this.#strategies.push(strategy);
    this.#createOpenGate('strategy', id);
    for (const { instrument, source, timeframeUs } of [...subscriptions].sort((a, b) => a.timeframeUs - b.timeframeUs)) {
      const market = this.#market(instrument);
      const { barUs } = definitionOf(market).feeds.find((feed) => feed.source === source)!;
      if (typeof barUs === 'number' && timeframeUs > barUs && timeframeUs % barUs === 0) this.#createCandles(market, source, barUs);
      this.#createCandles(market, source, timeframeUs);
    }
    if (!record.history) {
      this.#tellStrategy(strategy, { type: 'Loaded' });
      if (code.warmup(parameters) === 0) this.#tellStrategy(strategy, { type: 'Warmed' });
    }
    this.#armDays();
  }

  #loadHistory(record: InputOf<'HistoryLoaded'>): void {
    for (const strategy of this.#strategies) {
      if (strategy.actor.getSnapshot().value !== 'loading') continue;
      const which = strategy.subscriptions.flatMap((one, i) =>
        one.instrument === record.instrument && one.source === record.source && one.timeframeUs === record.timeframeUs ? [i] : [],
      );
      if (which.length === 0) continue;
      for (const i of which) strategy.histories[i] = record.candles;
      if (strategy.histories.every((history) => history !== null)) this.#foldHistory(strategy, strategy.histories as (readonly Candle[])[]);
    }
  }

  #foldHistory(strategy: Deployed, histories: readonly (readonly Candle[])[]): void {
    const ends = [...new Set(histories.flatMap((history) => history.map(({ end }) => end)))];
    for (const end of ends.sort((a, b) => a - b)) {
      const bars = histories.map((history) => history.find((candle) => candle.end === end) ?? null);
      strategy.newest = bars.map((bar, i) => bar ?? strategy.newest[i] ?? null);
      if (end % intervalUs(strategy) !== 0) continue;
      if (this.#call(strategy, { type: 'bars', end, bars }) === null) return;
      strategy.seen += 1;
      strategy.wokenFor = Math.max(strategy.wokenFor ?? 0, end);
    }
    strategy.histories = strategy.subscriptions.map(() => null);
    for (const { end } of strategy.pending.filter((one) => strategy.wokenFor !== null && one.end <= strategy.wokenFor)) {
      this.#agenda.disarm(`strategy:${strategy.id}`, `wake@${end}`);
      strategy.pending = strategy.pending.filter((one) => one.end !== end);
    }
    this.#tellStrategy(strategy, { type: 'Loaded' });
    if (strategy.seen >= strategy.code.warmup(strategy.parameters)) this.#tellStrategy(strategy, { type: 'Warmed' });
  }

  #countRefused(record: InputOf<'TicksRefused'>): void {
    const { source, reason, count } = record;
    let known = this.#refused.find((one) => one.source === source && one.reason === reason);
    if (known === undefined) {
      known = { source, reason, total: 0 };
      this.#refused.push(known);
    }
    known.total += count;
    this.#decide('TicksRefusedNoted', { source, reason, count, total: known.total });
  }

  #reconciled(account: Account, unexplained: readonly string[]): void {
    const gate = this.#gate('account', account.spec.id);
    if (unexplained.length === 0) {
      this.#tellSession(account, { type: 'Reconciled' });
      if (account.session.getSnapshot().value !== 'ready') return;
      this.#tellGate(gate, { type: 'Cleared', cause: 'session-lost', of: account.spec.id });
      this.#tellGate(gate, { type: 'Reconciled' });
      return;
    }
    this.#tellSession(account, { type: 'Differed' });
    this.#tellGate(gate, { type: 'Restricted', cause: 'reconciliation', of: 'venue' });
    this.#decide('Alerted', { severity: 'critical', topic: 'reconciliation', text: joinedText(unexplained) });
  }

  // ── Commands (12.9) ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #command(record: InputOf<'CommandGiven'>): void {
    const { key, sawSeq, command } = record;
    const answered = this.#commands.find((one) => one.key === key);
    if (answered !== undefined) {
      this.#decide('CommandAnswered', { key, ok: answered.ok, why: 'repeated', numbers: [] });
      return;
    }
    const answer = this.#judgeCommand(command, sawSeq);
    this.#decide('CommandAnswered', { key, ...answer });
    this.#commands.push({ key, ok: answer.ok });
    if (this.#commands.length > KEPT_KEYS) this.#commands.shift();
  }

  /** What takes risk away is done whatever was seen. */
  #judgeCommand(command: Command, sawSeq: number | null): { ok: boolean; why: string; numbers: Numbers } {
    const subject = this.#subjectOf(command);
    if (subject === null) return { ok: false, why: 'unknown', numbers: [] };
    if (sawSeq !== null && subject.changedAt > sawSeq && !NEVER_STALE.includes(command.do)) {
      const numbers: Numbers = [
        ['now', subject.now()],
        ['changedAt', subject.changedAt],
      ];
      return { ok: false, why: 'stale', numbers };
    }
    if (command.do === 'Flatten') return this.#flattenAll(command.account);
    if (command.do === 'PlaceOrder') return this.#placed(command);
    const why = this.#obey(command);
    if (why === 'not now' || why === 'not working') return { ok: false, why, numbers: [['now', subject.now()]] };
    return { ok: why === '', why, numbers: [] };
  }

  #subjectOf(command: Command): { now: () => string; changedAt: number } | null {
    const ofGate = (gate: Gate | null) =>
      gate === null ? null : { now: () => gate.actor.getSnapshot().value as string, changedAt: gate.changedAt };
    switch (command.do) {
      case 'Arm':
      case 'Acknowledge':
        return ofGate(this.#findGate(command.scope, command.of));
      case 'Kill':
      case 'Disarm':
        return ofGate(this.#gate('global', '*'));
      case 'Pause':
      case 'Resume':
      case 'Stop': {
        const strategy = this.#strategy(command.strategy);
        return strategy === null ? null : { now: () => strategy.actor.getSnapshot().value, changedAt: strategy.changedAt };
      }
      case 'AcceptVenue': {
        const account = this.#findAccount(command.account);
        return account?.outside ? ofGate(this.#gate('account', command.account)) : null;
      }
      case 'Reset':
        return ofGate(this.#findGate('account', command.account));
      case 'PlaceOrder': {
        if (this.#findAccount(command.account) === null || this.#instrument(command.instrument) === null) return null;
        return ofGate(this.#gate('account', command.account));
      }
      case 'Flatten': {
        const account = this.#findAccount(command.account);
        return account === null ? null : { now: () => '', changedAt: 0 };
      }
      case 'CancelOrder':
      case 'ReplaceOrder': {
        const order = this.#orders.find(({ id }) => id === command.order);
        return order === undefined ? null : { now: () => this.#stateOf(order), changedAt: order.changedAt };
      }
    }
  }

  /** An acknowledged breach is measured from here on. */
  #measureAnew(gate: Gate): void {
    if (gate.actor.getSnapshot().value !== 'HALTED') return;
    if (gate.scope === 'account') {
      const account = this.#account(gate.of as AccountId);
      this.#measureBookAnew(gate, account, this.#accountEquity(account.spec.id));
    } else if (gate.scope === 'strategy') {
      const strategy = this.#strategy(gate.of as StrategyId) as Deployed;
      this.#measureBookAnew(gate, strategy, this.#strategyEquity(strategy));
    }
  }

  #measureBookAnew(gate: Gate, book: Book, equity: bigint): void {
    if (hasReason(gate, 'drawdown', 'day')) book.peak = equity;
    if (hasReason(gate, 'hard-limit', 'day')) book.dayStart = equity;
  }

  /** Does it; '' when done, else why not. */
  #obey(command: Command): '' | 'not now' | 'not working' | 'refused' | 'not paper' | 'not flat' {
    switch (command.do) {
      case 'Arm':
        return this.#tellGate(this.#gate(command.scope, command.of), { type: 'Armed' }) ? '' : 'not now';
      case 'Kill':
        return this.#tellGate(this.#gate('global', '*'), { type: 'Killed', at: this.#cause }) ? '' : 'not now';
      case 'Disarm': {
        const global = this.#gate('global', '*');
        if (!this.#tellGate(global, { type: 'Disarmed', killedAt: command.killedAt })) return 'not now';
        this.#tellGate(global, { type: 'Reconciled' });
        return '';
      }
      case 'Acknowledge': {
        const gate = this.#gate(command.scope, command.of);
        this.#measureAnew(gate);
        if (!this.#tellGate(gate, { type: 'Acknowledged' })) return 'not now';
        const accountId = gate.scope === 'account' ? gate.of : gate.scope === 'strategy' ? this.#strategy(gate.of)?.account : undefined;
        const account = accountId === undefined ? null : this.#findAccount(accountId);
        if (account === null || account.session.getSnapshot().value === 'ready') this.#tellGate(gate, { type: 'Reconciled' });
        return '';
      }
      case 'Pause':
      case 'Stop': {
        const strategy = this.#strategy(command.strategy) as Deployed;
        if (!this.#tellStrategy(strategy, { type: command.do === 'Pause' ? 'Paused' : 'Stopped' })) return 'not now';
        this.#tellGate(this.#gate('strategy', strategy.id), { type: 'Restricted', cause: 'paused', of: strategy.id });
        this.#stoppedStrategies.push({ strategy: strategy.id, why: command.do === 'Pause' ? 'paused' : 'stopped' });
        return '';
      }
      case 'Resume': {
        const strategy = this.#strategy(command.strategy) as Deployed;
        if (!this.#tellStrategy(strategy, { type: 'Resumed' })) return 'not now';
        this.#tellGate(this.#gate('strategy', strategy.id), { type: 'Cleared', cause: 'paused', of: strategy.id });
        return '';
      }
      case 'Flatten':
      case 'PlaceOrder':
        return unreachable(command as never);
      case 'AcceptVenue':
        (this.#account(command.account).outside as Outside).accepting = true;
        return '';
      case 'Reset':
        return this.#reset(this.#account(command.account), command.cash);
      case 'CancelOrder': {
        const order = this.#orders.find(({ id }) => id === command.order) as Order;
        if (!this.#isWorking(order)) return 'not working';
        this.#doing.push({ do: 'cancel', order, why: 'command' });
        return '';
      }
      case 'ReplaceOrder': {
        const order = this.#orders.find(({ id }) => id === command.order) as Order;
        if (this.#stateOf(order) !== 'LIVE') return 'not working';
        return this.#approveReplace(order, command.lots, command.limit, command.stop, 'command') ? '' : 'refused';
      }
    }
  }

  /** What a person wants is nobody's strategy's, and is judged as every order is. */
  #placed(wanted: PlaceOrder): { ok: boolean; why: string; numbers: Numbers } {
    const { account, instrument, side, type, lots, limit, stop, expiresAt, reduceOnly } = wanted;
    const { timeInForce, postOnly, trail } = wanted;
    if (this.#definition(instrument).currency !== this.#account(account).spec.currency)
      return { ok: false, why: 'other currency', numbers: [] };
    const terms = { timeInForce, postOnly, trail, bracket: null, oco: null, protects: null };
    const here = `${this.#cause}.${this.#index}`;
    const { strategy } = NOBODY;
    const asked = { account, strategy, instrument, side, type, lots, limit, stop, expiresAt, terms, reduceOnly, why: 'by hand' };
    if (this.#approveOrder(asked)) return { ok: true, why: '', numbers: [['order', here]] };
    return { ok: false, why: 'refused', numbers: [['refusal', here]] };
  }

  #flattenAll(account: AccountId): { ok: boolean; why: string; numbers: Numbers } {
    const closes = (gate: Gate): boolean => ['OPEN', 'REDUCE_ONLY'].includes(gate.actor.getSnapshot().value);
    for (const gate of [this.#gate('global', '*'), this.#gate('account', account)])
      if (!closes(gate)) return { ok: false, why: 'not now', numbers: [['now', gate.actor.getSnapshot().value]] };
    const all = this.#instruments.map((market) => definitionOf(market).id);
    const open = all.filter((id) => closes(this.#gate('instrument', id)));
    this.#flattened.push({ account, instruments: open });
    for (const { id } of this.#strategies) this.#flatten(account, id, open);
    this.#flatten(account, NOBODY.strategy, open);
    const left = all.filter((id) => {
      if (open.includes(id)) return false;
      const isHeld = this.#holdings.some((one) => one.account === account && one.instrument === id && one.lots !== 0);
      const works = (one: Order): boolean => one.account === account && one.instrument === id && !one.flatten && this.#isWorking(one);
      return isHeld || this.#orders.some(works);
    });
    const numbers: Numbers = left.map((id) => [id, this.#gate('instrument', id).actor.getSnapshot().value]);
    return { ok: left.length === 0, why: left.length === 0 ? '' : 'not all', numbers };
  }

  /** For each position, what closes it when flatten orders that still work have filled. */
  #flatten(account: AccountId, strategy: StrategyId, instruments: readonly InstrumentId[]): void {
    for (const instrument of instruments) {
      let position = this.#holding(account, strategy, instrument)?.lots ?? 0;
      for (const order of this.#orders) {
        if (!order.flatten || !this.#isWorking(order)) continue;
        if (order.account !== account || order.strategy !== strategy || order.instrument !== instrument) continue;
        position += order.side === 'buy' ? this.#remainingOf(order) : -this.#remainingOf(order);
      }
      if (position * (this.#holding(account, strategy, instrument)?.lots ?? 0) <= 0) continue; // an earlier one is on its way
      const side: Side = position > 0 ? 'sell' : 'buy';
      const terms = { type: 'market', limit: null, stop: null, expiresAt: null, terms: termsSaid({}, null), reduceOnly: false } as const;
      this.#flattening.push({ account, strategy, instrument, side, lots: Math.abs(position), ...terms, why: 'flatten' });
    }
  }

  /** A paper account begins again. */
  #reset(account: Account, cash: bigint): '' | 'not paper' | 'not flat' {
    const { id, mode, currency } = account.spec;
    if (account.outside !== null || mode === 'LIVE') return 'not paper';
    if (this.#holdings.some((holding) => holding.account === id && holding.lots !== 0)) return 'not flat';
    if (this.#orders.some((order) => order.account === id && this.#isWorking(order))) return 'not flat';
    this.#deposit(id, currency, cash - this.#cashOf(account), 'reset');
    const beginAt = (book: Book, equity: bigint): void => {
      book.dayStart = equity;
      book.peak = equity;
      book.maxDrawdown = 0n;
    };
    forgetTraded(account);
    beginAt(account, this.#accountEquity(id));
    for (const strategy of this.#strategies) if (strategy.account === id) beginAt(strategy, this.#strategyEquity(strategy));
    return '';
  }

  // ── Outside venues (12.10) ───────────────────────────────────────────────────────────────────────────────────────────────────

  #reconcileWith(account: Account, outside: Outside, record: InputOf<'VenueSnapshot'>): void {
    const unexplained: string[] = [];
    for (const row of record.orders) {
      const order = row.state === 'working' && this.#isOurs(account, row.instrument) ? this.#heldBy(account, row.name) : null;
      if (order === null || !['LIVE', 'REPLACE_PENDING'].includes(this.#stateOf(order))) continue;
      if (order.side !== row.side || order.instrument !== row.instrument) continue;
      if (order.actor.getSnapshot().context.lots < row.lots) this.#takeTerms(account, order, row);
    }
    for (const row of record.fills) if (this.#isOurs(account, row.instrument)) this.#fillListed(account, outside, row, unexplained);
    for (const row of record.orders) {
      if (!this.#isOurs(account, row.instrument)) continue;
      const held = this.#heldBy(account, row.name);
      if (held !== null && this.#isWorking(held) && (held.side !== row.side || held.instrument !== row.instrument)) {
        unexplained.push(`order ${held.id} is another one there`);
        continue;
      }
      if (row.state === 'working') this.#workingListed(account, row, unexplained);
      else this.#endListed(account, row, unexplained);
    }
    for (const name of record.missing) this.#missingListed(account, name, unexplained);
    for (const { id, currency, amount, why } of record.transfers) {
      if (outside.transfers.includes(id)) continue;
      keep(outside.transfers, id);
      if (!outside.synced || currency !== account.spec.currency || BigInt(amount) === 0n) continue;
      this.#differ(account, 'balance', currency, NONE, String(BigInt(amount)), `booked: ${why}`);
      this.#adjustBalance(account, currency, BigInt(amount), why);
    }
    for (const market of this.#instruments) {
      const { id } = definitionOf(market);
      const listed = record.positions.find(({ instrument }) => instrument === id);
      if (this.#isOurs(account, id)) this.#comparePosition(account, outside, id, listed?.lots ?? 0, listed?.price ?? null, unexplained);
    }
    const { currency } = account.spec;
    const listed = record.balances.find((balance) => balance.currency === currency);
    this.#compareBalance(account, outside, BigInt(listed?.amount ?? 0), unexplained);
    this.#concludeSnapshot(account, outside, unexplained);
  }

  #concludeSnapshot(account: Account, outside: Outside, unexplained: readonly string[]): void {
    if (unexplained.length === 0) {
      outside.differing = 0;
      outside.synced = true;
      outside.accepting = false;
      this.#reconciled(account, []);
    } else {
      outside.differing += 1;
      if (outside.differing < DIFFERS_AT_MOST) {
        const why = `differs: ${joinedText(unexplained)}`;
        this.#decide('ReconciliationNeeded', { account: account.spec.id, why, order: null });
      } else {
        outside.differing = 0;
        this.#reconciled(account, unexplained);
      }
    }
    this.#armUnprotected(account);
  }

  #differ(
    account: Account,
    what: DecisionBody<'DifferenceFound'>['what'],
    of: string,
    held: string,
    venue: string,
    resolution: string,
  ): void {
    this.#decide('DifferenceFound', { account: account.spec.id, what, of, held, venue, resolution });
  }

  /** Rows of what is not defined, or not in the account's currency, are passed over. */
  #isOurs(account: Account, instrument: InstrumentId): boolean {
    const market = this.#instrument(instrument);
    return market !== null && definitionOf(market).currency === account.spec.currency;
  }

  /** Orders stand by rising address: the last that bears the name. */
  #heldBy(account: Account, name: string): Order | null {
    return this.#orders.findLast((order) => order.account === account.spec.id && order.clientId === name) ?? null;
  }

  #fillListed(account: Account, outside: Outside, row: SnapshotFill, unexplained: string[]): void {
    const { id, name, instrument, side, lots, price, fee, maker } = row;
    const key = `${instrument}|${id}`;
    if (outside.foreignFills.includes(key)) return;
    const order = this.#heldBy(account, name);
    if (order !== null) {
      if (order.fills.includes(id)) return;
      if (order.side !== side || order.instrument !== instrument) {
        unexplained.push(`fill ${id} is not of order ${order.id}`);
        return;
      }
      this.#differ(account, 'fill', key, NONE, `${lots} at ${price}`, `booked to ${order.id}`);
      this.#report(order, { kind: 'Filled', fill: id, lots, price, fee, maker });
      return;
    }
    keep(outside.foreignFills, key);
    if (!outside.synced) return; // the opening balance and positions hold it already
    this.#differ(account, 'fill', key, NONE, `${side} ${lots} at ${price}`, "booked to 'none'");
    this.#book(account.spec.id, NOBODY.strategy, instrument, side, lots, price, BigInt(fee)).post();
    this.#markAccount(account, 'fill');
    this.#checkExposure('account', account.spec.id);
    this.#checkExposure('instrument', instrument);
    this.#setOff(account.spec.id, instrument, side, lots, price);
  }

  /** A trade of nobody's that went beyond its own position closes what strategies hold the other way, in their order. */
  #setOff(account: AccountId, instrument: InstrumentId, side: Side, lots: number, price: number): void {
    const lotsOf = (strategy: StrategyId): number => this.#holding(account, strategy, instrument)?.lots ?? 0;
    const beyond = side === 'buy' ? lotsOf(NOBODY.strategy) : -lotsOf(NOBODY.strategy);
    let open = Math.min(lots, beyond);
    for (const strategy of this.#strategies) {
      const held = lotsOf(strategy.id);
      const closes = side === 'buy' ? held < 0 : held > 0;
      if (open <= 0 || !closes) continue;
      const closed = Math.min(open, Math.abs(held));
      open -= closed;
      const texts = [`${strategy.id} ${held}`, `${NOBODY.strategy} ${lotsOf(NOBODY.strategy)}`] as const;
      this.#differ(this.#account(account), 'position', instrument, ...texts, `${closed} set off at ${price}`);
      this.#book(account, strategy.id, instrument, side, closed, price, 0n).post();
      this.#book(account, NOBODY.strategy, instrument, side === 'buy' ? 'sell' : 'buy', closed, price, 0n).post();
      if (strategy.account === account) this.#markStrategy(strategy);
      this.#checkExposure('strategy', strategy.id);
      if (lotsOf(strategy.id) !== 0) {
        this.#cutToPosition({ account, strategy: strategy.id, instrument }, (one) => one.reducing);
        continue;
      }
      for (const order of this.#orders) {
        const of = order.account === account && order.instrument === instrument && order.strategy === strategy.id;
        if (!of || !order.reducing || !this.#isWorking(order)) continue;
        order.owed = this.#remainingOf(order);
        this.#doing.push({ do: 'cancel', order, why: 'set off' });
      }
    }
  }

  #workingListed(account: Account, row: SnapshotOrder, unexplained: string[]): void {
    const order = this.#heldBy(account, row.name);
    if (order === null) {
      this.#adopt(account, row);
      return;
    }
    const state = this.#stateOf(order);
    if (ORDER_ENDS.includes(state)) {
      unexplained.push(`order ${order.id} has ended here and works there`);
      return;
    }
    if (state === 'SENDING' || state === 'UNKNOWN') {
      this.#differ(account, 'order', order.id, state, 'working', 'found working');
      this.#report(order, { kind: 'Acked' });
    } else if (state !== 'LIVE') return;
    if (this.#stateOf(order) !== 'LIVE') return;
    const { context } = order.actor.getSnapshot();
    if (row.filled === context.filled && termsText(row) !== termsText(context)) this.#takeTerms(account, order, row);
  }

  #takeTerms(account: Account, order: Order, row: SnapshotOrder): void {
    const { context } = order.actor.getSnapshot();
    this.#differ(account, 'order', order.id, termsText(context), termsText(row), 'changed at the venue');
    this.#report(order, { kind: 'Replaced', lots: row.lots, limit: row.limit, stop: row.stop });
  }

  #adopt(account: Account, row: SnapshotOrder): void {
    const { name, instrument, side, type, lots, limit, stop, filled } = row;
    const id = `${this.#cause}.${this.#index}` as OrderId;
    const of = { order: id, account: account.spec.id, strategy: NOBODY.strategy, instrument };
    const clientId = name as ClientOrderId;
    this.#decide('OrderAdopted', { ...of, clientId, side, orderType: type, lots, limit, stop, filled, why: 'orphan' });
    const live = { lots, limit, stop, filled, wanted: null, cancelWanted: false, lateFills: 0 };
    const order: Order = {
      id,
      account: account.spec.id,
      strategy: NOBODY.strategy,
      instrument,
      version: this.#definition(instrument).version,
      side,
      type,
      lots,
      limit,
      stop,
      expiresAt: null,
      terms: termsSaid({}, null),
      reducing: false,
      clientId,
      actor: createActor(orderMachine, {
        snapshot: orderMachine.resolveState({ value: 'LIVE', context: live }),
        input: { lots, limit, stop },
      }),
      requestAddress: null,
      cancelAddress: null,
      replaceAddress: null,
      owed: 0,
      fills: [],
      flatten: false,
      reduceOnly: false,
      askedLots: null,
      rearms: 0,
      changedAt: this.#cause,
      venue: null,
    };
    order.actor.subscribe({ error: () => {} });
    order.actor.start();
    this.#orders.push(order);
    const reasons = [this.#gate('global', '*'), this.#gate('account', account.spec.id), this.#gate('instrument', instrument)]
      .map((gate) => ({ scope: gate.scope, state: gate.actor.getSnapshot().value }))
      .filter(({ state }) => state === 'HALTED' || state === 'KILLED')
      .map(({ scope, state }) => `${scope} ${state}`);
    if ((account.spec.outside ?? OUTSIDE_STANDARD).orphans === 'cancel') reasons.push('orphan');
    this.#differ(account, 'order', id, NONE, 'working', reasons.length > 0 ? 'adopted to be cancelled' : 'adopted');
    if (reasons.length > 0) this.#doing.push({ do: 'cancel', order, why: reasons[0] });
  }

  #endListed(account: Account, row: SnapshotOrder, unexplained: string[]): void {
    const order = this.#heldBy(account, row.name);
    if (order === null || !this.#isWorking(order)) return;
    const { filled } = order.actor.getSnapshot().context;
    if (row.filled > filled) {
      unexplained.push(`order ${order.id}: fills are missing`);
      return;
    }
    this.#differ(account, 'order', order.id, this.#stateOf(order), row.state, 'ended at the venue');
    switch (row.state) {
      case 'cancelled':
        this.#report(order, { kind: 'Cancelled' });
        return;
      case 'expired':
        this.#report(order, { kind: 'Expired' });
        return;
      case 'rejected':
        this.#report(order, { kind: 'Rejected', reason: row.reason });
        return;
      case 'filled':
        if (row.lots <= filled) this.#report(order, { kind: 'Replaced', lots: row.lots, limit: row.limit, stop: row.stop });
        return;
      case 'working':
        assert(false, 'an end that works');
    }
  }

  #missingListed(account: Account, name: string, unexplained: string[]): void {
    const order = this.#heldBy(account, name);
    if (order === null || !this.#isWorking(order)) return;
    const state = this.#stateOf(order);
    if (state === 'INTENT' || state === 'SENDING') return;
    if (state !== 'UNKNOWN' || order.actor.getSnapshot().context.filled > 0) {
      unexplained.push(`order ${order.id} is gone without a trace`);
      return;
    }
    this.#differ(account, 'order', order.id, 'UNKNOWN', NONE, 'never existed');
    this.#report(order, { kind: 'NeverExisted' });
  }

  #comparePosition(
    account: Account,
    outside: Outside,
    instrument: InstrumentId,
    there: number,
    listedPrice: number | null,
    unexplained: string[],
  ): void {
    const of = account.spec.id;
    const here = this.#accountPosition(of, instrument);
    if (here === there) return;
    if (outside.synced && !outside.accepting) {
      unexplained.push(`position ${instrument}: ${here} here, ${there} there`);
      return;
    }
    const price = listedPrice ?? this.#referenceOf(instrument);
    if (price === null) {
      unexplained.push(`position ${instrument}: no price to take ${there} over at`);
      return;
    }
    this.#differ(account, 'position', instrument, String(here), String(there), 'taken over');
    const side = there > here ? 'buy' : 'sell';
    const { booked, post } = this.#book(of, NOBODY.strategy, instrument, side, Math.abs(there - here), price, 0n);
    post();
    this.#adjustBalance(account, account.spec.currency, -booked.cash, 'taken over');
    this.#checkExposure('account', of);
    this.#checkExposure('instrument', instrument);
    this.#setOff(of, instrument, side, Math.abs(there - here), this.#referenceOf(instrument) ?? price);
  }

  #compareBalance(account: Account, outside: Outside, there: bigint, unexplained: string[]): void {
    const { currency } = account.spec;
    const here = this.#cashOf(account);
    const difference = there - here;
    if (difference === 0n) return;
    const tolerance = (account.spec.outside ?? OUTSIDE_STANDARD).cashTolerance;
    const size = difference < 0n ? -difference : difference;
    const resolution = !outside.synced ? 'opening balance' : outside.accepting ? 'accepted' : size <= tolerance ? 'rounding' : null;
    if (resolution === null) {
      unexplained.push(`balance ${currency}: ${here} here, ${there} there`);
      return;
    }
    this.#differ(account, 'balance', currency, String(here), String(there), resolution);
    if (resolution === 'rounding') this.#deposit(account.spec.id, currency, difference, resolution);
    else this.#adjustBalance(account, currency, difference, resolution);
  }

  /** All strategies' and its own, in its currency. */
  #cashOf(account: Account): bigint {
    const { id, currency } = account.spec;
    let cash = 0n;
    for (const one of this.#balances) if (one.account === id && one.book === 'cash' && one.currency === currency) cash += one.amount;
    return cash;
  }

  #deposit(account: AccountId, currency: string, amount: bigint, why: string): void {
    this.#post({ account, ...NOBODY, currency, book: 'cash', amount, why });
    this.#post({ account, ...NOBODY, currency, book: 'equity', amount: -amount, why });
  }

  /** Money that no trade made: no gain and no loss of the day. */
  #adjustBalance(account: Account, currency: string, amount: bigint, why: string): void {
    this.#deposit(account.spec.id, currency, amount, why);
    if (currency !== account.spec.currency) return;
    account.dayStart += amount;
    account.peak += amount;
  }

  /** A protective stop that never came to be, or that ended without being asked to. */
  #noteProtection(order: Order, from: OrderState, event: OrderEvent, cancelWanted: boolean): void {
    const { outside } = this.#account(order.account);
    const to = this.#stateOf(order);
    if (outside !== null && order.flatten && ['REJECTED', 'CANCELLED', 'EXPIRED'].includes(to)) {
      const text = `${order.strategy} ${order.instrument}: its close ${order.id} ended with ${this.#remainingOf(order)} lots open`;
      this.#decide('Alerted', { severity: 'critical', topic: 'protection', text });
    }
    if (outside === null || order.type !== 'stop' || !order.reducing || order.strategy === NONE) return;
    if (to === 'REJECTED' || (to === 'CANCELLED' && event.type === 'NotSent')) this.#alertGone(order);
    if (cancelWanted || (from !== 'LIVE' && from !== 'REPLACE_PENDING' && from !== 'UNKNOWN')) return;
    const cancelled = to === 'CANCELLED' && event.type === 'Cancelled';
    const expired = to === 'EXPIRED' && order.expiresAt === null;
    if (cancelled || expired) outside.unprotected.push(order.id);
  }

  #armUnprotected({ outside, session }: Account): void {
    if (outside !== null && session.getSnapshot().value === 'ready') this.#rearming.push(...outside.unprotected.splice(0));
  }

  #armAgain(id: OrderId): void {
    const order = this.#orders.find((one) => one.id === id);
    if (order === undefined) return;
    const { account, strategy, instrument, side, expiresAt } = order;
    const position = this.#holding(account, strategy, instrument)?.lots ?? 0;
    const lots = Math.min(this.#remainingOf(order), Math.abs(position));
    if (lots === 0 || position > 0 === (side === 'buy')) return;
    const { stop } = order.actor.getSnapshot().context;
    const asked: OrderAsked = {
      account,
      strategy,
      instrument,
      side,
      type: 'stop',
      lots,
      limit: null,
      stop,
      expiresAt,
      terms: { ...termsSaid({}, expiresAt), oco: order.terms.oco, protects: order.terms.protects },
      reduceOnly: true,
      why: 're-armed',
    };
    if (order.rearms < MOST_REARMS && this.#approveOrder(asked, { rearms: order.rearms + 1 })) return;
    this.#alertGone(order);
  }

  #alertGone({ strategy, instrument, id }: Order): void {
    const text = `${strategy} ${instrument}: its stop ${id} is gone`;
    this.#decide('Alerted', { severity: 'critical', topic: 'protection', text });
  }

  // ── Looking up ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #instrument(id: InstrumentId): HeldInstrument | null {
    return this.#instruments.find((market) => definitionOf(market).id === id) ?? null;
  }

  #market(id: InstrumentId): HeldInstrument {
    const market = this.#instrument(id);
    assert(market !== null, `no instrument ${id}`);
    return market;
  }

  #definition(id: InstrumentId): Instrument {
    return definitionOf(this.#market(id));
  }

  #findAccount(id: string): Account | null {
    return this.#accounts.find(({ spec }) => spec.id === id) ?? null;
  }

  #account(id: AccountId): Account {
    const account = this.#findAccount(id);
    assert(account !== null, `no account ${id}`);
    return account;
  }

  #strategy(id: string): Deployed | null {
    return this.#strategies.find((strategy) => strategy.id === id) ?? null;
  }

  #holding(account: AccountId, strategy: StrategyId, instrument: InstrumentId): Holding | null {
    return this.#holdings.find((one) => one.account === account && one.strategy === strategy && one.instrument === instrument) ?? null;
  }

  #feedsOf(source: SourceId): Feed[] {
    return this.#instruments.flatMap(({ feeds }) => feeds.filter((feed) => feed.source === source));
  }

  /** Timeframes rising. */
  #candlesOf(feed: Feed): Candles[] {
    return this.#candles
      .filter(({ market, source }) => market === feed.market && source === feed.source)
      .sort((a, b) => a.timeframeUs - b.timeframeUs);
  }

  #specOf(feed: Feed): FeedSpec {
    return sourceOf(feed.market, feed.source).spec;
  }

  #specOfCandles(candles: Candles): FeedSpec {
    return sourceOf(candles.market, candles.source).spec;
  }

  #specOfSource(instrument: InstrumentId, source: SourceId): FeedSpec {
    return sourceOf(this.#market(instrument), source).spec;
  }

  #latenessOf(candles: Candles): number {
    return this.#specOfCandles(candles).latenessUs;
  }

  /** The part of the state that an outside venue's words are made of: asked often, so nothing is copied. */
  held(): HeldState {
    return {
      instruments: this.#instruments.map(({ actor }) => actor.getSnapshot().context),
      gates: this.#gates.map(({ scope, of, actor }) => ({ scope, of, value: actor.getSnapshot().value })),
      orders: this.#orders.map((order) => {
        const { value, context } = order.actor.getSnapshot();
        const { id, account, strategy, instrument, side, type, reducing, clientId, fills } = order;
        return { order: id, account, strategy, instrument, side, type, reducing, clientId, value, context, fills };
      }),
      holdings: this.#holdings,
      balances: this.#balances,
    };
  }

  // ── The whole state, plain ───────────────────────────────────────────────────────────────────────────────────────────────────

  state(): Plain {
    const due = (actor: string, name: string): number | null => this.#agenda.dueOf(actor, name);
    const state = {
      seq: this.#seq,
      at: this.#at,
      instruments: this.#instruments.map((market) => {
        const { definition, last, bid, ask } = market.actor.getSnapshot().context;
        const book =
          market.book === null
            ? {}
            : {
                book: written(
                  market.book,
                  this.#accounts.map(({ spec }) => spec.id),
                ),
              };
        return { definition, last, bid, ask, ...book };
      }),
      feeds: this.#instruments.flatMap((market) =>
        market.feeds.map((feed) => {
          const { value, context } = feed.actor.getSnapshot();
          return {
            instrument: definitionOf(market).id,
            source: feed.source,
            value,
            context: { ...context },
            heardAt: feed.heardAt,
            tickAt: feed.tickAt,
            settleAt: due(feed.key, 'settle'),
            lanes: sourceOf(market, feed.source).lanes.map((lane: Lane) => ({ ...lane })),
          };
        }),
      ),
      candles: this.#instruments.flatMap((market) =>
        market.feeds.flatMap((feed) =>
          this.#candlesOf(feed).map((candles) => ({
            instrument: definitionOf(market).id,
            source: feed.source,
            timeframeUs: candles.timeframeUs,
            parent: candles.parent?.timeframeUs ?? null,
            value: candles.actor.getSnapshot().value,
            open: candles.open,
            closeAt: due(candles.key, 'close'),
            lastEnd: candles.lastEnd,
            lastClose: candles.lastClose,
            graces: candles.graces.map(({ candle, version }) => ({ candle, version })),
          })),
        ),
      ),
      gates: this.#gates.map(({ scope, of, actor, changedAt }) => {
        const { value, context } = actor.getSnapshot();
        return { scope, of, value, context: { reasons: context.reasons, killedAt: context.killedAt }, changedAt };
      }),
      sessions: this.#accounts.map(({ spec, session }) => ({ account: spec.id, value: session.getSnapshot().value })),
      accounts: this.#accounts.map(({ spec, budget, dayStart, peak, maxDrawdown, recent, traded, tier, outside }) => ({
        spec,
        budget,
        dayStart,
        peak,
        maxDrawdown,
        dayAt: due(`account:${spec.id}`, 'day'),
        ...present('borrowAt', due(`account:${spec.id}`, 'borrow')),
        ...present('fundingAt', due(`account:${spec.id}`, 'funding')),
        recent: recent.map((one) => ({ ...one })),
        ...(traded.length === 0 ? {} : { turnover: { tier, days: traded.map(({ day, worth }) => [day, worth]) } }),
        ...(outside === null ? {} : { outside }),
      })),
      limits: this.#limits.map((one) => ({ ...one })),
      strategies: this.#strategies.map((strategy) => ({
        id: strategy.id,
        name: strategy.name,
        version: strategy.version,
        account: strategy.account,
        value: strategy.actor.getSnapshot().value,
        seen: strategy.seen,
        state: strategy.code.save(strategy.state),
        newest: [...strategy.newest],
        pending: strategy.pending.map(({ end, bars }) => ({ end, bars: [...bars], wakeAt: due(`strategy:${strategy.id}`, `wake@${end}`) })),
        wokenFor: strategy.wokenFor,
        alarmAt: due(`strategy:${strategy.id}`, 'alarm'),
        watches: strategy.watches.map((watch) => ({ ...watch })),
        dayStart: strategy.dayStart,
        peak: strategy.peak,
        maxDrawdown: strategy.maxDrawdown,
        cash: this.#strategyCash(strategy),
        changedAt: strategy.changedAt,
      })),
      orders: this.#orders.map((order) => {
        const { value, context } = order.actor.getSnapshot();
        const { venue } = order;
        const venueAt = (name: string): number | null => due(`venue:${order.id}`, name);
        const replaceAt = venueAt('replace');
        return {
          order: order.id,
          account: order.account,
          strategy: order.strategy,
          instrument: order.instrument,
          version: order.version,
          side: order.side,
          type: order.type,
          lots: order.lots,
          limit: order.limit,
          stop: order.stop,
          expiresAt: order.expiresAt,
          ...(saysMore(order.terms) ? { terms: order.terms } : {}),
          reducing: order.reducing,
          clientId: order.clientId,
          value,
          context: { ...context },
          flatten: order.flatten,
          reduceOnly: order.reduceOnly,
          ...(order.rearms === 0 ? {} : { rearms: order.rearms }),
          ...(order.owed === 0 ? {} : { owed: order.owed }),
          requestAddress: order.requestAddress,
          cancelAddress: order.cancelAddress,
          replaceAddress: order.replaceAddress,
          fills: [...order.fills],
          unknownAt: due(`order:${order.id}`, 'unknown'),
          retireAt: due(`order:${order.id}`, 'retire'),
          changedAt: order.changedAt,
          venue:
            venue === null
              ? null
              : {
                  receiveAt: venueAt('receive'),
                  cancelAt: venueAt('cancel'),
                  replace: replaceAt === null || venue.replace === null ? null : { at: replaceAt, ...venue.replace },
                  expireAt: venueAt('expire'),
                  working: venue.working,
                  fresh: venue.fresh,
                  triggered: venue.triggered,
                  arrival: venue.arrival,
                  lots: venue.lots,
                  filled: venue.filled,
                  limit: venue.limit,
                  stop: venue.stop,
                },
        };
      }),
      retired: [...this.#retired],
      holdings: this.#holdings.map((holding) => ({ ...holding })),
      balances: this.#balances.map((balance) => ({ ...balance })),
      rounding: this.#rounding.map((one) => ({ ...one })),
      refused: this.#refused.map((one) => ({ ...one })),
      commands: this.#commands.map((one) => ({ ...one })),
      signals: [...this.#signals],
    };
    return structuredClone(state) as unknown as Plain;
  }
}

// ── Small readings ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Starts a machine. An error observer keeps XState from throwing it again from a timer; `send` looks at the status. */
function start<L extends AnyActorLogic>(logic: L, input?: unknown): Actor<L> {
  const actor = createActor(logic, { input } as never) as Actor<L>;
  actor.subscribe({ error: () => {} });
  actor.start();
  return actor;
}

function send<L extends AnyActorLogic>(actor: Actor<L>, event: Parameters0<Actor<L>['send']>): void {
  actor.send(event);
  const snapshot = actor.getSnapshot() as { status: string; error?: unknown };
  if (snapshot.status === 'error') throw snapshot.error;
}
type Parameters0<F extends (event: never) => void> = F extends (event: infer E) => void ? E : never;

const definitionOf = (market: HeldInstrument): Instrument => market.actor.getSnapshot().context.definition;

function sourceOf(market: HeldInstrument, source: string): MarketState['sources'][number] {
  const found = market.actor.getSnapshot().context.sources.find(({ spec }) => spec.source === source);
  assert(found !== undefined, `no source ${source}`);
  return found;
}

const isPrimary = (feed: Feed): boolean => definitionOf(feed.market).feeds[0].source === feed.source;

function primaryOf(market: HeldInstrument): Feed {
  const feed = market.feeds.find(isPrimary);
  assert(feed !== undefined, `${definitionOf(market).id} has no primary source`);
  return feed;
}

function namesOf(candles: Candles): { instrument: InstrumentId; source: SourceId; timeframeUs: number } {
  return { instrument: definitionOf(candles.market).id, source: candles.source, timeframeUs: candles.timeframeUs };
}

function partiesOf(order: Order): { order: OrderId; account: AccountId; strategy: StrategyId; instrument: InstrumentId } {
  return { order: order.id, account: order.account, strategy: order.strategy, instrument: order.instrument };
}

const turnOfFeed = (feed: Feed) => ({ timeframe: 0, index: feed.market.index, actor: feed.key });
const turnOfCandles = (candles: Candles) => ({ timeframe: candles.timeframeUs, index: candles.market.index, actor: candles.key });
const turnOfStrategy = (strategy: Deployed) => ({ timeframe: 0, index: -1, actor: `strategy:${strategy.id}` });
const namedTurn = (candles: Candles) => ({ ...turnOfCandles(candles), name: 'close' });

const subscribes = (one: Subscription, candles: Candles): boolean =>
  one.instrument === definitionOf(candles.market).id && one.source === candles.source && one.timeframeUs === candles.timeframeUs;

/** A strategy's interval is its smallest timeframe's. */
const intervalUs = (strategy: Deployed): number => Math.min(...strategy.subscriptions.map(({ timeframeUs }) => timeframeUs));

/** How many of the subscriptions this interval waits for have not closed. */
function absentOf(strategy: Deployed, pending: Pending): number {
  return strategy.subscriptions.filter(({ timeframeUs }, i) => pending.end % timeframeUs === 0 && pending.bars[i] === null).length;
}

/** What an intent says beyond its prices; said nothing, an order works until cancelled, or until it expires. */
function termsSaid({ timeInForce, postOnly, trail, bracket, oco }: TermsSaid, expiresAt: TimeUs | null): OrderTerms {
  return {
    timeInForce: timeInForce ?? (expiresAt === null ? 'GTC' : 'GTD'),
    postOnly: postOnly ?? false,
    trail: trail ?? null,
    bracket: bracket ?? null,
    oco: oco ?? null,
    protects: null,
  };
}

const saysMore = ({ timeInForce, postOnly, trail, bracket, oco, protects }: OrderTerms): boolean =>
  timeInForce === 'IOC' || timeInForce === 'FOK' || postOnly || [trail, bracket, oco, protects].some((term) => term !== null);

/** The orders of which one stands for the other have one name; null: it stands for itself. */
function groupOf({
  account,
  strategy,
  instrument,
  terms,
}: Pick<OrderAsked, 'account' | 'strategy' | 'instrument' | 'terms'>): string | null {
  const { oco, protects } = terms;
  if (oco === null && protects === null) return null;
  return JSON.stringify([account, strategy, instrument, oco, oco === null ? protects : null]);
}

const isGroup = (a: Parameters0<typeof groupOf>, b: Parameters0<typeof groupOf>): boolean =>
  groupOf(a) !== null && groupOf(a) === groupOf(b);

function forgetTraded(account: Account): void {
  account.traded = [];
  account.tier = 0;
}

const present = (name: string, value: number | null): object => (value === null ? {} : { [name]: value });

const NEVER_STALE: readonly Command['do'][] = ['Kill', 'Pause', 'Stop', 'Flatten', 'CancelOrder'];
const noNotes = (): Notes => ({ bars: [], fills: [], levels: [], signals: [], alarms: [] });

function hasReason(gate: Gate, cause: GateCause, of: string): boolean {
  return gate.actor.getSnapshot().context.reasons.some((reason) => reason.cause === cause && reason.of === of);
}

/** Remembers the newest, in order; what is remembered keeps its place. */
function keep(remembered: string[], one: string): void {
  if (remembered.includes(one)) return;
  remembered.push(one);
  if (remembered.length > KEPT_KEYS) remembered.shift();
}

const termsText = ({ lots, limit, stop }: { lots: number; limit: number | null; stop: number | null }): string =>
  `${lots} ${limit ?? NONE} ${stop ?? NONE}`;

function joinedText(unexplained: readonly string[]): string {
  const left = unexplained.length - NAMED_AT_MOST;
  return [...unexplained.slice(0, NAMED_AT_MOST), ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}

function inScope(order: Order, gate: Gate): boolean {
  switch (gate.scope) {
    case 'global':
      return true;
    case 'account':
      return order.account === gate.of;
    case 'strategy':
      return order.strategy === gate.of;
    case 'instrument':
      return order.instrument === gate.of;
  }
}

function tightest(limits: readonly (bigint | null)[]): bigint | null {
  let least: bigint | null = null;
  for (const limit of limits) if (limit !== null && (least === null || limit < least)) least = limit;
  return least;
}

/** null: they do not fit their schema. */
function fittingParameters(code: Strategy, given: Readonly<Record<string, Plain>>): Parameters | null {
  try {
    return parametersOf(code, given);
  } catch (error) {
    if (error instanceof BadParameters) return null;
    throw error;
  }
}

function sameDecimal(a: string, b: string): boolean {
  const left = normalize(parseDecimal(a));
  const right = normalize(parseDecimal(b));
  return left.digits === right.digits && left.scale === right.scale;
}

/** Outside the days a calendar states, the answer is "in session". */
function inSession(calendar: string, at: number): boolean {
  try {
    return sessionAt(calendarById(calendar), at as TimeUs) !== null;
  } catch (error) {
    if (error instanceof OutsideCalendar) return true;
    throw error;
  }
}

function nextOpen(calendar: string, at: number): number | null {
  try {
    return nextSession(calendarById(calendar), at as TimeUs).open;
  } catch (error) {
    if (error instanceof OutsideCalendar) return null;
    throw error;
  }
}

function marketOf(tick: Tick): Market | null {
  switch (tick.kind) {
    case 'trade': {
      const [price, lots] = tick.values as [number, number];
      return { kind: 'trade', price, lots };
    }
    case 'quote': {
      const [bid, bidLots, ask, askLots] = tick.values as [number, number, number, number];
      return { kind: 'quote', bid, bidLots, ask, askLots };
    }
    case 'bar': {
      const [open, high, low, close, volume] = tick.values as [number, number, number, number, number];
      return { kind: 'bar', open, high, low, close, volume };
    }
    case 'book':
      return null;
  }
}

function restingOf(order: Order): Resting {
  const venue = order.venue as VenueOrder;
  return {
    order: order.id,
    side: order.side,
    type: order.type,
    atOnce: order.terms.timeInForce === 'IOC' || order.terms.timeInForce === 'FOK',
    whole: order.terms.timeInForce === 'FOK',
    postOnly: order.terms.postOnly,
    remaining: () => Math.max(0, venue.lots - venue.filled - order.owed),
    limit: venue.limit,
    stop: venue.stop,
    triggered: venue.triggered,
    fresh: venue.fresh,
    arrival: venue.arrival as number,
  };
}

/** Every question by looking through all of them. */
function lookedThrough(orders: readonly RecentOrder[]): Recent {
  return {
    lastSecond(asked, reducing, now) {
      const counted = orders.filter((one) => one.reducing === reducing && one.at > now - SECOND_US);
      const of = (name: 'strategy' | 'instrument'): number => counted.filter((one) => one[name] === asked[name]).length;
      return { all: counted.length, own: of('strategy'), same: of('instrument') };
    },
    newestTwin(asked) {
      const terms = ['strategy', 'instrument', 'side', 'type', 'lots', 'limit', 'stop'] as const;
      const isTwin = (one: RecentOrder): boolean =>
        terms.every((name) => one[name] === asked[name]) && (one.protects ?? null) === asked.terms.protects;
      return orders.findLast(isTwin)?.at ?? null;
    },
  };
}
