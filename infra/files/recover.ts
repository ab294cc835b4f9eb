/**
 * What is found when a journal is opened for writing. A torn or damaged tail is kept aside before it is cut off; damage with whole frames
 * behind it is no torn tail: then nothing is touched, and the error names the file and the offset.
 */
import type { Digest } from '#engine/digest.ts';
import { Chain } from '#engine/journal/chain.ts';
import { type Frame, takesNumbers } from '#engine/journal/frame.ts';
import { NO_HASH } from '#engine/journal/frame-codec.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt, type Opened } from '#engine/journal/port.ts';
import { isOpening } from '#engine/journal/segment-cut.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { damageAt, tellDamage } from './damage.ts';
import type { Disk, DiskFile } from './disk.ts';
import { FrameWalk, frameAfter, type Segment, segmentsIn } from './segments.ts';

export type Recovered = Readonly<{
  head: Uint8Array;
  seq: Seq;
  epoch: number;
  genesis: boolean;
  tail: Opened['tail'];
  skipped: number;
  /** The segment to go on with; null when there is none yet. */
  segment: Readonly<{ segment: Segment; bytes: number; openingBytes: number; day: number }> | null;
}>;

export async function recover(disk: Disk, folder: string, desk: DeskId, digest: Digest): Promise<Recovered> {
  let tail: Opened['tail'] = null;
  const segments = await segmentsIn(disk, folder);
  segments.forEach(({ name, index }, place) => {
    if (index !== segments[0].index + place)
      throw new JournalCorrupt(`${folder}: segment ${segments[0].index + place} is missing before ${name}`);
  });
  while (segments.length > 0) {
    const segment = segments[segments.length - 1];
    const file = await disk.open(segment.path, 'append');
    try {
      const walked = await walk(disk, file, segment, desk, digest);
      if (walked.why !== null) {
        const keptAt = await keepAside(disk, folder, file, segment, walked.end);
        tail = { keptAt, bytes: walked.size - walked.end, why: `${walked.why} at ${segment.name}:${walked.end}` };
      }
      if (walked.end > 0) {
        const { chain, genesis, day, openingBytes } = walked;
        const bytes = walked.end;
        return {
          head: chain.headBytes!,
          seq: chain.seq,
          epoch: chain.epoch,
          genesis: genesis || segment.index > 0,
          tail,
          skipped: chain.skipped,
          segment: { segment, bytes, openingBytes, day },
        };
      }
    } finally {
      await file.close();
    }
    // Not one whole frame: the segment was being started. The one before it was made durable first.
    await disk.remove(segment.path);
    await disk.syncFolder(folder);
    segments.pop();
  }
  return { head: NO_HASH, seq: 0 as Seq, epoch: 0, genesis: false, tail, skipped: 0, segment: null };
}

type Walked = Readonly<{
  chain: Chain;
  genesis: boolean;
  day: number;
  openingBytes: number /** where whole frames end */;
  end: number;
  size: number;
  why: string | null;
}>;

async function walk(disk: Disk, file: DiskFile, segment: Segment, desk: DeskId, digest: Digest): Promise<Walked> {
  const size = await file.size();
  const chain = new Chain(digest, segment.index === 0 ? NO_HASH : null);
  const frames = new FrameWalk(file);
  let genesis = false;
  let day = 0;
  let openingBytes = 0;
  let opens = true;
  let inputs: Frame | null = null;
  for (;;) {
    const found = await frames.next();
    if (found === null) return { chain, genesis, day, openingBytes, end: size, size, why: null };
    const { offset } = found;
    const corrupt = async (why: string) => {
      const damage = await damageAt(disk, [segment], 0, offset, inputs);
      return new JournalCorrupt(`${segment.path}:${offset}: ${why}; ${tellDamage(damage)}; nothing was changed`, damage);
    };
    if (!found.ok) {
      if (found.failure === 'newer') throw await corrupt(found.why);
      const after = await frameAfter(file, offset);
      if (after !== null) throw await corrupt(`${found.why}, though a whole frame follows at ${after}`);
      return { chain, genesis, day, openingBytes, end: offset, size, why: found.why };
    }
    if (found.frame.desk !== desk)
      throw new JournalCorrupt(`${segment.path}:${offset}: a frame of desk ${found.frame.desk}, not of ${desk}; nothing was changed`);
    const taken = chain.take(found.frame, found.previousHash, found.bytes);
    if (typeof taken === 'string') throw await corrupt(taken);
    opens &&= isOpening(found.frame);
    if (opens && found.frame.kind === 'checkpoint') openingBytes += found.bytes.length;
    if (found.frame.kind === 'genesis') genesis = true;
    if (taken && takesNumbers(found.frame.kind)) inputs = found.frame;
    if (offset === 0) {
      const payload = found.frame.kind === 'segment' ? decodePayload(found.frame) : null;
      if (payload?.kind !== 'segment') throw await corrupt('a segment begins with a segment frame');
      day = payload.day;
    }
  }
}

/** Copies the tail to a file of its own, durably, and only then cuts it off. */
async function keepAside(disk: Disk, folder: string, file: DiskFile, segment: Segment, end: number): Promise<string> {
  const taken = new Set(await disk.list(folder));
  let count = 1;
  while (taken.has(`${segment.name}.torn-${count}`)) count++;
  const keptAt = `${segment.path}.torn-${count}`;
  const copy = await disk.open(keptAt, 'append');
  try {
    const chunk = new Uint8Array(Math.min(1 << 20, (await file.size()) - end));
    for (let at = end, read = 1; ; at += read) {
      read = await file.read(at, chunk);
      if (read === 0) break;
      await copy.append(chunk.subarray(0, read));
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  await disk.syncFolder(folder);
  await file.truncate(end);
  await file.sync();
  return keptAt;
}
