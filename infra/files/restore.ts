/**
 * Brings segments back from an archive: all are unpacked, made durable and found to be what the manifest says before the first gets its name,
 * so that an archive that is damaged leaves nothing behind. Never overwrites; the newest are named first, so that what lies in the folder is
 * a journal without holes at any moment.
 */
import type { Digest } from '#engine/digest.ts';
import { type Damage, JournalCorrupt } from '#engine/journal/port.ts';
import { ArchiveRefused, type Progress, refuseNested } from './archive.ts';
import { type ArchivedSegment, type ArchiveManifest, MANIFEST, readManifest } from './archive-manifest.ts';
import { writeHint } from './archived.ts';
import type { Disk } from './disk.ts';
import { nodeProcesses, type Processes, takeLock } from './lock.ts';
import { openStored, Packing } from './packed.ts';
import { checkSegment, type SegmentContent } from './segment-check.ts';
import { belongsToJournal, FrameWalk, type Segment, segmentsIn } from './segments.ts';

export type RestoreOptions = Readonly<{
  /** Whole paths, without symbolic links. */
  archive: string;
  folder: string;
  digest: Digest;
  disk: Disk;
  /** Numbers that are wanted: the segments that hold them come back whole. */
  from?: number | null;
  to?: number | null;
  processes?: Processes;
  free?: (folder: string) => number | null;
  progress?: (progress: Progress) => void;
}>;

export type Restored = Readonly<{
  desk: string;
  /** Names: brought back now, and there already with the same bytes. */
  restored: readonly string[];
  present: readonly string[];
  /** Numbers that came back. */
  first: number;
  last: number;
  /** Whether the journal in the folder goes on behind them. */
  joined: boolean;
  /** Whether it begins with its first segment. */
  begins: boolean;
}>;

/** A segment in it is not what its manifest says; nothing was restored. */
export class ArchiveDamaged extends JournalCorrupt {
  /** Numbers that can still be asked for: those behind the damaged segment, or where none are, those before it. */
  readonly left: Readonly<{ from: number } | { to: number }> | null;
  constructor(message: string, damage: Damage | null, left: ArchiveDamaged['left']) {
    super(message, damage);
    this.left = left;
  }
}

export async function restoreArchive(options: RestoreOptions): Promise<Restored> {
  const { archive, folder, disk, processes = nodeProcesses } = options;
  const manifest = await readManifest(disk, archive);
  if (manifest === null) throw new ArchiveRefused('place', `${archive}: no archive lies there (it would hold a ${MANIFEST})`);
  refuseNested(folder, archive);
  const wanted = wantedOf(manifest, options);
  await refuseForeign(disk, folder);
  await disk.makeFolder(folder);
  const lock = await takeLock(disk, folder, processes, { name: 'archiving', of: `the restoring of ${folder}` });
  try {
    return await restore(options, manifest, wanted);
  } finally {
    await lock.release();
  }
}

function wantedOf({ segments }: ArchiveManifest, { archive, from = null, to = null }: RestoreOptions): readonly ArchivedSegment[] {
  const [oldest, newest] = [segments[0], segments.at(-1)];
  if (oldest === undefined || newest === undefined) throw new ArchiveRefused('range', `${archive} holds no segments yet`);
  const range = `it holds numbers ${oldest.first} to ${newest.last}`;
  if (from !== null && to !== null && from > to) throw new ArchiveRefused('range', `from ${from} to ${to} is no range: ${range}`);
  for (const number of [from, to])
    if (number !== null && (number < oldest.first || number > newest.last))
      throw new ArchiveRefused('range', `${archive} holds no number ${number}: ${range}`);
  return segments.filter(({ first, last }) => last >= (from ?? 0) && first <= (to ?? Number.POSITIVE_INFINITY));
}

async function refuseForeign(disk: Disk, folder: string): Promise<void> {
  const names = await disk.list(folder).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOTDIR' ? new ArchiveRefused('place', `${folder} is a file where a folder should be`) : error;
  });
  if (names.includes(MANIFEST))
    throw new ArchiveRefused('place', `${folder} is an archive itself: name an empty folder, or the journal's own`);
  const foreign = names.find((name) => !belongsToJournal(name));
  if (foreign !== undefined && (await segmentsIn(disk, folder)).length === 0)
    throw new ArchiveRefused('place', `${folder} holds ${foreign} and is no journal: name an empty folder, or the journal's own`);
}

async function restore(options: RestoreOptions, manifest: ArchiveManifest, wanted: readonly ArchivedSegment[]): Promise<Restored> {
  const { archive, folder, disk, progress = () => {} } = options;
  const there = await segmentsIn(disk, folder);
  const behind = await refuseStrangers(options, manifest, wanted, there);
  await refuseFull(options, wanted, there);
  const [oldest, newest] = [wanted[0]!, wanted.at(-1)!];
  const restored: string[] = [];
  const present: string[] = [];
  try {
    for (const [place, entry] of [...wanted.entries()].reverse()) {
      const { name, bytes: total } = entry;
      let bytes = 0;
      const told = (doing: Progress['doing']) => (chunk: Uint8Array) => {
        bytes += chunk.length;
        progress({ name, doing, place: wanted.length - 1 - place, of: wanted.length, bytes, total });
      };
      if (there.some((segment) => segment.name === name)) {
        await refuseOverwriting(options, entry, told('comparing'));
        await disk.remove(`${folder}/${name}.part`); // a restoring cut off between the two names
        present.push(name);
      } else {
        await bringBack(options, entry, manifest, told);
        restored.push(name);
      }
    }
  } catch (error) {
    for (const { name } of wanted) await disk.remove(`${folder}/${name}.part`).catch(() => {}); // what failed is told, not this
    throw error;
  }
  if (oldest.index > 0 || !there.some(({ index }) => index === 0)) await writeHint(disk, folder, archive, manifest);
  for (const name of restored) {
    const path = `${folder}/${name}`;
    if (!(await named(disk, `${path}.part`, path)))
      throw new ArchiveRefused('overwrite', `${path} came to be there meanwhile: nothing is overwritten; what is named behind it is whole`);
    await disk.syncFolder(folder);
  }
  const begins = (await segmentsIn(disk, folder))[0]!.index === 0;
  return { desk: manifest.desk, restored, present, first: oldest.first, last: newest.last, joined: behind, begins };
}

/** What lies in the folder must be the same journal, and join what comes without a hole; true when it goes on behind it. */
async function refuseStrangers(
  { archive, folder, disk, digest }: RestoreOptions,
  manifest: ArchiveManifest,
  wanted: readonly ArchivedSegment[],
  there: readonly Segment[],
): Promise<boolean> {
  const [oldest, newest] = [wanted[0]!, wanted.at(-1)!];
  const other = (why: string) => new ArchiveRefused('other', `${folder} ${why}: nothing was restored`);
  for (const segment of there) {
    const first = await firstFrame(disk, segment);
    if (first !== null && first.frame.desk !== manifest.desk)
      throw other(`holds the journal of desk ${first.frame.desk}, and ${archive} is of desk ${manifest.desk}`);
    const before = manifest.segments.find(({ index }) => index === segment.index - 1);
    if (first !== null && before !== undefined && Buffer.from(first.previousHash).toString('hex') !== before.lastHead)
      throw other(`holds ${segment.name}, which does not go on where ${before.name} of the archive ends`);
  }
  if (there.length === 0) return false;
  const [lowest, highest] = [there[0]!, there.at(-1)!];
  if (lowest.index > newest.index + 1)
    throw other(
      `begins with segment ${lowest.index}, and what was asked for ends with ${newest.index}: there would be a hole; ask for more, or name another folder`,
    );
  if (highest.index < oldest.index - 1)
    throw other(
      `ends with segment ${highest.index}, and what was asked for begins with ${oldest.index}: there would be a hole; ask for more, or name another folder`,
    );
  const before = there.find(({ index }) => index === oldest.index - 1);
  if (before !== undefined) {
    const file = await disk.open(before.path, 'read');
    const { head } = await checkSegment(file, before, null, digest).finally(() => file.close());
    if (head !== oldest.firstHead)
      throw other(`holds ${before.name}, and segment ${oldest.index} of the archive does not go on where that ends`);
  }
  return highest.index > newest.index;
}

async function firstFrame(disk: Disk, { path }: Segment) {
  const file = await disk.open(path, 'read');
  try {
    const found = await new FrameWalk(file).next();
    return found?.ok ? { frame: found.frame, previousHash: found.previousHash } : null;
  } finally {
    await file.close();
  }
}

async function refuseFull(
  { folder, disk, free = () => null }: RestoreOptions,
  wanted: readonly ArchivedSegment[],
  there: readonly Segment[],
): Promise<void> {
  const room = free(folder);
  if (room === null) return;
  const names = new Set(await disk.list(folder));
  let needed = 0;
  for (const { name, bytes } of wanted) {
    if (there.some((segment) => segment.name === name)) continue;
    needed += bytes;
    if (!names.has(`${name}.part`)) continue;
    const part = await disk.open(`${folder}/${name}.part`, 'read'); // it is gone on with, or makes room
    needed -= Math.min(bytes, await part.size().finally(() => part.close()));
  }
  if (room < needed)
    throw new ArchiveRefused('space', `${folder} has room for ${room} bytes, and ${needed} would come back: nothing was restored`);
}

async function refuseOverwriting(
  { folder, disk, digest }: RestoreOptions,
  entry: ArchivedSegment,
  told: (chunk: Uint8Array) => void,
): Promise<void> {
  const path = `${folder}/${entry.name}`;
  const file = await disk.open(path, 'read');
  try {
    const content = await checkSegment(file, segmentOf(entry, path), null, digest, told).catch((error: unknown) => {
      if (error instanceof JournalCorrupt) return null;
      throw error;
    });
    if (content?.sha256 === entry.sha256) return;
  } finally {
    await file.close();
  }
  throw new ArchiveRefused(
    'overwrite',
    `${path} is there with other bytes than the archive's: nothing is overwritten; move it away first, or name another folder`,
  );
}

/** To a file beside its name. */
async function bringBack(
  options: RestoreOptions,
  entry: ArchivedSegment,
  manifest: ArchiveManifest,
  told: (doing: Progress['doing']) => (chunk: Uint8Array) => void,
): Promise<void> {
  const { archive, folder, disk, digest } = options;
  const { segments } = manifest;
  const part = `${folder}/${entry.name}.part`;
  const stored = `${archive}/${entry.file.name}`;
  const before = segments.find(({ index }) => index === entry.index - 1) ?? null;
  const known = before === null ? null : { head: before.lastHead, epoch: before.epoch };
  const segment = segmentOf(entry, stored);
  if (await isThere(options, entry, known, part)) return;
  const packing = await Packing.begin(disk, part, false);
  try {
    const copying = told('copying');
    const source = await openStored(disk, stored, entry.file.name, entry.bytes);
    try {
      const content = await checkSegment(source, segment, known, digest, async (chunk) => {
        await packing.write(chunk);
        copying(chunk);
      });
      refuseChanged(content, entry, stored);
    } finally {
      await source.close();
    }
    await packing.end();
  } catch (error) {
    await packing.giveUp().catch(() => {});
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw damaged(options, entry, manifest, new JournalCorrupt(`${stored} is named by the manifest and is not there`));
    if (error instanceof JournalCorrupt) throw damaged(options, entry, manifest, error);
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
      throw new ArchiveRefused('space', `${folder} has no room for ${entry.name}: ${message}; nothing was restored`);
    throw error;
  }
  const copy = await disk.open(part, 'read');
  try {
    refuseChanged(await checkSegment(copy, segmentOf(entry, part), known, digest, told('reading back')), entry, part);
  } finally {
    await copy.close();
  }
}

/** Whole and durable, from a restoring that was cut off. */
async function isThere({ folder, disk, digest }: RestoreOptions, entry: ArchivedSegment, known: Known, part: string): Promise<boolean> {
  if (!(await disk.list(folder)).includes(`${entry.name}.part`)) return false;
  const file = await disk.open(part, 'append');
  try {
    refuseChanged(await checkSegment(file, segmentOf(entry, part), known, digest), entry, part);
    await file.sync();
    return true;
  } catch (error) {
    if (error instanceof JournalCorrupt) return false;
    throw error;
  } finally {
    await file.close();
  }
}

type Known = Parameters<typeof checkSegment>[2];

function damaged(
  { from, to }: RestoreOptions,
  entry: ArchivedSegment,
  { segments }: ArchiveManifest,
  { message, damage }: JournalCorrupt,
): ArchiveDamaged {
  const [behind, before] = [
    segments.find(({ index }) => index === entry.index + 1),
    segments.find(({ index }) => index === entry.index - 1),
  ];
  const last = to ?? Number.POSITIVE_INFINITY;
  const first = from ?? 0;
  const left =
    behind !== undefined && behind.first <= last
      ? { from: behind.first }
      : before !== undefined && before.last >= first
        ? { to: before.last }
        : null;
  return new ArchiveDamaged(
    `${message}; segment ${entry.index} of the archive holds numbers ${entry.first} to ${entry.last}; nothing was restored`,
    damage,
    left,
  );
}

/** False when the name is taken. */
async function named(disk: Disk, part: string, path: string): Promise<boolean> {
  try {
    if (!(await disk.link(part, path))) return false;
    await disk.remove(part);
    return true;
  } catch (error) {
    // a disk without second names (FAT): nobody else restores here meanwhile
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return (await disk.readText(path).catch(() => '')) === null && (await disk.rename(part, path));
  }
}

function refuseChanged(content: SegmentContent, entry: ArchivedSegment, path: string): void {
  const { sha256, head, previousHead, first, last, desk } = content;
  if (
    sha256 === entry.sha256 &&
    head === entry.lastHead &&
    previousHead === entry.firstHead &&
    first === entry.first &&
    last === entry.last &&
    desk === entry.desk
  )
    return;
  throw new JournalCorrupt(`${path} is not what the manifest says: SHA-256 ${sha256}, and ${entry.sha256} was due`);
}

const segmentOf = ({ name, first, index }: ArchivedSegment, path: string): Segment => ({ name, path, first, index });
