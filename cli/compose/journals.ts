/** What a journal's files say of it, read without a desk: for lists and checks. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lastNumber } from '#engine/journal/chain.ts';
import { type FrameKind, takesNumbers } from '#engine/journal/frame.ts';
import type { Plain } from '#engine/record.ts';
import { MANIFEST } from '#infra/files/archive-manifest.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import { FileReader } from '#infra/files/read.ts';
import { FrameWalk, segmentsIn } from '#infra/files/segments.ts';
import { lookFor, type Unreadable, whyUnreadable } from './desk-home.ts';
import { nodeDigest } from './digest.ts';
import { manifestOf } from './journal-reader.ts';
import type { NamedReader } from './kafka-place.ts';

export type JournalRow = Readonly<{
  path: string;
  kind: string;
  desk: string;
  segments: number;
  /** First number in the folder: later than 1 where older segments were archived. */
  first: number;
  seq: number;
  clean: boolean;
  bytes: number;
}>;

/** Every journal under a folder; one that cannot be read is named, and the others are told all the same. */
export async function rowsIn(folder: string): Promise<Readonly<{ rows: readonly JournalRow[]; unreadable: readonly Unreadable[] }>> {
  const { journals, unreadable } = lookFor(folder);
  const rows: JournalRow[] = [];
  const failed: Unreadable[] = [];
  for (const path of journals) {
    try {
      rows.push(await rowOf(path));
    } catch (error) {
      failed.push({ path, why: whyUnreadable(error) });
    }
  }
  return { rows, unreadable: [...unreadable, ...failed] };
}

/** By the headers of its last segment: whole journals are not read for a list. */
export async function rowOf(folder: string): Promise<JournalRow> {
  const segments = await segmentsIn(nodeDisk, folder);
  let [seq, clean, desk] = [0, false, ''];
  const last = segments.at(-1);
  if (last !== undefined) {
    const file = await nodeDisk.open(last.path, 'read');
    try {
      const walk = new FrameWalk(file);
      for (let header = await walk.nextHeader(0); header !== null; header = await walk.nextHeader(0)) {
        const { frame } = header;
        seq = Math.max(seq, lastNumber(frame));
        clean = frame.kind === 'closed';
        desk = frame.desk;
      }
    } finally {
      await file.close();
    }
  }
  const manifest = await manifestOf(new FileReader({ folder, digest: nodeDigest })).catch(() => null);
  const kind = existsSync(join(folder, MANIFEST)) ? 'archive' : ((manifest as { run?: string } | null)?.run ?? 'unknown');
  const bytes = segments.reduce((sum, { path }) => sum + statSync(path).size, 0);
  return { path: folder, kind, desk, segments: segments.length, first: segments[0]?.first ?? 1, seq, clean, bytes };
}

export type Checked = Readonly<{
  frames: number;
  first: number;
  seq: number;
  chain: string;
  epoch: number;
  kinds: Readonly<Partial<Record<FrameKind, number>>>;
  skipped: number;
  tail: NamedReader['tail'];
  manifest: Plain;
  clean: boolean;
  bytes: number;
}>;

/** Reads every frame through its checksums and the chain; what does not fit is thrown with its place. */
export async function checkChain(reader: NamedReader): Promise<Checked> {
  const kinds: Partial<Record<FrameKind, number>> = {};
  let [frames, first, seq, epoch, bytes, clean] = [0, 0, 0, 0, 0, false];
  let head: Uint8Array = new Uint8Array(32);
  const { chainHead } = await import('#engine/journal/frame-codec.ts');
  const { hex } = await import('#engine/digest.ts');
  for await (const stored of reader.frames()) {
    const { frame } = stored;
    head = chainHead(nodeDigest, stored.bytes.subarray(32, 64), stored.bytes);
    frames++;
    bytes += stored.bytes.length;
    if (first === 0 && takesNumbers(frame.kind)) first = frame.first;
    seq = Math.max(seq, lastNumber(frame));
    epoch = frame.epoch;
    clean = frame.kind === 'closed';
    kinds[frame.kind] = (kinds[frame.kind] ?? 0) + 1;
  }
  const { skipped, tail } = reader;
  return { frames, first, seq, chain: hex(head), epoch, kinds, skipped, tail, manifest: await manifestOf(reader), clean, bytes };
}
