/** Opens what a person named as a journal: a folder, the name of one under RETRACE_HOME, a single segment file, or a desk in Kafka. Only reads. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { takesNumbers } from '#engine/journal/frame.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { FrameMap } from '#engine/journal/port.ts';
import type { Plain } from '#engine/record.ts';
import type { Seq } from '#engine/values.ts';
import { MANIFEST } from '#infra/files/archive-manifest.ts';
import { hintedManifest } from '#infra/files/archived.ts';
import { type Disk, nodeDisk } from '#infra/files/disk.ts';
import { FileFrameMap } from '#infra/files/frame-map.ts';
import { FileReader } from '#infra/files/read.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import { frameMapAt, readerAt } from '#infra/kafka/open-kafka.ts';
import { Refused } from '../answer.ts';
import { isOfRun, RunReader } from '../research/run-reader.ts';
import { deskHome, findJournal, type Home, journalsFolder, journalsIn, whyUnreadable } from './desk-home.ts';
import { nodeDigest } from './digest.ts';
import { kafkaPlaceAt, type NamedReader } from './kafka-place.ts';

/** `path`: where it lies, as it can be named again. */
export type NamedJournal = Readonly<{ path: string; reader: NamedReader /** One segment alone. */; single: boolean }>;

export function journalNamed(named: string): NamedJournal {
  if (isKafkaAddress(named)) return { path: kafkaPlaceAt(named).address, reader: readerIn(named), single: false };
  if (/^[a-z]+:\/\//.test(named))
    throw new Refused(2, [`${named}: journals lie in folders, or in Kafka (kafka://host:port/topic/desk)`], 'npx retrace journal ls');
  const path = resolve(named);
  if (path.endsWith('.seg') && existsSync(path) && statSync(path).isFile())
    return { path, reader: new FileReader({ folder: dirname(path), digest: nodeDigest, disk: onlyFile(basename(path)) }), single: true };
  if (isPackedArchive(path))
    throw new Refused(
      2,
      [`${named} is an archive with compressed segments: they are read once they are restored`],
      `npx retrace journal restore ${shortPath(path)} --to <folder>`,
    );
  const home = deskHome();
  const folder = findReadable(named, home);
  if (folder === null) {
    const known = journalsIn(journalsFolder(home)).map(shortPath);
    const there = known.length === 0 ? 'there is none yet' : `there are: ${known.slice(-5).join(', ')}`;
    throw new Refused(
      2,
      [`${named}: no journal lies there; ${there}`],
      known.length === 0 ? 'npx retrace demo --ticks 100000' : 'npx retrace journal ls',
    );
  }
  const reader = isOfRun(folder) ? new RunReader({ folder, digest: nodeDigest }) : new FileReader({ folder, digest: nodeDigest });
  return { path: folder, reader, single: false };
}

/** Of a folder, or of an address in Kafka. */
export function readerIn(place: string): NamedReader {
  if (!isKafkaAddress(place)) return new FileReader({ folder: place, digest: nodeDigest });
  const { settings, desk } = kafkaPlaceAt(place);
  return readerAt(settings, desk, nodeDigest);
}

/** Where its frames stand; of the same places. */
export function frameMapIn(place: string): FrameMap {
  if (!isKafkaAddress(place)) return new FileFrameMap(place);
  const { settings, desk } = kafkaPlaceAt(place);
  return frameMapAt(settings, desk, nodeDigest);
}

function findReadable(named: string, home: Home): string | null {
  try {
    return findJournal(named, home);
  } catch (error) {
    throw new Refused(3, [`${named} ${whyUnreadable(error)}`], 'npx retrace doctor');
  }
}

const isPackedArchive = (path: string): boolean => {
  try {
    const names = readdirSync(path);
    return names.includes(MANIFEST) && names.some((name) => name.endsWith('.seg.gz'));
  } catch {
    return false; // whatever it is, it is no folder that can be listed
  }
};

/** A disk on which a folder holds one segment: it verifies alone. */
function onlyFile(name: string): Disk {
  return { ...nodeDisk, list: async (folder) => (await nodeDisk.list(folder)).filter((other) => other === name) };
}

/** The genesis frame's manifest, also of a journal whose beginning was archived; null when a crash came before it. */
export async function manifestOf(reader: NamedReader): Promise<Plain> {
  for await (const { frame } of reader.frames(0 as Seq)) {
    if (frame.kind === 'genesis') {
      const payload = decodePayload(frame);
      return payload.kind === 'genesis' ? payload.manifest : null;
    }
    if (takesNumbers(frame.kind)) break;
  }
  return reader instanceof FileReader ? hintedManifest(nodeDisk, reader.folder) : null;
}

/** As a person would type it from here. */
export function shortPath(path: string): string {
  if (isKafkaAddress(path)) return path;
  const near = relative(process.cwd(), path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}
