/** Where tapes lie: a folder each under RETRACE_HOME/tapes. Finds them by name, by path, and by what a run says of them. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { BlockKind } from '#engine/market/blocks.ts';
import type { TapeManifest } from '#engine/market/tape.ts';
import type { NamedTape } from '#engine/run/tapes.ts';
import { MANIFEST } from '#infra/tape/manifest.ts';
import { Tape } from '#infra/tape/tape.ts';
import { Refused } from '../answer.ts';
import { deskHome, type Home } from '../compose/desk-home.ts';
import { nearest } from '../nearest.ts';

export const tapesFolder = (home: Home = deskHome()): string => join(home.path, 'tapes');

const isTape = (folder: string): boolean => existsSync(join(folder, MANIFEST));

/** Names, in order. */
export function tapeNames(folder = tapesFolder()): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => isTape(join(folder, name)))
    .sort();
}

export const nameOfTape = (tape: Tape): string => basename(tape.folder);

/** What is next with a tape, by what it tells: a strategy hears candles, and a book or quotes alone make none. */
export function nextWith(name: string, kinds: readonly (BlockKind | null)[]): string {
  if (kinds.includes('trade') || kinds.includes('bar')) return `npx retrace backtest ema-cross --tape ${name}`;
  return kinds.includes('book') ? `npx retrace tape book ${name}` : `npx retrace export ${name} ${name}.csv`;
}

export const kindsOf = ({ streams }: TapeManifest): readonly BlockKind[] => streams.map(({ kind }) => kind);

/** As a person names it: a name under RETRACE_HOME/tapes, or a folder. */
export function tapeNamed(named: string): Tape {
  const path = [join(tapesFolder(), named), resolve(named)].find(isTape);
  if (path !== undefined) return Tape.open(path);
  const names = tapeNames();
  if (names.length === 0) throw new Refused(2, [`${named}: there is no tape yet`], 'npx retrace import --help');
  const meant = nearest(named, names);
  const hint = meant === null ? `there are: ${names.slice(0, 8).join(', ')}` : `did you mean ${meant}?`;
  throw new Refused(2, [`${named}: no tape of that name; ${hint}`], 'npx retrace tape ls');
}

/** The tape a run was made of: its name may be another now, its hash may not. */
export function tapeOf({ name, hash }: NamedTape): Tape {
  const folder = tapesFolder();
  const others = tapeNames(folder).filter((other) => other !== name);
  for (const candidate of [name, ...others]) {
    if (!isTape(join(folder, candidate))) continue;
    const tape = Tape.open(join(folder, candidate));
    if (tape.manifest.hash === hash) return tape;
  }
  throw new Refused(
    1,
    [`the tape ${name} that this run was made of is not here: none under ${folder} has the hash ${hash}`],
    'import it again: the same files give the same hash',
  );
}
