/**
 * One instrument's market as an XState actor: every tick is an event, judged against its lane, and the verdict is part of the state
 * it leaves. Judges and remembers; what follows from a verdict is the desk's.
 */

import { fromTransition } from 'xstate';
import type { Numbers } from '#engine/decisions.ts';
import type { FeedFault } from '#engine/inputs.ts';
import { BLOCK_KINDS, type BlockKind } from '#engine/market/blocks.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { SECOND_US } from '#engine/values.ts';

export type Tick = Readonly<{
  source: string;
  kind: BlockKind;
  at: number;
  venueTime: number;
  /** null: the lane does not number its messages. */
  venueSeq: number | null;
  flags: number;
  timeframeUs: number;
  values: readonly number[];
}>;

export type MarketEvent =
  | { type: 'Ticked'; tick: Tick }
  | { type: 'Traded'; price: number } // an accepted primary trade, or the close of a bar
  | { type: 'Quoted'; bid: number; ask: number }
  | { type: 'Redefined'; definition: Instrument };

export type Lane = Readonly<{ kind: BlockKind; newestTime: number; newestSeq: number; last: readonly number[] | null; absurdRun: number }>;

export type Verdict =
  | Readonly<{ accepted: true; jumped: boolean; back: boolean; lag: 0 | 1 | 2 }>
  | Readonly<{ accepted: false; jumped: boolean; fault: FeedFault; numbers: Numbers }>;

export type MarketState = Readonly<{
  definition: Instrument;
  last: number | null;
  bid: number | null;
  ask: number | null;
  /** In order of first definition of the source. A source that left the definition keeps its last bounds. */
  sources: readonly Readonly<{ spec: FeedSpec; lanes: readonly Lane[] }>[];
  /** Of the last tick. */
  verdict: Verdict | null;
}>;

export const marketLogic = fromTransition(
  (state: MarketState, event: MarketEvent) => next(state, event),
  ({ input }: { input: { definition: Instrument } }): MarketState => ({
    definition: input.definition,
    last: null,
    bid: null,
    ask: null,
    sources: input.definition.feeds.map((spec) => ({ spec, lanes: [] })),
    verdict: null,
  }),
);

function next(state: MarketState, event: MarketEvent): MarketState {
  switch (event.type) {
    case 'Ticked': {
      const of = state.sources.findIndex(({ spec }) => spec.source === event.tick.source);
      const source = state.sources[of];
      if (source === undefined) throw new Error(`a tick of ${event.tick.source}, which ${state.definition.id} does not have`);
      const lane = source.lanes.find(({ kind }) => kind === event.tick.kind) ?? emptyLane(event.tick.kind);
      const judged = judge(lane, event.tick, source.spec);
      const others = source.lanes.filter(({ kind }) => kind !== event.tick.kind);
      const lanes = BLOCK_KINDS.flatMap((kind) => [...others, judged.lane].filter((one) => one.kind === kind));
      return { ...state, sources: state.sources.with(of, { ...source, lanes }), verdict: judged.verdict };
    }
    case 'Traded':
      return { ...state, last: event.price };
    case 'Quoted':
      return { ...state, bid: event.bid, ask: event.ask };
    case 'Redefined': {
      const known = state.sources.map(({ spec, lanes }) => ({
        spec: event.definition.feeds.find(({ source }) => source === spec.source) ?? spec,
        lanes: lanes.map(({ kind }) => emptyLane(kind)),
      }));
      const added = event.definition.feeds.filter(({ source }) => !state.sources.some(({ spec }) => spec.source === source));
      return {
        definition: event.definition,
        last: null,
        bid: null,
        ask: null,
        sources: [...known, ...added.map((spec) => ({ spec, lanes: [] }))],
        verdict: null,
      };
    }
  }
}

const emptyLane = (kind: BlockKind): Lane => ({ kind, newestTime: -1, newestSeq: 0, last: null, absurdRun: 0 });
const AHEAD_US = 5 * SECOND_US;

/** The steps of §12.2, in their order, without the machine. */
function judge(lane: Lane, tick: Tick, spec: FeedSpec): { lane: Lane; verdict: Verdict } {
  // 2. duplicate
  if (tick.venueSeq !== null && tick.venueSeq > 0 && tick.venueSeq <= lane.newestSeq) {
    const numbers: Numbers = [
      ['venueSeq', tick.venueSeq],
      ['newest', lane.newestSeq],
    ];
    return { lane, verdict: { accepted: false, jumped: false, fault: 'duplicate', numbers } };
  }

  // 3. the newest message, and whether it jumped
  const numbered = tick.venueSeq !== null && tick.venueSeq > 0;
  const jumped = numbered && lane.newestSeq > 0 && (tick.venueSeq as number) > lane.newestSeq + 1;
  const seen: Lane = numbered ? { ...lane, newestSeq: tick.venueSeq as number } : lane;

  // 4. absurd
  const absurd = absurdValue(tick);
  if (absurd !== null) return { lane: seen, verdict: absurdVerdict(tick, absurd, jumped) };
  if (tooFar(seen, tick, spec)) {
    const run = seen.absurdRun + 1;
    const rebased = run >= spec.faultsToDown;
    const after: Lane = rebased ? { ...seen, last: judgedValues(tick), absurdRun: 0 } : { ...seen, absurdRun: run };
    return { lane: after, verdict: absurdVerdict(tick, judgedValue(tick) as number, jumped) };
  }

  // 5. crossed
  if (tick.kind === 'quote') {
    const [bid, , ask] = tick.values as [number, number, number, number];
    if (bid >= ask) {
      const numbers: Numbers = [
        ['bid', bid],
        ['ask', ask],
      ];
      return { lane: seen, verdict: { accepted: false, jumped, fault: 'crossed', numbers } };
    }
  }

  // 7. accepted, 8. freshness
  const back = tick.venueTime < seen.newestTime - spec.latenessUs;
  const lag = tick.at - tick.venueTime;
  const level = spec.lagDownUs !== null && lag > spec.lagDownUs ? 2 : spec.lagUs !== null && lag > spec.lagUs ? 1 : 0;
  const after: Lane = { ...seen, absurdRun: 0, last: judgedValues(tick), newestTime: Math.max(seen.newestTime, tick.venueTime) };
  return { lane: after, verdict: { accepted: true, jumped, back, lag: level } };
}

function absurdVerdict(tick: Tick, value: number, jumped: boolean): Verdict {
  const numbers: Numbers = [
    ['venueTime', tick.venueTime],
    ['value', value],
  ];
  return { accepted: false, jumped, fault: 'absurd', numbers };
}

/** What no market can say, whatever came before: the value to name, or null. */
function absurdValue(tick: Tick): number | null {
  if (tick.venueTime > tick.at + AHEAD_US) return tick.venueTime;
  if (tick.kind === 'trade') {
    const [, lots] = tick.values as [number, number];
    if (lots <= 0) return lots;
  }
  if (tick.kind === 'bar') {
    const [open, high, low, close, volume] = tick.values as [number, number, number, number, number];
    if (high < Math.max(open, close, low) || low > Math.min(open, close) || volume < 0) return close;
  }
  return null;
}

/** Further from the last accepted value than the source allows. */
function tooFar(lane: Lane, tick: Tick, spec: FeedSpec): boolean {
  const value = judgedValue(tick);
  if (spec.absurdPermille === null || lane.last === null || value === null) return false;
  const last = lane.last.reduce((sum, one) => sum + one, 0);
  const distance = BigInt(value) - BigInt(last);
  const size = last < 0 ? -last : last;
  return (distance < 0n ? -distance : distance) * 1000n > BigInt(spec.absurdPermille) * BigInt(size);
}

/** What the absurd rule remembers: a trade's price, a quote's two sides, a bar's close, of a book nothing. */
function judgedValues(tick: Tick): readonly number[] {
  switch (tick.kind) {
    case 'trade':
      return [tick.values[0] as number];
    case 'quote':
      return [tick.values[0] as number, tick.values[2] as number];
    case 'bar':
      return [tick.values[3] as number];
    case 'book':
      return [];
  }
}

function judgedValue(tick: Tick): number | null {
  if (tick.kind === 'book') return null;
  return judgedValues(tick).reduce((sum, one) => sum + one, 0);
}
