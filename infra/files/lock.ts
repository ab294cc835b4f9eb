/** One writer at a time: a file that names the process which owns a journal. The lock of a dead process is taken over, and said. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
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
  self: () => ({ pid: process.pid, started: lookAt(process.pid)?.started ?? '', host: hostname() }),
  alive({ pid, started, host }) {
    if (host !== hostname()) return null;
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    }
    const now = lookAt(pid);
    if (now?.ended) return false;
    return now === null || started === '' || now.started === started;
  },
};

type Look = Readonly<{
  started: string;
  /** Killed and not yet reaped by its parent: it holds its number and nothing else. */
  ended: boolean;
}>;

/** Boot and start tick on Linux, the start time by `ps` elsewhere; null where neither can be read. */
function lookAt(pid: number): Look | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name in brackets may hold spaces
    return { started: `${boot}:${fields[19]}`, ended: hasEnded(fields[0]!) };
  } catch {
    if (process.platform === 'linux' || process.platform === 'win32') return null;
  }
  try {
    const told = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [, state = '', started = ''] = /^(\S+)\s+(.*)$/.exec(told) ?? [];
    return started === '' ? null : { started, ended: hasEnded(state) };
  } catch {
    return null;
  }
}

/** A zombie, or just being taken off the list. */
const hasEnded = (state: string): boolean => /^[ZXx]/.test(state);

/** The lock is held: by whom, and where it lies. */
export class LockHeld extends JournalOwned {
  readonly path: string;
  readonly owner: Owner;
  /** What its owner wrote down beside that. */
  readonly about: Readonly<Record<string, unknown>>;
  /** False: on another machine, so nothing is known of it. */
  readonly seen: boolean;
  /** Of its socket: null when it named none. */
  readonly answers: boolean | null;
  constructor(message: string, told: Readonly<Pick<LockHeld, 'path' | 'owner' | 'about' | 'seen' | 'answers'>>) {
    super(message);
    this.path = told.path;
    this.owner = told.owner;
    this.about = told.about;
    this.seen = told.seen;
    this.answers = told.answers;
  }
}

export type Lock = Readonly<{ /** The dead owner this lock was taken from. */ takenFrom: Owner | null; release(): Promise<void> }>;

const TRIES = 8;
/** A lock that names nobody was half written by an older build: it gets so many looks before it is moved aside. */
const LOOKS = 3;
/** Own names of locks of this process, so that two in one process never share one. */
let taken = 0;

export type LockOptions = Readonly<{
  /** The file. */
  name?: string;
  /** What it guards, for people. */
  of?: string;
  /** Written down beside the owner; `socket` is where it can be asked whether it still does anything. */
  about?: Readonly<Record<string, string>>;
}>;

export async function takeLock(
  disk: Disk,
  folder: string,
  processes: Processes,
  { name = 'lock', of = `the journal in ${folder}`, about = {} }: LockOptions = {},
): Promise<Lock> {
  const path = `${folder}/${name}`;
  const self = processes.self();
  const mine = JSON.stringify({ ...self, ...about });
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
      if (alive !== false) throw await held(of, path, text, owner, alive === true, self);
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

async function held(of: string, path: string, text: string, owner: Owner, seen: boolean, self: Owner): Promise<LockHeld> {
  const about = JSON.parse(text) as Record<string, unknown>;
  const { socket } = about;
  const answering = typeof socket === 'string' && seen ? await answers(socket) : null;
  const told = { path, owner, about, seen, answers: answering };
  if (!seen)
    return new LockHeld(
      `${of} belongs to process ${owner.pid} on ${owner.host}, which cannot be seen from here: if it has ended, delete ${path}`,
      told,
    );
  const which = owner.pid === self.pid ? ' (this one)' : '';
  const silent = answering === false ? `, but does not answer at ${socket as string}: it is starting, stopping or hanging` : '';
  return new LockHeld(
    `${of} belongs to process ${owner.pid}${which}, which is running${silent}: stop it first, or choose another folder (the lock is ${path})`,
    told,
  );
}

const CONNECT_MS = 1_000;

/** The kernel takes connections for a process that is busy: this says whether one listens, not how fast it answers. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const end = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(false), CONNECT_MS);
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
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
