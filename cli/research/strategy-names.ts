/** What names a version of a strategy: runs of the catalogue, and journals of this house. Whatever is named is needed to run that again. */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { missingIn } from '#infra/files/archived.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import { segmentsIn } from '#infra/files/segments.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import { JOURNAL } from '#infra/runs/catalogue.ts';
import { deskHome, isJournal, journalsFolder, journalsIn, runsFolder } from '../compose/desk-home.ts';
import { runsHere } from './run-answers.ts';

/**
 * `own`: the journal of the desk that is asked, wherever it lies. What cannot be looked through, in an archive or in Kafka, may name any version.
 * `stop`: nobody waits for the answer any more.
 */
export async function namesOfVersion(version: string, own: string, stop: () => boolean): Promise<readonly string[]> {
  const home = deskHome();
  const mark = Buffer.from(version); // in letters, wherever it is recorded
  const found: string[] = [];
  for (const { id, kind, version: ran } of runsHere().list()) {
    const journal = join(runsFolder(home), id, JOURNAL);
    // a branch holds every strategy of the day it left
    if (ran === version || (kind === 'fork' && isJournal(journal) && (await isNamedIn(journal, mark, stop)))) found.push(`run ${id}`);
  }
  const folders = new Set(journalsIn(journalsFolder(home)).map((folder) => resolve(folder)));
  if (isKafkaAddress(own)) found.push(`maybe journal ${own}: what lies in Kafka is not looked through`);
  else folders.add(resolve(own));
  for (const folder of folders) {
    if (await isNamedIn(folder, mark, stop)) found.push(`journal ${basename(folder)}`);
    else if ((await missingIn(nodeDisk, folder)) !== null)
      found.push(`maybe journal ${basename(folder)}: its older segments are elsewhere`);
  }
  return found;
}

/** Whether the bytes stand anywhere in its segments: by chance they never do. */
async function isNamedIn(folder: string, mark: Buffer, stop: () => boolean): Promise<boolean> {
  for (const { path } of await segmentsIn(nodeDisk, folder)) if (holds(path, mark, stop)) return true;
  return false;
}

const CHUNK = 4 << 20;

function holds(path: string, mark: Buffer, stop: () => boolean): boolean {
  const overlap = mark.length - 1;
  const buffer = Buffer.alloc(overlap + CHUNK);
  const file = openSync(path, 'r');
  try {
    for (let kept = 0; !stop(); ) {
      const read = readSync(file, buffer, kept, CHUNK, null);
      if (read === 0) return false;
      const held = buffer.subarray(0, kept + read);
      if (held.includes(mark)) return true;
      kept = Math.min(overlap, held.length);
      buffer.copyWithin(0, held.length - kept, held.length);
    }
    return true; // not looked through: it may be named
  } finally {
    closeSync(file);
  }
}
