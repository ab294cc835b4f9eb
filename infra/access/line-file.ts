/**
 * Records as JSON lines in a file that begins anew when it is full, with a few of the full ones kept beside it. Writing never holds up
 * who records; what cannot be written is told, and what comes too fast is counted.
 */
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder } from '../control/place.ts';

export type LineFileOptions = Readonly<{
  /** Bytes of one file, and how many full ones stay. */
  mostBytes?: number;
  keep?: number;
  /** Writes are at least so far apart: a flood of records must not keep the disk from who needs it more. */
  apartMs?: number;
  trouble: (error: Error) => void;
}>;

const MOST_BYTES = 8 * 2 ** 20;
const KEEP = 5;
const APART_MS = 100;
/** Waiting to be written; beyond it lines are dropped and counted. */
const MOST_WAITING = 10_000;

export class LineFile {
  readonly path: string;
  readonly #mostBytes: number;
  readonly #keep: number;
  readonly #apartMs: number;
  readonly #trouble: (error: Error) => void;
  #written = Number.NEGATIVE_INFINITY;
  #waiting: string[] = [];
  #dropped = 0;
  #writing: Promise<void> | null = null;

  /** `attempts` becomes attempts.ndjson, and attempts.1.ndjson is the full one before. */
  constructor(folder: string, name: string, { mostBytes = MOST_BYTES, keep = KEEP, apartMs = APART_MS, trouble }: LineFileOptions) {
    privateFolder(folder);
    this.path = join(folder, `${name}.ndjson`);
    this.#mostBytes = mostBytes;
    this.#keep = keep;
    this.#apartMs = apartMs;
    this.#trouble = trouble;
  }

  /** JSON escapes line breaks, so one record is one line. */
  record(value: object): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(JSON.stringify(value));
    this.#writing ??= this.#drain();
  }

  /** When all that was recorded is on the disk, or was told to be in trouble. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // what is recorded in one turn goes in one write
    try {
      while (this.#waiting.length > 0) {
        const early = this.#apartMs - (performance.now() - this.#written);
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        this.#written = performance.now();
        const lines = this.#waiting.splice(0);
        const dropped = this.#dropped;
        this.#dropped = 0;
        if (dropped > 0)
          lines.push(JSON.stringify({ what: 'dropped', count: dropped, why: 'they came faster than they could be written' }));
        await this.#append(`${lines.join('\n')}\n`);
      }
    } catch (error) {
      this.#trouble(error as Error);
    } finally {
      this.#writing = this.#waiting.length > 0 ? this.#drain() : null;
    }
  }

  async #append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const size = await stat(this.path).then(({ size }) => size, ifMissing(0));
    if (size > 0 && size + bytes.length > this.#mostBytes) await this.#rotate();
    const handle: FileHandle = await open(this.path, 'a', 0o600);
    try {
      await handle.appendFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async #rotate(): Promise<void> {
    const numbered = (number: number) => this.path.replace(/\.ndjson$/, `.${number}.ndjson`);
    await unlink(numbered(this.#keep)).catch(ifMissing(undefined));
    for (let number = this.#keep - 1; number >= 1; number--)
      await rename(numbered(number), numbered(number + 1)).catch(ifMissing(undefined));
    await rename(this.path, numbered(1)).catch(ifMissing(undefined));
  }
}

/** Another process may have rotated it in between. */
const ifMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  };
