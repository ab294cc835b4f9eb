/**
 * What a journal recorded around some numbers, gathered in one reading: decisions, inputs, the ticks that caused them, and the
 * definitions that give numbers their meaning. Reads only; derives nothing.
 */
import type { SavedDesk } from '#actors/desk/state.ts';
import type { Decision, DecisionOf } from '#engine/decisions.ts';
import type { AccountSpec } from '#engine/execution/account.ts';
import type { InputRecord } from '#engine/inputs.ts';
import type { Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { decodePlain } from '#engine/journal/plain-codec.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import { decodeDecisions } from '#engine/journal/record-codec.ts';
import { type BlockKind, lowerBound, type MarketFrame, VALUE_COLUMNS } from '#engine/market/blocks.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Subscription } from '#engine/strategy/strategy.ts';
import type { Seq } from '#engine/values.ts';
import { type CheckpointPart, checkpointContent } from './desk-run.ts';
import { Measures } from './words.ts';

/** One market fact, out of its columns. */
export type Tick = Readonly<{
  number: number;
  at: number;
  venueTime: number;
  instrument: string;
  source: string;
  kind: BlockKind;
  values: Readonly<Record<string, number>>;
}>;
export type KnownStrategy = Readonly<{
  id: string;
  name: string;
  version: string;
  account: string;
  subscriptions: readonly Subscription[];
}>;

/** Market frames kept for looking back from a decision to its tick. */
const FRAMES_KEPT = 32;

export class Story {
  readonly instruments = new Map<string, Instrument>();
  readonly accounts = new Map<string, AccountSpec>();
  readonly strategies = new Map<string, KnownStrategy>();
  readonly measures = new Measures(this.instruments, this.accounts, this.strategies);
  /** Kept decisions, in address order. */
  readonly decisions: Decision[] = [];
  /** Inputs but ticks; of heartbeats only those asked for. */
  readonly inputs = new Map<number, InputRecord>();
  readonly #ticks = new Map<number, Tick>();
  readonly #lastTrades = new Map<string, Tick | null>();
  #frames: MarketFrame[] = [];
  /** The last number read, and the arrival of it. */
  seq = 0;
  at = 0;
  /** The number of the checkpoint it was begun at: of what lies before, only definitions are known. */
  begins = 0;

  /** The tick with this number, if it was asked for while it was near. */
  tick(number: number): Tick | null {
    return this.#ticks.get(number) ?? null;
  }

  /** The last trade of a feed at or before the cause of a kept candle. */
  lastTrade({ cause, index }: Decision): Tick | null {
    return this.#lastTrades.get(`${cause}.${index}`) ?? null;
  }

  keep(decision: Decision): void {
    this.decisions.push(decision);
    this.keepTick(decision.cause);
    if (decision.type === 'CandleClosed') {
      const { instrument, source, cause, index } = decision;
      this.#lastTrades.set(`${cause}.${index}`, this.#tradeBefore(instrument, source, cause, decision.end));
    }
  }

  keepTick(number: number): void {
    if (this.#ticks.has(number)) return;
    for (const frame of this.#frames) {
      if (number < frame.first || number >= frame.first + frame.count) continue;
      this.#ticks.set(number, tickAt(frame, number - frame.first));
      return;
    }
  }

  #tradeBefore(instrument: string, source: string, number: number, end: number): Tick | null {
    for (let place = this.#frames.length - 1; place >= 0; place--) {
      const frame = this.#frames[place];
      for (let owner = 0; owner < frame.blocks.length; owner++) {
        const block = frame.blocks[owner];
        if (block.instrument !== instrument || block.source !== source || block.kind !== 'trade') continue;
        let index = lowerBound(frame.offsets[owner], number - frame.first + 1) - 1;
        while (index >= 0 && block.venueTime[index] >= end) index--;
        if (index >= 0) return tickAt(frame, frame.offsets[owner][index]);
      }
    }
    return null;
  }

  market(frame: MarketFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > FRAMES_KEPT) this.#frames.shift();
    this.seq = frame.first + frame.count - 1;
    for (const { at, count } of frame.blocks) this.at = Math.max(this.at, at[count - 1]);
  }

  input(record: InputRecord, wanted = false): void {
    this.seq = record.seq;
    this.at = record.at;
    if (record.type === 'SourceBeat' && !wanted) return;
    this.inputs.set(record.seq, record);
    if (record.type === 'AccountOpened') this.accounts.set(record.account.id, record.account);
    if (record.type === 'StrategyDeployed' && !this.strategies.has(record.strategy)) {
      const { strategy: id, name, version, account, subscriptions } = record;
      this.strategies.set(id, { id, name, version, account, subscriptions });
    }
    if (record.type === 'InstrumentDefined' && !this.instruments.has(record.instrument.id))
      this.instruments.set(record.instrument.id, record.instrument);
  }

  /** A definition that the desk accepted replaces the one before. */
  defined({ what, of, why, cause }: DecisionOf<'Defined'>): void {
    const input = this.inputs.get(cause);
    if (what === 'instrument' && why === 'redefined' && input?.type === 'InstrumentDefined') this.instruments.set(of, input.instrument);
  }

  /** Definitions out of a checkpoint's state. */
  restore(parts: readonly CheckpointPart[]): void {
    const saved = decodePlain(checkpointContent(parts).state) as unknown as SavedDesk;
    this.seq = Math.max(this.seq, saved.seq);
    this.begins = saved.seq;
    this.at = Math.max(this.at, saved.at);
    for (const { definition } of saved.instruments) this.instruments.set(definition.id, definition);
    for (const { spec } of saved.accounts) this.accounts.set(spec.id, spec);
    for (const { id, name, version, account, subscriptions } of saved.strategies)
      this.strategies.set(id, { id, name, version, account, subscriptions });
  }
}

export type StoryOptions = Readonly<{
  /** Begins at the newest checkpoint before this number. */
  from?: number;
  keep: (decision: Decision) => boolean;
  /** Sees every decision, kept or not, before the next frame of inputs. */
  seen?: (decision: Decision, story: Story) => void;
  /** Ticks and inputs to keep although no decision is kept for them. */
  numbers?: readonly number[];
  /** Asked before each frame of inputs and at its payload: true ends the reading. */
  enough?: (story: Story, next: Payload) => boolean;
}>;

export async function readStory(reader: JournalReader, { from = 0, keep, seen, numbers = [], enough }: StoryOptions): Promise<Story> {
  const story = new Story();
  let parts: CheckpointPart[] = [];
  for await (const { frame } of from > 1 ? reader.frames((from - 1) as Seq, true) : reader.frames()) {
    const payload = decodePayload(frame);
    if (payload.kind !== 'checkpoint') parts = [];
    switch (payload.kind) {
      case 'checkpoint':
        if (payload.part === parts.length) parts.push(payload);
        if (parts.length === payload.parts && story.seq === 0) story.restore(parts);
        break;
      case 'market':
      case 'inputs':
      case 'time':
        if (enough?.(story, payload)) return story;
        if (payload.kind === 'market') story.market(payload.frame);
        else if (payload.kind === 'inputs') for (const record of payload.records) story.input(record, numbers.includes(record.seq));
        else story.at = Math.max(story.at, payload.at);
        for (const number of numbers) story.keepTick(number);
        break;
      case 'decisions':
        for (const decision of decodeDecisions(payload.bytes)) {
          if (decision.type === 'Defined') story.defined(decision);
          seen?.(decision, story);
          if (keep(decision)) story.keep(decision);
        }
        break;
    }
  }
  return story;
}

function tickAt(frame: MarketFrame, offset: number): Tick {
  const owner = frame.blocks.length === 1 ? 0 : frame.lane[offset];
  const block = frame.blocks[owner];
  const index = frame.blocks.length === 1 ? offset : lowerBound(frame.offsets[owner], offset);
  const { instrument, source, kind } = block;
  const values = Object.fromEntries(VALUE_COLUMNS[kind].map((name, column) => [name, block.values[column][index]]));
  return { number: frame.first + offset, at: block.at[index], venueTime: block.venueTime[index], instrument, source, kind, values };
}
