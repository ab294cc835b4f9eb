/** Parts that several payloads share: cursors and hashes. */
import { hex } from '../digest.ts';
import type { Sha256 } from '../values.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { bytesOfHex } from './hashes.ts';

export const HASH_BYTES = 32;

export function writeCursor(out: ByteWriter, cursor: string | null): void {
  out.u8(cursor === null ? 0 : 1);
  if (cursor !== null) out.text(cursor, 'cursor', true);
}

export const readCursor = (reader: ByteReader): string | null => (reader.flag() ? reader.text(true) : null);

export const writeHash = (out: ByteWriter, hash: Sha256): void => out.raw(bytesOfHex(hash));

export const readHash = (reader: ByteReader): Sha256 => hex(reader.raw(HASH_BYTES)) as Sha256;
