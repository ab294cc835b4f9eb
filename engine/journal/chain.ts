/**
 * What makes stored frames one journal: each holds the hash of the one before, and only the newest owner's count. Every reader, of files or
 * of Kafka, passes its frames through one of these.
 */
import type { Digest } from '../digest.ts';
import { hex } from '../digest.ts';
import type { Seq, Sha256 } from '../values.ts';
import { type Frame, takesNumbers } from './frame.ts';
import { chainHead } from './frame-codec.ts';

/** Last number a frame takes, or the last before it. */
export const lastNumber = ({ kind, first, count }: Pick<Frame, 'kind' | 'first' | 'count'>): Seq =>
  (takesNumbers(kind) ? first + count - 1 : first) as Seq;

export class Chain {
  readonly #digest: Digest;
  #head: Uint8Array | null;
  /** The highest epoch seen. */
  epoch: number;
  seq = 0 as Seq;
  /** Frames of owners that had lost the journal. */
  skipped = 0;

  /** Without a head the first frame's own word is taken: a segment verifies alone. */
  constructor(digest: Digest, head: Uint8Array | null, epoch = 0) {
    this.#digest = digest;
    this.#head = head;
    this.epoch = epoch;
  }

  get headBytes(): Uint8Array | null {
    return this.#head;
  }

  /** True when the frame is the next of the chain, false when it is skipped, a sentence when it does not belong here. */
  take(frame: Frame, previousHash: Uint8Array, bytes: Uint8Array): boolean | string {
    if (frame.epoch < this.epoch) {
      this.skipped++;
      return false;
    }
    if (frame.epoch > this.epoch && frame.kind !== 'claim' && this.epoch > 0) return `epoch ${frame.epoch} was never claimed`;
    if (this.#head !== null && !same(this.#head, previousHash))
      return `the frame before has hash ${short(this.#head)}, this one expects ${short(previousHash)}`;
    this.#head = chainHead(this.#digest, previousHash, bytes);
    this.epoch = frame.epoch;
    this.seq = Math.max(this.seq, lastNumber(frame)) as Seq;
    return true;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return a.length === b.length;
}

const short = (hash: Uint8Array): string => (hex(hash) as Sha256).slice(0, 12);
