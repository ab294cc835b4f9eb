/**
 * Lets in what can be written as whole numbers and refuses the rest, counted and with an example. Does not judge whether a price is
 * believable: that is the desk's, and is recorded. Instrument names never become object keys.
 */
import { map, mergeMap, type OperatorFunction } from 'rxjs';
import type { RefusedReason } from '#engine/inputs.ts';
import {
  BLOCK_KINDS,
  type Block,
  type BlockKind,
  FLAG_BUY,
  FLAG_SELL,
  FLAG_SNAPSHOT,
  NO_LANE,
  NO_SEQ,
  VALUE_COLUMNS,
} from '#engine/market/blocks.ts';
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
  readonly #known = new Map<string, Lanes>();

  constructor(instruments: Iterable<Instrument>) {
    for (const instrument of instruments) this.define(instrument);
  }

  /** A new version of an instrument replaces the old one from the next observation on. */
  define(instrument: Instrument): void {
    const { id, tick, lot, feeds } = instrument;
    const numbered = this.#known.get(id)?.numbered ?? new Map<string, boolean>();
    this.#known.set(id, { id, tick: stepOf(tick), lot: stepOf(lot), sources: new Set(feeds.map(({ source }) => source)), numbered });
  }

  /** One message's observations: the facts in their order, then what was refused. */
  admit(observations: readonly Observation[]): FeedItem[] {
    const rows: Row[] = [];
    const refused = new Map<string, Refusal>();
    for (const observation of observations) {
      const row = this.#read(observation);
      if ('reason' in row) refuse(refused, observation, row);
      else rows.push(row);
    }
    const items: FeedItem[] = rows.length > 0 ? [chunkOf(rows)] : [];
    if (refused.size > 0) items.push({ kind: 'inputs', records: [...refused.values()].map(({ body, count }) => ({ ...body, count })) });
    return items;
  }

  #read(observation: Observation): Row | Refused {
    if (typeof observation !== 'object' || observation === null) return { reason: 'malformed', instrument: null, what: observation };
    const { instrument, source, kind, timeframeUs, venueTime, venueSeq, side, snapshot, values } = observation;
    const lanes = this.#known.get(instrument);
    if (lanes === undefined || !lanes.sources.has(source)) return { reason: 'unknown-instrument', instrument: null, what: instrument };
    const no = (reason: RefusedReason, what: unknown): Refused => ({ reason, instrument: lanes.id, what });
    if (!BLOCK_KINDS.includes(kind)) return no('malformed', kind);
    const names: readonly string[] = VALUE_COLUMNS[kind];
    if (!Array.isArray(values) || values.length !== names.length) return no('malformed', values);
    for (const whole of [venueTime, timeframeUs, venueSeq ?? 1]) {
      if (typeof whole !== 'number') return no('malformed', whole);
      if (!Number.isFinite(whole)) return no('not-a-number', whole);
      if (!Number.isInteger(whole)) return no('precision', whole);
      if (!Number.isSafeInteger(whole)) return no('too-large', whole);
      if (whole < 0) return no('malformed', whole);
    }
    if (venueSeq === 0 || (kind === 'bar') === (timeframeUs === 0)) return no('malformed', venueSeq === 0 ? venueSeq : timeframeUs);
    const steps: number[] = [];
    for (const [i, name] of names.entries()) {
      const step = stepsOf(values[i], SIZES.has(name) ? lanes.lot : lanes.tick);
      if (typeof step === 'string') return no(step, values[i]);
      steps.push(step);
    }
    // A lane numbers its messages or it does not: its first one tells. A number that is missing later could hide a gap.
    const lane = `${source} ${kind} ${timeframeUs}`;
    const numbered = lanes.numbered.get(lane) ?? venueSeq !== null;
    if (numbered && venueSeq === null) return no('malformed', 'no venueSeq');
    lanes.numbered.set(lane, numbered);
    const flags = (side === 'buy' ? FLAG_BUY : side === 'sell' ? FLAG_SELL : 0) | (snapshot === true ? FLAG_SNAPSHOT : 0);
    return { instrument: lanes.id, source, kind, timeframeUs, venueTime, venueSeq: numbered ? (venueSeq ?? 0) : 0, flags, steps };
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

type Lanes = Readonly<{ id: InstrumentId; tick: Step; lot: Step; sources: ReadonlySet<string>; numbered: Map<string, boolean> }>;
type Row = Readonly<{
  instrument: InstrumentId;
  source: SourceId;
  kind: BlockKind;
  timeframeUs: number;
  venueTime: number;
  venueSeq: number;
  flags: number;
  steps: readonly number[];
}>;
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

function chunkOf(rows: readonly Row[]): FeedItem {
  const lanes = new Map<string, Row[]>();
  const order = rows.map((row) => {
    const key = `${row.instrument} ${row.source} ${row.kind} ${row.timeframeUs}`;
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [row]);
    else lane.push(row);
    return key;
  });
  const blocks = [...lanes.values()].map(blockOf);
  const owners = new Map([...lanes.keys()].map((key, index) => [key, index]));
  return { kind: 'market', blocks, lane: blocks.length === 1 ? NO_LANE : Uint16Array.from(order, (key) => owners.get(key) ?? 0) };
}

function blockOf(rows: readonly Row[]): Block {
  const { instrument, source, kind, timeframeUs } = rows[0]!;
  return {
    instrument,
    source,
    kind,
    timeframeUs,
    count: rows.length,
    at: new Float64Array(rows.length),
    venueTime: Float64Array.from(rows, (row) => row.venueTime),
    venueSeq: rows[0]!.venueSeq > 0 ? Float64Array.from(rows, (row) => row.venueSeq) : NO_SEQ,
    flags: Uint8Array.from(rows, (row) => row.flags),
    values: VALUE_COLUMNS[kind].map((_, column) => Float64Array.from(rows, (row) => row.steps[column]!)),
  };
}
