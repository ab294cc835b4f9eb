/** The checks of `doctor`, each with what was found and what to do when it is not good. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { RUN_VARIABLES } from '#infra/config/run-layers.ts';
import { unknownSettings } from '#infra/config/settings.ts';
import { nodeProcesses } from '#infra/files/lock.ts';
import { makeFolderSync } from '#infra/files/make-folder.ts';
import { isSegmentName } from '#infra/files/segments.ts';
import { bytes } from '../screen/desk-screen.ts';
import { type Home, journalsFolder, lookFor, type Unreadable, whyUnreadable } from './desk-home.ts';
import { shortPath } from './journal-reader.ts';

export type Check = Readonly<{ name: string; verdict: 'good' | 'warning' | 'bad'; found: string; fix: string | null }>;

const LEAST_FREE = 2 ** 30;
const SYNCS = 20;
const SLOW_SYNC_MS = 20;
/** Wall and monotonic clock may part by so much while they are watched. */
const CLOCK_MS = 300;
const CLOCK_PARTS_MS = 5;

export async function examine(home: Home): Promise<Check[]> {
  const writable = checkHome(home);
  return [
    checkNode(),
    writable,
    checkDisk(home),
    ...(writable.verdict === 'bad' ? [] : [checkSync(home)]),
    await checkClock(),
    ...checkJournals(home),
    ...unknownSettings(process.env, ['RETRACE_SKIPS_FILE', ...RUN_VARIABLES.keys()]).map((name) =>
      warning('settings', `${name} is set and is no setting`, 'npx retrace config lists those there are'),
    ),
  ];
}

const good = (name: string, found: string): Check => ({ name, verdict: 'good', found, fix: null });
const warning = (name: string, found: string, fix: string): Check => ({ name, verdict: 'warning', found, fix });
const bad = (name: string, found: string, fix: string): Check => ({ name, verdict: 'bad', found, fix });

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `Node ${process.versions.node}`;
  if (major < 20 || (major === 20 && minor < 19)) return bad('node', found, 'install Node 20.19 or newer; 24 is recommended');
  return good('node', found);
}

function checkHome(home: Home): Check {
  try {
    makeFolderSync(home.path);
    const scratch = join(home.path, `.doctor-${process.pid}`);
    closeSync(openSync(scratch, 'w'));
    rmSync(scratch);
    return good('data folder', `${shortPath(home.path)} can be written (${home.from})`);
  } catch (error) {
    return bad('data folder', `${home.path} cannot be written: ${(error as Error).message}`, 'set RETRACE_HOME to a folder of yours');
  }
}

function checkDisk(home: Home): Check {
  let folder = home.path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${bytes(free)} free`;
  return free < LEAST_FREE
    ? bad('disk', found, 'a day of ticks takes gigabytes: make room, or set RETRACE_HOME to another disk')
    : good('disk', found);
}

function checkSync(home: Home): Check {
  const scratch = join(home.path, `.doctor-${process.pid}`);
  const file = openSync(scratch, 'w');
  const took: number[] = [];
  try {
    const block = Buffer.alloc(4096, 1);
    for (let i = 0; i < SYNCS; i++) {
      const started = performance.now();
      writeSync(file, block);
      fdatasyncSync(file);
      took.push(performance.now() - started);
    }
  } finally {
    closeSync(file);
    rmSync(scratch);
  }
  took.sort((a, b) => a - b);
  const [median, worst] = [took[SYNCS >> 1]!, took.at(-1)!];
  const found = `a synced write takes ${median.toFixed(2)} ms (worst of ${SYNCS}: ${worst.toFixed(1)} ms)`;
  if (median > SLOW_SYNC_MS) return warning('fsync', found, 'orders leave only when durable: a disk of this speed delays each by as much');
  return good('fsync', found);
}

async function checkClock(): Promise<Check> {
  const before = { wall: Date.now(), monotonic: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, CLOCK_MS));
  const parted = Date.now() - before.wall - (performance.now() - before.monotonic);
  if (Math.abs(parted) > CLOCK_PARTS_MS)
    return warning(
      'clock',
      `the clock was set by ${parted.toFixed(0)} ms within ${CLOCK_MS} ms`,
      'let chrony or ntpd slew it; a step of a second halts a live desk',
    );
  return good('clock', 'wall and monotonic clock run together');
}

function checkJournals(home: Home): Check[] {
  const { journals, unreadable } = lookFor(journalsFolder(home));
  return [...[...unreadable, ...journals.flatMap(unreadableIn)].map(unreadableJournal), ...journals.flatMap(checkLock)];
}

const unreadableJournal = ({ path, why }: Unreadable): Check =>
  bad('journal', `${shortPath(path)} ${why}`, 'let this user read it (chown, chmod), or move away what does not belong there');

/** Segments that nobody could open, the first of each journal: a desk would not start, and nothing could be verified. */
function unreadableIn(folder: string): Unreadable[] {
  for (const name of readdirSync(folder).filter(isSegmentName)) {
    const path = join(folder, name);
    try {
      if (!statSync(path).isFile()) return [{ path, why: 'is a folder where a segment should be' }];
      accessSync(path, constants.R_OK);
    } catch (error) {
      return [{ path, why: whyUnreadable(error) }];
    }
  }
  return [];
}

function checkLock(folder: string): Check[] {
  const path = join(folder, 'lock');
  if (!existsSync(path)) return [];
  const name = 'lock';
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8'));
    const alive = nodeProcesses.alive(owner);
    if (alive === true) return [good(name, `${shortPath(folder)} is run by process ${owner.pid}`)];
    if (alive === false)
      return [good(name, `${shortPath(folder)} was left by process ${owner.pid}, which has ended: the next start takes it over`)];
    return [warning(name, `${shortPath(folder)} belongs to process ${owner.pid} on ${owner.host}`, `if it has ended, delete ${path}`)];
  } catch {
    return [warning(name, `${shortPath(path)} cannot be read as a lock`, 'the next start judges it; if that refuses, delete the file')];
  }
}
