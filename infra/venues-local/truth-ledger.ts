/**
 * The exchange's truth on disk: an entry a line, numbered, appended before anything is told. It knows how entries are framed and found
 * again, never what they mean. A torn last line is cut off; any other damage is told by its line, and nothing is opened.
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ExchangeLog } from './exchange.ts';
import type { LedgerEntry } from './exchange-state.ts';

/** A line that is no entry, with entries behind it. */
export class LedgerCorrupt extends Error {
  override name = 'LedgerCorrupt';
}

/** The disk would not take an entry: what was done is not written, so nothing more may be told. */
export class LedgerFailed extends Error {
  override name = 'LedgerFailed';
}

const NAME = 'ledger.ndjson';
const CHUNK = 1 << 20;
/** A place in the file is remembered every so many entries. */
const MARK_EVERY = 256;
const ENTRIES_A_PAGE = 1_000;

export class TruthLedger implements ExchangeLog {
  readonly path: string;
  /** Bytes of a last line that was cut off when the ledger was opened. */
  torn = 0;
  readonly #folder: string;
  #file: number;
  #size = 0;
  #last = 0;
  #waiting: string[] = [];
  /** marks[k]: where the line of entry k × MARK_EVERY + 1 begins. */
  #marks: number[] = [];

  /** Every entry there is goes to `take`, in order. */
  constructor(folder: string, take: (entry: LedgerEntry) => void) {
    this.#folder = folder;
    this.path = join(folder, NAME);
    this.#file = openSync(this.path, 'a+');
    try {
      this.#read(take);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get empty(): boolean {
    return this.#last === 0;
  }

  next(): number {
    return this.#last + 1;
  }

  append(what: string, at: number, rest: string): number {
    this.#last += 1;
    this.#waiting.push(`{"n":${this.#last},"at":${at},"what":"${what}",${rest}}\n`);
    return this.#last;
  }

  /** All that was appended is in the file (of this machine: a killed process loses none of it) when this returns. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting;
    this.#waiting = [];
    let end = this.#size;
    let n = this.#last - lines.length + 1;
    for (const line of lines) {
      this.#mark(n++, end);
      end += Buffer.byteLength(line);
    }
    const bytes = Buffer.from(lines.join(''));
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      throw new LedgerFailed(`${this.path} takes no more: ${(error as Error).message}`);
    }
    this.#size = end;
  }

  /** Entries behind `after` as JSON text, and the `after` of the next page. */
  page(after: number): { lines: string[]; next: number | null } {
    this.flush();
    if (after >= this.#last) return { lines: [], next: null };
    const mark = Math.floor(Math.max(0, after) / MARK_EVERY);
    const last = Math.min(this.#last, after + ENTRIES_A_PAGE);
    const endMark = this.#marks[Math.ceil(last / MARK_EVERY)] ?? this.#size;
    const from = this.#marks[mark]!;
    const bytes = Buffer.alloc(endMark - from);
    for (let at = 0; at < bytes.length; ) at += readSync(this.#file, bytes, at, bytes.length - at, from + at);
    const first = mark * MARK_EVERY + 1;
    const lines = bytes
      .toString()
      .split('\n')
      .slice(after + 1 - first, last + 1 - first);
    return { lines, next: last < this.#last ? last : null };
  }

  /** Begins an empty ledger; the one before stays beside it under the next free number. */
  renew(): void {
    this.#waiting = [];
    closeSync(this.#file);
    let number = this.#number;
    while (existsSync(join(this.#folder, `ledger.${number}.ndjson`))) number += 1;
    this.#number = number + 1;
    renameSync(this.path, join(this.#folder, `ledger.${number}.ndjson`));
    this.#file = openSync(this.path, 'a+');
    this.#size = 0;
    this.#last = 0;
    this.#marks = [];
  }
  #number = 1;

  close(): void {
    this.flush();
    closeSync(this.#file);
  }

  #mark(n: number, at: number): void {
    if ((n - 1) % MARK_EVERY === 0) this.#marks[(n - 1) / MARK_EVERY] = at;
  }

  #read(take: (entry: LedgerEntry) => void): void {
    const whole = fstatSync(this.#file).size;
    const chunk = Buffer.alloc(CHUNK);
    let rest = Buffer.alloc(0);
    for (let at = 0; at < whole; ) {
      const count = readSync(this.#file, chunk, 0, CHUNK, at);
      if (count === 0) break;
      at += count;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let begin = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, begin)) {
        const entry = this.#entryIn(bytes.toString('utf8', begin, end));
        if (entry === null) {
          if (this.#size + (end - begin) + 1 === whole) {
            this.#cut(whole);
            return;
          }
          throw new LedgerCorrupt(
            `${this.path}, line ${this.#last + 1}: not an entry, and others follow it; the file was changed or damaged`,
          );
        }
        this.#last += 1;
        this.#mark(this.#last, this.#size);
        this.#size += end - begin + 1;
        begin = end + 1;
        take(entry);
      }
      rest = Buffer.from(bytes.subarray(begin));
    }
    if (rest.length > 0) this.#cut(whole);
  }

  /** The last line was being written when its process or machine died; nobody was told of it. */
  #cut(whole: number): void {
    this.torn = whole - this.#size;
    ftruncateSync(this.#file, this.#size);
  }

  #entryIn(text: string): LedgerEntry | null {
    try {
      const entry = JSON.parse(text) as LedgerEntry;
      return typeof entry === 'object' && entry !== null && entry.n === this.#last + 1 ? entry : null;
    } catch {
      return null;
    }
  }
}
