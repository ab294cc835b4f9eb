/**
 * A journal held in memory to be moved about in: what the desk took, in the order it took it, found by number and by time. It holds frames as
 * they were stored and opens those that are asked for; it plays nothing.
 */
import type { InputRecord } from '#engine/inputs.ts';
import type { Frame, Payload } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { StoredFrame } from '#engine/journal/port.ts';
import { arrivedBy, type MarketFrame } from '#engine/market/blocks.ts';
import type { Plain } from '#engine/record.ts';
import type { DeskId } from '#engine/values.ts';
import { type ForkMark, markOf, marksIn } from './branching.ts';
import type { CheckpointPart } from './desk-run.ts';
import { type Quiet, QuietStretches } from './quiet.ts';
import { NothingThere } from './run-to.ts';

/** Right after a number took effect, once all that was due by `at` had happened. `at` lies between that number's arrival and the next one's. */
export type Position = Readonly<{ seq: number; at: number }>;

export const isBefore = (one: Position, other: Position): boolean => one.seq < other.seq || (one.seq === other.seq && one.at < other.at);
export const isSame = (one: Position, other: Position): boolean => one.seq === other.seq && one.at === other.at;

/** One frame. `first` and `count`: its numbers; time has none, stands behind the number before it, and passes to `at`. */
export type FilmPart = Readonly<{ kind: 'market' | 'inputs' | 'time'; first: number; count: number; at: number; frame: Frame }>;

export type FilmOptions = Readonly<{
  /** More is not held. */
  mostBytes: number;
  /** Called now and then with the bytes read so far; false ends it. */
  heard?: (bytes: number) => Promise<boolean>;
}>;

export class FilmTooLarge extends Error {
  override name = 'FilmTooLarge';
}
export class FilmStopped extends Error {
  override name = 'FilmStopped';
}

/** Opened frames that are kept at hand. */
const OPEN_KEPT = 4;
const HEARD_EVERY = 256;

export class Film {
  readonly desk: DeskId;
  /** What the genesis says; null where the beginning was archived. */
  readonly manifest: Plain | null;
  /** Where the desk begins instead, if its beginning was archived. */
  readonly origin: readonly CheckpointPart[];
  readonly parts: readonly FilmPart[];
  readonly mark: ForkMark | null;
  /** Before the first number that is held, where time has not begun; it arrives at `begins`. */
  readonly first: Position;
  readonly begins: number;
  /** Behind what sets the desk up: where the market begins. */
  readonly setUp: Position;
  readonly last: Position;
  readonly bytes: number;
  /** Numbers of inputs that are no market facts, rising. */
  readonly #inputs: Float64Array;
  /** Of parts that take numbers: their places in `parts`. */
  readonly #numbered: readonly number[];
  /** First and last arrival of each part, once it was opened. */
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #quiet = new QuietStretches();
  /** Stretches are looked for in order: up to this part they were. */
  #looked = 0;
  readonly #open = new Map<number, Payload>();

  private constructor(found: Found) {
    const { desk, manifest, origin, parts, inputs, bytes } = found;
    this.desk = desk;
    this.manifest = manifest;
    this.origin = origin;
    this.parts = parts;
    this.mark = manifest === null ? null : markOf(manifest);
    this.bytes = bytes;
    this.#inputs = Float64Array.from(inputs);
    this.#numbered = parts.flatMap(({ kind }, index) => (kind === 'time' ? [] : [index]));
    this.#from = new Float64Array(parts.length).fill(Number.NaN);
    this.#to = new Float64Array(parts.length).fill(Number.NaN);
    const [opening] = this.#numbered;
    if (opening === undefined) throw new NothingThere('the journal holds no inputs yet');
    const closing = this.#numbered.at(-1)!;
    const [head, tail] = [parts[opening]!, parts[closing]!];
    this.first = { seq: head.first - 1, at: 0 };
    this.begins = this.#spanOf(opening).from;
    this.last = { seq: tail.first + tail.count - 1, at: Math.max(this.#spanOf(closing).to, parts.at(-1)!.at) };
    const market = parts.find(({ kind }) => kind === 'market');
    const before = market === undefined ? this.last.seq : market.first - 1;
    this.setUp = before <= this.first.seq ? this.first : { seq: before, at: this.arrivalOf(before) };
  }

  static async read(frames: AsyncIterable<StoredFrame>, { mostBytes, heard = async () => true }: FilmOptions): Promise<Film> {
    const found: Found = {
      desk: '' as DeskId,
      manifest: null,
      origin: [],
      parts: [],
      inputs: [],
      bytes: 0,
    };
    let count = 0;
    for await (const { frame } of frames) {
      found.desk = frame.desk;
      take(found, frame);
      if (found.bytes > mostBytes)
        throw new FilmTooLarge(
          `the journal holds more than ${Math.floor(mostBytes / 2 ** 20)} MiB of inputs, and a replay holds them in memory`,
        );
      if (++count % HEARD_EVERY === 0 && !(await heard(found.bytes))) throw new FilmStopped('stopped');
    }
    if (found.manifest === null && found.origin.length === 0 && found.parts[0]?.first !== 1) throw new NothingThere('the journal is empty');
    return new Film(found);
  }

  /** Opened; the last few stay so. */
  payload(index: number): Payload {
    let payload = this.#open.get(index);
    if (payload === undefined) payload = decodePayload(this.parts[index]!.frame);
    this.#note(index, payload);
    this.#open.delete(index);
    this.#open.set(index, payload);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= OPEN_KEPT) break;
      this.#open.delete(oldest);
    }
    return payload;
  }

  /** The place of the first part that is not behind a number: where a desk at that number goes on. */
  indexAfter(seq: number): number {
    const numbered = this.#numbered[this.#orderOf(seq + 1)];
    if (numbered === undefined) return (this.#numbered.at(-1) ?? -1) + 1;
    // time that passed between the two numbers stands before the part of the second
    let index = numbered;
    if (this.parts[index]!.first > seq) while (index > 0 && this.parts[index - 1]!.kind === 'time') index--;
    return index;
  }

  /** When a number arrived. */
  arrivalOf(seq: number): number {
    const index = this.#numbered[this.#orderOf(seq)];
    if (index === undefined || seq <= this.first.seq) return this.first.at;
    const payload = this.payload(index);
    if (payload.kind === 'inputs') return (payload.records.find((record) => record.seq === seq) as InputRecord).at;
    if (payload.kind !== 'market') return this.first.at;
    return arrivedAt(payload.frame, seq - payload.frame.first);
  }

  /** The last number that had arrived by a moment; the one before the first where none had. */
  numberAt(at: number): number {
    const begun = countBelow(this.#numbered.length, (order) => this.#spanOf(this.#numbered[order]!).from <= at);
    if (begun === 0) return this.first.seq;
    const index = this.#numbered[begun - 1]!;
    const { first, count } = this.parts[index]!;
    if (this.#spanOf(index).to <= at) return first + count - 1;
    const payload = this.payload(index);
    if (payload.kind === 'market') return first + arrivedBy(payload.frame, at) - 1;
    if (payload.kind === 'inputs') return first + payload.records.filter((record) => record.at <= at).length - 1;
    return first - 1;
  }

  /** As near as there is: no number that is not held, no time at which the next number is there already. */
  positionOf(where: Readonly<{ seq: number }> | Readonly<{ at: number }> | Position): Position {
    if (!('seq' in where)) {
      if (where.at >= this.last.at) return this.last;
      const seq = this.numberAt(where.at);
      return { seq, at: seq === this.first.seq ? this.first.at : Math.floor(where.at) };
    }
    const seq = Math.max(this.first.seq, Math.min(this.last.seq, where.seq));
    const arrived = this.arrivalOf(seq);
    if (!('at' in where) || seq !== where.seq || seq === this.first.seq) return { seq, at: arrived };
    const next = seq === this.last.seq ? this.last.at : this.arrivalOf(seq + 1);
    return { seq, at: Math.max(arrived, Math.min(where.at, next)) };
  }

  /** The next number behind, or before, that brought something of an instrument; null: none. */
  numberOf(instrument: string, seq: number, back: boolean): number | null {
    let order = back ? this.#orderOf(seq - 1) : this.#orderOf(seq + 1);
    if (back) order = Math.min(order, this.#numbered.length - 1);
    for (; order >= 0 && order < this.#numbered.length; order += back ? -1 : 1) {
      const payload = this.payload(this.#numbered[order]!);
      let best: number | null = null;
      if (payload.kind === 'inputs') {
        for (const record of payload.records)
          if ('instrument' in record && record.instrument === instrument && (back ? record.seq < seq : record.seq > seq))
            best = back || best === null ? record.seq : best;
      } else if (payload.kind === 'market') {
        const { first, blocks, offsets } = payload.frame;
        blocks.forEach((block, owner) => {
          if (block.instrument !== instrument) return;
          const own = offsets[owner]!;
          // the first that lies behind, or the last that lies before
          const bound = back ? seq - first : seq - first + 1;
          const place = countBelow(own.length, (i) => own[i]! < bound) - (back ? 1 : 0);
          if (place < 0 || place >= own.length) return;
          const number = first + own[place]!;
          best = best === null ? number : back ? Math.max(best, number) : Math.min(best, number);
        });
      }
      if (best !== null) return best;
    }
    return null;
  }

  /** Market facts among the numbers behind `from`, up to `to`. */
  ticksBetween(from: number, to: number): number {
    return to <= from ? 0 : to - from - (this.#inputsUpTo(to) - this.#inputsUpTo(from));
  }

  /** Stretches without arrivals, at least so long: as far as somebody has played it from the beginning. */
  quiet(leastUs: number): readonly Quiet[] {
    return this.#quiet.longer(leastUs);
  }

  /** Numbers that do not happen here, though they are in the journal: of a branch. */
  get dropped(): ForkMark['dropped'] {
    return marksIn(this.mark).flatMap(({ dropped }) => dropped);
  }

  #spanOf(index: number): Readonly<{ from: number; to: number }> {
    if (Number.isNaN(this.#from[index]!)) this.payload(index);
    return { from: this.#from[index]!, to: this.#to[index]! };
  }

  #note(index: number, payload: Payload): void {
    while (this.parts[this.#looked]?.kind === 'time') this.#looked++; // nothing arrives with it
    const isNext = index === this.#looked;
    if (!isNext && !Number.isNaN(this.#from[index]!)) return;
    const arrivals = arrivalsOf(payload);
    this.#from[index] = arrivals[0] ?? this.parts[index]!.at;
    this.#to[index] = arrivals[arrivals.length - 1] ?? this.parts[index]!.at;
    if (!isNext) return;
    for (let i = 0; i < arrivals.length; i++) this.#quiet.arrived(arrivals[i]!);
    this.#looked++;
  }

  #inputsUpTo(seq: number): number {
    return countBelow(this.#inputs.length, (i) => this.#inputs[i]! <= seq);
  }

  /** Which of the parts that take numbers holds one. */
  #orderOf(seq: number): number {
    return countBelow(this.#numbered.length, (order) => {
      const { first, count } = this.parts[this.#numbered[order]!]!;
      return first + count <= seq;
    });
  }
}

type Found = {
  desk: DeskId;
  manifest: Plain | null;
  origin: CheckpointPart[];
  parts: FilmPart[];
  inputs: number[];
  bytes: number;
};

function take(found: Found, frame: Frame): void {
  switch (frame.kind) {
    case 'genesis':
    case 'checkpoint': {
      if (frame.kind === 'checkpoint' && (found.manifest !== null || found.parts.length > 0)) return;
      const payload = decodePayload(frame);
      if (payload.kind === 'genesis') found.manifest = payload.manifest;
      else if (
        payload.kind === 'checkpoint' &&
        payload.part === found.origin.length &&
        (payload.part === 0 || payload.part < payload.parts)
      )
        found.origin.push({ ...payload, bytes: payload.bytes.slice() });
      return;
    }
    case 'time': {
      const payload = decodePayload(frame);
      if (payload.kind === 'time') found.parts.push({ kind: 'time', first: frame.first, count: 0, at: payload.at, frame: own(frame) });
      return;
    }
    case 'inputs':
    case 'market': {
      for (let seq: number = frame.first; frame.kind === 'inputs' && seq < frame.first + frame.count; seq++) found.inputs.push(seq);
      found.parts.push({ kind: frame.kind, first: frame.first, count: frame.count, at: 0, frame: own(frame) });
      found.bytes += frame.payload.length;
    }
  }
}

/** Apart from the large piece it was read in. */
const own = (frame: Frame): Frame => ({ ...frame, payload: frame.payload.slice() });

/** In number order. */
function arrivalsOf(payload: Payload): ArrayLike<number> {
  if (payload.kind === 'inputs') return payload.records.map(({ at }) => at);
  if (payload.kind !== 'market') return [];
  const { count, blocks, offsets } = payload.frame;
  const arrivals = new Float64Array(count);
  blocks.forEach(({ at }, owner) => {
    const own = offsets[owner]!;
    for (let i = 0; i < own.length; i++) arrivals[own[i]!] = at[i]!;
  });
  return arrivals;
}

/** When one fact of a frame arrived, by its offset. */
function arrivedAt({ blocks, offsets, lane }: MarketFrame, offset: number): number {
  const owner = blocks.length === 1 ? 0 : lane[offset]!;
  const own = offsets[owner]!;
  return blocks[owner]!.at[countBelow(own.length, (i) => own[i]! < offset)]!;
}

/** Of so many things in order, how many come before the first that is not below. */
export function countBelow(length: number, isBelow: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
