/**
 * The plain bytes of a file or of a member of an archive, from any offset, in order. Decompresses as it goes, so memory stays bounded;
 * damage is told as an unreadable file. Knows nothing of what the bytes mean.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';
import { ImportError, messageOf } from './import-error.ts';

export interface ByteSource {
  /** Bytes of the file itself that were taken so far: what progress is measured by. */
  readonly taken: number;
  /** Writes what comes next into `target` from `at`; 0 means the end. */
  readInto(target: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
}

/** Where bytes lie in a file, and how they are packed. */
export type Packed = Readonly<{
  /** The name told in messages: the file, or file/member. */
  label: string;
  path: string;
  packing: 'plain' | 'gzip' | 'stored' | 'deflate';
  begin: number;
  bytes: number;
  /** Of the plain bytes, where the archive states them. */
  plain: Readonly<{ bytes: number; crc32: number }> | null;
}>;

const CHUNK = 1 << 18;

/** From the plain offset on. What was packed is unpacked from its beginning and passed over. */
export async function openBytes(packed: Packed, offset: number): Promise<ByteSource> {
  if (packed.packing === 'plain') return PlainFile.open(packed, offset);
  const source = new Unpacking(packed);
  const passed = new Uint8Array(CHUNK);
  for (let left = offset; left > 0; ) {
    const got = await source.readInto(left < CHUNK ? passed.subarray(0, left) : passed, 0);
    if (got === 0) {
      await source.close();
      throw new ImportError('cursor', `the place to go on from lies at ${offset}, beyond its end`, 'Import it from its beginning', {
        file: packed.label,
      });
    }
    left -= got;
  }
  return source;
}

export function unreadable(label: string, thrown: unknown): ImportError {
  if (thrown instanceof ImportError) return thrown;
  const code = (thrown as { code?: string } | null)?.code;
  if (code === 'ENOENT') return new ImportError('unreadable', 'there is no such file', 'Give the path of a file', { file: label });
  if (code === 'EISDIR') return new ImportError('unreadable', 'this is a folder', 'Give the files in it', { file: label });
  return new ImportError('unreadable', messageOf(thrown), 'The file is damaged or not whole: fetch it again', { file: label }, thrown);
}

class PlainFile implements ByteSource {
  taken: number;
  readonly #handle: FileHandle;
  readonly #label: string;

  static async open(packed: Packed, offset: number): Promise<PlainFile> {
    try {
      return new PlainFile(await open(packed.path, 'r'), packed.label, offset);
    } catch (thrown) {
      throw unreadable(packed.label, thrown);
    }
  }

  constructor(handle: FileHandle, label: string, offset: number) {
    this.#handle = handle;
    this.#label = label;
    this.taken = offset;
  }

  async readInto(target: Uint8Array, at: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(target, at, target.length - at, this.taken);
      this.taken += bytesRead;
      return bytesRead;
    } catch (thrown) {
      throw unreadable(this.#label, thrown);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

class Unpacking implements ByteSource {
  taken = 0;
  readonly #packed: Packed;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #crc = 0;
  #plainBytes = 0;

  constructor(packed: Packed) {
    this.#packed = packed;
    const { path, begin, bytes } = packed;
    const raw = createReadStream(path, { start: begin, end: Math.max(begin, begin + bytes - 1), highWaterMark: CHUNK });
    raw.on('data', (chunk) => {
      this.taken += chunk.length;
    });
    raw.pause();
    const unpack = unpackerOf(packed);
    this.#stream = unpack === null ? raw : pipeline(raw, unpack, () => {}); // a fault reaches whoever reads
    this.#chunks = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async readInto(target: Uint8Array, at: number): Promise<number> {
    while (this.#chunk.length === 0) {
      const next = await this.#next();
      if (next === null) return 0;
      this.#chunk = next;
    }
    const got = Math.min(this.#chunk.length, target.length - at);
    target.set(this.#chunk.subarray(0, got), at);
    this.#chunk = this.#chunk.subarray(got);
    return got;
  }

  async #next(): Promise<Buffer | null> {
    const { label, plain, bytes } = this.#packed;
    let next: IteratorResult<Buffer>;
    try {
      next = bytes === 0 ? { done: true, value: undefined } : await this.#chunks.next();
    } catch (thrown) {
      throw unreadable(label, thrown);
    }
    if (!next.done) {
      this.#plainBytes += next.value.length;
      if (plain !== null) {
        if (this.#plainBytes > plain.bytes) throw unreadable(label, new Error(`it holds more than the ${plain.bytes} bytes it states`));
        this.#crc = crc32(next.value, this.#crc);
      }
      return next.value;
    }
    if (plain !== null && (this.#plainBytes !== plain.bytes || this.#crc !== plain.crc32))
      throw unreadable(label, new Error(`its ${this.#plainBytes} bytes are not the ${plain.bytes} bytes whose checksum it states`));
    return null;
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }
}

function unpackerOf({ packing }: Packed): Transform | null {
  if (packing === 'gzip') return createGunzip({ chunkSize: CHUNK });
  return packing === 'deflate' ? createInflateRaw({ chunkSize: CHUNK }) : null;
}
