/**
 * The two running hashes of a run (docs/kernel.md §2.5). They see numbers, never frames: however inputs were cut into frames, blocks and
 * lanes, equal inputs and decisions have equal hashes. Asking for one disturbs nothing.
 */
import { assert } from '../assert.ts';
import { type Digest, hex } from '../digest.ts';
import type { InputRecord } from '../inputs.ts';
import type { MarketFrame } from '../market/blocks.ts';
import type { InstrumentId, Sha256, SourceId } from '../values.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { InputPage } from './input-page.ts';

/** Page k covers the numbers [k · PAGE_NUMBERS, (k + 1) · PAGE_NUMBERS). */
export const PAGE_NUMBERS = 65_536;
const HASH_BYTES = 32;
const SAVED_FORMAT = 1;
/** An instrument × source as a number of its own, by order of definition; 1 is the first. */
export type FeedOrdinal = (instrument: InstrumentId, source: SourceId) => number;

export class RunHashes {
  readonly #digest: Digest;
  readonly #ordinal: FeedOrdinal;
  readonly #page = new InputPage(PAGE_NUMBERS);
  #inputs: Uint8Array = new Uint8Array(HASH_BYTES);
  #decisions: Uint8Array = new Uint8Array(HASH_BYTES);
  #decisionPage = new ByteWriter(1 << 16);
  /** Of the page that collects decisions. */
  #decisionPageIndex = 0;
  /** The last number entered. */
  #last = 0;
  /** Market facts are named by their tapes' hashes instead of hashed again. */
  #fromTape = false;

  constructor(digest: Digest, ordinal: FeedOrdinal) {
    this.#digest = digest;
    this.#ordinal = ordinal;
  }

  get last(): number {
    return this.#last;
  }

  /** Before the first number, once a tape, in the order of the manifest: its hash stands for its ticks. */
  tape(hash: Sha256): void {
    assert(this.#last === 0, 'a tape is named before the first number');
    this.#fromTape = true;
    this.#inputs = this.#digest.sha256(this.#inputs, bytesOfHex(hash));
  }

  /** The market facts of a frame with numbers first + from … first + to − 1. */
  market(frame: MarketFrame, from: number, to: number): void {
    for (let begin = from; begin < to; ) {
      const number = frame.first + begin;
      this.#advance(number);
      const end = Math.min(to, begin + PAGE_NUMBERS - (number % PAGE_NUMBERS));
      if (!this.#fromTape) this.#page.market(frame, begin, end, rowOf(number), this.#ordinal);
      this.#last = frame.first + end - 1;
      begin = end;
    }
  }

  /** A numbered input that is no market fact: its table id and its canonical bytes. */
  input(record: InputRecord, id: number, bytes: Uint8Array): void {
    this.#advance(record.seq);
    if (this.#fromTape) this.#page.records.raw(bytes);
    else this.#page.input(rowOf(record.seq), id, record.at, bytes);
    this.#last = record.seq;
  }

  /** Canonical bytes of decisions that all have this cause, in address order. */
  decisions(bytes: Uint8Array, cause: number): void {
    this.closePagesBelow(cause);
    assert(pageOf(cause) === this.#decisionPageIndex, `a decision of ${cause} after its page was closed`);
    this.#decisionPage.raw(bytes);
  }

  /** From now on no decision has a cause in a page below that of `seq`. */
  closePagesBelow(seq: number): void {
    for (const page = pageOf(seq); this.#decisionPageIndex < page; this.#decisionPageIndex++) {
      this.#decisions = this.#digest.sha256(this.#decisions, written(this.#decisionPage));
      this.#decisionPage.at = 0;
    }
  }

  inputsHash(): Sha256 {
    return hex(this.#inputsNow()) as Sha256;
  }

  decisionsHash(): Sha256 {
    return hex(this.#decisionsNow()) as Sha256;
  }

  runHash(): Sha256 {
    return hex(this.#digest.sha256(this.#inputsNow(), this.#decisionsNow())) as Sha256;
  }

  /** The whole state: the folded hashes and what the open pages hold. */
  save(): Uint8Array {
    const out = new ByteWriter(4096);
    out.u8(SAVED_FORMAT);
    out.u8(this.#fromTape ? 1 : 0);
    out.f64(this.#last);
    out.raw(this.#inputs);
    out.raw(this.#decisions);
    out.u32(this.#decisionPageIndex);
    out.u32(this.#decisionPage.at);
    out.raw(written(this.#decisionPage));
    this.#page.save(out);
    return out.take();
  }

  static load(saved: Uint8Array, digest: Digest, ordinal: FeedOrdinal): RunHashes {
    const hashes = new RunHashes(digest, ordinal);
    const from = new ByteReader(saved);
    from.field = 'running hashes';
    const format = from.u8();
    if (format !== SAVED_FORMAT) throw from.bad(`format ${format}, not ${SAVED_FORMAT}`);
    hashes.#fromTape = from.flag();
    hashes.#last = from.whole();
    hashes.#inputs = from.copy(HASH_BYTES);
    hashes.#decisions = from.copy(HASH_BYTES);
    hashes.#decisionPageIndex = from.u32();
    hashes.#decisionPage.raw(from.raw(from.u32()));
    hashes.#page.load(from);
    if (from.left > 0) throw from.bad(`${from.left} bytes left over`);
    return hashes;
  }

  /** Folds the pages that `number` leaves behind. */
  #advance(number: number): void {
    assert(number > this.#last, `number ${number} after ${this.#last}`);
    const page = pageOf(number);
    for (let open = pageOf(this.#last); open < page; open++) {
      this.#inputs = this.#digest.sha256(this.#inputs, ...this.#page.parts());
      this.#page.clear();
    }
  }

  /** The open page folded on the side. Before the first number nothing was folded. */
  #inputsNow(): Uint8Array {
    return this.#last === 0 ? this.#inputs : this.#digest.sha256(this.#inputs, ...this.#page.parts());
  }

  #decisionsNow(): Uint8Array {
    if (this.#last === 0 && this.#decisionPage.at === 0) return this.#decisions;
    let hash = this.#digest.sha256(this.#decisions, written(this.#decisionPage));
    const none = new Uint8Array(0);
    for (let page = this.#decisionPageIndex; page < pageOf(this.#last); page++) hash = this.#digest.sha256(hash, none);
    return hash;
  }
}

const pageOf = (seq: number): number => Math.floor(seq / PAGE_NUMBERS);
/** Number 0 does not exist: page 0 starts with number 1. */
const rowOf = (seq: number): number => (seq < PAGE_NUMBERS ? seq - 1 : seq % PAGE_NUMBERS);
const written = (writer: ByteWriter): Uint8Array => writer.bytes.subarray(0, writer.at);

export function bytesOfHex(text: string): Uint8Array {
  assert(/^([0-9a-f]{2})*$/.test(text), 'not lower-case hex');
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}
