/**
 * A tape that is read: frames from one moment to another, one at a time, so that a tape of any length takes the memory of a frame. Each frame
 * is checked against its checksums; `checkTape` also derives the hash again.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '#engine/digest.ts';
import { type ColumnRoom, OWN_ROOM } from '#engine/journal/column-codec.ts';
import { arrivedBy, type MarketFrame, sliceFrame } from '#engine/market/blocks.ts';
import { type TapeManifest, TapeTally } from '#engine/market/tape.ts';
import { FACTS, MANIFEST, manifestIn } from './manifest.ts';
import { readFrame } from './read-frame.ts';

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
  frames(from = 0, to = Number.POSITIVE_INFINITY): Generator<MarketFrame> {
    return this.#frames(from, to, () => OWN_ROOM);
  }

  /** The same, a frame good only until the next is asked for: its columns lie where those of the one before lay. A third faster. */
  passingFrames(from = 0, to = Number.POSITIVE_INFINITY): Generator<MarketFrame> {
    const kept: Float64Array[] = [];
    return this.#frames(from, to, () => {
      let used = 0;
      return (count) => {
        const place = used++;
        if ((kept[place]?.length ?? 0) < count) kept[place] = new Float64Array(count);
        return kept[place]!.subarray(0, count);
      };
    });
  }

  *#frames(from: number, to: number, roomOfFrame: () => ColumnRoom): Generator<MarketFrame> {
    const frames = this.manifest.frames.filter((frame) => frame.to >= from && frame.from < to);
    if (frames.length === 0) return;
    const file = openSync(join(this.folder, FACTS), 'r');
    try {
      let buffer = new Uint8Array(0);
      for (const frame of frames) {
        if (buffer.length < frame.bytes) buffer = new Uint8Array(frame.bytes + (frame.bytes >> 3));
        const whole = readFrame(file, frame, join(this.folder, FACTS), buffer, roomOfFrame());
        const first = frame.from >= from ? 0 : arrivedBy(whole, from - 1);
        const end = frame.to < to ? whole.count : arrivedBy(whole, to - 1);
        if (first === 0 && end === whole.count) yield whole;
        else if (first < end) yield sliceFrame(whole, whole.first + first, whole.first + end);
      }
    } finally {
      closeSync(file);
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
