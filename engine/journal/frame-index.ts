/** Kinds, numbers and places of a journal's frames, in columns: millions of them take little room, and the one that holds a number is found by halving. */
import { FRAME_KINDS, type Frame, type FrameKind, takesNumbers } from './frame.ts';

const FIRST_ROOM = 4_096;

/** Where a frame lies: `part` is a file of the journal, `offset` a place in it. */
export type Spot = Readonly<{ part: number; offset: number; length: number }>;

export class FrameIndex {
  #kinds = new Uint8Array(FIRST_ROOM);
  #parts = new Uint32Array(FIRST_ROOM);
  #offsets = new Float64Array(FIRST_ROOM);
  #lengths = new Uint32Array(FIRST_ROOM);
  #firsts = new Float64Array(FIRST_ROOM);
  #counts = new Uint32Array(FIRST_ROOM);
  /** Of those that take numbers, in order. */
  #numbered = new Uint32Array(FIRST_ROOM);
  #numberedLength = 0;
  #length = 0;
  #bytes = 0;
  /** The highest noted. */
  epoch = 0;
  /** How often all was forgotten: whatever was learned by place before is void. */
  lives = 0;

  get length(): number {
    return this.#length;
  }
  /** Frames that take numbers. */
  get numbered(): number {
    return this.#numberedLength;
  }
  /** Of all frames. */
  get bytes(): number {
    return this.#bytes;
  }
  kind(place: number): FrameKind {
    return FRAME_KINDS[this.#kinds[place]!]!;
  }
  first(place: number): number {
    return this.#firsts[place]!;
  }
  /** The last number it takes. */
  last(place: number): number {
    return this.#firsts[place]! + this.#counts[place]! - 1;
  }
  spot(place: number): Spot {
    return { part: this.#parts[place]!, offset: this.#offsets[place]!, length: this.#lengths[place]! };
  }
  /** The place of the nth that takes numbers. */
  numberedAt(nth: number): number {
    return this.#numbered[nth]!;
  }

  /** Which of those that take numbers holds the number, or is the first behind it; `numbered` where none is. */
  nthFrom(seq: number): number {
    let [low, high] = [0, this.#numberedLength];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.last(this.#numbered[middle]!) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The next frame of the journal. One of an owner that had lost it is none. */
  note({ kind, first, count, epoch }: Omit<Frame, 'payload' | 'desk'>, { part, offset, length }: Spot): void {
    if (epoch < this.epoch) return;
    this.epoch = epoch;
    if (this.#length === this.#kinds.length) this.#grow();
    const at = this.#length++;
    this.#kinds[at] = FRAME_KINDS.indexOf(kind);
    this.#parts[at] = part;
    this.#offsets[at] = offset;
    this.#lengths[at] = length;
    this.#firsts[at] = first;
    this.#counts[at] = count;
    this.#bytes += length;
    if (takesNumbers(kind)) this.#numbered[this.#numberedLength++] = at;
  }

  forget(): void {
    this.#length = 0;
    this.#numberedLength = 0;
    this.#bytes = 0;
    this.epoch = 0;
    this.lives += 1;
  }

  #grow(): void {
    const room = this.#kinds.length * 2;
    const longer = <Column extends Uint8Array | Uint32Array | Float64Array>(column: Column, made: Column): Column => {
      made.set(column);
      return made;
    };
    this.#kinds = longer(this.#kinds, new Uint8Array(room));
    this.#parts = longer(this.#parts, new Uint32Array(room));
    this.#offsets = longer(this.#offsets, new Float64Array(room));
    this.#lengths = longer(this.#lengths, new Uint32Array(room));
    this.#firsts = longer(this.#firsts, new Float64Array(room));
    this.#counts = longer(this.#counts, new Uint32Array(room));
    this.#numbered = longer(this.#numbered, new Uint32Array(room));
  }
}
