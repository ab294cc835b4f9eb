/**
 * A window that slides over the plain bytes of a text file and always ends at the end of a line. Only what is not read yet is kept, so
 * memory stays bounded; a line longer than the window may grow is an unreadable file.
 */
import type { ByteSource } from './byte-source.ts';
import { ImportError } from './import-error.ts';

const NEWLINE = 10;
const FIRST_CAPACITY = 1 << 20;
const HEAD_BYTES = FIRST_CAPACITY / 2;

export class TextWindow {
  bytes = new Uint8Array(FIRST_CAPACITY);
  /** What is unread: [from, to), whole lines. */
  from = 0;
  to = 0;
  /** Nothing follows `to`. */
  last = false;
  readonly #source: ByteSource;
  readonly #label: string;
  readonly #maxBytes: number;
  #end = 0;
  #base: number;

  constructor(source: ByteSource, label: string, offset: number, maxBytes: number) {
    this.#source = source;
    this.#label = label;
    this.#base = offset;
    this.#maxBytes = maxBytes;
  }

  /** Where bytes[0] lies in the file. */
  get base(): number {
    return this.#base;
  }

  /** Brings more lines behind what is unread; false when there is nothing more. What was read before is gone. */
  async more(): Promise<boolean> {
    if (this.last) return false;
    const begins = this.#base === 0 && this.#end === 0;
    this.bytes.copyWithin(0, this.from, this.#end);
    this.#base += this.from;
    this.#end -= this.from;
    this.to -= this.from;
    this.from = 0;
    const before = this.to;
    for (;;) {
      if (this.#end === this.bytes.length) this.#grow();
      const got = await this.#source.readInto(this.bytes, this.#end);
      if (got === 0) {
        this.last = true;
        if (this.#end > 0 && this.bytes[this.#end - 1] !== NEWLINE) {
          if (this.#end === this.bytes.length) this.#grow(1);
          this.bytes[this.#end++] = NEWLINE;
        }
        this.to = this.#end;
        if (begins) this.#mark();
        return this.to > this.from;
      }
      this.#end += got;
      // the first bytes decide about a mark, so they must be there
      if (begins && this.#end < 3) continue;
      const whole = this.bytes.lastIndexOf(NEWLINE, this.#end - 1) + 1;
      if (whole <= before) continue;
      this.to = whole;
      if (begins) this.#mark();
      return true;
    }
  }

  /** Brings lines while `wanted` wants some, but not many bytes: what a layout is told by. */
  async headed(wanted: () => boolean): Promise<void> {
    while (wanted() && this.to - this.from < HEAD_BYTES && (await this.more()));
  }

  /** Passes over a byte order mark. */
  #mark(): void {
    const [a, b, c] = this.bytes;
    if (this.#end >= 2 && ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)))
      throw new ImportError('unreadable', 'the text is UTF-16', 'Save it as UTF-8', { file: this.#label });
    if (this.#end >= 3 && a === 0xef && b === 0xbb && c === 0xbf) this.from = 3;
  }

  #grow(spare = 0): void {
    const capacity = spare > 0 ? this.bytes.length + spare : this.bytes.length * 2;
    if (spare === 0 && capacity > this.#maxBytes)
      throw new ImportError(
        'unreadable',
        `no line ends within ${this.bytes.length} bytes of byte ${this.#base}`,
        'This is no file of lines',
        {
          file: this.#label,
        },
      );
    const grown = new Uint8Array(capacity);
    grown.set(this.bytes.subarray(0, this.#end));
    this.bytes = grown;
  }
}
