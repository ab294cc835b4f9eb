/** The journal over a disk in memory, for tests and for runs that keep nothing: the same writer, reader and recovery as the files. */
import { type FileJournal, type FileJournalOptions, openFileJournal } from '../files/file-journal.ts';
import type { Processes } from '../files/lock.ts';
import { FileReader, type FileReaderOptions } from '../files/read.ts';
import type { MemoryDisk } from './memory-disk.ts';

export const MEMORY_FOLDER = 'memory';

export type MemoryJournalOptions = Omit<FileJournalOptions, 'folder' | 'disk'> & { disk: MemoryDisk };

export const openMemoryJournal = (options: MemoryJournalOptions): Promise<FileJournal> =>
  openFileJournal({ processes: memoryProcesses(), ...options, folder: MEMORY_FOLDER });

export const memoryReader = (options: Omit<FileReaderOptions, 'folder'> & { disk: MemoryDisk }): FileReader =>
  new FileReader({ ...options, folder: MEMORY_FOLDER });

/** Owners that live until they are ended by name. */
export function memoryProcesses(pid = 1, ended: ReadonlySet<number> = new Set()): Processes {
  return { self: () => ({ pid, started: 'memory', host: 'memory' }), alive: (owner) => !ended.has(owner.pid) };
}
