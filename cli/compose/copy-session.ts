/** One copy of a journal, between folders and Kafka, frame by frame with its chain; a copy that was cut off is gone on with. */
import { resolve } from 'node:path';
import { hex } from '#engine/digest.ts';
import { lastNumber } from '#engine/journal/chain.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { chainHead } from '#engine/journal/frame-codec.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { copyIntoFolder } from '#infra/files/copy-into-folder.ts';
import { isKafkaAddress, kafkaAddress } from '#infra/kafka/address.ts';
import { copyTo } from '#infra/kafka/open-kafka.ts';
import { type Answer, Refused, say } from '../answer.ts';
import { bytes as bytesText, grouped } from '../screen/desk-screen.ts';
import { nodeDigest } from './digest.ts';
import { journalNamed, readerIn, shortPath } from './journal-reader.ts';
import { kafkaPlaceAt } from './kafka-place.ts';

/** Where frames go; it knows how far it got before. */
type Copy = Readonly<{
  head: string | null;
  seq: Seq;
  take(frame: Frame, bytes: Uint8Array, last: Seq): Promise<void>;
  close(): Promise<void>;
}>;

export async function copyJournal(from: string, to: string): Promise<Answer> {
  const { path, single } = journalNamed(from);
  if (single) throw new Refused(2, [`${from} is one segment: name its journal`], 'npx retrace journal ls');
  const reader = readerIn(path); // as it is stored: the facts of a run over tapes stay where they are
  let copy: Copy | null = null;
  let place = to;
  let found = false;
  const [held, copied] = [{ seq: 0 }, { frames: 0, bytes: 0 }];
  let [head, seq] = ['', 0 as Seq];
  try {
    for await (const { frame, bytes } of reader.frames()) {
      if (copy === null) {
        ({ copy, place } = await openCopy(to, frame.desk));
        held.seq = copy.seq;
        found = copy.head === null;
        if (found && !mayBegin(frame, to))
          throw new Refused(
            2,
            [`${shortPath(path)} does not begin with its first segment: restore what was archived of it first`],
            'npx retrace journal restore --help',
          );
      }
      head = hex(chainHead(nodeDigest, bytes.subarray(32, 64), bytes));
      seq = Math.max(seq, lastNumber(frame)) as Seq;
      if (!found) {
        found = head === copy.head;
        continue;
      }
      await copy.take(frame, bytes, seq);
      copied.frames += 1;
      copied.bytes += bytes.length;
    }
    if (copy === null) throw new Refused(1, [`${shortPath(path)} holds no frames yet`], 'npx retrace journal ls');
    if (!found)
      throw new Refused(
        1,
        [
          `${shortPath(place)} holds another journal, or has gone on by itself up to number ${held.seq}: ${shortPath(path)} is no longer the same`,
        ],
        'copy to an empty place',
      );
  } finally {
    await copy?.close();
  }
  const n = (value: number) => grouped(String(value));
  const short = shortPath(place);
  return {
    ok: true,
    fields: { journal: path, to: place, seq, chain: head, frames: copied.frames, bytes: copied.bytes, before: held.seq },
    text: [
      copied.frames === 0
        ? `${short} holds all of ${shortPath(path)}, up to number ${n(seq)}.`
        : `${n(copied.frames)} frames, ${bytesText(copied.bytes)}, copied to ${short}${held.seq > 0 ? `, behind number ${n(held.seq)} that it held` : ''}; it ends at number ${n(seq)}.`,
      `chain ${head}`,
      `next: npx retrace verify ${short}`,
    ],
  };
}

/** A partition is read from its first record on: it holds a journal whole. A folder may go on from any segment. */
function mayBegin(frame: Frame, to: string): boolean {
  const payload = frame.kind === 'segment' ? decodePayload(frame) : null;
  return payload?.kind === 'segment' && (payload.index === 0 || !isKafkaAddress(to));
}

async function openCopy(to: string, desk: DeskId): Promise<Readonly<{ copy: Copy; place: string }>> {
  if (!isKafkaAddress(to)) {
    const folder = resolve(to);
    const copy = await copyIntoFolder({ folder, desk, digest: nodeDigest });
    return { copy, place: folder };
  }
  const named = to.replace(/\/$/, '');
  const { settings, desk: asked, address } = kafkaPlaceAt(deskless(named) ? `${named}/${desk}` : named);
  if (asked !== desk)
    throw new Refused(2, [`${to}: the journal is of desk ${desk}, and keeps its name`], `name it …/${desk}, or leave the desk out`);
  return { copy: await copyTo({ settings, desk, digest: nodeDigest, warn: (line) => say(`Warning: ${line}.`) }), place: address };
}

function deskless(address: string): boolean {
  try {
    return kafkaAddress(address).desk === null;
  } catch {
    return false; // told when it is read in earnest
  }
}
