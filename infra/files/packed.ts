/** A segment on its way into a file and out of it, as it is or compressed (gzip), always in order and a chunk at a time. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';
import { assert } from '#engine/assert.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import type { Disk, DiskFile } from './disk.ts';

const CHUNK = 1 << 20;

/** Writes a new file; what stood there before is gone. */
export class Packing {
  readonly #file: DiskFile;
  readonly #hash = createHash('sha256');
  readonly #gzip: Gzip | null;
  readonly #out: Promise<void>;
  bytes = 0;

  static async begin(disk: Disk, path: string, compress: boolean): Promise<Packing> {
    await disk.remove(path);
    return new Packing(await disk.open(path, 'append'), compress);
  }

  constructor(file: DiskFile, compress: boolean) {
    this.#file = file;
    this.#gzip = compress ? createGzip({ chunkSize: CHUNK }) : null;
    this.#out = this.#gzip === null ? Promise.resolve() : this.#pump(this.#gzip);
    this.#out.catch(() => {}); // heard by whoever writes next
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#gzip === null) return this.#append(chunk);
    // the reader of a segment goes on with its buffer only when this has returned
    if (!this.#gzip.write(chunk)) await Promise.race([once(this.#gzip, 'drain'), this.#out]);
  }

  /** Durable, and its own hash. */
  async end(): Promise<Readonly<{ bytes: number; sha256: string }>> {
    this.#gzip?.end();
    await this.#out;
    await this.#file.sync();
    await this.#file.close();
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }

  async giveUp(): Promise<void> {
    this.#gzip?.destroy();
    await this.#out.catch(() => {});
    await this.#file.close();
  }

  async #append(chunk: Uint8Array): Promise<void> {
    await this.#file.append(chunk);
    this.#hash.update(chunk);
    this.bytes += chunk.length;
  }

  async #pump(gzip: Gzip): Promise<void> {
    for await (const chunk of gzip) await this.#append(chunk as Uint8Array);
  }
}

/** A stored file as the segment of so many bytes that it holds. `name`: what it is called once it is whole. */
export async function openStored(disk: Disk, path: string, name: string, bytes: number): Promise<DiskFile> {
  const file = await disk.open(path, 'read');
  return name.endsWith('.gz') ? new Unpacking(file, path, bytes) : file;
}

/** Only forwards: a segment is read from its first byte to its last. */
class Unpacking implements DiskFile {
  readonly #file: DiskFile;
  readonly #path: string;
  readonly #bytes: number;
  readonly #packed: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(file: DiskFile, path: string, bytes: number) {
    this.#file = file;
    this.#path = path;
    this.#bytes = bytes;
    const gunzip = createGunzip({ chunkSize: CHUNK });
    this.#packed = Readable.from(chunksOf(file));
    this.#packed.on('error', (error) => gunzip.destroy(error));
    this.#chunks = this.#packed.pipe(gunzip)[Symbol.asyncIterator]();
  }

  async read(at: number, into: Uint8Array): Promise<number> {
    assert(at === this.#at, 'what is packed is read in order');
    let filled = 0;
    while (filled < into.length) {
      if (this.#left.length === 0) {
        const next = await this.#next();
        if (next === null) break;
        this.#left = next;
      }
      const count = Math.min(this.#left.length, into.length - filled);
      into.set(this.#left.subarray(0, count), filled);
      this.#left = this.#left.subarray(count);
      filled += count;
    }
    this.#at += filled;
    return filled;
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      const { value, done } = await this.#chunks.next();
      return done === true ? null : value;
    } catch (error) {
      if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
      throw new JournalCorrupt(`${this.#path}: cannot be unpacked: ${(error as Error).message}`);
    }
  }

  async size(): Promise<number> {
    return this.#bytes;
  }
  append(): Promise<void> {
    throw new Error('only read');
  }
  sync(): Promise<void> {
    throw new Error('only read');
  }
  truncate(): Promise<void> {
    throw new Error('only read');
  }
  async close(): Promise<void> {
    await this.#chunks.return?.();
    this.#packed.destroy();
    await this.#file.close();
  }
}

async function* chunksOf(file: DiskFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const chunk = new Uint8Array(CHUNK);
    const count = await file.read(at, chunk);
    if (count === 0) return;
    at += count;
    yield chunk.subarray(0, count);
  }
}
