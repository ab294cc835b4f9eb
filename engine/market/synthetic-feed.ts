/**
 * One instrument as one source reports it: the market's steps, delayed by the way here and damaged by the faults, written into
 * columns. Never an object a tick; every draw is made whether its fact is shown or not, so faults do not shift the market.
 */
import { type RandomStream, randomStream } from '../random.ts';
import { BlockSlab } from './block-slab.ts';
import { FLAG_BUY, FLAG_SELL } from './blocks.ts';
import type { FeedSpec, Instrument } from './instrument.ts';
import { type Faults, Spells, Strikes } from './synthetic-faults.ts';
import { profileOf } from './synthetic-instruments.ts';
import { PROCESS_NUMBERS, PriceProcess } from './synthetic-price.ts';

/** The most facts of one kind that one arrival brings: four trades, each of them twice. */
export const MAX_BURST = 8;

export class SyntheticFeed {
  /** Arrival of the coming burst, µs. */
  at: number;
  readonly trades: BlockSlab;
  readonly quotes: BlockSlab;

  readonly #paceUs: number;
  readonly #feed: FeedSpec;
  readonly #borderUs: number;
  readonly #process: PriceProcess;
  readonly #way: RandomStream;
  readonly #spells: Readonly<Record<'silence' | 'mute' | 'lag' | 'reconnect', Spells>>;
  readonly #strikes: Readonly<Record<'gap' | 'duplicate' | 'crossed' | 'absurd' | 'late', Strikes>>;
  #messages = 0;
  #quoteMessages = 0;
  #tradeMessages = 0;
  #tradeSeq = 0;
  #quoteSeq = 0;
  #behindBorder = 0;

  constructor(seed: number, instrument: Instrument, feed: FeedSpec, faults: Faults, paceUs: number, startUs: number) {
    this.trades = new BlockSlab(instrument.id, feed.source, 'trade', 0, true);
    this.quotes = new BlockSlab(instrument.id, feed.source, 'quote', 0, true);
    this.#paceUs = paceUs;
    this.#feed = feed;
    this.#borderUs = faults.borderUs;
    this.#process = new PriceProcess(seed, instrument.id, profileOf(instrument.id), startUs);
    const name = `${instrument.id}:${feed.source}`;
    this.#way = randomStream(seed, `way:${name}`);
    this.#spells = {
      silence: silenceOf(seed, feed.source, faults, startUs),
      mute: new Spells(seed, `mute:${name}`, faults.mute, startUs),
      lag: new Spells(seed, `lag:${name}`, faults.lag, startUs),
      reconnect: reconnectOf(seed, feed.source, faults, startUs),
    };
    this.#strikes = {
      gap: new Strikes(seed, `gap:${name}`, faults.gap),
      duplicate: new Strikes(seed, `duplicate:${name}`, faults.duplicate),
      crossed: new Strikes(seed, `crossed:${name}`, faults.crossed),
      absurd: new Strikes(seed, `absurd:${name}`, faults.absurd),
      late: new Strikes(seed, `late:${name}`, faults.late),
    };
    this.at = startUs;
    this.#plan();
  }

  /** Writes the burst that arrives at `at` into the columns, and plans the next. */
  burst(): void {
    const { trades, quotes } = this;
    const process = this.#process;
    const { silence, mute, reconnect } = this.#spells;
    const tradesBefore = trades.count;
    const quotesBefore = quotes.count;
    const tradeSeqBefore = this.#tradeSeq;
    const quoteSeqBefore = this.#quoteSeq;
    trades.reserve(MAX_BURST);
    quotes.reserve(MAX_BURST);
    process.move();
    const { buy, bid, ask } = process;
    for (let i = 0; i < process.trades; i += 1) this.#trade(buy ? ask + (i >> 1) : bid - (i >> 1), process.lots(), buy);
    if (process.quote) this.#quote(bid, process.lots(), ask, process.lots());
    const lost = reconnect.covers(this.at);
    if (silence.covers(this.at) || mute.covers(this.at) || lost) {
      trades.count = tradesBefore;
      quotes.count = quotesBefore;
      if (!lost) {
        this.#tradeSeq = tradeSeqBefore; // nothing was sent, so nothing is missing
        this.#quoteSeq = quoteSeqBefore;
      }
    }
    this.#plan();
  }

  save(): string {
    const counters = `${this.at}.${this.#messages}.${this.#quoteMessages}.${this.#tradeMessages}.${this.#tradeSeq}.${this.#quoteSeq}`;
    const { silence, mute, lag, reconnect } = this.#spells;
    const { gap, duplicate, crossed, absurd, late } = this.#strikes;
    const spells = silence.saved + mute.saved + lag.saved + reconnect.saved;
    const strikes = gap.saved + duplicate.saved + crossed.saved + absurd.saved + late.saved;
    return `${counters}.${this.#behindBorder}.${this.#process.save()}.${this.#way.save().join('.')}${spells}${strikes}`;
  }

  load(saved: readonly number[]): void {
    const counters = saved.slice(0, 7) as [number, number, number, number, number, number, number];
    [this.at, this.#messages, this.#quoteMessages, this.#tradeMessages, this.#tradeSeq, this.#quoteSeq, this.#behindBorder] = counters;
    this.#process.load(saved.slice(7, 7 + PROCESS_NUMBERS));
    let from = 7 + PROCESS_NUMBERS;
    this.#way.load(saved.slice(from, from + 4));
    from += 4;
    for (const part of [...Object.values(this.#spells), ...Object.values(this.#strikes)]) from = part.load(saved, from);
  }

  #plan(): void {
    const process = this.#process;
    process.wait(this.#paceUs);
    const { lag } = this.#spells;
    const draw = this.#way.u32();
    let delay = 300 + (draw & 2047);
    if (((draw >>> 11) & 63) === 0) delay += draw >>> 17; // now and then up to 33 ms more
    if (lag.covers(process.time)) delay += Math.floor((process.time - lag.start) * 0.75);
    this.at = Math.max(this.at + 1, process.time + delay); // first in, first out: what waited behind a late one comes with it
  }

  #trade(price: number, lots: number, buy: boolean): void {
    this.#messages += 1;
    this.#tradeMessages += 1;
    const { gap, duplicate, absurd, late } = this.#strikes;
    const message = this.#messages;
    let venueTime = this.#process.time;
    this.#tradeSeq += 1;
    if (message === gap.next) this.#tradeSeq += 1 + gap.strike().below(20);
    if (message === absurd.next) {
      const details = absurd.strike();
      if (details.below(4) === 0) lots = 0;
      else price = absurdly(price, details);
    }
    if (this.#tradeMessages === late.next) venueTime = this.#lateTime(venueTime, late.strike());
    else if (this.#behindBorder > 0) venueTime = this.#behind(venueTime);
    const flags = buy ? FLAG_BUY : FLAG_SELL;
    this.trades.add(this.at, venueTime, this.#tradeSeq, flags, price, lots, 0, 0);
    if (message === duplicate.next) {
      duplicate.strike();
      this.trades.add(this.at, venueTime, this.#tradeSeq, flags, price, lots, 0, 0);
    }
  }

  #quote(bid: number, bidLots: number, ask: number, askLots: number): void {
    this.#messages += 1;
    this.#quoteMessages += 1;
    const { gap, duplicate, crossed, absurd } = this.#strikes;
    const message = this.#messages;
    this.#quoteSeq += 1;
    if (message === gap.next) this.#quoteSeq += 1 + gap.strike().below(20);
    if (this.#quoteMessages === crossed.next) {
      const locked = crossed.strike().below(2) === 0;
      [bid, ask] = locked ? [ask, ask] : [ask, bid];
    }
    if (message === absurd.next) {
      const details = absurd.strike();
      details.below(4);
      const up = absurdly(bid, details);
      [bid, ask] = [up, up + ask - bid];
    }
    const { time } = this.#process;
    this.quotes.add(this.at, time, this.#quoteSeq, 0, bid, bidLots, ask, askLots);
    if (message === duplicate.next) {
      duplicate.strike();
      this.quotes.add(this.at, time, this.#quoteSeq, 0, bid, bidLots, ask, askLots);
    }
  }

  /** Back inside lateness; back over the next border, inside grace; or too far. */
  #lateTime(venueTime: number, details: RandomStream): number {
    const { latenessUs, graceUs } = this.#feed;
    const kind = details.below(3);
    if (kind === 0) return Math.max(0, Math.min(venueTime, this.at - details.below(latenessUs + 1)));
    if (kind === 2) return Math.max(0, Math.min(venueTime, this.at - latenessUs - graceUs - 1 - details.below(2 * this.#borderUs)));
    this.#behindBorder = 1 + details.below(1_000);
    return this.#behind(venueTime);
  }

  /** Once a border lies between lateness and grace behind us, this trade belongs before it; until then the next trades wait for one. */
  #behind(venueTime: number): number {
    const since = this.at % this.#borderUs;
    if (since <= this.#feed.latenessUs || since >= this.#feed.latenessUs + this.#feed.graceUs) return venueTime;
    const time = Math.max(0, Math.min(venueTime, this.at - since - this.#behindBorder));
    this.#behindBorder = 0;
    return time;
  }
}

/** A source's own spells. Whoever needs them makes them again: the same seed and name give the same spells. */
export const silenceOf = (seed: number, source: string, faults: Faults, startUs: number) =>
  new Spells(seed, `silence:${source}`, faults.silence, startUs);
export const reconnectOf = (seed: number, source: string, faults: Faults, startUs: number) =>
  new Spells(seed, `reconnect:${source}`, faults.reconnect, startUs);

function absurdly(price: number, details: RandomStream): number {
  const factor = 2 + details.below(5);
  return details.below(2) === 0 ? price * factor : Math.max(1, Math.floor(price / factor));
}
