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

/** Of one answer. */
const MOST_BYTES = 4 * 2 ** 20;

export async function journalHeld(journal: OpenJournal, stop: Stop): Promise<Questions['journal']['said']> {
  const milestones = await journal.milestones();
  const [first, last] = [milestones.first, milestones.last];
  let [frames, bytes, epoch, seq, desk, head] = [0, 0, 0, 0, '', ''];
  for await (const stored of journal.frames(0, false, stop)) {
    const { frame } = stored;
    frames += 1;
    bytes += stored.bytes.length;
    [epoch, desk] = [frame.epoch, frame.desk];
    if (takesNumbers(frame.kind)) seq = lastNumber(frame);
    head = hashOf(stored);
  }
  const inFiles = !isKafkaAddress(journal.folder);
  const segments = inFiles ? await segmentsIn(nodeDisk, journal.folder) : [];
  const missing = inFiles ? await missingIn(nodeDisk, journal.folder) : null;
  return {
    ...{ desk, first: first?.seq ?? 0, seq, from: first?.at ?? 0, to: last?.at ?? 0, head, epoch, frames, bytes },
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
  for await (const stored of journal.frames(asked.number, false, stop)) {
    const { frame } = stored;
    const isNumbered = takesNumbers(frame.kind);
    if (isNumbered) {
      if (numbered >= asked.frames || (numbered > 0 && bytes > MOST_BYTES)) {
        next = frame.first;
        break;
      }
      numbered += 1;
      seq = lastNumber(frame);
    }
    bytes += stored.bytes.length;
    items.push(frameOf(stored, asked.bytes && bytes <= 2 * MOST_BYTES));
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
