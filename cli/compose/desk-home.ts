/** Where data lives: RETRACE_HOME (default `.retrace/` in the current folder), and in it a folder a journal. Never deletes anything. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { settingsFrom } from '#infra/config/settings.ts';

export type Home = Readonly<{ path: string /** Who said so. */; from: string }>;

export function deskHome(env: Readonly<Record<string, string | undefined>> = process.env): Home {
  const home = settingsFrom(env).find(({ name }) => name === 'home')!;
  return { path: resolve(home.value), from: home.from };
}

export const journalsFolder = (home: Home): string => join(home.path, 'journals');

/** A folder that holds segments is a journal. */
export const isJournal = (folder: string): boolean => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.seg'));

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

/** Journals under a folder, oldest first by their first segment's birth. */
export function journalsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isJournal(join(folder, entry.name)))
    .map(({ name }) => join(folder, name))
    .map((path) => ({ path, born: bornAt(path) }))
    .sort((a, b) => a.born - b.born || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
}

function bornAt(folder: string): number {
  const first = readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort()[0];
  if (first === undefined) return 0;
  const { birthtimeMs, mtimeMs } = statSync(join(folder, first));
  return birthtimeMs > 0 ? birthtimeMs : mtimeMs;
}

/** A journal as a person names it: a folder, or the name of one under RETRACE_HOME; null when neither is there. */
export function findJournal(named: string, home: Home): string | null {
  for (const path of [resolve(named), join(journalsFolder(home), named)]) if (isJournal(path)) return path;
  return null;
}
