/** One archiving or one restoring, from the names a person typed to what came of it. */
import { existsSync, realpathSync, statfsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { archiveJournal, type Progress } from '#infra/files/archive.ts';
import { type ArchivedSegment, MANIFEST } from '#infra/files/archive-manifest.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import { ArchiveDamaged, restoreArchive } from '#infra/files/restore.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import { type Answer, Refused } from '../answer.ts';
import { bytes, grouped } from '../screen/desk-screen.ts';
import { renewingLine } from '../screen/verdict.ts';
import { isJournal } from './desk-home.ts';
import { nodeDigest } from './digest.ts';
import { journalNamed, shortPath } from './journal-reader.ts';

export type ArchiveAsked = Readonly<{ named: string; to: string; keep: number; remove: boolean; compress: boolean; json: boolean }>;
export type RestoreAsked = Readonly<{ named: string; to: string; from: number | null; toNumber: number | null; json: boolean }>;

const n = (value: number): string => grouped(String(value));
const segmentsText = (count: number): string => (count === 1 ? '1 segment' : `${n(count)} segments`);

export async function archiveNamed({ named, to, keep, remove, compress, json }: ArchiveAsked): Promise<Answer> {
  const { path, single } = journalNamed(named);
  if (isKafkaAddress(path))
    throw new Refused(2, [`${named} lies in Kafka: segments are archived from files`], `npx retrace journal copy ${path} <folder>`);
  if (single)
    throw new Refused(
      2,
      [`${named} is one segment: name its journal`],
      `npx retrace journal archive ${shortPath(dirname(path))} --to <folder>`,
    );
  const [folder, archive] = [wholePath(path), wholePath(to)];
  if (existsSync(join(folder, MANIFEST)))
    throw new Refused(2, [`${named} is an archive itself`], `npx retrace journal restore ${named} --to <folder>`);
  const line = renewingLine(json);
  const { desk, manifest, copied, present, removed, stay } = await archiveJournal({
    ...{ folder, archive, digest: nodeDigest, disk: nodeDisk, keep, remove, compress },
    free: freeIn,
    progress: (progress) => line.say(() => progressText(progress)),
  }).finally(line.end);
  const place = shortPath(path);
  const kept = shortPath(archive);
  const { segments } = manifest;
  const stored = segments.reduce((sum, { file }) => sum + file.bytes, 0);
  const size = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const held = segments.length === 0 ? null : { first: segments[0]!.first, last: segments.at(-1)!.last };
  return {
    ok: true,
    fields: { journal: folder, archive, desk, copied, present, removed, stay, numbers: held, bytes: size, storedBytes: stored },
    text: [
      copied.length + present.length === 0
        ? `Nothing to archive in ${place}: ${segmentsText(stay.length)}, which its desk needs or you keep.`
        : `${segmentsText(copied.length)} of ${place} copied to ${kept} and verified${present.length === 0 ? '' : `, ${n(present.length)} there already`}${remove ? `; ${n(removed.length)} removed here` : '; nothing was removed here (--remove does)'}.`,
      ...(held === null
        ? []
        : [
            `${kept} holds numbers ${n(held.first)} to ${n(held.last)} of desk ${desk}: ${segmentsText(segments.length)}, ${sizesText(segments, size, stored)}.`,
          ]),
      `${segmentsText(stay.length)} ${stay.length === 1 ? 'is' : 'are'} in ${place}.`,
      `next: npx retrace verify ${place}`,
    ],
  };
}

const sizesText = (segments: readonly ArchivedSegment[], size: number, stored: number): string =>
  segments.some(({ file, name }) => file.name !== name) ? `${bytes(size)}, stored as ${bytes(stored)}` : bytes(size);

export async function restoreNamed({ named, to, from, toNumber, json }: RestoreAsked): Promise<Answer> {
  const [archive, folder] = [wholePath(named), wholePath(to)];
  const line = renewingLine(json);
  const { desk, restored, present, first, last, joined, begins } = await restoreArchive({
    ...{ archive, folder, digest: nodeDigest, disk: nodeDisk, from, to: toNumber },
    free: freeIn,
    progress: (progress) => line.say(() => progressText(progress)),
  })
    .finally(line.end)
    .catch((error: unknown) => {
      throw error instanceof ArchiveDamaged ? damagedRefusal(error, { named, to, from, toNumber, json }) : error;
    });
  const place = shortPath(folder);
  return {
    ok: true,
    fields: { journal: folder, archive, desk, restored, present, numbers: { first, last }, joined, begins },
    text: [
      `${segmentsText(restored.length)} restored to ${place} and verified${present.length === 0 ? '' : `, ${n(present.length)} there already`}: numbers ${n(first)} to ${n(last)} of desk ${desk}.`,
      joined
        ? 'The journal there goes on behind them.'
        : `It ends at number ${n(last)}. If the desk went on, put its newer segments there too before a desk is started on it.`,
      `next: npx retrace verify ${place}`,
    ],
  };
}

/** What is whole can still be had. Before segments that lie in the folder it would leave a hole: then it goes into another. */
function damagedRefusal({ message, left, damage }: ArchiveDamaged, { named, to, from, toNumber }: RestoreAsked): Refused {
  const place = left !== null && 'to' in left && isJournal(wholePath(to)) ? `${to}-older` : to;
  const command = `npx retrace journal restore ${named} --to ${place}`;
  const range = { from, to: toNumber, ...left };
  const flags = `${range.from === null ? '' : ` --from ${range.from}`}${range.to === null ? '' : ` --to-number ${range.to}`}`;
  const next =
    left === null
      ? 'bring another copy of the archive and restore that'
      : `${command}${flags} restores what is whole ${'from' in left ? 'behind' : 'before'} it`;
  return new Refused(1, [message], next, { damage });
}

const progressText = ({ name, doing, place, of, bytes: done, total }: Progress): string =>
  `${place + 1} of ${of}: ${doing} ${name}, ${bytes(done)} of ${bytes(total)}`;

/** Without symbolic links, as far as it exists: two names of one folder must be seen to be one. */
function wholePath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch (error) {
    const parent = dirname(whole);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === whole) return whole;
    return join(wholePath(parent), basename(whole));
  }
}

function freeIn(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null; // not every disk can be asked; a full one says so when it is written
  }
}
