/**
 * Moves closed segments of a journal into an archive, also while its desk runs: each is copied, made durable, read back and compared before
 * the manifest names it, and only then may the original go. A crash at any moment leaves the original or a verified copy.
 */
import type { Digest } from '#engine/digest.ts';
import { Chain } from '#engine/journal/chain.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import {
  type ArchivedSegment,
  type ArchiveManifest,
  emptyManifest,
  entryOf,
  MANIFEST,
  readManifest,
  writeManifest,
} from './archive-manifest.ts';
import { writeHint } from './archived.ts';
import type { Disk } from './disk.ts';
import { nodeProcesses, type Processes, takeLock } from './lock.ts';
import { openStored, Packing } from './packed.ts';
import { type Before, checkSegment, Opening, type SegmentContent } from './segment-check.ts';
import { FrameWalk, isSegmentName, type Segment, segmentsIn } from './segments.ts';

export type RefusedFor = 'place' | 'other' | 'space' | 'overwrite' | 'range';

/** An archive that is not made, or not used, because something would be lost or mixed. */
export class ArchiveRefused extends Error {
  override name = 'ArchiveRefused';
  readonly because: RefusedFor;
  constructor(because: RefusedFor, message: string) {
    super(message);
    this.because = because;
  }
}

export type Progress = Readonly<{
  name: string;
  doing: 'copying' | 'reading back' | 'comparing';
  place: number;
  of: number;
  bytes: number;
  total: number;
}>;

export type ArchiveOptions = Readonly<{
  /** Whole paths, without symbolic links. */
  folder: string;
  archive: string;
  digest: Digest;
  disk: Disk;
  /** How many of the newest segments stay at least; the newest always does. */
  keep?: number;
  /** Whether originals go once their copies are verified. */
  remove?: boolean;
  compress?: boolean;
  processes?: Processes;
  /** Bytes that fit on the archive's disk; null where that cannot be known. */
  free?: (folder: string) => number | null;
  progress?: (progress: Progress) => void;
}>;

export type Archived = Readonly<{
  desk: string;
  manifest: ArchiveManifest;
  /** Names, of this run: newly copied, found there already, removed here; and those that stay, the newest last. */
  copied: readonly string[];
  present: readonly string[];
  removed: readonly string[];
  stay: readonly string[];
}>;

export async function archiveJournal(options: ArchiveOptions): Promise<Archived> {
  const { folder, archive, disk, remove = false, processes = nodeProcesses } = options;
  refuseNested(folder, archive);
  await refuseForeign(disk, archive);
  await disk.makeFolder(archive);
  const lock = await takeLock(disk, archive, processes, { name: 'lock', of: `the archive in ${archive}` });
  try {
    if (!remove) return await new Archiving(options).run();
    const own = await takeLock(disk, folder, processes, { name: 'archiving', of: `the archiving of ${folder}` });
    try {
      return await new Archiving(options).run();
    } finally {
      await own.release();
    }
  } finally {
    await lock.release();
  }
}

export function refuseNested(folder: string, archive: string): void {
  const inside = (path: string, of: string) => path === of || path.startsWith(of.endsWith('/') || of.endsWith('\\') ? of : `${of}/`);
  const norm = (path: string) => path.replaceAll('\\', '/');
  if (inside(norm(archive), norm(folder)))
    throw new ArchiveRefused('place', `${archive} lies inside the journal ${folder}: what happens to one would happen to both`);
  if (inside(norm(folder), norm(archive)))
    throw new ArchiveRefused('place', `${archive} holds the journal ${folder}: an archive is a folder of its own`);
}

/** An archive is made in an empty folder, or gone on with; anything else there is somebody's. */
async function refuseForeign(disk: Disk, archive: string): Promise<void> {
  const names = await disk.list(archive).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOTDIR' ? new ArchiveRefused('place', `${archive} is a file where a folder should be`) : error;
  });
  if (names.includes(MANIFEST)) return;
  const foreign = names.find((name) => !/^(lock(\..*)?|manifest\.json\.part)$/.test(name));
  if (foreign === undefined) return;
  const what = names.some(isSegmentName) ? 'is a journal' : `holds ${foreign}`;
  throw new ArchiveRefused('place', `${archive} ${what} and is no archive: name an empty folder, or one that does not exist yet`);
}

class Archiving {
  readonly #options: ArchiveOptions;
  #manifest = emptyManifest('');
  readonly #copied: string[] = [];
  readonly #present: string[] = [];
  readonly #removed: string[] = [];

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  async run(): Promise<Archived> {
    const { folder, archive, disk, keep = 1, remove = false } = this.#options;
    const segments = await segmentsIn(disk, folder);
    const newest = segments.at(-1);
    if (newest === undefined) throw new ArchiveRefused('place', `${folder} holds no segments`);
    // what the desk needs to open is judged by what a power cut would leave
    if (remove) await madeDurable(disk, folder, newest);
    const cut = await firstNeeded(disk, segments, Math.max(1, keep), this.#options.digest);
    const desk = await deskOf(disk, segments[0]!);
    this.#manifest = (await readManifest(disk, archive)) ?? emptyManifest(desk);
    const going = segments.slice(0, cut);
    this.#refuseOthers(desk, going);
    if (this.#manifest.segments.length === 0) await writeManifest(disk, archive, this.#manifest);
    for (const [place, segment] of going.entries()) await this.#take(segment, place, going.length);
    const stay = segments.filter(({ name }) => !this.#removed.includes(name)).map(({ name }) => name);
    return { desk, manifest: this.#manifest, copied: this.#copied, present: this.#present, removed: this.#removed, stay };
  }

  /** Another desk's archive, or one that what is here does not continue. */
  #refuseOthers(desk: string, going: readonly Segment[]): void {
    const { archive } = this.#options;
    const { desk: theirs, segments } = this.#manifest;
    if (theirs !== desk)
      throw new ArchiveRefused('other', `${archive} is the archive of desk ${theirs}, and this is the journal of desk ${desk}`);
    const [oldest, newest] = [segments[0], segments.at(-1)];
    if (oldest === undefined || newest === undefined) return;
    const before = going.find(({ index }) => index < oldest.index);
    if (before !== undefined)
      throw new ArchiveRefused(
        'other',
        `${archive} begins with segment ${oldest.index}, and ${before.name} stands before it: name another folder`,
      );
    const next = going.find(({ index }) => index > newest.index);
    if (next !== undefined && next.index > newest.index + 1)
      throw new ArchiveRefused(
        'other',
        `${archive} ends with segment ${newest.index}, and the next here is ${next.name}: what lies between is in another archive; name that, or a new folder`,
      );
  }

  async #take(segment: Segment, place: number, of: number): Promise<void> {
    const { archive, disk, remove = false } = this.#options;
    const entry = this.#manifest.segments.find(({ name }) => name === segment.name);
    if (entry === undefined) {
      const added = await this.#copy(segment, place, of, null);
      this.#manifest = {
        ...this.#manifest,
        genesis: added.genesis ?? this.#manifest.genesis,
        segments: [...this.#manifest.segments, added.entry],
      };
      await writeManifest(disk, archive, this.#manifest);
      this.#copied.push(segment.name);
      if (remove) await this.#remove(segment, added.entry);
      return;
    }
    const whole = remove
      ? await this.#comparesWith(segment, entry, place, of)
      : (await sizeOf(disk, `${archive}/${entry.file.name}`)) === entry.file.bytes;
    if (whole) this.#present.push(segment.name);
    else {
      const again = await this.#copy(segment, place, of, entry);
      const others = this.#manifest.segments.map((each) => (each === entry ? again.entry : each));
      this.#manifest = { ...this.#manifest, segments: others };
      await writeManifest(disk, archive, this.#manifest);
      this.#copied.push(segment.name);
    }
    if (remove) await this.#remove(segment, this.#manifest.segments.find(({ name }) => name === segment.name)!);
  }

  /** Copied, durable, read back and the same, in its place in the archive. `known`: what the manifest says it must be. */
  async #copy(
    segment: Segment,
    place: number,
    of: number,
    known: ArchivedSegment | null,
  ): Promise<{ entry: ArchivedSegment; genesis: string | null }> {
    const { archive, disk, compress = false, digest } = this.#options;
    const total = await sizeOf(disk, segment.path);
    this.#refuseFull(segment, total);
    const name = `${segment.name}${compress ? '.gz' : ''}`;
    const part = `${archive}/${name}.part`;
    const packing = await Packing.begin(disk, part, compress);
    const told = this.#telling(segment.name, place, of, total);
    let original: SegmentContent;
    let stored: Readonly<{ bytes: number; sha256: string }>;
    try {
      const source = await disk.open(segment.path, 'read');
      try {
        original = await checkSegment(source, segment, this.#beforeOf(segment), digest, async (chunk) => {
          await packing.write(chunk);
          told('copying', chunk.length);
        });
      } finally {
        await source.close();
      }
      if (known !== null && known.sha256 !== original.sha256) throw this.#otherRun(segment);
      stored = await packing.end();
    } catch (error) {
      await packing.giveUp().catch(() => {});
      await disk.remove(part);
      throw this.#named(error, segment);
    }
    const copy = await this.#checkStored(part, name, segment, original.bytes, (bytes) => told('reading back', bytes));
    if (!sameContent(copy, original))
      throw new JournalCorrupt(`${part}: read back, it is not what was written; the original was not touched`);
    await disk.rename(part, `${archive}/${name}`);
    const left = compress ? segment.name : `${segment.name}.gz`; // of an earlier way of storing it
    await disk.remove(`${archive}/${left}`);
    await disk.syncFolder(archive);
    const genesis = original.genesis === null ? null : Buffer.from(original.genesis).toString('base64');
    return { entry: entryOf(segment.name, segment.index, original, { name, ...stored }), genesis };
  }

  /** Whether the archive's copy is still what the manifest says, and the original is the same. */
  async #comparesWith(segment: Segment, entry: ArchivedSegment, place: number, of: number): Promise<boolean> {
    const { archive, disk, digest } = this.#options;
    const told = this.#telling(segment.name, place, of, entry.bytes);
    const source = await disk.open(segment.path, 'read');
    let original: SegmentContent;
    try {
      original = await checkSegment(source, segment, this.#beforeOf(segment), digest, (chunk) => told('comparing', chunk.length));
    } finally {
      await source.close();
    }
    if (original.sha256 !== entry.sha256) throw this.#otherRun(segment);
    try {
      const copy = await this.#checkStored(`${archive}/${entry.file.name}`, entry.file.name, segment, entry.bytes, (bytes) =>
        told('reading back', bytes),
      );
      return sameContent(copy, original);
    } catch (error) {
      // a copy that is gone or damaged is made anew from the original, which is whole
      if (error instanceof JournalCorrupt || (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  async #checkStored(path: string, name: string, segment: Segment, bytes: number, told: (bytes: number) => void): Promise<SegmentContent> {
    const file = await openStored(this.#options.disk, path, name, bytes);
    try {
      return await checkSegment(file, { ...segment, path }, this.#beforeOf(segment), this.#options.digest, (chunk) => told(chunk.length));
    } finally {
      await file.close();
    }
  }

  async #remove(segment: Segment, { bytes }: ArchivedSegment): Promise<void> {
    const { folder, archive, disk } = this.#options;
    const now = await sizeOf(disk, segment.path);
    if (now !== bytes)
      throw new ArchiveRefused(
        'other',
        `${segment.path} has grown to ${now} bytes since its ${bytes} were copied: it stays; a process that has lost this journal still writes to it`,
      );
    await writeHint(disk, folder, archive, this.#manifest);
    await disk.remove(segment.path);
    await disk.syncFolder(folder);
    this.#removed.push(segment.name);
  }

  #beforeOf({ index }: Segment): Before | null {
    const before = this.#manifest.segments.find((entry) => entry.index === index - 1);
    return before === undefined ? null : { head: before.lastHead, epoch: before.epoch };
  }

  #refuseFull({ name }: Segment, bytes: number): void {
    const { archive, compress = false, free = () => null } = this.#options;
    const room = free(archive);
    // how small it becomes is not known before
    if (room === null || room >= (compress ? bytes / 20 : bytes)) return;
    throw new ArchiveRefused(
      'space',
      `${archive} has room for ${room} bytes, and ${name} takes ${bytes}: nothing of it was copied, and nothing removed`,
    );
  }

  #named(error: unknown, { name }: Segment): unknown {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    return full
      ? new ArchiveRefused('space', `${this.#options.archive} has no room for ${name}: ${message}; the original was not touched`)
      : error;
  }

  #otherRun({ name }: Segment): ArchiveRefused {
    return new ArchiveRefused(
      'other',
      `${this.#options.archive} holds another segment ${name} than this journal: it is the archive of another run, and neither was touched`,
    );
  }

  #telling(name: string, place: number, of: number, total: number) {
    const { progress = () => {} } = this.#options;
    let bytes = 0;
    let before: Progress['doing'] | null = null;
    return (doing: Progress['doing'], more: number) => {
      if (doing !== before) bytes = 0;
      before = doing;
      bytes += more;
      progress({ name, doing, place, of, bytes, total });
    };
  }
}

export const sameContent = (a: SegmentContent, b: SegmentContent): boolean =>
  a.sha256 === b.sha256 &&
  a.bytes === b.bytes &&
  a.head === b.head &&
  a.previousHead === b.previousHead &&
  a.first === b.first &&
  a.last === b.last;

async function sizeOf(disk: Disk, path: string): Promise<number> {
  try {
    const file = await disk.open(path, 'read');
    try {
      return await file.size();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return -1;
    throw error;
  }
}

async function madeDurable(disk: Disk, folder: string, { path }: Segment): Promise<void> {
  const file = await disk.open(path, 'append');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(folder);
}

async function deskOf(disk: Disk, { path }: Segment): Promise<string> {
  const file = await disk.open(path, 'read');
  try {
    const first = await new FrameWalk(file).next();
    if (first === null || !first.ok) throw new JournalCorrupt(`${path}:0: ${first === null ? 'no frame stands in it' : first.why}`);
    return first.frame.desk;
  } finally {
    await file.close();
  }
}

/**
 * The place of the oldest segment that must stay: the desk opens from the last whole checkpoint, and a pulled source goes on from the last
 * cursor (a journal without such a source has none). What stays begins with a checkpoint, so that it can be verified alone.
 */
async function firstNeeded(disk: Disk, segments: readonly Segment[], keep: number, digest: Digest): Promise<number> {
  let checkpoint = -1;
  let cursor = -1;
  for (let place = segments.length - 1; place >= 0 && (checkpoint < 0 || cursor < 0); place--) {
    const held = await heldBy(disk, segments[place]!, digest);
    if (checkpoint < 0 && held.checkpoint) checkpoint = place;
    if (cursor < 0 && held.cursor) cursor = place;
  }
  let cut = Math.min(checkpoint, cursor < 0 ? checkpoint : cursor, segments.length - keep);
  while (cut > 0 && !(await heldBy(disk, segments[cut]!, digest)).alone) cut--;
  return Math.max(0, cut);
}

type Held = Readonly<{ /** Anywhere in it. */ checkpoint: boolean; cursor: boolean /** Begins with a checkpoint. */; alone: boolean }>;

/** As far as whole frames go: behind a torn tail nothing counts, for the next owner cuts it off. */
async function heldBy(disk: Disk, { path }: Segment, digest: Digest): Promise<Held> {
  const file = await disk.open(path, 'read');
  try {
    const walk = new FrameWalk(file);
    const chain = new Chain(digest, null);
    const opening = new Opening();
    let [checkpoint, cursor, part] = [false, false, 0];
    for (let found = await walk.next(); found?.ok && !(checkpoint && cursor); found = await walk.next()) {
      const { frame, previousHash, bytes, offset } = found;
      const wrong = (why: string) => new JournalCorrupt(`${path}:${offset}: ${why}`);
      const taken = chain.take(frame, previousHash, bytes);
      if (typeof taken === 'string') throw wrong(taken);
      if (!taken) continue;
      opening.take(frame, wrong);
      if (frame.kind === 'checkpoint') {
        const payload = decodePayload(frame);
        if (payload.kind !== 'checkpoint') continue;
        part = payload.part === part ? part + 1 : payload.part === 0 ? 1 : 0;
        checkpoint ||= part === payload.parts;
      } else part = 0;
      // both kinds begin with their cursor: a byte 1, or a byte 0 for none
      if ((frame.kind === 'market' || frame.kind === 'inputs') && frame.payload[0] === 1) cursor = true;
    }
    return { checkpoint, cursor, alone: opening.stateSchema !== null };
  } finally {
    await file.close();
  }
}
