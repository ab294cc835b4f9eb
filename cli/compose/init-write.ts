/** Puts the files of `retrace init` in a folder: all that may be written, or none where the configuration itself is already there. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolderSync } from '#infra/files/make-folder.ts';
import { type Answer, Refused } from '../answer.ts';
import type { InitFile, Venue } from './init-files.ts';
import { shortPath } from './journal-reader.ts';

export type InitAsked = Readonly<{ venue: Venue; folder: string; force: boolean }>;

export function writeInit(files: readonly InitFile[], { venue, folder, force }: InitAsked): Answer {
  const placed = files.map((file) => {
    const path = join(resolve(folder), file.name);
    const there = existsSync(path);
    return { ...file, path, there, same: there && readFileSync(path, 'utf8') === file.text };
  });
  const [config] = placed;
  if (config?.there && !config.same && !force)
    throw new Refused(
      1,
      [`${shortPath(config.path)} is there already, and nothing was written`],
      'npx retrace config shows it; npx retrace init --force writes over it',
    );
  makeFolderSync(folder);
  const done = placed.map(({ path, text, about, there, same }) => {
    if (same) return { path, about, did: 'is as it would be written' };
    if (there && !force) return { path, about, did: 'was there already and stays as it is; --force writes over it' };
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' });
    return { path, about, did: there ? 'was written over' : 'was written' };
  });
  const found = dirname(config!.path) === resolve('.'); // there it is read without being named
  const where = found ? '' : ` --config ${shortPath(config!.path)}`;
  return {
    ok: true,
    fields: { venue, files: done.map(({ path, did }) => ({ path, did })) },
    text: [
      ...done.map(({ path, about, did }) => `${shortPath(path)} (${about}) ${did}.`),
      ...(venue === 'local' ? ['It trades at the local exchange: start that in another terminal with npx retrace exchange.'] : []),
      `next: npx retrace config${where}, then npx retrace run${where}${venue === 'local' ? ', and npx retrace arm' : ''}`,
    ],
  };
}
