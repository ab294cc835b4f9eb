/**
 * One small text on the disk that several processes read and write: there whole or not at all, readable by its owner alone, and never
 * written over what its writer has not seen. What is in it is somebody else's business.
 */
import { closeSync, constants, type FSWatcher, fstatSync, openSync, readFileSync, statSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalOwned } from '#engine/journal/port.ts';
import { privateFolder } from '../control/place.ts';
import { type Disk, nodeDisk } from '../files/disk.ts';
import { nodeProcesses, type Processes, takeLock } from '../files/lock.ts';

/** Others than its owner may read it, or it cannot be read at all. */
export class KeptTextUnsafe extends Error {
  override name = 'KeptTextUnsafe';
}

const MOST_BYTES = 16 * 2 ** 20;
const OTHERS = 0o077;
const POLL_MS = 200;
/** A write takes milliseconds; a lock held so long belongs to a process that hangs. */
const LOCK_MS = 5_000;
const AGAIN_MS = 10;

export type KeptTextOptions = Readonly<{ disk?: Disk; processes?: Processes; platform?: NodeJS.Platform }>;

export class KeptTextOnDisk {
  readonly where: string;
  readonly #folder: string;
  readonly #name: string;
  readonly #disk: Disk;
  readonly #processes: Processes;
  readonly #platform: NodeJS.Platform;

  /** Makes the folder, which nobody else can enter. */
  constructor(
    folder: string,
    name: string,
    { disk = nodeDisk, processes = nodeProcesses, platform = process.platform }: KeptTextOptions = {},
  ) {
    privateFolder(folder);
    this.#folder = folder;
    this.#name = name;
    this.where = join(folder, name);
    this.#disk = disk;
    this.#processes = processes;
    this.#platform = platform;
  }

  read(): Readonly<{ text: string; stamp: string }> | null {
    let descriptor: number;
    try {
      descriptor = openSync(this.where, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      const stat = fstatSync(descriptor, { bigint: true });
      if (!stat.isFile()) throw new KeptTextUnsafe(`${this.where} is no file: move away what lies there`);
      if (this.#platform !== 'win32' && (Number(stat.mode) & OTHERS) !== 0)
        throw new KeptTextUnsafe(`${this.where} can be read by others (mode ${(Number(stat.mode) & 0o777).toString(8)}): chmod 600 it`);
      if (stat.size > MOST_BYTES) throw new KeptTextUnsafe(`${this.where} is ${stat.size} bytes long, far more than belongs there`);
      return { text: readFileSync(descriptor, 'utf8'), stamp: stampOf(stat) };
    } finally {
      closeSync(descriptor);
    }
  }

  /** Cheap enough for every request. Each write is a new file, so it differs even within one tick of the clock. */
  stamp(): string | null {
    const stat = statSync(this.where, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? null : stampOf(stat);
  }

  /** False when `still` is no longer what is there. */
  async replace(text: string, still: string | null): Promise<boolean> {
    const lock = await this.#lock();
    try {
      if (this.stamp() !== still) return false;
      const part = `${this.where}.part`;
      await this.#disk.remove(part); // of a process that was killed: the lock says that nobody else writes it
      const handle = await open(part, 'wx', 0o600);
      await handle
        .writeFile(text)
        .then(() => handle.sync())
        .finally(() => handle.close());
      await this.#disk.rename(part, this.where);
      await this.#disk.syncFolder(this.#folder);
      return true;
    } finally {
      await lock.release();
    }
  }

  /** As soon as something happens in the folder, and by a look five times a second in case nobody says so. */
  watch(changed: () => void): () => void {
    let seen = this.#stampOrNone();
    const look = () => {
      const now = this.#stampOrNone();
      if (now === seen) return;
      seen = now;
      changed();
    };
    let watcher: FSWatcher | null = null;
    try {
      watcher = watch(this.#folder, { persistent: false }, look);
      watcher.on('error', () => watcher?.close());
    } catch {
      watcher = null; // no watches left in this kernel: the look sees it
    }
    const timer = setInterval(look, POLL_MS).unref();
    return () => {
      clearInterval(timer);
      watcher?.close();
    };
  }

  /** What cannot be looked at has changed: its reader finds out why. */
  #stampOrNone(): string | null {
    try {
      return this.stamp();
    } catch (error) {
      return `unseen: ${(error as Error).message}`;
    }
  }

  async #lock(): Promise<Readonly<{ release(): Promise<void> }>> {
    const begun = performance.now();
    for (;;) {
      try {
        return await takeLock(this.#disk, this.#folder, this.#processes, { name: `${this.#name}.lock`, of: this.where });
      } catch (error) {
        if (!(error instanceof JournalOwned)) throw error; // held, or wanted by many: both pass
        if (performance.now() - begun > LOCK_MS)
          throw new KeptTextUnsafe(
            `${this.where} is being written by another process for ${LOCK_MS / 1000} s: ${(error as Error).message}`,
          );
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

const stampOf = ({ ino, mtimeNs, ctimeNs, size }: Readonly<{ ino: bigint; mtimeNs: bigint; ctimeNs: bigint; size: bigint }>): string =>
  `${ino}-${mtimeNs}-${ctimeNs}-${size}`;
