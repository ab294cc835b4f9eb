/**
 * A frame is what the journal stores, hashes and chains: the same bytes in a file, in Kafka, on the wire. This file names its parts;
 * frame-codec.ts writes and reads the bytes.
 */
import type { InputRecord } from '../inputs.ts';
import type { MarketFrame } from '../market/blocks.ts';
import type { Plain } from '../record.ts';
import type { DeskId, Seq, Sha256, TimeUs } from '../values.ts';

export type FrameKind =
  | 'genesis'
  | 'claim'
  | 'market'
  | 'inputs'
  | 'time'
  | 'decisions'
  | 'checkpoint'
  | 'opened'
  | 'segment'
  | 'closed'
  | 'tape';
export const FRAME_KINDS: readonly FrameKind[] = [
  'genesis',
  'claim',
  'market',
  'inputs',
  'time',
  'decisions',
  'checkpoint',
  'opened',
  'segment',
  'closed',
  'tape',
];

/** Frames that cover numbers of their own. */
export const takesNumbers = (kind: FrameKind): boolean => kind === 'market' || kind === 'inputs' || kind === 'tape';

export type Frame = Readonly<{
  desk: DeskId;
  epoch: number;
  kind: FrameKind;
  /** First number the frame covers; for frames without numbers of their own, the last number before them. */
  first: Seq;
  /** How many numbers it takes (market, inputs, tape), or records it holds (decisions), or 0. */
  count: number;
  payload: Uint8Array;
}>;

/** The payloads, decoded. */
export type Payload =
  | Readonly<{ kind: 'genesis'; manifest: Plain }>
  | Readonly<{ kind: 'claim'; owner: string; at: TimeUs }>
  | Readonly<{ kind: 'market'; frame: MarketFrame }>
  /** Numbers first, first + 1 …: a hole in the numbers starts a new frame. */
  | Readonly<{ kind: 'inputs'; records: readonly InputRecord[]; cursor: string | null }>
  | Readonly<{ kind: 'time'; at: TimeUs }>
  /** Canonical decision records, one after another. */
  | Readonly<{ kind: 'decisions'; bytes: Uint8Array }>
  /** One part of a checkpoint; valid only when all parts are there and the digest of the whole fits. */
  | Readonly<{
      kind: 'checkpoint';
      part: number;
      parts: number;
      stateSchema: number;
      digest: Sha256;
      inputsHash: Sha256;
      decisionsHash: Sha256;
      bytes: Uint8Array;
    }>
  | Readonly<{ kind: 'opened'; build: string; config: Sha256; flags: readonly string[]; at: TimeUs }>
  | Readonly<{ kind: 'segment'; previousHead: Sha256; index: number; day: number }>
  | Readonly<{ kind: 'closed'; clean: boolean }>
  /** So many facts, which lie in the tapes that the genesis names and are not repeated here. */
  | Readonly<{ kind: 'tape'; count: number }>;
