/**
 * A tape that is read: frames from one moment to another, one at a time, so that a tape of any length takes the memory of a frame. Each frame
 * is checked against its checksums; `checkTape` also derives the hash again.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Digest } from '#engine/digest.ts';
import { BadRecord, ByteReader } from '#engine/journal/bytes.ts';
import { decodeFrame } from '#engine/journal/frame-codec.ts';
import { readMarket } from '#engine/journal/market-codec.ts';
import { arrivedBy, type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import { type TapeFrame, type TapeManifest, TapeTally } from '#engine/market/tape.ts';
import { BadTape, FACTS, MANIFEST, manifestIn } from './manifest.ts';

export class Tape {
  readonly folder: string;
  readonly manifest: TapeManifest;

  private constructor(folder: string, manifest: TapeManifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  static open(folder: string): Tape {
    const place = join(folder, MANIFEST);
    return new Tape(folder, manifestIn(readFileSync(place, 'utf8'), place));
  }

  /** Frames of what arrived from `from` up to `to`, exclusive. */
  *frames(from = 0, to = Number.POSITIVE_INFINITY): Generator<MarketFrame> {
    const frames = this.manifest.frames.filter((frame) => frame.to >= from && frame.from < to);
    if (frames.length === 0) return;
    const file = openSync(join(this.folder, FACTS), 'r');
    try {
      let bytes = new Uint8Array(0);
      for (const frame of frames) {
        if (bytes.length < frame.bytes) bytes = new Uint8Array(frame.bytes + (frame.bytes >> 3));
        const whole = this.#decoded(file, frame, bytes.subarray(0, frame.bytes));
        const first = frame.from >= from ? 0 : arrivedBy(whole, from - 1);
        const end = frame.to < to ? whole.count : arrivedBy(whole, to - 1);
        if (first === 0 && end === whole.count) yield whole;
        else if (first < end) yield sliceFrame(whole, whole.first + first, whole.first + end);
      }
    } finally {
      closeSync(file);
    }
  }

  #decoded(file: number, { offset, first, count }: TapeFrame, bytes: Uint8Array): MarketFrame {
    const bad = (why: string): BadTape => new BadTape(`${join(this.folder, FACTS)}:${offset}: ${why}`);
    if (readSync(file, bytes, 0, bytes.length, offset) < bytes.length) throw bad('the file ends inside a frame');
    const decoded = decodeFrame(bytes, 0, crc32);
    if (!decoded.ok) throw bad(decoded.why);
    const { frame, length } = decoded;
    if (frame.kind !== 'market' || frame.first !== first || frame.count !== count || length !== bytes.length)
      throw bad('not the frame that its manifest says lies here');
    try {
      return readMarket(new ByteReader(frame.payload), first, count);
    } catch (error) {
      if (error instanceof BadRecord) throw bad(error.message);
      throw error;
    }
  }
}

/** Derives what its manifest says of its facts; the first thing that is not so, or null. */
export function checkTape(tape: Tape, digest: Digest, heard: (frames: number) => void = () => {}): string | null {
  const { manifest } = tape;
  const tally = new TapeTally(digest);
  let frames = 0;
  for (const frame of tape.frames()) {
    tally.add(frame);
    heard(++frames);
  }
  if (tally.count !== manifest.count) return `it holds ${tally.count} facts, not ${manifest.count}`;
  if (JSON.stringify(tally.streams) !== JSON.stringify(manifest.streams)) return 'its streams are not those that its manifest lists';
  const hash = tally.hash(manifest.instruments);
  return hash === manifest.hash ? null : `its hash is ${hash}, not ${manifest.hash}`;
}
