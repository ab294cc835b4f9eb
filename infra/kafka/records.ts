/**
 * What a record of a partition is: one frame's bytes, the same as in a file. A claim is a frame too, of kind `claim` and epoch 0: the
 * epoch it gives is the place it gets. Decides which frames count; never reads or writes by itself.
 */
import { crc32 } from 'node:zlib';
import type { Digest } from '#engine/digest.ts';
import { Chain } from '#engine/journal/chain.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { chainHead, decodeFrame, encodeFrame, NO_HASH } from '#engine/journal/frame-codec.ts';
import { decodePayload, frameOf } from '#engine/journal/payload-codec.ts';
import { JournalCorrupt } from '#engine/journal/port.ts';
import type { DeskId, Seq, TimeUs } from '#engine/values.ts';
import { WrongDesk } from './faults.ts';

/** As Kafka hands it out. */
export type KafkaRecord = Readonly<{ offset: number; value: Uint8Array | null }>;

export type Entry = Readonly<{
  offset: number;
  frame: Frame;
  previousHash: Uint8Array;
  bytes: Uint8Array;
  /** frame: of the chain, or of an owner that had lost it · claim: gives an epoch · stray: the claim of another desk, which came too late. */
  is: 'frame' | 'claim' | 'stray';
}>;

/** The bytes of a claim: nothing in it depends on where it will lie. */
export const claimBytes = (desk: DeskId, owner: string, at: TimeUs): Uint8Array =>
  encodeFrame(frameOf(desk, 0, 0 as Seq, { kind: 'claim', owner, at }), NO_HASH, crc32);

/** Who claims, and when. */
export function claimIn({ frame }: Pick<Entry, 'frame'>): Readonly<{ owner: string; at: TimeUs }> {
  const payload = decodePayload(frame);
  if (payload.kind !== 'claim') throw new JournalCorrupt('a claim was due');
  return payload;
}

/** Throws by name what is no record of ours; `place` says where it lies. */
export function entryOf({ offset, value }: KafkaRecord, desk: DeskId | null, place: string): Entry {
  const wrong = (why: string, remedy: string) => new JournalCorrupt(`${place}@${offset}: ${why}; ${remedy}; nothing was changed`);
  const foreign = 'a topic of a journal holds nothing else: name another topic, or move what does not belong there';
  if (value === null) throw wrong('a record without a value', foreign);
  const decoded = decodeFrame(value, 0, crc32);
  if (!decoded.ok) {
    switch (decoded.failure) {
      case 'foreign':
        throw wrong('a record that no desk wrote', foreign);
      case 'newer':
        throw wrong(decoded.why, 'use the build that wrote it, or a later one');
      default:
        throw wrong(decoded.why, 'what is behind it can be had from a copy or another replica only');
    }
  }
  if (decoded.length !== value.length) throw wrong(`a frame of ${decoded.length} bytes in a record of ${value.length}`, foreign);
  const { frame, previousHash } = decoded;
  const claims = frame.kind === 'claim' && frame.epoch === 0;
  const own = desk === null || frame.desk === desk;
  if (!own && !claims) throw new WrongDesk(`${place}@${offset} is of desk ${frame.desk}, not of ${desk}: name its own desk`);
  return { offset, frame, previousHash, bytes: value, is: !claims ? 'frame' : own ? 'claim' : 'stray' };
}

/** Which frames count: those of no lower epoch than the highest that was claimed before them. */
export class Fence {
  epoch: number;

  constructor(epoch = 0) {
    this.epoch = epoch;
  }

  /** False for a claim, which only moves the fence, and for a frame of an owner that had lost the journal. */
  pass({ is, offset, frame }: Entry): boolean {
    if (is === 'claim') this.epoch = Math.max(this.epoch, offset);
    if (is !== 'frame' || frame.epoch < this.epoch) return false;
    this.epoch = frame.epoch;
    return true;
  }
}

/** So many heads back a frame is known that was stored twice. */
const REMEMBERED = 4_096;

/** The chain of a partition, entry by entry. */
export class PartitionChain {
  readonly chain: Chain;
  readonly #digest: Digest;
  readonly #heads: Uint8Array[] = [];
  #at = 0;
  /** Frames that a broker stored again, which had lost its memory of the first time. */
  repeated = 0;

  /** Without a head the first frame's own word is taken. */
  constructor(digest: Digest, head: Uint8Array | null, epoch: number) {
    this.#digest = digest;
    this.chain = new Chain(digest, head, epoch);
  }

  /** As `Chain.take`; claims and repeated frames are skipped. */
  take({ is, offset, frame, previousHash, bytes }: Entry): boolean | string {
    const { chain } = this;
    if (is === 'claim') chain.epoch = Math.max(chain.epoch, offset);
    if (is !== 'frame') return false;
    const taken = chain.take(frame, previousHash, bytes);
    if (taken === true) this.#remember(chain.headBytes!);
    if (typeof taken === 'string' && this.#knows(chainHead(this.#digest, previousHash, bytes))) {
      this.repeated++;
      return false;
    }
    return taken;
  }

  #remember(head: Uint8Array): void {
    this.#heads[this.#at] = head;
    this.#at = (this.#at + 1) % REMEMBERED;
  }

  #knows(head: Uint8Array): boolean {
    return this.#heads.some((known) => Buffer.compare(known, head) === 0);
  }
}
