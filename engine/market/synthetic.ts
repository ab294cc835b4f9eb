/**
 * A seeded market of several instruments, as its sources report it: in one order, faults and all, cut as its reader likes. The same
 * spec gives the same facts on every machine, whatever the cuts and wherever it was saved and resumed. No clock, no end.
 */
import { assert } from '../assert.ts';
import { BadValue, SECOND_US, type SourceId, type TimeUs, timeUs } from '../values.ts';
import { type Block, MAX_FRAME_NUMBERS, NO_LANE } from './blocks.ts';
import type { Instrument } from './instrument.ts';
import { CALM, type Faults } from './synthetic-faults.ts';
import { SyntheticFeed } from './synthetic-feed.ts';
import { syntheticInstruments } from './synthetic-instruments.ts';
import { type SourceInput, SourceVoice } from './synthetic-source.ts';

export type SyntheticSpec = Readonly<{
  seed: number;
  startUs: TimeUs;
  instruments: readonly Instrument[];
  faults: Faults;
  /** On average so long between two arrivals of one instrument. */
  paceUs: number;
  /** So long between two beats of a source; 0: none. */
  beatUs: number;
}>;

/** A contiguous piece of the order: market facts, or inputs that stand between them. Numbers are the caller's to give. */
export type Chunk =
  | Readonly<{ kind: 'market'; blocks: readonly Block[]; lane: Uint16Array }>
  | Readonly<{ kind: 'inputs'; records: readonly SourceInput[] }>;

/** 2026-01-05T00:00:00Z, a Monday. */
export const SYNTHETIC_START: TimeUs = timeUs(1_767_571_200 * SECOND_US);

/** A market with the usual pace and start; what is given replaces the rest. */
export function syntheticSpec(given: Partial<SyntheticSpec> & Readonly<{ seed: number }>): SyntheticSpec {
  return { startUs: SYNTHETIC_START, instruments: syntheticInstruments(3), faults: CALM, paceUs: 40_000, beatUs: SECOND_US, ...given };
}

export class SyntheticMarket {
  readonly spec: SyntheticSpec;
  readonly #print: string;
  /** In the order that decides between equal arrivals: a source's own inputs, then its instruments; then the next source. */
  readonly #members: readonly (SourceVoice | SyntheticFeed)[];
  readonly #next: Float64Array;
  #lane = new Uint16Array(1024);
  /** What one arrival brought beyond the last chunk's end: member, kind, row. It opens the next chunk. */
  #left: number[][] = [];

  constructor(spec: SyntheticSpec) {
    const { seed, startUs, faults, paceUs, beatUs } = spec;
    assert(Number.isSafeInteger(paceUs) && paceUs >= 1 && Number.isSafeInteger(beatUs) && beatUs >= 0, 'paceUs and beatUs are whole µs');
    this.spec = spec;
    this.#print = fingerprint(spec);
    this.#members = sourcesOf(spec.instruments).flatMap((source) => [
      new SourceVoice(seed, source, faults, startUs, beatUs),
      ...spec.instruments.flatMap((instrument) =>
        instrument.feeds
          .filter((feed) => feed.source === source)
          .map((feed) => new SyntheticFeed(seed, instrument, feed, faults, paceUs, startUs)),
      ),
    ]);
    assert(this.#members.length <= 32_768, 'a lane column names at most 65,536 blocks');
    this.#next = new Float64Array(this.#members.length);
    this.#look();
  }

  /** Goes on behind the chunk after which `cursor()` was asked. The spec must be the same. */
  static resume(spec: SyntheticSpec, cursor: string): SyntheticMarket {
    const market = new SyntheticMarket(spec);
    market.#load(cursor);
    return market;
  }

  /** The next chunk: at most `maxNumbers` facts or inputs, all arriving before `untilUs`; null when none of these is left. */
  next(maxNumbers: number, untilUs = Infinity): Chunk | null {
    assert(Number.isSafeInteger(maxNumbers) && maxNumbers >= 1 && maxNumbers <= MAX_FRAME_NUMBERS, `a chunk of ${maxNumbers} numbers`);
    let count = this.#takeLeft();
    while (count < maxNumbers) {
      const index = this.#earliest();
      const at = this.#next[index]!;
      if (at >= untilUs) break;
      const member = this.#members[index]!;
      if (member instanceof SourceVoice) {
        if (count > 0) break;
        return { kind: 'inputs', records: this.#inputs(maxNumbers, untilUs) };
      }
      count = this.#burst(index, member, count);
    }
    if (count === 0) return null;
    while (count > maxNumbers) count = this.#leave(count);
    return this.#take(count);
  }

  /** All that is needed to go on behind the last chunk. */
  cursor(): string {
    let text = this.#print;
    for (const member of this.#members) text += ` ${member.save()}`;
    for (const row of this.#left) text += ` ${row.join('.')}`;
    return text;
  }

  #load(cursor: string): void {
    const [print, ...states] = cursor.split(' ');
    const numbers = states.map((text) => text.split('.').map(Number));
    if (print !== this.#print || numbers.length < this.#members.length || numbers.some((list) => !list.every(Number.isSafeInteger)))
      throw new BadValue(`this cursor belongs to another synthetic market (${print}; this one is ${this.#print})`);
    this.#members.forEach((member, index) => {
      member.load(numbers[index]!);
    });
    this.#left = numbers.slice(this.#members.length);
    this.#look();
    if (this.cursor() !== cursor) throw new BadValue('this cursor of a synthetic market is damaged');
  }

  #look(): void {
    this.#members.forEach((member, index) => {
      this.#next[index] = member.at;
    });
  }

  /** Which member speaks next; of equal arrivals the first. */
  #earliest(): number {
    const next = this.#next;
    let best = 0;
    for (let i = 1; i < next.length; i += 1) if (next[i]! < next[best]!) best = i;
    return best;
  }

  #inputs(maxNumbers: number, untilUs: number): SourceInput[] {
    const records: SourceInput[] = [];
    while (records.length < maxNumbers) {
      const index = this.#earliest();
      const member = this.#members[index]!;
      if (!(member instanceof SourceVoice) || member.at >= untilUs) break;
      records.push(member.take());
      this.#next[index] = member.at;
    }
    return records;
  }

  #burst(index: number, feed: SyntheticFeed, count: number): number {
    const { trades, quotes } = feed;
    const [tradesBefore, quotesBefore] = [trades.count, quotes.count];
    feed.burst();
    this.#next[index] = feed.at;
    count = this.#own(index * 2, trades.count - tradesBefore, count);
    return this.#own(index * 2 + 1, quotes.count - quotesBefore, count);
  }

  #own(lane: number, facts: number, count: number): number {
    if (count + facts > this.#lane.length) {
      const wider = new Uint16Array(this.#lane.length * 2);
      wider.set(this.#lane);
      this.#lane = wider;
    }
    for (let i = 0; i < facts; i += 1) this.#lane[count + i] = lane;
    return count + facts;
  }

  #columns(lane: number) {
    const feed = this.#members[lane >> 1] as SyntheticFeed;
    return (lane & 1) === 0 ? feed.trades : feed.quotes;
  }

  #leave(count: number): number {
    const lane = this.#lane[count - 1]!;
    this.#left.unshift([lane, ...this.#columns(lane).pop()]);
    return count - 1;
  }

  #takeLeft(): number {
    let count = 0;
    for (const [lane = 0, at = 0, venueTime = 0, venueSeq = 0, flags = 0, a = 0, b = 0, c = 0, d = 0] of this.#left) {
      const columns = this.#columns(lane);
      columns.reserve(1);
      columns.add(at, venueTime, venueSeq, flags, a, b, c, d);
      count = this.#own(lane, 1, count);
    }
    this.#left = [];
    return count;
  }

  #take(count: number): Chunk {
    const blocks: Block[] = [];
    const blockOf = new Uint16Array(this.#members.length * 2);
    this.#members.forEach((member, index) => {
      if (member instanceof SourceVoice) return;
      for (const [offset, columns] of [member.trades, member.quotes].entries()) {
        if (columns.count === 0) continue;
        blockOf[index * 2 + offset] = blocks.length;
        blocks.push(columns.take());
      }
    });
    if (blocks.length === 1) return { kind: 'market', blocks, lane: NO_LANE };
    const lane = this.#lane.slice(0, count);
    for (let i = 0; i < count; i += 1) lane[i] = blockOf[lane[i]!]!;
    return { kind: 'market', blocks, lane };
  }
}

/** In order of first appearance: the source index. */
function sourcesOf(instruments: readonly Instrument[]): readonly SourceId[] {
  return [...new Set(instruments.flatMap(({ feeds }) => feeds.map(({ source }) => source)))];
}

/** Short, and different for every difference that matters (FNV-1a); not a defence. */
function fingerprint({ seed, startUs, instruments, faults, paceUs, beatUs }: SyntheticSpec): string {
  const { silence, mute, lag, reconnect } = faults;
  const text = [
    ...[seed, startUs, paceUs, beatUs, faults.gap, faults.duplicate, faults.crossed, faults.absurd, faults.late, faults.borderUs],
    ...[silence, mute, lag, reconnect].flatMap(({ everyUs, forUs }) => [everyUs, forUs]),
    ...instruments.flatMap(({ id, feeds }) => [id, ...feeds.flatMap(({ source, latenessUs, graceUs }) => [source, latenessUs, graceUs])]),
  ].join(' ');
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
