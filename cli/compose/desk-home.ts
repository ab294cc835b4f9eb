/** Where data lives: RETRACE_HOME (default `.retrace/` in the current folder), and in it a folder a journal. Never deletes anything. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { settingsFrom } from '#infra/config/settings.ts';
import { isSegmentName } from '#infra/files/segments.ts';

export type Home = Readonly<{ path: string /** Who said so. */; from: string }>;

export function deskHome(env: Readonly<Record<string, string | undefined>> = process.env): Home {
  const home = settingsFrom(env).find(({ name }) => name === 'home')!;
  return { path: resolve(home.value), from: home.from };
}

export const runsFolder = (home: Home): string => join(home.path, 'runs');
/** A run keeps its journal in its own folder. */
const RUN_JOURNAL = 'journal';

export const journalsFolder = (home: Home): string => join(home.path, 'journals');

/** A folder that holds segments is a journal. */
export function isJournal(folder: string): boolean {
  try {
    return readdirSync(folder).some(isSegmentName);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** A journal begun anew lies beside the one before: `demo-7`, then `demo-7.2`, `demo-7.3`. The newest that is there, or the first name. */
export function newestOf(folder: string): string {
  let newest = folder;
  for (let count = 2; existsSync(`${folder}.${count}`); count++) newest = `${folder}.${count}`;
  return newest;
}

/** A folder of that name that holds no journal yet. */
export function unusedOf(folder: string): string {
  if (!isJournal(folder)) return folder;
  let count = 2;
  while (isJournal(`${folder}.${count}`)) count++;
  return `${folder}.${count}`;
}

/** Something that should be a journal, or hold some, and cannot be looked at. */
export type Unreadable = Readonly<{ path: string; why: string }>;

/** Journals under a folder, oldest first by their first segment's birth; and what could not be looked at, each by its name. */
export function lookFor(folder: string): Readonly<{ journals: readonly string[]; unreadable: readonly Unreadable[] }> {
  const unreadable: Unreadable[] = [];
  const tried = <T>(path: string, work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') unreadable.push({ path, why: whyUnreadable(error) });
      return null;
    }
  };
  const names = tried(folder, () => readdirSync(folder)) ?? [];
  const journals = names.flatMap((name) => {
    const path = join(folder, name);
    const born = tried(path, () => (statSync(path).isDirectory() && isJournal(path) ? bornAt(path) : null));
    return born === null ? [] : [{ path, born }];
  });
  journals.sort((a, b) => a.born - b.born || (a.path < b.path ? -1 : 1));
  return { journals: journals.map(({ path }) => path), unreadable };
}

export const journalsIn = (folder: string): string[] => [...lookFor(folder).journals];

/** In words, where we know them. */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    case 'ENOTDIR':
      return 'is a file where a folder should be';
    case 'EISDIR':
      return 'holds a folder where a segment should be';
    default:
      return `cannot be read: ${message}`;
  }
}

function bornAt(folder: string): number {
  const first = readdirSync(folder).filter(isSegmentName).sort()[0];
  if (first === undefined) return 0;
  const { birthtimeMs, mtimeMs } = statSync(join(folder, first));
  return birthtimeMs > 0 ? birthtimeMs : mtimeMs;
}

/** A journal as a person names it: a folder, the name of one under RETRACE_HOME, or a run; null when none is there. */
export function findJournal(named: string, home: Home): string | null {
  const path = resolve(named);
  const places = [path, join(journalsFolder(home), named), join(path, RUN_JOURNAL), join(runsFolder(home), named, RUN_JOURNAL)];
  return places.find(isJournal) ?? runBeginning(named, runsFolder(home));
}

/** The journal of the one run whose name begins so. */
function runBeginning(named: string, folder: string): string | null {
  if (named === '' || !existsSync(folder)) return null;
  const begun = readdirSync(folder).filter((name) => name.startsWith(named) && isJournal(join(folder, name, RUN_JOURNAL)));
  return begun.length === 1 ? join(folder, begun[0]!, RUN_JOURNAL) : null;
}
