/** One writer at a time: a file that names the process which owns a journal. The lock of a dead process is taken over, and said. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { JournalOwned } from '#engine/journal/port.ts';
import type { Disk } from './disk.ts';

/** A process, told apart from a later one with the same pid by when it started. */
export type Owner = Readonly<{ pid: number; started: string; host: string }>;

export interface Processes {
  self(): Owner;
  /** Whether this very process still runs; null when that cannot be known from here. */
  alive(owner: Owner): boolean | null;
}

export const nodeProcesses: Processes = {
  self: () => ({ pid: process.pid, started: startedAt(process.pid) ?? '', host: hostname() }),
  alive({ pid, started, host }) {
    if (host !== hostname()) return null;
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    }
    const now = startedAt(pid);
    return now === null || started === '' || now === started;
  },
};

/** Boot and start tick on Linux, the start time by `ps` elsewhere; null where neither can be read. */
function startedAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`; // the name in brackets may hold spaces
  } catch {
    if (process.platform === 'linux' || process.platform === 'win32') return null;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

export type Lock = Readonly<{ /** The dead owner this lock was taken from. */ takenFrom: Owner | null; release(): Promise<void> }>;

const TRIES = 8;
/** A lock that names nobody was half written by an older build: it gets so many looks before it is moved aside. */
const LOOKS = 3;
/** Own names of locks of this process, so that two in one process never share one. */
let taken = 0;

/** `name` is the file, and `of` what it guards, for people. */
export async function takeLock(
  disk: Disk,
  folder: string,
  processes: Processes,
  { name, of }: Readonly<{ name: string; of: string }> = { name: 'lock', of: `the journal in ${folder}` },
): Promise<Lock> {
  const path = `${folder}/${name}`;
  const self = processes.self();
  const mine = JSON.stringify(self);
  let takenFrom: Owner | null = null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (await appear(disk, path, mine, self.pid)) {
      await sweep(disk, folder, name, processes);
      await disk.syncFolder(folder);
      return {
        takenFrom,
        async release() {
          if ((await disk.readText(path)) === mine) await disk.remove(path);
        },
      };
    }
    const text = await disk.readText(path);
    if (text === null) continue; // released in between
    const owner = ownerIn(text);
    if (owner !== null) {
      const alive = processes.alive(owner);
      if (alive === true)
        throw new JournalOwned(
          `${of} belongs to process ${owner.pid}${owner.pid === self.pid ? ' (this one)' : ''}, which is running: stop it first, or choose another folder`,
        );
      if (alive === null)
        throw new JournalOwned(
          `${of} belongs to process ${owner.pid} on ${owner.host}, which cannot be seen from here: if it has ended, delete ${path}`,
        );
    } else if (attempt < LOOKS) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    // Of several that find it stale, one rename wins; whoever then holds a fresh lock by mistake puts it back.
    const aside = `${path}.stale-${self.pid}-${attempt}`;
    if (!(await disk.rename(path, aside))) continue;
    if ((await disk.readText(aside)) !== text) await disk.link(aside, path);
    else takenFrom = owner;
    await disk.remove(aside);
  }
  throw new JournalOwned(`${path} changes hands too fast: another process wants the same`);
}

/** Written under a name of its own and linked to its place: a lock is there whole or not at all, wherever its maker is killed. */
async function appear(disk: Disk, path: string, text: string, pid: number): Promise<boolean> {
  const own = `${path}.${pid}.${taken++}`;
  await disk.remove(own); // of an earlier process of this number
  await disk.createExclusive(own, text);
  const linked = await disk.link(own, path);
  await disk.remove(own);
  return linked;
}

/** What processes that were killed while they reached for the lock have left. */
async function sweep(disk: Disk, folder: string, name: string, processes: Processes): Promise<void> {
  for (const file of await disk.list(folder)) {
    if (!isLockPart(file, name)) continue;
    const text = await disk.readText(`${folder}/${file}`);
    const owner = text === null ? null : ownerIn(text);
    if (owner !== null && processes.alive(owner) === false) await disk.remove(`${folder}/${file}`);
  }
}

/** A lock on its way: its maker died, or is just making it. */
export const isLockPart = (file: string, name = 'lock'): boolean =>
  file.startsWith(`${name}.`) && /^\d+\.\d+$/.test(file.slice(name.length + 1));

function ownerIn(text: string): Owner | null {
  try {
    const { pid, started, host } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === 'number' && typeof started === 'string' && typeof host === 'string' ? { pid, started, host } : null;
  } catch {
    return null;
  }
}
