/**
 * `archived.json` in a journal: where its older segments went, and the genesis frame they took along, so that a journal without its beginning
 * still says what it was begun with and where the rest lies. A hint for people and readers; nothing is decided by it.
 */
import { crc32 } from 'node:zlib';
import { decodeFrame } from '#engine/journal/frame-codec.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { Plain } from '#engine/record.ts';
import type { ArchiveManifest } from './archive-manifest.ts';
import { type Disk, replaceText } from './disk.ts';
import { segmentsIn } from './segments.ts';

const HINT = 'archived.json';

export type Hint = Readonly<{
  desk: string;
  genesis: string | null;
  /** Each archive with the numbers in it, newest last. */
  archives: readonly Readonly<{ path: string; first: number; last: number }>[];
}>;

/** Null when nothing is said, or nothing that can be read: it is only a hint. */
export async function readHint(disk: Disk, folder: string): Promise<Hint | null> {
  try {
    const { desk, genesis, archives } = JSON.parse((await disk.readText(`${folder}/${HINT}`)) ?? 'null') as Hint;
    const whole = archives.every(({ path, first, last }) => typeof path === 'string' && Number.isFinite(first) && Number.isFinite(last));
    return whole ? { desk, genesis: typeof genesis === 'string' ? genesis : null, archives } : null;
  } catch {
    return null;
  }
}

/** Says that an archive, named by its whole path, holds segments of the journal in `folder`. */
export async function writeHint(disk: Disk, folder: string, path: string, { desk, genesis, segments }: ArchiveManifest): Promise<void> {
  const [oldest, newest] = [segments[0], segments.at(-1)];
  if (oldest === undefined || newest === undefined) return;
  const before = await readHint(disk, folder);
  const others = (before?.desk === desk ? before.archives : []).filter((archive) => archive.path !== path);
  const hint: Hint = {
    desk,
    genesis: genesis ?? (before?.desk === desk ? before.genesis : null),
    archives: [...others, { path, first: oldest.first, last: newest.last }],
  };
  const text = `${JSON.stringify(hint, null, 1)}\n`;
  if ((await disk.readText(`${folder}/${HINT}`)) !== text) await replaceText(disk, folder, HINT, text);
}

/** What a journal was begun with, when its first segment is in an archive. */
export async function hintedManifest(disk: Disk, folder: string): Promise<Plain> {
  const genesis = (await readHint(disk, folder))?.genesis ?? null;
  if (genesis === null) return null;
  const decoded = decodeFrame(new Uint8Array(Buffer.from(genesis, 'base64')), 0, crc32);
  if (!decoded.ok) return null;
  const payload = decodePayload(decoded.frame);
  return payload.kind === 'genesis' ? payload.manifest : null;
}

/** The numbers 1 to `last` are not in the folder; where they are said to be. */
export type Missing = Readonly<{ last: number; archives: readonly string[] }>;

/** Null when the journal is there from its first segment on. */
export async function missingIn(disk: Disk, folder: string): Promise<Missing | null> {
  const [oldest] = await segmentsIn(disk, folder);
  if (oldest === undefined || oldest.index === 0) return null;
  const archives = (await readHint(disk, folder))?.archives ?? [];
  return { last: oldest.first - 1, archives: archives.filter(({ first }) => first < oldest.first).map(({ path }) => path) };
}
