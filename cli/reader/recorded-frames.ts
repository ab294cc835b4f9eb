/** The journal's own frames, byte for byte, with what chains them: enough for anybody to check them without believing us. */
import { statSync } from 'node:fs';
import { hex } from '#engine/digest.ts';
import { lastNumber } from '#engine/journal/chain.ts';
import { takesNumbers } from '#engine/journal/frame.ts';
import { chainHead } from '#engine/journal/frame-codec.ts';
import type { StoredFrame } from '#engine/journal/port.ts';
import type { RestFrame } from '#gateway/contracts/rest-journal.ts';
import type { Questions } from '#gateway/rest/ports.ts';
import { missingIn } from '#infra/files/archived.ts';
import { nodeDisk } from '#infra/files/disk.ts';
import { segmentsIn } from '#infra/files/segments.ts';
import { isKafkaAddress } from '#infra/kafka/address.ts';
import { nodeDigest } from '../compose/digest.ts';
import type { OpenJournal, Stop } from './open-journal.ts';

/**
 * Of one answer: the desk's own thread carries it, and is to have it within 10 ms (tests/gateway/page-weight.test.ts). A frame that is larger by itself comes
 * alone, up to so much: without its bytes nobody could check it. Only a journal written as fast as can be has such frames.
 */
export const MOST_BYTES = 512 * 1024;
export const MOST_ALONE = 4 * 2 ** 20;

export async function journalHeld(journal: OpenJournal): Promise<Questions['journal']['said']> {
  const milestones = await journal.milestones();
  const [first, last] = [milestones.first, milestones.last];
  const { index } = await journal.map();
  const newest = index.length === 0 ? null : await journal.frameAt(index.length - 1);
  const inFiles = !isKafkaAddress(journal.folder);
  const segments = inFiles ? await segmentsIn(nodeDisk, journal.folder) : [];
  const missing = inFiles ? await missingIn(nodeDisk, journal.folder) : null;
  return {
    ...{ desk: newest?.frame.desk ?? '', first: first?.seq ?? 0, seq: last?.seq ?? 0, from: first?.at ?? 0, to: last?.at ?? 0 },
    ...{ head: newest === null ? '' : hashOf(newest), epoch: index.epoch, frames: index.length, bytes: index.bytes },
    segments: segments.map((segment) => ({ name: segment.name, first: segment.first, bytes: statSync(segment.path).size })),
    elsewhere: missing?.last ?? null,
  };
}

/**
 * From the frame that holds the number on. A page ends before a frame that takes numbers, so that the page behind it goes on without a hole in the
 * chain: what stands between two of those belongs to the first.
 */
export async function framesFrom(
  journal: OpenJournal,
  asked: Questions['frames']['asked'],
  stop: Stop,
): Promise<Questions['frames']['said']> {
  const items: RestFrame[] = [];
  let [bytes, seq, next] = [0, 0, null as number | null];
  let numbered = 0;
  for await (const stored of journal.stored(asked.number, stop)) {
    const { frame } = stored;
    const isNumbered = takesNumbers(frame.kind);
    if (isNumbered) {
      if (numbered >= asked.frames || (numbered > 0 && bytes + stored.bytes.length > MOST_BYTES)) {
        next = frame.first;
        break;
      }
      numbered += 1;
      seq = lastNumber(frame);
    }
    bytes += stored.bytes.length;
    items.push(frameOf(stored, asked.bytes && bytes <= MOST_ALONE));
  }
  return items.length === 0 ? null : { items, next, seq };
}

const hashOf = ({ bytes }: StoredFrame): string => hex(chainHead(nodeDigest, bytes.subarray(32, 64), bytes));

function frameOf(stored: StoredFrame, withBytes: boolean): RestFrame {
  const { frame, bytes, place } = stored;
  const crc = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(64, true);
  return {
    ...{ kind: frame.kind, first: frame.first, count: frame.count, epoch: frame.epoch, length: bytes.length, place },
    crc: crc.toString(16).padStart(8, '0'),
    previous: hex(bytes.subarray(32, 64)),
    hash: hashOf(stored),
    bytes: withBytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') : null,
  };
}
