/** What a new owner finds before its claim: the head, the last number, the newest segment. Reads only, and believes nothing unchecked. */
import type { Digest } from '#engine/digest.ts';
import { NO_HASH } from '#engine/journal/frame-codec.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import { type OpenSegment, SegmentCut } from '#engine/journal/segment-cut.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { WrongDesk } from './faults.ts';
import { entries, type PartitionLog, shortened } from './partition-log.ts';
import { LOOK_BACK, Positions } from './positions.ts';
import { claimIn, PartitionChain } from './records.ts';

export type Found = Readonly<{
  head: Uint8Array;
  seq: Seq;
  /** The highest epoch before the claim. */
  epoch: number;
  /** Whose claim that was; null in a partition that nobody claimed. */
  owner: string | null;
  genesis: boolean;
  segment: OpenSegment | null;
  skipped: number;
  repeated: number;
}>;

export async function recoverPartition(log: PartitionLog, desk: DeskId, digest: Digest, upTo: number): Promise<Found> {
  const range = await log.range();
  for await (const first of entries(log, null, range.low, range.low + 1))
    if (first.frame.desk !== desk)
      throw new WrongDesk(`${log.name} holds desk ${first.frame.desk}, not ${desk}: name its own partition, or none`);
  const start = await new Positions(log, desk).lastSegment(upTo, range);
  if (start === null && range.low > 0) throw shortened(log, 0, range.low);
  const from = start?.offset ?? 0;
  const walk = new PartitionChain(digest, from === 0 ? NO_HASH : null, start?.epoch ?? 0);
  const cut = new SegmentCut(null);
  let [genesis, owner] = [false, null as string | null];
  // the newest claim may stand before the segment
  for await (const entry of entries(log, desk, Math.max(range.low, from - LOOK_BACK), from))
    if (entry.is === 'claim' && entry.offset > 0) owner = claimIn(entry).owner;
  for await (const entry of entries(log, desk, from, upTo)) {
    const { frame, bytes, offset } = entry;
    if (entry.is === 'claim' && offset > 0) owner = claimIn(entry).owner; // at 0 none counts
    const taken = walk.take(entry);
    if (typeof taken === 'string')
      throw new JournalCorrupt(
        `${log.name}@${offset}: ${taken}; whole are the numbers up to ${walk.chain.seq}; nothing was changed but a claim`,
      );
    if (!taken) continue;
    const payload = frame.kind === 'segment' ? decodePayload(frame) : null;
    if (payload?.kind === 'segment') cut.begin(payload.index, payload.day);
    cut.count(frame, bytes.length);
    genesis ||= frame.kind === 'genesis' || cut.index > 0;
  }
  const { headBytes, seq, epoch, skipped } = walk.chain;
  const segment = cut.index === -1 ? null : cut.found;
  return { head: headBytes ?? NO_HASH, seq, epoch, owner, genesis, segment, skipped, repeated: walk.repeated };
}
