/** One frame of a tape's file, checked against its checksums and against what the manifest says lies there. */
import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { BadRecord, ByteReader } from '#engine/journal/bytes.ts';
import { type ColumnRoom, OWN_ROOM } from '#engine/journal/column-codec.ts';
import { decodeFrame } from '#engine/journal/frame-codec.ts';
import { readMarket } from '#engine/journal/market-codec.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import type { TapeFrame } from '#engine/market/tape.ts';
import { BadTape } from './manifest.ts';

/** `buffer` is used again where it is large enough; columns are copied out of it, to where `room` says. */
export function readFrame(
  file: number,
  { offset, bytes: size, first, count }: TapeFrame,
  path: string,
  buffer: Uint8Array = new Uint8Array(size),
  room: ColumnRoom = OWN_ROOM,
): MarketFrame {
  const bad = (why: string): BadTape => new BadTape(`${path}:${offset}: ${why}`);
  const bytes = buffer.subarray(0, size);
  if (readSync(file, bytes, 0, size, offset) < size) throw bad('the file ends inside a frame');
  const decoded = decodeFrame(bytes, 0, crc32);
  if (!decoded.ok) throw bad(decoded.why);
  const { frame, length } = decoded;
  if (frame.kind !== 'market' || frame.first !== first || frame.count !== count || length !== size)
    throw bad('not the frame that its manifest says lies here');
  try {
    return readMarket(new ByteReader(frame.payload), first, count, room);
  } catch (error) {
    if (error instanceof BadRecord) throw bad(error.message);
    throw error;
  }
}
