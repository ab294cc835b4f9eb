/**
 * `manifest.json` of an archive: which segments of which desk lie in it, and what each of them must be. An entry is written only when its
 * file was read back and found whole, so what the manifest names is there.
 */
import { FORMAT } from '#engine/journal/frame-codec.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import { type Disk, replaceText } from './disk.ts';
import type { SegmentContent } from './segment-check.ts';
import { isSegmentName } from './segments.ts';

export const MANIFEST = 'manifest.json';
const ARCHIVE_FORM = 1;

export type ArchivedSegment = Readonly<{
  /** As the journal calls it. */
  name: string;
  index: number;
  desk: string;
  /** Of the segment itself, compressed or not. */
  bytes: number;
  sha256: string;
  /** As it lies in the archive. */
  file: Readonly<{ name: string; bytes: number; sha256: string }>;
  first: number;
  last: number;
  /** ISO times of the first and the last arrival; null in a segment without inputs. */
  from: string | null;
  to: string | null;
  firstHead: string;
  lastHead: string;
  epoch: number;
  frames: number;
  /** Of the frames, and of the state in the checkpoint it opens with. */
  schema: Readonly<{ format: number; state: number | null }>;
}>;

export type ArchiveManifest = Readonly<{
  retrace: 'archive';
  form: number;
  desk: string;
  /** The genesis frame, base64: what the run was begun with. */
  genesis: string | null;
  /** In order, without gaps. */
  segments: readonly ArchivedSegment[];
}>;

export const emptyManifest = (desk: string): ArchiveManifest => ({
  retrace: 'archive',
  form: ARCHIVE_FORM,
  desk,
  genesis: null,
  segments: [],
});

const iso = (us: number | null): string | null => (us === null ? null : new Date(us / 1000).toISOString());

export function entryOf(name: string, index: number, content: SegmentContent, file: ArchivedSegment['file']): ArchivedSegment {
  const { desk, bytes, sha256, first, last, firstAt, lastAt, previousHead, head, epoch, frames, stateSchema } = content;
  const numbers = { first, last, from: iso(firstAt), to: iso(lastAt) };
  const schema = { format: FORMAT, state: stateSchema };
  return { name, index, desk, bytes, sha256, file, ...numbers, firstHead: previousHead, lastHead: head, epoch, frames, schema };
}

/** Null when no archive lies in the folder. */
export async function readManifest(disk: Disk, folder: string): Promise<ArchiveManifest | null> {
  const text = await disk.readText(`${folder}/${MANIFEST}`);
  if (text === null) return null;
  const wrong = (why: string) => new JournalCorrupt(`${folder}/${MANIFEST}: ${why}`);
  let found: Partial<ArchiveManifest>;
  try {
    found = JSON.parse(text) as Partial<ArchiveManifest>;
  } catch (error) {
    throw wrong(`is no JSON document: ${(error as Error).message}`);
  }
  if (typeof found !== 'object' || found === null || found.retrace !== 'archive') throw wrong('is not the manifest of an archive');
  if (found.form !== ARCHIVE_FORM) throw wrong(`an archive of form ${found.form}; this build reads form ${ARCHIVE_FORM}`);
  if (typeof found.desk !== 'string' || !Array.isArray(found.segments)) throw wrong('names no desk or no segments');
  found.segments.forEach((entry, place) => {
    const { name, file, bytes, first, last } = entry as Partial<ArchivedSegment>;
    // names come from outside and become paths
    const named = typeof name === 'string' && isSegmentName(name) && [name, `${name}.gz`].includes(file?.name ?? '');
    if (!named || ![bytes, first, last].every((value) => Number.isSafeInteger(value))) throw wrong(`entry ${place} names no segment`);
  });
  return found as ArchiveManifest;
}

export const writeManifest = (disk: Disk, folder: string, manifest: ArchiveManifest): Promise<void> =>
  replaceText(disk, folder, MANIFEST, `${JSON.stringify(manifest, null, 1)}\n`);
