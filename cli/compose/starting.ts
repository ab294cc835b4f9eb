/** Processes that hold a journal and have no door yet: a desk that derives its journal again, or a demo, which never has one. Only looks. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeProcesses, type Owner } from '#infra/files/lock.ts';

export type Holder = Readonly<{ pid: number; journal: string; name: string }>;

/** Of journals under these folders, and of these folders themselves. */
export function holdersIn(folders: readonly string[]): Holder[] {
  const journals = new Set(folders.flatMap((folder) => [folder, ...namesIn(folder).map((name) => join(folder, name))]));
  return [...journals].flatMap((journal) => {
    const owner = ownerOf(journal);
    return owner !== null && nodeProcesses.alive(owner) === true ? [{ pid: owner.pid, journal, name: basename(journal) }] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there, or not to be read: nobody is seen in it
  }
}

function ownerOf(journal: string): Owner | null {
  try {
    const owner = JSON.parse(readFileSync(join(journal, 'lock'), 'utf8')) as Partial<Owner>;
    const { pid, started, host } = owner;
    return Number.isSafeInteger(pid) && typeof started === 'string' && typeof host === 'string' ? (owner as Owner) : null;
  } catch {
    return null;
  }
}
