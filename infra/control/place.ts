/**
 * Where a running desk can be found: `<home>/run/<desk>.json` names its process and its sockets. Whoever holds that file is the desk;
 * the file of a dead process is put aside by the next one.
 */
import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '../files/disk.ts';
import { answers, nodeProcesses, type Owner, type Processes } from '../files/lock.ts';
import { makeFolderSync } from '../files/make-folder.ts';

export type RunFile = Owner &
  Readonly<{
    desk: string;
    /** ISO time of its start. */
    since: string;
    sockets: Readonly<{ control: string; breaker: string | null }>;
    build: string;
    /** Folder of its journal. */
    journal: string;
  }>;

/** Another process is this desk already. */
export class DeskRunning extends Error {
  override name = 'DeskRunning';
}
/** A folder that others may read or that belongs to somebody else is no place for a socket that moves money. */
export class UnsafeFolder extends Error {
  override name = 'UnsafeFolder';
}

export const runFolder = (home: string): string => join(home, 'run');
export const runFilePath = (home: string, desk: string): string => join(runFolder(home), `${fileName(desk)}.json`);

/** Kernels cut longer names (108 bytes on Linux, 104 on macOS). */
export const LONGEST_PATH = 100;
/** Between the claim of a desk that starts and its open door; the second where it cannot be known whether its process lives. */
const STARTING_MS = 5_000;
const UNSURE_MS = 500;
const TURN_MS = 5_000;
/** Longer than all of these together, and the second a socket has to take a connection. */
const CLAIM_MS = 20_000;

/** Where a desk's socket goes, `what` being control or breaker; makes the folder, which nobody else can enter. */
export function socketPath(home: string, desk: string, what = ''): string {
  const end = what === '' ? '' : `.${what}`;
  const digest = createHash('sha256').update(`${home}\0${desk}\0${what}`).digest('hex').slice(0, 20);
  if (process.platform === 'win32') return `\\\\.\\pipe\\retrace-${digest}`;
  const folder = runFolder(home);
  const path = join(folder, `${fileName(desk)}${end}.sock`);
  if (Buffer.byteLength(path) <= LONGEST_PATH) {
    privateFolder(folder);
    return path;
  }
  const elsewhere = join(tmpdir(), ofUser());
  privateFolder(elsewhere);
  return join(elsewhere, `${digest}.sock`);
}

/** A number, because a container may know its user by no name. */
const ofUser = (): string => `retrace-${process.getuid?.() ?? userInfo().username}`;

/**
 * Where the desks of one user of this machine meet, whatever home each has. Its path is the same for all of them: TMPDIR, which each shell
 * may set anew, does not move it.
 */
export function userFolder(): string {
  let place = '/tmp';
  try {
    if (process.platform === 'win32') place = tmpdir();
    else accessSync(place, constants.W_OK);
  } catch {
    place = tmpdir(); // no such folder here, or one that takes no files
  }
  return join(place, ofUser());
}

/** A desk's name may hold what a file's may not. */
function fileName(desk: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(desk)) return desk;
  return `${desk.replace(/[^A-Za-z0-9._-]/g, '_')}-${createHash('sha256').update(desk).digest('hex').slice(0, 8)}`;
}

export function privateFolder(folder: string): void {
  try {
    makeFolderSync(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // a file, or a link that leads nowhere
  }
  if (process.platform === 'win32') return;
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.())
    throw new UnsafeFolder(`${folder} belongs to somebody else, or is no folder: what is private cannot lie there`);
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** Makes this process the desk, or says which one is. Returns what gives the name back. */
export async function claimDesk(home: string, file: Omit<RunFile, keyof Owner>, processes: Processes): Promise<() => Promise<void>> {
  const path = runFilePath(home, file.desk);
  privateFolder(runFolder(home));
  const mine = `${JSON.stringify({ ...file, ...processes.self() }, null, 2)}\n`;
  const begun = performance.now();
  let doubted = { text: '', since: 0 };
  while (performance.now() - begun < CLAIM_MS) {
    if (await nodeDisk.createExclusive(path, mine)) {
      return async () => {
        if ((await nodeDisk.readText(path)) === mine) await nodeDisk.remove(path);
      };
    }
    const text = await nodeDisk.readText(path);
    if (text === null) continue; // given back in between
    const other = runFileIn(text);
    if (other !== null && (await runs(other, processes)))
      throw new DeskRunning(
        `desk ${file.desk} runs already, as process ${other.pid} since ${other.since}, with its journal in ${other.journal}`,
      );
    if (doubted.text !== text || doubted.since === 0) doubted = { text, since: performance.now() };
    if (performance.now() - doubted.since < patienceMs(other, processes)) await pause();
    else await remove(path, text, processes);
  }
  throw new DeskRunning(`the name of desk ${file.desk} changes hands too fast: another process is starting the same desk`);
}

/** A file that is not whole, or a socket that takes nobody, may be one that is just being made. */
function patienceMs(other: RunFile | null, processes: Processes): number {
  if (isDead(other, processes)) return 0;
  const sure = other !== null && other.started !== '' && processes.alive(other) === true;
  return sure ? STARTING_MS : UNSURE_MS;
}

/** Removes a dead process's file, and no other: one at a time looks once more and removes. */
async function remove(path: string, text: string, processes: Processes): Promise<void> {
  const turn = `${path}.taking`;
  if (!(await nodeDisk.createExclusive(turn, JSON.stringify(processes.self())))) {
    if (await isLeft(turn, processes)) await nodeDisk.remove(turn);
    else await pause();
    return;
  }
  try {
    if ((await nodeDisk.readText(path)) === text) await nodeDisk.remove(path);
  } finally {
    await nodeDisk.remove(turn);
  }
}

/** Whoever took this turn died in it: it lasts a moment. */
async function isLeft(turn: string, processes: Processes): Promise<boolean> {
  const age = Date.now() - (statSync(turn, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > TURN_MS) return true;
  try {
    return processes.alive(JSON.parse((await nodeDisk.readText(turn)) ?? '') as Owner) === false;
  } catch {
    return false; // being written, or over
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25));

const isDead = (file: RunFile | null, processes: Processes): boolean => file !== null && processes.alive(file) === false;

/** Its process lives, as far as can be known, and its socket takes connections. */
export const runs = async (file: RunFile, processes: Processes = nodeProcesses): Promise<boolean> =>
  !isDead(file, processes) && (await answers(file.sockets.control));

/** Every run file under a home, dead ones too, by name. */
export function runFiles(home: string): RunFile[] {
  let names: string[];
  try {
    names = readdirSync(runFolder(home)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const file = runFileIn(textOf(join(runFolder(home), name)));
      return file === null ? [] : [file];
    });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''; // given back since the folder was read
    throw error;
  }
}

function runFileIn(text: string): RunFile | null {
  let file: Partial<RunFile>;
  try {
    file = JSON.parse(text) as Partial<RunFile>;
  } catch {
    return null;
  }
  const texts = [file?.desk, file?.since, file?.started, file?.host, file?.build, file?.journal, file?.sockets?.control];
  const { breaker } = file?.sockets ?? {};
  const whole = texts.every((value) => typeof value === 'string') && Number.isSafeInteger(file.pid);
  return whole && (breaker === null || typeof breaker === 'string') ? (file as RunFile) : null;
}
