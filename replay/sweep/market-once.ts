/**
 * The market of a sweep, played once by the desk's own actors: each candle of the one series its trials listen to, what stands when they wake
 * for it, and the fact at which a market order of that wake would fill. Null where trials cannot be folded over it (folded-trials.ts).
 */
import { Desk } from '#actors/desk.ts';
import type { Decision } from '#engine/decisions.ts';
import type { Digest } from '#engine/digest.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import { type VenueFact, venueFact } from '#engine/execution/matching.ts';
import type { InputOf, InputRecord } from '#engine/inputs.ts';
import { lowerBound, type MarketFrame } from '#engine/market/blocks.ts';
import type { Candle, Instrument } from '#engine/market/instrument.ts';
import type { PriceBars } from '#engine/run/result.ts';
import { type BarColumns, barColumns } from '#engine/strategy/ahead/bar-columns.ts';
import type { Strategy, StrategyCatalogue, StrategyEvent } from '#engine/strategy/strategy.ts';
import type { DeskId, TimeUs } from '#engine/values.ts';
import { Candles } from '../result-collector.ts';

/** A candle that closed, and the wake it brought. */
export type Moment = {
  readonly event: Extract<StrategyEvent, { type: 'bars' }>;
  /** Reference price when it was said closed. */
  readonly reference: number | null;
  /** What its own fact fills belongs to it: it was closed by its deadline, after that fact, or it is a bar, which fills inside. */
  readonly isAfterFact: boolean;
  readonly isBar: boolean;
  /** Of the wake: number and time of the fact or instant, the reference price, whether orders may leave. */
  cause: number;
  at: number;
  price: number | null;
  isOpen: boolean;
  /** The fact that fills a market order of this wake: its number, its time, what it offers. Infinity: the tapes end before. */
  fillCause: number;
  fillAt: number;
  fact: VenueFact | null;
};

export type MarketOnce = Readonly<{
  instrument: Instrument;
  venue: VenueSpec;
  moments: readonly Moment[];
  /** The same candles as columns, and the reference price at each, NaN before the first. */
  bars: BarColumns;
  reference: Float64Array;
  /** Where equity is looked at: the end of each candle, and the end of the tapes where that is later. */
  time: Float64Array;
  /** The last reference price, the engine's time at the end, and how many facts there were. */
  last: number | null;
  to: TimeUs;
  ticks: number;
  price: PriceBars;
}>;

export type MarketAsked = Readonly<{
  desk: DeskId;
  digest: Digest;
  catalogue: StrategyCatalogue;
  /** As one trial has them, numbered 1, 2, 3 … */
  inputs: readonly InputRecord[];
  tapes: readonly Iterable<MarketFrame>[];
}>;

/** Terms of a pure venue that a fold knows. Any other makes order life more than a fold. */
const KNOWN_TERMS: readonly string[] = [
  ...['latencyUs', 'makerFee', 'takerFee', 'fills', 'rejectAboveLots', 'limitFills'],
  ...['slippageTicks', 'slippageBp', 'spreadTicks', 'volumePermille'],
];

export function marketOnce({ desk: id, digest, catalogue, inputs, tapes }: MarketAsked): MarketOnce | null {
  const deployed = inputs.filter((input): input is InputOf<'StrategyDeployed'> => input.type === 'StrategyDeployed');
  const opened = inputs.find((input): input is InputOf<'AccountOpened'> => input.type === 'AccountOpened');
  const venue = opened?.account.pure ?? null;
  const [deployment] = deployed;
  const [frames] = tapes;
  if (deployment === undefined || deployed.length > 1 || deployment.subscriptions.length !== 1 || venue === null) return null;
  if (frames === undefined || tapes.length > 1 || inputs.some(({ type }) => type === 'LimitsChanged')) return null;
  const isKnown = Object.entries(venue).every(([term, value]) => value === undefined || KNOWN_TERMS.includes(term));
  if (!isKnown) return null;
  const [{ instrument, source, timeframeUs }] = deployment.subscriptions as readonly [InputOf<'StrategyDeployed'>['subscriptions'][number]];
  const candles = new Candles(instrument);
  const moments: Moment[] = [];
  let isFoldable = true;

  const hear = (decision: Decision): void => {
    switch (decision.type) {
      case 'CandleClosed': {
        if (decision.instrument !== instrument || decision.source !== source || decision.timeframeUs !== timeframeUs) return;
        candles.add(decision);
        const { start, end, open, high, low, close, volume, trades, complete } = decision;
        moments.push({
          event: { type: 'bars', end, bars: [{ start, end, open, high, low, close, volume, trades, complete }] },
          reference: referenceNow(),
          isAfterFact: decision.by !== 'tick',
          isBar: decision.by === 'bar',
          cause: -1,
          at: -1,
          price: null,
          isOpen: false,
          fillCause: Number.POSITIVE_INFINITY,
          fillAt: Number.POSITIVE_INFINITY,
          fact: null,
        });
        return;
      }
      case 'TickRejected':
      case 'StrategyMoved':
        if (decision.cause > inputs.length) isFoldable = false; // a fact that fills nothing; a recorder that did not keep up
    }
  };
  const recorder: Partial<Strategy> = {
    wantsFills: false,
    warmup: () => 0,
    start: () => null,
    decide(_state, event) {
      const moment = moments.at(-1);
      if (event.type !== 'bars' || moment === undefined || moment.cause >= 0 || moment.event.end !== event.end) {
        isFoldable = false;
        return;
      }
      moment.cause = desk.seq;
      moment.at = desk.at;
      moment.price = referenceNow();
      moment.isOpen = mayOpen();
    },
    save: () => null,
    load: () => null,
  };
  const desk = new Desk({
    ...{ desk: id, digest, sink: hear },
    catalogue: (name, version) => {
      const definition = catalogue(name, version);
      return definition === null ? null : { ...definition, ...recorder };
    },
  });
  const { gates, markets } = desk.parts;
  const referenceNow = (): number | null => markets.byId.get(instrument)!.reference;
  const mayOpen = (): boolean =>
    gates.all.every(({ living }) => living.value === 'OPEN') && markets.byId.get(instrument)!.feeds[0]!.living.value !== 'DOWN';

  for (const input of inputs) desk.takeInput(input);
  const market = markets.byId.get(instrument)!;
  const isAlone = market.feeds[0]!.spec.source === source;
  let ticks = 0;
  let unfilled = 0;
  for (const given of frames) {
    const frame = { ...given, first: (inputs.length + ticks + 1) as MarketFrame['first'] };
    const [block] = frame.blocks as readonly [MarketFrame['blocks'][number]];
    if (!isAlone || frame.blocks.length > 1 || block.instrument !== instrument || block.source !== source || block.kind === 'book')
      return null;
    desk.takeMarket(frame);
    ticks += frame.count;
    if (!isFoldable) return null;
    for (; unfilled < moments.length; unfilled++) {
      const moment = moments[unfilled]!;
      if (moment.cause < 0) return null;
      const from = Math.max(0, moment.cause + 1 - frame.first);
      const index = lowerBound(block.at, moment.at + venue.latencyUs, from, frame.count);
      if (index >= frame.count) break; // nor does a later wake's order meet a fact of this frame
      moment.fillCause = frame.first + index;
      moment.fillAt = block.at[index]!;
      moment.fact = venueFact(block.kind, block, index);
    }
  }
  if (moments.some(({ cause }) => cause < 0)) return null;
  return {
    ...{ instrument: market.definition, venue, moments, last: market.reference, to: desk.at, ticks, price: candles.all() },
    ...columnsOf(moments, desk.at),
  };
}

function joined(times: Float64Array, last: number): Float64Array {
  const all = new Float64Array(times.length + 1);
  all.set(times);
  all[times.length] = last;
  return all;
}

function columnsOf(moments: readonly Moment[], to: TimeUs): Pick<MarketOnce, 'bars' | 'reference' | 'time'> {
  const column = (of: (candle: Candle, moment: Moment) => number): Float64Array =>
    Float64Array.from(moments, (moment) => of(moment.event.bars[0]!, moment));
  const ends = column(({ end }) => end);
  const last = ends.at(-1);
  return {
    bars: barColumns({
      count: moments.length,
      ...{ open: column(({ open }) => open), high: column(({ high }) => high), low: column(({ low }) => low) },
      ...{ close: column(({ close }) => close), volume: column(({ volume }) => volume) },
    }),
    reference: column((_, { reference }) => reference ?? Number.NaN),
    time: last === undefined || to > last ? joined(ends, to) : ends,
  };
}
