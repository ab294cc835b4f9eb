/**
 * A journal that questions are asked of: where its frames and moments lie, what was defined before any of them, and whether somebody still wants the
 * answer. A question reads the frames it is about; what is asked again and again is folded once and carried on.
 */
import type { Decision } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { Chain } from '#engine/journal/chain.ts';
import type { FrameIndex } from '#engine/journal/frame-index.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { type FrameMap, JournalCorrupt, JournalMoved, type StoredFrame } from '#engine/journal/port.ts';
import { decodeDecisions } from '#engine/journal/record-codec.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { Seq } from '#engine/values.ts';
import { QuestionTooLong } from '#gateway/rest/ports.ts';
import type { CheckpointPart } from '#replay/desk-run.ts';
import { Story } from '#replay/story.ts';
import { nodeDigest } from '../compose/digest.ts';
import type { NamedReader } from '../compose/kafka-place.ts';
import { Milestones } from './milestones.ts';

/** Nobody waits for the answer any more. */
export class QuestionDropped extends Error {
  override readonly name = 'QuestionDropped';
}

export type Stop = () => boolean;

/** What is folded from every decision of a journal, once, and carried on as it grows. */
export type Fold = Readonly<{ take: (decision: Decision, story: Story) => void }>;
type Folding = { fold: Fold; story: Story; next: number };

/** Inputs that a fold may look back to: those of its newest frames. */
const INPUTS_KEPT = 4_096;

/** `folder`: where it lies, or its address. */
export type JournalOpened = Readonly<{ folder: string; open: () => NamedReader; map: FrameMap; catalogue: StrategyCatalogue }>;

export class OpenJournal {
  readonly folder: string;
  readonly catalogue: StrategyCatalogue;
  readonly #open: () => NamedReader;
  readonly #map: FrameMap;
  readonly #milestones: Milestones;
  #definitions: Definitions;
  #folds = new Map<() => Fold, Folding>();
  #before: Promise<void> = Promise.resolve();
  #lives = 0;

  constructor({ folder, open, map, catalogue }: JournalOpened) {
    this.folder = folder;
    this.catalogue = catalogue;
    this.#open = open;
    this.#map = map;
    this.#milestones = new Milestones(this.#map);
    this.#definitions = new Definitions(this.#map);
  }

  reader(): NamedReader {
    return this.#open();
  }

  /** Up to date with what is on the disk now. Segments that were archived meanwhile are forgotten with all else. */
  async milestones(): Promise<Milestones> {
    await this.#caughtUp();
    return this.#milestones;
  }

  frameAt(place: number): Promise<StoredFrame> {
    return this.#map.read(place);
  }

  async map(): Promise<FrameMap> {
    await this.#caughtUp();
    return this.#map;
  }

  async #caughtUp(): Promise<void> {
    try {
      await this.#learn();
    } catch (error) {
      if (!(error instanceof JournalMoved)) throw error;
      await this.#learn();
    }
  }

  async #learn(): Promise<void> {
    await this.#map.catchUp();
    if (this.#map.index.lives !== this.#lives) {
      this.#lives = this.#map.index.lives;
      this.#definitions = new Definitions(this.#map);
      this.#folds.clear();
    }
    await this.#milestones.catchUp();
    await this.#definitions.catchUp();
  }

  /** Frames as they are stored, checked and chained from the beginning, until somebody has enough. */
  async *frames(from: number, fromCheckpoint: boolean, stop: Stop): AsyncGenerator<StoredFrame, void, undefined> {
    for await (const stored of this.#open().frames(from as Seq, fromCheckpoint)) {
      if (stop()) throw new QuestionDropped('nobody waits for it');
      yield stored;
    }
  }

  /** As far as a number: whoever plays a growing journal twice plays the same day. */
  async *until(seq: number, stop: Stop): AsyncGenerator<StoredFrame, void, undefined> {
    for await (const stored of this.frames(0, false, stop)) {
      const { kind, first } = stored.frame;
      if ((kind === 'inputs' || kind === 'market') && first > seq) return;
      yield stored;
    }
  }

  /** Frames from the one that holds a number on, chained among themselves; from 0 on with what stands before the first number. */
  async *stored(from: number, stop: Stop): AsyncGenerator<StoredFrame, void, undefined> {
    const map = await this.map();
    const { index } = map;
    const chain = new Chain(nodeDigest, null);
    for (let place = from === 0 ? 0 : placeFrom(index, from); place < index.length; place++) {
      if (stop()) throw new QuestionDropped('nobody waits for it');
      const found = await map.read(place);
      const taken = chain.take(found.frame, found.bytes.subarray(32, 64), found.bytes);
      if (typeof taken === 'string') throw new JournalCorrupt(`${found.place}: ${taken}`);
      yield found;
    }
  }

  /** What was defined when the frame that holds a number came. */
  async definitionsBefore(seq: number): Promise<Map<string, Instrument>> {
    const { index } = await this.map();
    const story = new Story();
    this.#definitions.tell(story, placeFrom(index, seq));
    return new Map(story.instruments);
  }

  /** Every decision from the frame that holds a number on, with the definitions that give it meaning, until `each` has enough. */
  async decisions(from: number, stop: Stop, each: (decision: Decision, story: Story) => 'on' | 'enough'): Promise<void> {
    const { index } = await this.map();
    const start = placeFrom(index, from);
    const story = new Story();
    this.#definitions.tell(story, start);
    await this.#told(start, story, stop, each);
  }

  /** The fold as it is with all that is on the disk now, and the number it reaches. One after the other: each takes a frame once. */
  folded<F extends Fold>(make: () => F, stop: Stop): Promise<Readonly<{ fold: F; seq: number }>> {
    const mine = this.#before.then(() => this.#folded(make, stop));
    this.#before = mine.then(
      () => {},
      () => {}, // whoever asked hears of it
    );
    return mine;
  }

  async #folded<F extends Fold>(make: () => F, stop: Stop): Promise<Readonly<{ fold: F; seq: number }>> {
    await this.#caughtUp();
    let folding = this.#folds.get(make);
    if (folding === undefined) {
      folding = { fold: make(), story: new Story(), next: 0 };
      this.#definitions.tell(folding.story, 0);
      this.#folds.set(make, folding);
    }
    const { fold, story } = folding;
    const kept = folding;
    try {
      await this.#told(
        folding.next,
        story,
        stop,
        (decision) => {
          fold.take(decision, story);
          return 'on';
        },
        (next) => {
          kept.next = next;
          forgetInputs(story);
        },
      );
    } catch (error) {
      // between frames it is whole, and goes on from there when it is asked again
      if (!(error instanceof QuestionDropped || error instanceof QuestionTooLong)) this.#folds.delete(make);
      throw error;
    }
    const { index } = this.#map;
    return { fold: fold as F, seq: index.numbered === 0 ? 0 : index.last(index.numberedAt(index.numbered - 1)) };
  }

  /** `after`: told behind each frame which is the next. */
  async #told(
    start: number,
    story: Story,
    stop: Stop,
    each: (decision: Decision, story: Story) => 'on' | 'enough',
    after: (next: number) => void = () => {},
  ): Promise<void> {
    const { index } = this.#map;
    for (let place = start; place < index.length; place++) {
      const kind = index.kind(place);
      if (kind !== 'inputs' && kind !== 'decisions') continue;
      if (stop()) throw new QuestionDropped('nobody waits for it');
      const payload = decodePayload((await this.#map.read(place)).frame);
      if (payload.kind === 'inputs') for (const record of payload.records) story.input(record);
      else if (payload.kind === 'decisions')
        for (const decision of decodeDecisions(payload.bytes)) {
          if (decision.type === 'Defined') story.defined(decision);
          if (each(decision, story) === 'enough') return;
        }
      after(place + 1);
    }
  }
}

/** Of the frame that holds a number, or of the first behind it. */
function placeFrom(index: FrameIndex, seq: number): number {
  const nth = index.nthFrom(seq);
  return nth === index.numbered ? index.length : index.numberedAt(nth);
}

function forgetInputs({ inputs }: Story): void {
  if (inputs.size <= 2 * INPUTS_KEPT) return;
  for (const seq of inputs.keys()) {
    if (inputs.size <= INPUTS_KEPT) break;
    inputs.delete(seq);
  }
}

/** Everything that was ever defined, with the place of the frame it was defined in. */
class Definitions {
  readonly #map: FrameMap;
  #begin: readonly CheckpointPart[] = [];
  #told: Readonly<{ place: number; tell: (story: Story) => void }>[] = [];
  #next = 0;
  /** Defined anew, and not known yet whether the desk takes it. */
  #asked = new Map<number, Instrument>();
  readonly #known = new Set<string>();

  constructor(map: FrameMap) {
    this.#map = map;
  }

  async catchUp(): Promise<void> {
    const map = this.#map;
    if (this.#next === 0 && map.index.length > 0) await this.#readBegin();
    for (; this.#next < map.index.length; this.#next++) {
      const kind = map.index.kind(this.#next);
      if (kind !== 'inputs' && !(kind === 'decisions' && this.#asked.size > 0)) continue;
      const payload = decodePayload((await map.read(this.#next)).frame);
      if (payload.kind === 'inputs') for (const record of payload.records) this.#input(record);
      else if (payload.kind === 'decisions') this.#decided(payload.bytes);
    }
  }

  /** To a story that begins at that frame: what was defined before it. */
  tell(story: Story, place: number): void {
    if (this.#begin.length > 0) story.restore(this.#begin);
    for (const one of this.#told) {
      if (one.place >= place) break;
      one.tell(story);
    }
  }

  /** A journal whose beginning is elsewhere opens with a checkpoint. */
  async #readBegin(): Promise<void> {
    const map = this.#map;
    const parts: CheckpointPart[] = [];
    for (let place = 0; place < map.index.length; place++) {
      const kind = map.index.kind(place);
      if (kind === 'inputs' || kind === 'market' || kind === 'genesis') return;
      if (kind !== 'checkpoint') continue;
      const payload = decodePayload((await map.read(place)).frame);
      if (payload.kind !== 'checkpoint' || payload.part !== parts.length) return;
      parts.push(payload);
      if (parts.length < payload.parts) continue;
      this.#begin = parts;
      const story = new Story();
      story.restore(parts);
      for (const id of story.instruments.keys()) this.#known.add(id);
      return;
    }
  }

  #input(record: InputRecord): void {
    const place = this.#next;
    if (record.type === 'AccountOpened' || record.type === 'StrategyDeployed' || record.type === 'InstrumentDefined')
      this.#told.push({ place, tell: (story) => story.input(record) });
    if (record.type !== 'InstrumentDefined') return;
    if (this.#known.has(record.instrument.id)) this.#asked.set(record.seq, record.instrument);
    this.#known.add(record.instrument.id);
  }

  #decided(bytes: Uint8Array): void {
    const place = this.#next;
    for (const decision of decodeDecisions(bytes)) {
      if (decision.type !== 'Defined') continue;
      const instrument = this.#asked.get(decision.cause);
      this.#asked.delete(decision.cause);
      if (instrument === undefined || decision.what !== 'instrument' || decision.why !== 'redefined') continue;
      this.#told.push({ place, tell: (story) => void story.instruments.set(instrument.id, instrument) });
    }
  }
}
