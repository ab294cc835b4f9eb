/** Where in a journal a moment lies: arrivals are read from the few frames that halving comes by, and remembered. It holds no fact of the journal. */

import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { FrameMap } from '#engine/journal/port.ts';

type Mark = Readonly<{ seq: number; at: number }>;

export class Milestones {
  readonly #map: FrameMap;
  /** First and last arrival of a frame, by its place. */
  readonly #arrivals = new Map<number, readonly [begin: number, end: number]>();
  #lives: number;
  #first: Mark | null = null;
  #last: Mark | null = null;

  constructor(map: FrameMap) {
    this.#map = map;
    this.#lives = map.index.lives;
  }

  /** Of numbers, with their arrivals; null while there are none. */
  get first(): Mark | null {
    return this.#first;
  }
  get last(): Mark | null {
    return this.#last;
  }

  /** To the end of what the map knows. */
  async catchUp(): Promise<void> {
    const { index } = this.#map;
    if (index.lives !== this.#lives) {
      this.#lives = index.lives;
      this.#arrivals.clear();
      this.#first = null;
    }
    if (index.numbered === 0) {
      this.#last = null;
      return;
    }
    const [begin, end] = [index.numberedAt(0), index.numberedAt(index.numbered - 1)];
    this.#first ??= { seq: index.first(begin), at: (await this.#arrivalsOf(begin))[0] };
    this.#last = { seq: index.last(end), at: (await this.#arrivalsOf(end))[1] };
  }

  /** A number all before which arrived before the moment: to begin looking at. */
  async before(at: number): Promise<number> {
    const nth = await this.#firstAt(at);
    return nth === 0 ? (this.#first?.seq ?? 0) : this.#map.index.first(this.#map.index.numberedAt(nth - 1));
  }

  /** A number that arrived at the moment or behind it, or the last there is: to stop looking at. */
  async behind(at: number): Promise<number> {
    const nth = await this.#firstAt(at);
    return nth === this.#map.index.numbered ? (this.#last?.seq ?? 0) : this.#map.index.first(this.#map.index.numberedAt(nth));
  }

  /** The first frame that begins at the moment or behind it. */
  async #firstAt(at: number): Promise<number> {
    let [low, high] = [0, this.#map.index.numbered];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const [begin] = await this.#arrivalsOf(this.#map.index.numberedAt(middle));
      if (begin < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #arrivalsOf(place: number): Promise<readonly [number, number]> {
    const known = this.#arrivals.get(place);
    if (known !== undefined) return known;
    const found = arrivalsIn(decodePayload((await this.#map.read(place)).frame));
    this.#arrivals.set(place, found);
    return found;
  }
}

function arrivalsIn(payload: ReturnType<typeof decodePayload>): readonly [number, number] {
  if (payload.kind === 'inputs') return [payload.records[0]!.at, payload.records.at(-1)!.at];
  if (payload.kind !== 'market') throw new Error(`arrivals of a frame of ${payload.kind}`);
  let [begin, end] = [Infinity, 0];
  for (const { at, count } of payload.frame.blocks) {
    begin = Math.min(begin, at[0] ?? Infinity);
    end = Math.max(end, at[count - 1] ?? 0);
  }
  return [begin, end];
}
