/**
 * The desk: (state, input) → decisions, synchronously. It fires due deadlines first, scans each instrument to the next edge, folds
 * what lies before it, and runs the stages of KERNEL §3 for what is left. No clock, no chance, no promise.
 */
import { assert } from '#engine/assert.ts';
import { CLOSES, compareDue, type Deadline, HEALTH, MARKS, VENUE } from '#engine/deadlines.ts';
import { venueFact } from '#engine/execution/matching.ts';
import { termsOf } from '#engine/execution/order-terms.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { checkInput } from '#engine/inputs-check.ts';
import { type Block, lowerBound, type MarketFrame } from '#engine/market/blocks.ts';
import type { Candle } from '#engine/market/instrument.ts';
import { NewestNames } from '#engine/newest-names.ts';
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import type { Plain } from '#engine/record.ts';
import type { Seq, TimeUs } from '#engine/values.ts';
import { Accounts } from './desk/accounts.ts';
import { CandlesActor, type SavedLife } from './desk/candles.ts';
import { Core, type DeskOptions, SCANS, type Scans } from './desk/core.ts';
import { Gates } from './desk/gates.ts';
import { strategyFor, takeInput } from './desk/inputs.ts';
import { linkFill, takeLinks } from './desk/links.ts';
import { type Feed, type LaneCursor, Markets } from './desk/markets.ts';
import { type FillListener, Orders } from './desk/orders.ts';
import { askedOf, cancelNonReducing, type Parts, REMEMBERED_KEYS } from './desk/parts.ts';
import { rearm } from './desk/reconciliation.ts';
import { setOff } from './desk/set-off.ts';
import { loadDesk, type SavedDesk, saveDesk } from './desk/state.ts';
import { type Deployed, Strategies, type Wanted } from './desk/strategies.ts';
import { Trading } from './desk/trading.ts';
import { viewOf } from './desk/view.ts';

/** An alarm wanted for now or the past comes this much later: one that always wants it must not stop time. */
const SOONEST_ALARM_US = 1000;
const NOTHING_WANTED: readonly Wanted[] = [];
/** So many facts are scanned, then folded: what the scan read is still near when the fold reads it. */
const WINDOW = 4096;
/** Rounds of one instant: more is a loop, not a market. */
const MOST_ROUNDS = 16;

export class Desk {
  readonly parts: Parts;
  readonly #core: Core;
  readonly #scans: Scans;
  readonly #accounts: Accounts;
  readonly #markets: Markets;
  readonly #orders: Orders;
  readonly #strategies: Strategies;
  readonly #trading: Trading;
  /** Candles that must close in this stage although no deadline of theirs is armed. */
  #overdue: Deadline[] = [];
  /** Instruments of which a primary candle closed in this round. */
  readonly #closedIn = new Set<string>();
  #cursors: LaneCursor[] = [];
  readonly #cancelNonReducing = (strategy: Deployed): void => cancelNonReducing(this.parts, strategy, 'faulted');

  constructor(options: DeskOptions) {
    const core = new Core(options);
    const gates = new Gates(core);
    const markets = new Markets(core, gates, (feed) => {
      for (const candles of feed.candles) candles.gapped();
    });
    const accounts = new Accounts(core, gates, markets);
    const orders: Orders = new Orders(
      core,
      gates,
      (order, fill, late) => this.#book(order, fill, late),
      (order) => this.parts.linked.push({ reduce: order }),
    );
    const strategies: Strategies = new Strategies(core, gates, (whose) => viewOf(core, markets, accounts, orders, whose));
    const trading = new Trading(core, gates, markets, accounts, orders, strategies);
    this.#core = core;
    this.#scans = options.scans ?? SCANS;
    this.#accounts = accounts;
    this.#markets = markets;
    this.#orders = orders;
    this.#strategies = strategies;
    this.#trading = trading;
    this.parts = {
      core,
      gates,
      markets,
      accounts,
      orders,
      strategies,
      trading,
      refused: [],
      commands: new Map(),
      signals: new NewestNames(REMEMBERED_KEYS),
      asked: [],
      linked: [],
      candles: (feed, timeframeUs, saved = null) => this.#candlesOf(feed, timeframeUs, saved),
    };
  }

  /** The last number that took effect. */
  get seq(): Seq {
    return this.#core.cause;
  }

  get at(): TimeUs {
    return this.#core.at;
  }

  /** The whole state as plain data; a desk made new and given it goes on as if nothing had happened. */
  save(): Plain {
    return saveDesk(this.parts) as unknown as Plain;
  }

  load(saved: Plain): void {
    assert(this.#core.cause === 0 && this.#markets.all.length === 0, 'only a new desk is given a state');
    loadDesk(this.parts, saved as unknown as SavedDesk);
  }

  /** When the next deadline falls due, or null. The sequencer passes time to it when nothing arrives. */
  nextDeadline(): TimeUs | null {
    const next = this.#nextInstant();
    return next === Infinity ? null : (next as TimeUs);
  }

  passTime(at: TimeUs): void {
    assert(at >= this.#core.at, () => `time passed to ${at}, which is before ${this.#core.at}`);
    this.#fireUpTo(at);
    this.#core.at = at;
  }

  /** Numbers up to this one do not happen here: a branch leaves out what its parent took. */
  leaveOut(seq: Seq, facts: MarketFrame | null = null): void {
    assert(seq > this.#core.cause, () => `left out up to ${seq}, after ${this.#core.cause}`);
    for (const { kind, instrument, source } of facts?.blocks ?? []) if (kind === 'book') this.#markets.loseBook(instrument, source);
    this.#core.cause = seq;
    this.#core.index = 0;
  }

  takeInput(record: InputRecord): void {
    assert(record.seq === this.#core.cause + 1, `input ${record.seq} after ${this.#core.cause}`);
    checkInput(record);
    if (record.type === 'StrategyDeployed') strategyFor(this.parts, record);
    this.#fireUpTo(record.at);
    this.#begin(record.seq, record.at);
    takeInput(this.parts, record);
    this.#overdue = []; // a redefinition closes children itself
    this.#finishFact();
  }

  takeMarket(frame: MarketFrame): void {
    assert(frame.first === this.#core.cause + 1, `frame from ${frame.first} after ${this.#core.cause}`);
    this.#bind(frame);
    let offset = 0;
    while (offset < frame.count) {
      const instant = this.#nextInstant();
      const limit = this.#offsetAt(instant, frame.count);
      const reach = Math.min(limit, offset + WINDOW);
      let edge = reach;
      let edgeCursor: LaneCursor | null = null;
      for (const cursor of this.#cursors) {
        const index = this.#edgeIn(cursor, edge);
        if (index < cursor.block.count && cursor.offsets[index] < edge) {
          edge = cursor.offsets[index];
          edgeCursor = cursor;
        }
      }
      if (edge > offset) {
        this.#foldTo(edge, frame.first);
        offset = edge;
      }
      if (edgeCursor !== null) {
        this.#takeTick(edgeCursor, (frame.first + edge) as Seq);
        offset = edge + 1;
      } else if (reach === limit && limit < frame.count) this.#runInstant(instant);
    }
    this.#unbind();
  }

  // scanning and folding

  #bind(frame: MarketFrame): void {
    this.#cursors = frame.blocks.map((block, index) => {
      const feed = this.#markets.feed(block.instrument, block.source);
      assert(feed !== null, `a block of ${block.instrument} from ${block.source}, which is not defined`);
      const cursor: LaneCursor = {
        lane: feed.lane(block.kind),
        feed,
        block,
        offsets: frame.offsets[index],
        alone: frame.blocks.length === 1,
        pos: 0,
        clean: 0,
        stopped: false,
        level: 0,
        levelFound: false,
        levelVersion: -1,
      };
      feed.bound.push(cursor);
      return cursor;
    });
  }

  #unbind(): void {
    for (const { feed } of this.#cursors) feed.bound = [];
    this.#cursors = [];
  }

  /** The earliest instant at which something is due. Liveness deadlines are moved to where the ticks so far have put them. */
  #nextInstant(): number {
    const { deadlines } = this.#core;
    for (;;) {
      const first = deadlines.first;
      if (first === null) return this.#accounts.nextSecond;
      if (first.trueAt !== null) {
        const due = first.trueAt(first.at);
        if (due > first.at) {
          deadlines.arm(first, due, this.#core.at);
          continue;
        }
      }
      return Math.min(first.at, this.#accounts.nextSecond);
    }
  }

  /** Offset of the first fact that has not arrived before `instant`. */
  #offsetAt(instant: number, count: number): number {
    let offset = count;
    if (instant === Infinity) return offset;
    for (const { block, offsets, pos } of this.#cursors) {
      const index = this.#scans.atInstant(block.at, pos, block.count, instant);
      if (index < block.count && offsets[index] < offset) offset = offsets[index];
    }
    return offset;
  }

  /** Index in the lane of the first fact before offset `limit` that must be taken by itself, or where the search ended. */
  #edgeIn(cursor: LaneCursor, limit: number): number {
    const { block, offsets, pos, feed, lane } = cursor;
    if (pos >= block.count) return block.count;
    const to = cursor.alone ? limit : lowerBound(offsets, limit, pos);
    if (pos >= to) return to;
    const { silent, mute, lost, lag } = feed.living.context;
    if (silent || mute || lost) return pos;
    if (cursor.clean < pos) {
      cursor.clean = pos;
      cursor.stopped = false;
    }
    if (!cursor.stopped && cursor.clean < to) {
      cursor.clean = this.#scans.ordinary(lane, block, pos, cursor.clean, to, lag);
      cursor.stopped = cursor.clean < to;
    }
    let edge = Math.min(to, cursor.clean);
    if (lane.kind === 'trade') edge = this.#candleEdge(cursor, edge);
    if (feed.primary && lane.kind !== 'book') edge = this.#levelEdge(cursor, edge);
    return edge;
  }

  /** A trade that opens a candle or reaches the border of an open one. */
  #candleEdge({ block, pos, feed }: LaneCursor, to: number): number {
    let edge = to;
    for (const { fold, parent } of feed.candles) {
      if (parent !== null && !fold.isOpen) continue;
      if (!fold.isOpen) return pos;
      if (parent === null && block.venueTime[pos] < fold.start) return pos;
      edge = this.#scans.atBorder(block.venueTime, pos, edge, fold.end);
    }
    return edge;
  }

  /** A tick that meets a resting order or a watched level. */
  #levelEdge(cursor: LaneCursor, to: number): number {
    const { block, pos, feed, lane } = cursor;
    const { levels, watchAbove, watchBelow, levelVersion } = feed.market;
    if (levels.always) return pos;
    if (cursor.levelVersion !== levelVersion || cursor.level < pos) {
      cursor.levelVersion = levelVersion;
      cursor.level = pos;
      cursor.levelFound = false;
    }
    if (cursor.levelFound) return Math.min(to, cursor.level);
    const from = cursor.level;
    if (from >= to) return to;
    let found: number;
    if (lane.kind === 'trade') {
      const low = Math.max(levels.buyBelow, levels.sellBelow, watchBelow);
      const high = Math.min(levels.buyAbove, levels.sellAbove, watchAbove);
      if (low === -Infinity && high === Infinity) return to;
      found = this.#scans.atLevel(block.values[0], from, to, low, high);
    } else {
      if (feed.market.resting.length === 0) return to;
      found = this.#scans.atQuoteLevel(levels, block.values[0], block.values[2], from, to);
    }
    cursor.level = found;
    cursor.levelFound = found < to;
    return found;
  }

  /** Folds every lane up to the offset: ordinary ticks, of which nobody needs to be told. */
  #foldTo(offset: number, first: number): void {
    for (const cursor of this.#cursors) {
      const { block, offsets, feed, lane } = cursor;
      const from = cursor.pos;
      if (from >= block.count || offsets[from] >= offset) continue;
      const to = cursor.alone ? offset : lowerBound(offsets, offset, from);
      lane.fold(block, from, to);
      const at = block.at[to - 1];
      if (at > feed.heardAt) feed.heardAt = at;
      if (at > feed.tickAt) feed.tickAt = at;
      if (lane.kind === 'trade') {
        for (const { fold, parent } of feed.candles) if (parent === null) fold.fold(block.values[0], block.values[1], from, to);
        if (feed.primary) feed.market.last = block.values[0][to - 1];
      } else if (lane.kind === 'quote' && feed.primary) {
        feed.market.bid = lane.lastBid;
        feed.market.ask = lane.lastAsk;
      } else if (lane.kind === 'book' && feed.primary && feed.market.book !== null) {
        const [prices, lots] = block.values;
        for (let i = from; i < to; i++) feed.market.book.take(block.flags[i], block.venueTime[i], prices[i], lots[i]);
      }
      cursor.pos = to;
      if (at > this.#core.at) this.#core.at = at as TimeUs;
    }
    this.#core.cause = (first + offset - 1) as Seq;
    this.#core.index = 0;
  }

  // facts and instants

  #begin(seq: Seq, at: TimeUs): void {
    assert(at >= this.#core.at, () => `number ${seq} arrived at ${at}, before ${this.#core.at}: time never goes back`);
    this.#core.cause = seq;
    this.#core.index = 0;
    this.#core.at = at;
  }

  #fireUpTo(at: TimeUs): void {
    for (;;) {
      const instant = this.#nextInstant();
      if (instant > at) return;
      this.#runInstant(instant);
    }
  }

  /** One tick by itself, through all stages. */
  #takeTick(cursor: LaneCursor, seq: Seq): void {
    const { block, feed, lane } = cursor;
    const index = cursor.pos++;
    this.#begin(seq, block.at[index] as TimeUs);
    const judged = this.#markets.judge(cursor, index);
    if (judged !== null) {
      const { market } = feed;
      switch (lane.kind) {
        case 'trade': {
          const price = block.values[0][index];
          const venueTime = block.venueTime[index];
          for (const candles of feed.candles) candles.closeByTick(venueTime);
          for (const candles of feed.candles)
            if (candles.parent === null) candles.takeTrade(venueTime, price, block.values[1][index], judged.jumped);
          if (feed.primary) {
            market.last = price;
            this.#strategies.levels(market, price);
          }
          break;
        }
        case 'quote':
          if (feed.primary) {
            market.bid = block.values[0][index];
            market.ask = block.values[2][index];
          }
          break;
        case 'bar': {
          const candles = feed.candles.find(({ timeframeUs }) => timeframeUs === block.timeframeUs);
          if (feed.primary) market.last = block.values[3][index]; // first: whoever hears of the close values what is held at it
          candles?.takeBar(barAt(block, index));
          break;
        }
        case 'book':
          if (feed.primary) market.book?.take(block.flags[index], block.venueTime[index], block.values[0][index], block.values[1][index]);
          break;
      }
      if (this.#overdue.length > 0) this.#closeOverdue([]);
      this.#markCloses();
      if (feed.primary && lane.kind !== 'book') this.#orders.match(market, venueFact(lane.kind, block, index), this.#accounts.all);
    }
    this.#finishFact();
  }

  /** The stages after a fact's own, and what it armed for its own instant. */
  #finishFact(): void {
    this.#lateStages();
    this.#fireUpTo(this.#core.at);
  }

  /** All deadlines of one instant are one fact, run in rounds. */
  #runInstant(instant: number): void {
    const core = this.#core;
    const { deadlines } = core;
    core.at = instant as TimeUs;
    let second = this.#accounts.nextSecond === instant;
    for (let round = 0; second || deadlines.next <= instant; round++) {
      assert(round < MOST_ROUNDS, () => `${MOST_ROUNDS} rounds at ${instant} and still something due`);
      const due = this.#takeDue(instant);
      let next = 0;
      while (next < due.length && due[next].stage === HEALTH) due[next].fire(due[next++]);
      if (next < due.length && due[next].stage === CLOSES) {
        const closes: Deadline[] = [];
        while (next < due.length && due[next].stage === CLOSES) closes.push(due[next++]);
        this.#closeOverdue(closes);
      }
      while (next < due.length && due[next].stage === MARKS) due[next].fire(due[next++]);
      this.#markCloses();
      if (second) this.#accounts.markSecond(instant);
      second = false;
      while (next < due.length && due[next].stage === VENUE) due[next].fire(due[next++]);
      while (next < due.length) due[next].fire(due[next++]);
      this.#lateStages();
    }
  }

  #takeDue(instant: number): Deadline[] {
    const due = this.#core.deadlines.takeDue(instant);
    let lagging = false;
    for (const deadline of due) if (deadline.trueAt !== null) lagging = true;
    if (!lagging) return due;
    return due.filter((deadline) => {
      if (deadline.trueAt === null) return true;
      const at = deadline.trueAt(instant);
      if (at <= instant) return true;
      this.#core.deadlines.arm(deadline, at, instant);
      return false;
    });
  }

  /** Stage 2: closes in their order, those that come due on the way in their own turn. */
  #closeOverdue(closes: Deadline[]): void {
    let list = closes;
    if (this.#overdue.length > 0) {
      list = [...closes, ...this.#overdue].sort(compareDue);
      this.#overdue = [];
    }
    for (let next = 0; next < list.length; next++) {
      list[next].fire(list[next]);
      if (this.#overdue.length === 0) continue;
      const rest = list.slice(next + 1);
      // one whose deadline is due at this very instant has its turn already
      for (const close of this.#overdue) if (!rest.includes(close)) rest.push(close);
      list = [...list.slice(0, next + 1), ...rest.sort(compareDue)];
      this.#overdue = [];
    }
  }

  #markCloses(): void {
    if (this.#closedIn.size === 0) return;
    this.#accounts.markCloses(this.#closedIn);
    this.#closedIn.clear();
  }

  /** Stages 5, 6 and 7. */
  #lateStages(): void {
    const wanted = this.#strategies.anyWoken ? this.#strategies.wake(this.#cancelNonReducing) : NOTHING_WANTED;
    const { asked } = this.parts;
    if (asked.length > 0) {
      for (const ask of asked.splice(0)) {
        if ('rearm' in ask) rearm(this.parts, ask.rearm);
        else if (!this.#trading.ask(ask) && ask.flatten) this.#trading.keepProtection(ask);
      }
    }
    if (this.parts.linked.length > 0) takeLinks(this.parts);
    for (const { strategy, intent } of wanted) this.#want(strategy, intent);
    if (this.#trading.hasActions) this.#trading.act();
  }

  #want(strategy: Wanted['strategy'], intent: Wanted['intent']): void {
    const trading = this.#trading;
    switch (intent.do) {
      case 'order': {
        const market = this.#markets.byId.get(intent.instrument);
        const { side, type, lots, limit, stop, expiresAt, reduceOnly, why } = intent;
        if (market === undefined) {
          const { id, account } = strategy;
          const asked = { account: account.spec.id, strategy: id, instrument: intent.instrument, side, orderType: type, lots, limit, stop };
          this.#core.decide('OrderRefused', { ...asked, why, clauses: [] });
          return;
        }
        const order = askedOf(
          { account: strategy.account.spec.id, strategy: strategy.id, market },
          { side, type, lots, limit, stop, expiresAt, terms: termsOf(intent, expiresAt), reduceOnly, why },
        );
        trading.ask({ account: strategy.account, strategy: strategy.id, market, order, flatten: false, rearms: null });
        return;
      }
      case 'cancel': {
        const order = this.#orders.all.get(intent.order);
        if (order !== undefined && order.strategy === strategy.id) trading.askCancel(order, intent.why);
        return;
      }
      case 'replace': {
        const order = this.#orders.all.get(intent.order);
        const { lots, limit, stop, why } = intent;
        if (order !== undefined && order.strategy === strategy.id) trading.askReplace(order, { lots, limit, stop }, why);
        return;
      }
      case 'watch': {
        const market = this.#markets.byId.get(intent.instrument);
        if (market !== undefined) this.#strategies.watch(strategy, market, intent.above, intent.below);
        return;
      }
      case 'alarm':
        this.#core.deadlines.arm(strategy.alarm, Math.max(intent.at, this.#core.at + SOONEST_ALARM_US), this.#core.at);
        return;
    }
  }

  /** A fill, booked: postings, marks, exposure, and who wants to hear of it. */
  #book(...[order, fill, late]: Parameters<FillListener>): void {
    const { account, strategy, market, side } = order;
    const { id, currency } = account.spec;
    const instrument = market.definition.id;
    const booked = this.#accounts.ledger.fill(id, strategy, instrument, currency, market.unit, {
      side,
      lots: fill.lots,
      price: fill.price,
      fee: fill.fee,
    });
    const address = this.#core.nextAddress();
    this.#core.decide('OrderFilled', {
      order: order.id,
      account: id,
      strategy,
      instrument,
      side,
      lots: fill.lots,
      price: fill.price,
      fee: fill.fee,
      maker: fill.maker,
      late,
      position: booked.position,
      realised: booked.realised,
    });
    for (const { book, amount, why } of booked.postings)
      this.#core.decide('Posted', { account: id, strategy, instrument, currency, book, amount, why });
    if (late) this.#core.decide('ReconciliationNeeded', { account: id, why: 'fill after end', order: order.id });
    this.#accounts.markFill(account, strategy);
    this.#accounts.checkExposure('account', id);
    this.#accounts.checkExposure('strategy', strategy);
    this.#accounts.checkExposure('instrument', instrument);
    if (strategy === NO_STRATEGY) setOff(this.parts, account, market, { side, lots: fill.lots, price: fill.price });
    linkFill(this.parts, order, fill.lots, address);
    this.#strategies.filled(order, fill);
  }

  #candlesOf(feed: Feed, timeframeUs: number, saved: SavedLife | null): CandlesActor {
    const known = feed.candles.find((candles) => candles.timeframeUs === timeframeUs);
    if (known !== undefined) return known;
    let parent: CandlesActor | null = null;
    for (const candles of feed.candles) {
      // a parent is who was there at creation: a shorter timeframe that came later feeds nobody older
      const feeds =
        saved === null
          ? candles.timeframeUs < timeframeUs && timeframeUs % candles.timeframeUs === 0
          : candles.timeframeUs === saved.parent;
      if (feeds) parent = candles;
    }
    const made = new CandlesActor(
      this.#core,
      feed,
      timeframeUs,
      parent,
      {
        formed: (candles, end) => this.#strategies.formed(candles, end),
        closed: (candles, candle) => {
          if (feed.primary) this.#closedIn.add(feed.market.definition.id);
          this.#strategies.closed(candles, candle);
        },
        overdue: (candles) => this.#overdue.push(candles.close),
      },
      saved?.value ?? null,
    );
    feed.candles.push(made);
    feed.candles.sort((a, b) => a.timeframeUs - b.timeframeUs);
    return made;
  }
}

function barAt(block: Block, index: number): Candle {
  const start = block.venueTime[index];
  const [open, high, low, close, volume] = block.values;
  return {
    start: start as TimeUs,
    end: (start + block.timeframeUs) as TimeUs,
    open: open[index],
    high: high[index],
    low: low[index],
    close: close[index],
    volume: volume[index],
    trades: 0,
    complete: true,
  };
}
