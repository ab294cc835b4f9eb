/** The tapes a run names in its manifest: their hashes stand for its market facts, in its inputs hash as on its disk. */
import { type Digest, hex } from '../digest.ts';
import { bytesOfHex } from '../journal/hashes.ts';
import { encodePlain } from '../journal/plain-codec.ts';
import type { Plain } from '../record.ts';
import type { Sha256, TimeUs } from '../values.ts';

/** A tape and which part of it was played: what arrived from `from` up to `to`, exclusive; null: from its beginning, to its end. */
export type NamedTape = Readonly<{ name: string; hash: Sha256; from: TimeUs | null; to: TimeUs | null }>;

/** In the order in which they were merged. A manifest without any is that of a run with market frames of its own. */
export function tapesOf(manifest: Plain): readonly NamedTape[] {
  const tapes = (manifest as { tapes?: Plain } | null)?.tapes;
  if (!Array.isArray(tapes)) return [];
  return tapes as unknown as readonly NamedTape[];
}

/** Of the part that was played. */
export function partHash({ hash, from, to }: NamedTape, digest: Digest): Sha256 {
  if (from === null && to === null) return hash;
  return hex(digest.sha256(bytesOfHex(hash), encodePlain([from, to]))) as Sha256;
}
