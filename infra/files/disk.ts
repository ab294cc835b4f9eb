/** What the journal needs of a disk, and Node's: files that only grow at their end, and say when their bytes would survive a power cut. */
import { type FileHandle, link, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolderSync } from './make-folder.ts';

export interface DiskFile {
  /** Fills `into` from `at` on; fewer bytes only at the end of the file. */
  read(at: number, into: Uint8Array): Promise<number>;
  /** At the end of the file as it is now, whoever else appends. */
  append(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface Disk {
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<string[]>;
  makeFolder(folder: string): Promise<void>;
  /** `append` makes the file when it is not there. */
  open(path: string, how: 'read' | 'append'): Promise<DiskFile>;
  /** Makes names (new files, renames, removals) survive a power cut. */
  syncFolder(folder: string): Promise<void>;
  /** False when the file is already there. */
  createExclusive(path: string, text: string): Promise<boolean>;
  readText(path: string): Promise<string | null>;
  /** False when there is nothing to rename. */
  rename(from: string, to: string): Promise<boolean>;
  /** A second name for a file; false when the name is taken. */
  link(from: string, to: string): Promise<boolean>;
  remove(path: string): Promise<void>;
}

export const nodeDisk: Disk = {
  async list(folder) {
    return (await orWhen('ENOENT', readdir(folder), [])).sort();
  },
  async makeFolder(folder) {
    const first = makeFolderSync(folder);
    if (first !== null) await nodeDisk.syncFolder(dirname(first));
  },
  async open(path, how) {
    return new NodeFile(await open(path, how === 'read' ? 'r' : 'a+'));
  },
  async syncFolder(folder) {
    if (process.platform === 'win32') return; // a directory cannot be opened there; NTFS journals its names
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  },
  async createExclusive(path, text) {
    const handle = await orWhen('EEXIST', open(path, 'wx'), null);
    if (handle === null) return false;
    await handle
      .writeFile(text)
      .then(() => handle.sync())
      .finally(() => handle.close());
    return true;
  },
  readText: (path) => orWhen('ENOENT', readFile(path, 'utf8'), null),
  rename: (from, to) =>
    orWhen(
      'ENOENT',
      rename(from, to).then(() => true),
      false,
    ),
  link: (from, to) =>
    orWhen(
      'EEXIST',
      link(from, to).then(() => true),
      false,
    ),
  remove: (path) => orWhen('ENOENT', unlink(path), undefined),
};

/** A whole text in place of the one before, or that one: never a part of either. */
export async function replaceText(disk: Disk, folder: string, name: string, text: string): Promise<void> {
  const part = `${folder}/${name}.part`;
  await disk.remove(part);
  await disk.createExclusive(part, text);
  await disk.rename(part, `${folder}/${name}`);
  await disk.syncFolder(folder);
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;
  constructor(handle: FileHandle) {
    this.#handle = handle;
  }
  async read(at: number, into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await this.#handle.read(into, filled, into.length - filled, at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }
  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten;
  }
  sync(): Promise<void> {
    return this.#handle.datasync();
  }
  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }
  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }
  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function orWhen<T, U>(code: string, work: Promise<T>, instead: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return instead;
    throw error;
  }
}
