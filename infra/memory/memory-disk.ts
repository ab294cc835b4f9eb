/** A disk in memory that knows what was synced: a power cut can be played at any moment, with the tail the platter would have. */
import type { Disk, DiskFile } from '../files/disk.ts';

type Stored = { bytes: Uint8Array; size: number; synced: number };

export class MemoryDisk implements Disk {
  readonly #files = new Map<string, Stored>();
  /** Appends beyond this many bytes in all files fail with ENOSPC. */
  capacity = Number.POSITIVE_INFINITY;
  /** Makes syncs fail with this message. */
  syncError: string | null = null;
  /** While set, appends and syncs wait for it. */
  stall: Promise<void> | null = null;
  appends = 0;
  syncs = 0;

  async list(folder: string): Promise<string[]> {
    const inside = `${folder}/`;
    return [...this.#files.keys()]
      .filter((path) => path.startsWith(inside))
      .map((path) => path.slice(inside.length))
      .sort();
  }

  async makeFolder(): Promise<void> {}
  async syncFolder(): Promise<void> {}

  async open(path: string, how: 'read' | 'append'): Promise<DiskFile> {
    let file = this.#files.get(path);
    if (file === undefined) {
      if (how === 'read') throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      file = { bytes: new Uint8Array(256), size: 0, synced: 0 };
      this.#files.set(path, file);
    }
    return new MemoryFile(this, file);
  }

  async createExclusive(path: string, text: string): Promise<boolean> {
    if (this.#files.has(path)) return false;
    this.write(path, new TextEncoder().encode(text));
    return true;
  }

  async readText(path: string): Promise<string | null> {
    const file = this.#files.get(path);
    return file === undefined ? null : new TextDecoder().decode(file.bytes.subarray(0, file.size));
  }

  async rename(from: string, to: string): Promise<boolean> {
    const file = this.#files.get(from);
    if (file === undefined) return false;
    this.#files.set(to, file);
    this.#files.delete(from);
    return true;
  }

  async link(from: string, to: string): Promise<boolean> {
    const file = this.#files.get(from);
    if (file === undefined || this.#files.has(to)) return false;
    this.#files.set(to, file);
    return true;
  }

  async remove(path: string): Promise<void> {
    this.#files.delete(path);
  }

  /** Bytes in all files. */
  used(): number {
    let sum = 0;
    for (const { size } of this.#files.values()) sum += size;
    return sum;
  }

  paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  /** A copy of a file as it is. */
  bytesOf(path: string): Uint8Array {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`no file ${path}`);
    return file.bytes.slice(0, file.size);
  }

  syncedOf(path: string): number {
    return this.#files.get(path)?.synced ?? 0;
  }

  /** Puts a file there, durable. */
  write(path: string, bytes: Uint8Array): void {
    this.#files.set(path, { bytes: bytes.slice(), size: bytes.length, synced: bytes.length });
  }

  /** Another disk with the same durable files: what a power cut leaves. `keep` says how much of each unsynced tail made it. */
  afterPowerCut(keep: (path: string, unsynced: number) => number = () => 0): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [path, { bytes, size, synced }] of this.#files) disk.write(path, bytes.subarray(0, synced + keep(path, size - synced)));
    return disk;
  }
}

class MemoryFile implements DiskFile {
  readonly #disk: MemoryDisk;
  readonly #file: Stored;
  constructor(disk: MemoryDisk, file: Stored) {
    this.#disk = disk;
    this.#file = file;
  }

  async read(at: number, into: Uint8Array): Promise<number> {
    const count = Math.max(0, Math.min(into.length, this.#file.size - at));
    into.set(this.#file.bytes.subarray(at, at + count));
    return count;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#disk.stall !== null) await this.#disk.stall;
    this.#disk.appends++;
    const file = this.#file;
    const room = this.#disk.capacity - this.#disk.used();
    const fits = Math.min(bytes.length, Math.max(0, room));
    if (file.size + fits > file.bytes.length) {
      const grown = new Uint8Array(Math.max(file.size + fits, 2 * file.bytes.length));
      grown.set(file.bytes.subarray(0, file.size));
      file.bytes = grown;
    }
    file.bytes.set(bytes.subarray(0, fits), file.size);
    file.size += fits;
    if (fits < bytes.length) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }

  async sync(): Promise<void> {
    if (this.#disk.stall !== null) await this.#disk.stall;
    this.#disk.syncs++;
    if (this.#disk.syncError !== null) throw Object.assign(new Error(this.#disk.syncError), { code: 'EIO' });
    this.#file.synced = this.#file.size;
  }

  async truncate(size: number): Promise<void> {
    this.#file.size = Math.min(size, this.#file.size);
    this.#file.synced = Math.min(size, this.#file.synced);
  }

  async size(): Promise<number> {
    return this.#file.size;
  }

  async close(): Promise<void> {}
}
