/**
 * Lets in what can be written as whole numbers and refuses the rest, counted and with an example. Does not judge whether a price is
 * believable: that is the desk's, and is recorded. Instrument names never become object keys.
 */
import { map, mergeMap, type OperatorFunction } from 'rxjs';
import type { RefusedReason } from '#engine/inputs.ts';
import { BlockSlab } from '#engine/market/block-slab.ts';
import { BLOCK_KINDS, type BlockKind, FLAG_BUY, FLAG_SELL, FLAG_SNAPSHOT, NO_LANE, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import { type InstrumentId, type SourceId, sourceId } from '#engine/values.ts';
import { type Step, stepOf, stepsOf } from './decimals.ts';
import type { FeedItem, InputBody } from './feed.ts';

/** What an adapter read off the wire: nothing in it is believed. Prices and quantities are the venue's, not ticks and lots. */
export type Observation = Readonly<{
  instrument: string;
  source: SourceId;
  kind: BlockKind;
  /** The bar's length, else 0. */
  timeframeUs: number;
  /** µs since 1970. */
  venueTime: number;
  /** The venue's own number of the message, or null. */
  venueSeq: number | null;
  side: 'buy' | 'sell' | null;
  snapshot: boolean;
  /** In the order of VALUE_COLUMNS: numbers or decimal text. */
  values: readonly (number | string)[];
}>;

export class Door {
  readonly #known = new Map<string, Known>();
  readonly #steps = [0, 0, 0, 0, 0];

  constructor(instruments: Iterable<Instrument>) {
    for (const instrument of instruments) this.define(instrument);
  }

  /** A new version of an instrument replaces the old one from the next observation on. */
  define(instrument: Instrument): void {
    const { id, tick, lot, feeds } = instrument;
    const lanes = this.#known.get(id)?.lanes ?? new Map<string, Lane>();
    this.#known.set(id, { id, tick: stepOf(tick), lot: stepOf(lot), sources: new Set(feeds.map(({ source }) => source)), lanes });
  }

  /** One message's observations: the facts in their order, then what was refused. */
  admit(observations: readonly Observation[]): FeedItem[] {
    const touched: Lane[] = [];
    const order = new Uint16Array(observations.length);
    const refused = new Map<string, Refusal>();
    let count = 0;
    for (const observation of observations) {
      const lane = this.#read(observation);
      if ('reason' in lane) {
        refuse(refused, observation, lane);
        continue;
      }
      if (lane.slab.count === 1) {
        lane.index = touched.length;
        touched.push(lane);
      }
      order[count] = lane.index;
      count += 1;
    }
    const items: FeedItem[] = [];
    if (count > 0) {
      const blocks = touched.map(({ slab }) => slab.take());
      items.push({ kind: 'market', blocks, lane: blocks.length === 1 ? NO_LANE : order.slice(0, count) });
    }
    if (refused.size > 0) items.push({ kind: 'inputs', records: [...refused.values()].map(({ body, count }) => ({ ...body, count })) });
    return items;
  }

  /** Writes the fact into its lane, which is the answer; or says why there is none. */
  #read(observation: Observation): Lane | Refused {
    if (typeof observation !== 'object' || observation === null) return { reason: 'malformed', instrument: null, what: observation };
    const { instrument, source, kind, timeframeUs, venueTime, venueSeq, side, snapshot, values } = observation;
    const known = this.#known.get(instrument);
    if (known === undefined || !known.sources.has(source)) return { reason: 'unknown-instrument', instrument: null, what: instrument };
    const no = (reason: RefusedReason, what: unknown): Refused => ({ reason, instrument: known.id, what });
    if (!BLOCK_KINDS.includes(kind)) return no('malformed', kind);
    const names: readonly string[] = VALUE_COLUMNS[kind];
    if (!Array.isArray(values) || values.length !== names.length) return no('malformed', values);
    const wrong = wholeRefused(venueTime) ?? wholeRefused(timeframeUs) ?? wholeRefused(venueSeq ?? 1);
    if (wrong !== null) return no(wrong.reason, wrong.what);
    if (venueSeq === 0 || (kind === 'bar') === (timeframeUs === 0)) return no('malformed', venueSeq === 0 ? venueSeq : timeframeUs);
    const steps = this.#steps;
    for (let i = 0; i < names.length; i += 1) {
      const step = stepsOf(values[i], SIZES.has(names[i]!) ? known.lot : known.tick);
      if (typeof step === 'string') return no(step, values[i]);
      steps[i] = step;
    }
    // A lane numbers its messages or it does not: its first one tells. A number that is missing later could hide a gap.
    const key = `${source} ${kind} ${timeframeUs}`;
    let lane = known.lanes.get(key);
    if (lane === undefined) {
      const numbered = venueSeq !== null;
      lane = { slab: new BlockSlab(known.id, source, kind, timeframeUs, numbered), numbered, index: 0 };
      known.lanes.set(key, lane);
    }
    if (lane.numbered && venueSeq === null) return no('malformed', 'no venueSeq');
    const flags = (side === 'buy' ? FLAG_BUY : side === 'sell' ? FLAG_SELL : 0) | (snapshot === true ? FLAG_SNAPSHOT : 0);
    lane.slab.reserve(1);
    lane.slab.add(0, venueTime + 0, venueSeq ?? 0, flags, steps[0]!, steps[1]!, steps[2]!, steps[3]!, steps[4]!);
    return lane;
  }
}

/** The door as an operator: messages in, blocks and refusals out. */
export function admit(door: Door): OperatorFunction<readonly Observation[], FeedItem> {
  return (messages) =>
    messages.pipe(
      map((message) => door.admit(message)),
      mergeMap((items) => items),
    );
}

type Lane = { readonly slab: BlockSlab; readonly numbered: boolean /** its block in the chunk in hand */; index: number };
type Known = Readonly<{ id: InstrumentId; tick: Step; lot: Step; sources: ReadonlySet<string>; lanes: Map<string, Lane> }>;
type Refused = Readonly<{ reason: RefusedReason; instrument: InstrumentId | null; what: unknown }>;
type Refusal = { readonly body: Omit<Extract<InputBody, { type: 'TicksRefused' }>, 'count'>; count: number };

const SIZES: ReadonlySet<string> = new Set(['lots', 'bidLots', 'askLots', 'volume']);
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}$/;
const UNNAMED = sourceId('unnamed');
const LONGEST_EXAMPLE = 120;

function refuse(refused: Map<string, Refusal>, observation: Observation, { reason, instrument, what }: Refused): void {
  const source = typeof observation?.source === 'string' && NAME.test(observation.source) ? observation.source : UNNAMED;
  const key = `${source} ${instrument ?? ''} ${reason}`;
  const before = refused.get(key);
  if (before !== undefined) {
    before.count += 1;
    return;
  }
  refused.set(key, { count: 1, body: { type: 'TicksRefused', source, instrument, reason, example: exampleOf(what) } });
}

/** Bounded, and safe for whatever was there; lone surrogates cannot be stored as text. */
function exampleOf(what: unknown): string {
  const text = typeof what === 'string' ? what : typeof what === 'number' ? String(what) : (JSON.stringify(what) ?? String(what));
  return text.slice(0, LONGEST_EXAMPLE).replace(/[\ud800-\udfff]/g, '?');
}

/** What is not a whole number of at least 0. */
function wholeRefused(value: unknown): Readonly<{ reason: RefusedReason; what: unknown }> | null {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return null;
  if (typeof value !== 'number' || (Number.isSafeInteger(value) && value < 0)) return { reason: 'malformed', what: value };
  return { reason: !Number.isFinite(value) ? 'not-a-number' : Number.isInteger(value) ? 'too-large' : 'precision', what: value };
}
