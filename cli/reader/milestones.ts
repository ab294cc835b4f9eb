/** Where in a journal a moment lies: a number and its arrival every so often, learned once and carried on. It holds no fact of the journal. */

import { takesNumbers } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { JournalReader } from '#engine/journal/port.ts';
import type { Seq } from '#engine/values.ts';

type Mark = Readonly<{ seq: number; at: number }>;
/** Numbers between two marks, at least. */
const APART = 4_096;
/** More than a desk of years: then every other one is let go. */
const MOST_MARKS = 200_000;

export class Milestones {
  #first: Mark | null = null;
  #last: Mark | null = null;
  #marks: Mark[] = [];
  #apart = APART;

  /** Of numbers, with their arrivals; null while there are none. */
  get first(): Mark | null {
    return this.#first;
  }
  get last(): Mark | null {
    return this.#last;
  }

  /** Reads on from where it was, to the end of what is there. */
  async catchUp(reader: JournalReader): Promise<void> {
    for await (const { frame } of reader.frames(((this.#last?.seq ?? -1) + 1) as Seq)) {
      const end = frame.first + frame.count - 1;
      if (!takesNumbers(frame.kind) || end <= (this.#last?.seq ?? 0)) continue;
      const payload = decodePayload(frame);
      if (payload.kind === 'inputs') {
        const [begin, close] = [payload.records[0], payload.records.at(-1)];
        if (begin !== undefined && close !== undefined) this.#note({ seq: frame.first, at: begin.at }, { seq: end, at: close.at });
      } else if (payload.kind === 'market') {
        const { blocks } = payload.frame;
        const begin = blocks.reduce((least, { at }) => Math.min(least, at[0] ?? Infinity), Infinity);
        const close = blocks.reduce((most, { at, count }) => Math.max(most, at[count - 1] ?? 0), 0);
        this.#note({ seq: frame.first, at: begin }, { seq: end, at: close });
      }
    }
  }

  /** A number all before which arrived before the moment: to begin looking at. */
  before(at: number): number {
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#marks[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? (this.#first?.seq ?? 0) : this.#marks[low - 1]!.seq;
  }

  /** A number that arrived at the moment or behind it, or the last there is: to stop looking at. */
  behind(at: number): number {
    const found = this.#marks.find((mark) => mark.at >= at);
    return found?.seq ?? this.#last?.seq ?? 0;
  }

  #note(begin: Mark, end: Mark): void {
    this.#first ??= begin;
    const newest = this.#marks.at(-1);
    if (newest === undefined || begin.seq - newest.seq >= this.#apart) this.#marks.push(begin);
    this.#last = end;
    if (this.#marks.length <= MOST_MARKS) return;
    this.#marks = this.#marks.filter((_, place) => place % 2 === 0);
    this.#apart *= 2;
  }
}
