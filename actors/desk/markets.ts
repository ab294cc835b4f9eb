/**
 * Instruments and their feeds as they live: judging ticks (stage 1), liveness deadlines, reference prices. What a tick does to candles
 * and orders is theirs; this part tells them through the desk.
 */
import { Deadline, HEALTH } from '#engine/deadlines.ts';
import { HeldBook } from '#engine/execution/held-book.ts';
import { Levels } from '#engine/execution/matching.ts';
import type { FeedFault } from '#engine/inputs.ts';
import { type Block, type BlockKind, lowerBound } from '#engine/market/blocks.ts';
import { calendarById, nextSession, OutsideCalendar, sessionAt, type TradingCalendar } from '#engine/market/calendar.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { type Judgement, Lane } from '#engine/market/lane.ts';
import { type Unit, unitOf } from '#engine/portfolio/valuation.ts';
import type { SourceId, TimeUs } from '#engine/values.ts';
import { Living } from '../actor.ts';
import type { FeedContext, FeedEvent } from '../feed.ts';
import type { CandlesActor } from './candles.ts';
import type { Core } from './core.ts';
import type { Gate, Gates } from './gates.ts';
import type { VenueOrder } from './orders.ts';

export type FeedState = 'DOWN' | 'DEGRADED' | 'HEALTHY';

/** Where a lane stands in the frame at hand: its block, the offset of each fact, how far it is folded and scanned. */
export type LaneCursor = {
  lane: Lane;
  feed: Feed;
  block: Block;
  offsets: Uint32Array;
  /** The only block of the frame: its indexes are the offsets. */
  alone: boolean;
  /** Facts before `pos` have taken effect. */
  pos: number;
  /** Facts in [pos, clean) are ordinary; at `clean` stands one that is not, if `stopped`. */
  clean: number;
  stopped: boolean;
  /** The same for price levels, valid while `levelsOf` is the market's version. */
  level: number;
  levelFound: boolean;
  levelVersion: number;
};

export class Feed {
  readonly market: Market;
  readonly spec: FeedSpec;
  /** By order of definition over all instruments, from 1: how the input hash names it. */
  readonly ordinal: number;
  readonly primary: boolean;
  readonly living: Living<FeedState, FeedContext, FeedEvent>;
  readonly candles: CandlesActor[] = [];
  readonly lanes = new Map<BlockKind, Lane>();
  /** Lanes bound to the frame at hand. */
  bound: LaneCursor[] = [];
  heardAt = -1;
  tickAt = -1;
  readonly silent: Deadline;
  readonly mute: Deadline;
  readonly settle: Deadline;

  constructor(
    markets: Markets,
    core: Core,
    market: Market,
    spec: FeedSpec,
    ordinal: number,
    saved: { value: FeedState; context: FeedContext } | null,
  ) {
    this.market = market;
    this.spec = spec;
    this.ordinal = ordinal;
    this.primary = market.feeds.length === 0;
    const key = `feed:${market.definition.id}:${spec.source}`;
    this.living = new Living(core.machines.feed, key, { mute: spec.muteUs !== null }, saved);
    const { index } = market;
    this.silent = new Deadline(
      HEALTH,
      0,
      index,
      key,
      'silent',
      () => markets.move(this, { type: 'Silent' }),
      (before) => this.#silentAt(before),
    );
    this.mute = new Deadline(
      HEALTH,
      0,
      index,
      key,
      'mute',
      () => markets.move(this, { type: 'Mute' }),
      (before) => this.#muteAt(before),
    );
    this.settle = new Deadline(HEALTH, 0, index, key, 'settle', () => markets.move(this, { type: 'Settled' }));
  }

  lane(kind: BlockKind): Lane {
    let lane = this.lanes.get(kind);
    if (lane === undefined) {
      lane = new Lane(kind, this.spec);
      this.lanes.set(kind, lane);
    }
    return lane;
  }

  /** Arrival of its newest tick before `before`, facts of the frame at hand that have not taken effect yet included. */
  #newestTick(before: number): number {
    let newest = this.tickAt;
    for (const { block, pos } of this.bound) {
      if (pos >= block.count || block.at[pos] >= before) continue;
      const last = block.at[lowerBound(block.at, before, pos) - 1];
      if (last > newest) newest = last;
    }
    return newest;
  }

  #silentAt(before: number): number {
    return this.market.inSession(Math.max(this.heardAt, this.#newestTick(before)), this.spec.silentUs!);
  }

  #muteAt(before: number): number {
    return this.market.inSession(this.#newestTick(before), this.spec.muteUs!);
  }

  /** The calendar may be another: bounds fall due where it puts them. */
  rewatch(core: Core): void {
    core.deadlines.cancel(this.silent);
    core.deadlines.cancel(this.mute);
    this.watch(core);
  }

  /** Liveness is watched while its flag is down. */
  watch(core: Core): void {
    const { silent, mute } = this.living.context;
    if (this.spec.silentUs !== null && !silent && !this.silent.armed)
      core.deadlines.arm(this.silent, Math.max(core.at, this.#silentAt(core.at)), core.at);
    if (this.spec.muteUs !== null && !mute && !this.mute.armed)
      core.deadlines.arm(this.mute, Math.max(core.at, this.#muteAt(core.at)), core.at);
  }
}

export class Market {
  definition: Instrument;
  readonly index: number;
  readonly gate: Gate;
  calendar: TradingCalendar;
  unit: Unit;
  readonly feeds: Feed[] = [];
  /** Last accepted primary trade or bar close; NaN before the first. */
  last = Number.NaN;
  bid = Number.NaN;
  ask = Number.NaN;
  /** What takers walk; null while no account's terms ask for it. */
  book: HeldBook | null = null;
  /** Orders working at the pure venue on this instrument, and the prices at which to look at them. */
  resting: VenueOrder[] = [];
  readonly levels = new Levels();
  watchBelow = -Infinity;
  watchAbove = Infinity;
  /** Rises whenever levels or watches change: scans made for an older one are asked again. */
  levelVersion = 0;

  constructor(definition: Instrument, index: number, gate: Gate) {
    this.definition = definition;
    this.index = index;
    this.gate = gate;
    this.calendar = calendarById(definition.calendar);
    this.unit = unitOf(definition);
  }

  redefine(definition: Instrument): void {
    this.definition = definition;
    this.calendar = calendarById(definition.calendar);
    this.unit = unitOf(definition);
    this.last = Number.NaN;
    this.bid = Number.NaN;
    this.ask = Number.NaN;
    if (this.book !== null) this.book = new HeldBook();
    for (const feed of this.feeds) for (const lane of feed.lanes.values()) lane.forget();
  }

  /** Reference price in ticks, or null before the first. */
  get reference(): number | null {
    if (!Number.isNaN(this.last)) return this.last;
    return Number.isNaN(this.bid) ? null : Math.floor((this.bid + this.ask) / 2);
  }

  /** When a bound after `heard` falls due: inside a session, or that long after the next one opens. */
  inSession(heard: number, bound: number): number {
    const due = (heard + bound) as TimeUs;
    if (this.definition.calendar === 'ALWAYS') return due;
    try {
      if (sessionAt(this.calendar, due) !== null) return due;
      return nextSession(this.calendar, due).open + bound;
    } catch (error) {
      if (error instanceof OutsideCalendar) return due; // beyond the stated days every moment counts as in session
      throw error;
    }
  }
}

export class Markets {
  readonly all: Market[] = [];
  readonly byId = new Map<string, Market>();
  /** Some account's terms walk the book: each instrument holds one. */
  #holdsBooks = false;
  readonly #core: Core;
  readonly #gates: Gates;
  /** Told when the ticks of a feed's open candles are known to be incomplete. */
  readonly #gapped: (feed: Feed) => void;

  constructor(core: Core, gates: Gates, gapped: (feed: Feed) => void) {
    this.#core = core;
    this.#gates = gates;
    this.#gapped = gapped;
  }

  define(definition: Instrument): Market {
    const market = new Market(definition, this.all.length, this.#gates.createArmed('instrument', definition.id));
    if (this.#holdsBooks) market.book = new HeldBook();
    this.all.push(market);
    this.byId.set(definition.id, market);
    for (const spec of definition.feeds) this.addFeed(market, spec);
    return market;
  }

  addFeed(market: Market, spec: FeedSpec): void {
    const feed = new Feed(this, this.#core, market, spec, this.feedCount() + 1, null);
    market.feeds.push(feed);
    this.#gates.restrict(market.gate, 'feed-down', spec.source);
    if (spec.silentUs === null && spec.muteUs === null) this.move(feed, { type: 'Trusted' });
  }

  /** Books begin unknown, and are dropped with the last account that walks them. */
  holdBooks(hold: boolean): void {
    if (hold === this.#holdsBooks) return;
    this.#holdsBooks = hold;
    for (const market of this.all) market.book = hold ? new HeldBook() : null;
  }

  feedCount(): number {
    return this.all.reduce((sum, { feeds }) => sum + feeds.length, 0);
  }

  feed(instrument: string, source: string): Feed | null {
    return this.byId.get(instrument)?.feeds.find((feed) => feed.spec.source === source) ?? null;
  }

  /** Sends the feed's machine an event; a changed state is decided and moves the instrument's gate. */
  move(feed: Feed, event: FeedEvent): void {
    const { living, market, spec } = feed;
    const from = living.value;
    const moved = living.send(event);
    if (moved) {
      const to = living.value;
      const why = event.type === 'Faulted' ? `Faulted:${event.fault}` : event.type === 'Lagged' ? `Lagged:${event.level}` : event.type;
      this.#core.decide('FeedMoved', {
        instrument: market.definition.id,
        source: spec.source,
        from,
        to,
        why,
        numbers: [
          ['heardAt', feed.heardAt < 0 ? 'none' : feed.heardAt],
          ['lag', living.context.lag],
          ['faults', living.context.faults],
        ],
      });
      if (to === 'DOWN') this.#gates.restrict(market.gate, 'feed-down', spec.source);
      if (to === 'DEGRADED') this.#gates.restrict(market.gate, 'feed-degraded', spec.source);
      if (from === 'DOWN') this.#gates.clear(market.gate, 'feed-down', spec.source);
      if (from === 'DEGRADED') this.#gates.clear(market.gate, 'feed-degraded', spec.source);
    }
    if (event.type === 'Lagged' || event.type === 'Fresh') {
      // scans ahead looked for the end of another level of lag
      for (const cursor of feed.bound) {
        cursor.clean = cursor.pos;
        cursor.stopped = false;
      }
    }
    feed.watch(this.#core);
  }

  #settleLater(feed: Feed): void {
    this.#core.deadlines.arm(feed.settle, this.#core.at + feed.spec.settleUs, this.#core.at);
  }

  #fault(feed: Feed, fault: FeedFault): void {
    this.move(feed, { type: 'Faulted', fault, tooMany: feed.spec.faultsToDown });
    this.#settleLater(feed);
  }

  /** Stage 1 of one tick. Null when it was rejected and the fact ends here. */
  judge(cursor: LaneCursor, index: number): Judgement | null {
    const { feed, lane, block } = cursor;
    feed.heardAt = this.#core.at;
    feed.tickAt = this.#core.at;
    const { silent, mute, lost } = feed.living.context;
    if (silent || mute || lost) {
      this.move(feed, { type: 'Heard' });
      this.#settleLater(feed);
    }
    const judged = lane.judge(block, index);
    if (judged.rejected !== null) {
      if (judged.jumped) {
        this.#fault(feed, 'gap');
        this.#gapped(feed);
      }
      if (lane.kind === 'book' && judged.rejected !== 'duplicate') this.#loseBook(feed);
      this.#reject(cursor, index, judged);
      return null;
    }
    if (judged.jumped) {
      this.#fault(feed, 'gap');
      this.#gapped(feed);
      if (lane.kind === 'book') this.#loseBook(feed);
    }
    if (judged.timeBack) this.#fault(feed, 'time-back');
    if (judged.lag !== feed.living.context.lag) {
      if (judged.lag === 0) {
        this.move(feed, { type: 'Fresh' });
        this.#settleLater(feed);
      } else this.move(feed, { type: 'Lagged', level: judged.lag });
    }
    return judged;
  }

  #reject(cursor: LaneCursor, index: number, judged: Judgement): void {
    const { feed, lane, block } = cursor;
    const fault = judged.rejected!;
    this.#core.decide('TickRejected', {
      instrument: feed.market.definition.id,
      source: feed.spec.source,
      fault,
      numbers:
        fault === 'duplicate'
          ? [
              ['venueSeq', judged.value],
              ['newest', lane.newestSeq],
            ]
          : fault === 'crossed'
            ? [
                ['bid', block.values[0][index]],
                ['ask', block.values[2][index]],
              ]
            : [
                ['venueTime', block.venueTime[index]],
                ['value', judged.value],
              ],
    });
    this.#fault(feed, fault);
  }

  /** A heartbeat of a source: alive, perhaps mute. */
  beat(source: SourceId): void {
    for (const feed of this.#feedsOf(source)) {
      feed.heardAt = this.#core.at;
      const { silent, lost } = feed.living.context;
      if (silent || lost) {
        this.move(feed, { type: 'Beat' });
        this.#settleLater(feed);
      } else feed.watch(this.#core);
    }
  }

  lose(source: SourceId): void {
    for (const feed of this.#feedsOf(source)) {
      this.move(feed, { type: 'Lost' });
      this.#gapped(feed);
      this.#loseBook(feed);
    }
  }

  /** Changes of it are left out. */
  loseBook(instrument: string, source: string): void {
    const feed = this.feed(instrument, source);
    if (feed !== null) this.#loseBook(feed);
  }

  #loseBook({ primary, market }: Feed): void {
    if (primary) market.book?.lose();
  }

  *#feedsOf(source: SourceId): Iterable<Feed> {
    for (const market of this.all) for (const feed of market.feeds) if (feed.spec.source === source) yield feed;
  }
}
