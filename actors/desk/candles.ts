/**
 * The candles of one instrument, source and timeframe as they live (stage 2): opening, closing by deadline or by tick, grace,
 * amendments, and telling children and strategies. The numbers fold in engine/market/candle-fold.ts.
 */
import { CLOSES, Deadline } from '#engine/deadlines.ts';
import { OutsideCalendar, sessionAt } from '#engine/market/calendar.ts';
import { CandleFold } from '#engine/market/candle-fold.ts';
import type { Candle } from '#engine/market/instrument.ts';
import type { TimeUs } from '#engine/values.ts';
import { Living } from '../actor.ts';
import type { CandlesEvent } from '../candles.ts';
import type { Core } from './core.ts';
import type { Feed } from './markets.ts';

export type CandlesState = 'idle' | 'forming' | 'grace' | 'gap';
/** What a restored actor is told of its past; a new one finds its parent itself. */
export type SavedLife = Readonly<{ value: CandlesState; parent: number | null }>;
export type ClosedBy = 'deadline' | 'tick' | 'bar' | 'redefined';
export type Grace = { candle: Candle; version: number; readonly deadline: Deadline };

/** Who listens: the strategies that subscribed, and the marks. */
export type CandleListener = Readonly<{
  formed(candles: CandlesActor, end: number): void;
  closed(candles: CandlesActor, candle: Candle): void;
  /** It folds a candle whose own closing time is already here: it closes in its turn of this stage. */
  overdue(candles: CandlesActor): void;
}>;

export class CandlesActor {
  readonly feed: Feed;
  readonly timeframeUs: number;
  readonly parent: CandlesActor | null;
  readonly children: CandlesActor[] = [];
  readonly living: Living<CandlesState, Record<string, never>, CandlesEvent>;
  readonly fold = new CandleFold();
  readonly graces: Grace[] = [];
  readonly close: Deadline;
  lastEnd: number | null = null;
  lastClose: number | null = null;
  readonly key: string;
  readonly #core: Core;
  readonly #listener: CandleListener;

  constructor(
    core: Core,
    feed: Feed,
    timeframeUs: number,
    parent: CandlesActor | null,
    listener: CandleListener,
    saved: CandlesState | null = null,
  ) {
    this.#core = core;
    this.feed = feed;
    this.timeframeUs = timeframeUs;
    this.parent = parent;
    this.#listener = listener;
    this.key = `candles:${feed.market.definition.id}:${feed.spec.source}:${timeframeUs}`;
    this.living = new Living(core.machines.candles, this.key, undefined, saved === null ? null : { value: saved, context: {} });
    this.close = new Deadline(CLOSES, timeframeUs, feed.market.index, this.key, 'close', () => this.closeDue());
    parent?.children.push(this);
    parent?.children.sort((a, b) => a.timeframeUs - b.timeframeUs);
  }

  #send(event: CandlesEvent): void {
    const from = this.living.value;
    if (!this.living.send(event)) return;
    this.#core.decide('CandlesMoved', {
      instrument: this.feed.market.definition.id,
      source: this.feed.spec.source,
      timeframeUs: this.timeframeUs,
      from,
      to: this.living.value,
      why: event.type,
      numbers: [],
    });
  }

  /** The `close` deadline: the candle's time is over, or a whole interval passed without a trade. */
  closeDue(): void {
    if (this.fold.isOpen) {
      this.finish('deadline');
      return;
    }
    const { spec, market } = this.feed;
    if (spec.fillFlat && this.lastClose !== null && this.lastEnd !== null && inSession(market, this.lastEnd + this.timeframeUs - 1)) {
      const price = this.lastClose;
      this.fold.begin(this.lastEnd, this.lastEnd + this.timeframeUs, true);
      this.fold.open = this.fold.high = this.fold.low = this.fold.close = price;
      this.finish('deadline');
    } else this.#send({ type: 'Emptied' });
  }

  /** Stage 2 of a fact whose venue time has reached the border. */
  closeByTick(venueTime: number): void {
    if (this.fold.isOpen && venueTime >= this.fold.end) {
      this.#core.deadlines.cancel(this.close);
      this.finish('tick');
    }
  }

  finish(by: ClosedBy): void {
    this.#core.deadlines.cancel(this.close);
    const candle = this.fold.finish();
    this.#said(candle, by);
    this.#handOn(candle);
    if (by === 'redefined') {
      this.#send({ type: 'Emptied' });
      return;
    }
    const { latenessUs, graceUs } = this.feed.spec;
    const { at, deadlines } = this.#core;
    if (graceUs > 0 && this.parent === null) {
      this.#keepGrace(candle, 1);
      this.#send({ type: 'ClosedIntoGrace' });
    } else if (this.living.value === 'gap') this.#send({ type: 'Mended' });
    const next = candle.end + this.timeframeUs + latenessUs;
    if (next > at) deadlines.arm(this.close, next, at);
    else this.#send({ type: 'Emptied' });
  }

  #said(candle: Candle, by: ClosedBy): void {
    this.lastEnd = candle.end;
    this.lastClose = candle.close;
    this.#core.decide('CandleClosed', {
      instrument: this.feed.market.definition.id,
      source: this.feed.spec.source,
      timeframeUs: this.timeframeUs,
      start: candle.start,
      end: candle.end,
      open: candle.open,
      high: candle.high,
      low: candle.low,
      close: candle.close,
      volume: candle.volume,
      trades: candle.trades,
      complete: candle.complete,
      by,
    });
    if (by !== 'redefined') this.#listener.closed(this, candle);
  }

  /** Children fold first versions only, never ticks. */
  #handOn(candle: Candle): void {
    for (const child of this.children) child.#absorb(candle);
  }

  #absorb(candle: Candle): void {
    const { at, deadlines } = this.#core;
    const { fold } = this;
    if (!fold.isOpen) {
      const start = Math.floor(candle.start / this.timeframeUs) * this.timeframeUs;
      if (this.lastEnd !== null && start < this.lastEnd) {
        this.#tooLate(candle.start, 0); // its interval has been closed, and no interval closes twice; its ticks are in the lower candle
        return;
      }
      fold.begin(start, start + this.timeframeUs, true);
      const closeAt = fold.end + this.feed.spec.latenessUs;
      // not after now: it closes in its own turn of this same stage, when the closes of this fact or instant come to it
      if (closeAt > at) deadlines.arm(this.close, closeAt, at);
      else {
        deadlines.cancel(this.close);
        this.#listener.overdue(this);
      }
      fold.absorb(candle);
      if (this.living.value === 'idle') this.#send({ type: 'Formed' });
      this.#listener.formed(this, fold.end);
    } else fold.absorb(candle);
  }

  #keepGrace(candle: Candle, version: number): void {
    const { latenessUs, graceUs } = this.feed.spec;
    const over = candle.end + latenessUs + graceUs;
    if (over <= this.#core.at) return;
    const grace: Grace = {
      candle,
      version,
      deadline: new Deadline(CLOSES, this.timeframeUs, this.feed.market.index, this.key, `grace@${candle.end}`, () => {
        this.graces.splice(this.graces.indexOf(grace), 1);
        if (this.graces.length === 0) this.#send({ type: 'GraceOver', open: this.fold.isOpen });
      }),
    };
    this.graces.push(grace);
    this.#core.deadlines.arm(grace.deadline, over, this.#core.at);
  }

  /** The contract changed: the open candle ends here, and nothing of the old ticks is left to act later. */
  redefine(): void {
    if (this.fold.isOpen) this.finish('redefined');
    const { deadlines } = this.#core;
    deadlines.cancel(this.close);
    for (const { deadline } of this.graces) deadlines.cancel(deadline);
    if (this.graces.length > 0) {
      this.graces.length = 0;
      this.#send({ type: 'GraceOver', open: false });
    }
    this.lastClose = null;
  }

  /** One accepted trade, after the closes it caused. */
  takeTrade(venueTime: number, price: number, lots: number, jumped: boolean): void {
    const { fold, timeframeUs } = this;
    if (fold.isOpen) {
      if (venueTime >= fold.start) fold.take(price, lots);
      else this.#late(venueTime, price, lots);
      return;
    }
    if (this.lastEnd !== null && venueTime < this.lastEnd) {
      this.#late(venueTime, price, lots);
      return;
    }
    const start = Math.floor(venueTime / timeframeUs) * timeframeUs;
    const closeAt = start + timeframeUs + this.feed.spec.latenessUs;
    if (closeAt <= this.#core.at) {
      this.#tooLate(venueTime);
      return;
    }
    fold.begin(start, start + timeframeUs, !jumped);
    fold.take(price, lots);
    this.#core.deadlines.arm(this.close, closeAt, this.#core.at);
    if (this.living.value === 'idle') this.#send({ type: 'Formed' });
    this.#listener.formed(this, fold.end);
  }

  #late(venueTime: number, price: number, lots: number): void {
    const grace = this.graces.find(({ candle }) => venueTime >= candle.start && venueTime < candle.end);
    if (grace === undefined) {
      this.#tooLate(venueTime);
      return;
    }
    const { candle } = grace;
    grace.candle = {
      ...candle,
      high: Math.max(candle.high, price),
      low: Math.min(candle.low, price),
      volume: candle.volume + lots,
      trades: candle.trades + 1,
    };
    grace.version++;
    const { start, end, open, high, low, close, volume, trades } = grace.candle;
    this.#core.decide('CandleAmended', {
      instrument: this.feed.market.definition.id,
      source: this.feed.spec.source,
      timeframeUs: this.timeframeUs,
      start,
      end,
      version: grace.version,
      open,
      high,
      low,
      close,
      volume,
      trades,
    });
  }

  #tooLate(venueTime: number, count = 1): void {
    this.#core.decide('TickTooLate', {
      instrument: this.feed.market.definition.id,
      source: this.feed.spec.source,
      venueTime: venueTime as TimeUs,
      count,
    });
  }

  /** A bar fact is a closed candle by itself. */
  takeBar(candle: Candle): void {
    if (this.lastEnd !== null && candle.start < this.lastEnd) {
      this.#tooLate(candle.start);
      return;
    }
    this.#said(candle, 'bar');
    this.#handOn(candle);
    if (this.living.value === 'idle') this.#send({ type: 'Formed' });
  }

  /** Ticks of its open candle are known to be missing. */
  gapped(): void {
    if (!this.fold.isOpen) return;
    this.fold.complete = false;
    this.#send({ type: 'Gapped' });
  }

  loadGrace(candle: Candle, version: number): void {
    this.#keepGrace(candle, version);
  }
}

function inSession(market: Feed['market'], at: number): boolean {
  if (market.definition.calendar === 'ALWAYS') return true;
  try {
    return sessionAt(market.calendar, at as TimeUs) !== null;
  } catch (error) {
    if (error instanceof OutsideCalendar) return true;
    throw error;
  }
}
