/**
 * The bytes of a frame: a header that checks itself, then the payload. Little-endian:
 * `'RTRC' · u16 format · u8 kind · u8 length of the desk id · f64 epoch · f64 first · u32 count · u32 payload length ·
 * 32 bytes previous hash · u32 crc of the payload · desk id · u32 crc of all this`, then the payload.
 */
import { assert } from '../assert.ts';
import type { Digest } from '../digest.ts';
import type { DeskId, Seq } from '../values.ts';
import { type Crc32, crc32 as plainCrc32 } from './crc32.ts';
import { FRAME_KINDS, type Frame } from './frame.ts';
import { HASH_BYTES } from './payload-parts.ts';

export const MAGIC = 0x43525452; // 'RTRC'
export const FORMAT = 1;
/** Larger payloads are split by whoever makes them; a length beyond this was never written. */
export const MAX_PAYLOAD = 1 << 28;
export const NO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

const FIXED = 68;
const MAX_DESK = 64;
const LEAST = FIXED + 1 + 4;
/** The most a header can take: enough bytes to learn how long a frame is. */
export const MAX_HEADER = FIXED + MAX_DESK + 4;

export type Failure = 'short' | 'damaged' | 'foreign' | 'newer';
export type Decoded =
  | Readonly<{ ok: true; frame: Frame; previousHash: Uint8Array; length: number }>
  /** short: the bytes end too early · damaged: a checksum or a field is wrong · foreign: no frame begins here · newer: a whole header of a later format. */
  | Readonly<{
      ok: false;
      failure: Failure;
      why: string /** bytes the whole frame takes, where known */;
      length: number;
    }>;

export function encodeFrame(frame: Frame, previousHash: Uint8Array, crc32: Crc32 = plainCrc32): Uint8Array {
  const { desk, payload } = frame;
  assert(previousHash.length === HASH_BYTES, 'a previous hash of 32 bytes');
  assert(desk.length >= 1 && desk.length <= MAX_DESK, `a desk id of ${desk.length} characters`);
  assert(payload.length <= MAX_PAYLOAD, `a payload of ${payload.length} bytes: split it`);
  assert(
    Number.isSafeInteger(frame.epoch) && frame.epoch >= 0 && Number.isSafeInteger(frame.first) && frame.first >= 0,
    'epoch and first are whole',
  );
  const header = FIXED + desk.length + 4;
  const bytes = new Uint8Array(header + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, FORMAT, true);
  bytes[6] = FRAME_KINDS.indexOf(frame.kind);
  bytes[7] = desk.length;
  view.setFloat64(8, frame.epoch + 0, true);
  view.setFloat64(16, frame.first + 0, true);
  view.setUint32(24, frame.count, true);
  view.setUint32(28, payload.length, true);
  bytes.set(previousHash, 32);
  view.setUint32(64, crc32(payload), true);
  for (let index = 0; index < desk.length; index++) {
    const unit = desk.charCodeAt(index);
    assert(unit < 128, `a desk id in ASCII, not ${JSON.stringify(desk)}`);
    bytes[FIXED + index] = unit;
  }
  view.setUint32(header - 4, crc32(bytes.subarray(0, header - 4)), true);
  bytes.set(payload, header);
  return bytes;
}

/** The frame that begins at `offset`; its payload is a view of `bytes`. */
export function decodeFrame(bytes: Uint8Array, offset = 0, crc32: Crc32 = plainCrc32): Decoded {
  const header = decodeHeader(bytes, offset, crc32);
  if (!header.ok) return header;
  const { headerLength, length } = header;
  if (bytes.length - offset < length) return failed('short', `a frame of ${length} bytes, ${bytes.length - offset} there`, length);
  const payload = bytes.subarray(offset + headerLength, offset + length);
  if (crc32(payload) !== header.payloadCrc) return failed('damaged', 'the payload does not fit its checksum', length);
  return { ok: true, frame: { ...header.frame, payload }, previousHash: new Uint8Array(bytes.subarray(offset + 32, offset + 64)), length };
}

export type Header = Readonly<{ ok: true; frame: Omit<Frame, 'payload'>; headerLength: number; length: number; payloadCrc: number }>;

/** Only the header, checked: enough to step over a frame without its payload. */
export function decodeHeader(bytes: Uint8Array, offset: number, crc32: Crc32 = plainCrc32): Header | Exclude<Decoded, { ok: true }> {
  const left = bytes.length - offset;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, left);
  if (left >= 4 && view.getUint32(0, true) !== MAGIC) return failed('foreign', 'no frame begins here', 0);
  if (left < LEAST) return failed('short', `${left} bytes are no header`, 0);
  const deskLength = view.getUint8(7);
  const headerLength = FIXED + deskLength + 4;
  if (deskLength < 1 || deskLength > MAX_DESK) return failed('damaged', `a desk id of ${deskLength} characters`, 0);
  if (left < headerLength) return failed('short', `a header of ${headerLength} bytes, ${left} there`, 0);
  if (crc32(bytes.subarray(offset, offset + headerLength - 4)) !== view.getUint32(headerLength - 4, true))
    return failed('damaged', 'the header does not fit its checksum', 0);
  const format = view.getUint16(4, true);
  if (format !== FORMAT) return failed('newer', `a frame of format ${format}; this build reads format ${FORMAT}`, 0);
  const kind = FRAME_KINDS[view.getUint8(6)];
  const [epoch, first, payloadLength] = [view.getFloat64(8, true), view.getFloat64(16, true), view.getUint32(28, true)];
  let desk = '';
  for (let index = 0; index < deskLength; index++) desk += String.fromCharCode(view.getUint8(FIXED + index));
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
  if (kind === undefined || !whole(epoch) || !whole(first) || payloadLength > MAX_PAYLOAD || /[^\x20-\x7e]/.test(desk))
    return failed('damaged', 'a header that no desk wrote', 0);
  const frame = { desk: desk as DeskId, epoch, kind, first: first as Seq, count: view.getUint32(24, true) };
  return { ok: true, frame, headerLength, length: headerLength + payloadLength, payloadCrc: view.getUint32(64, true) };
}

const failed = (failure: Failure, why: string, length: number) => ({ ok: false, failure, why, length }) as const;

/** The chain: each head holds every frame before it. */
export const chainHead = (digest: Digest, previousHash: Uint8Array, frameBytes: Uint8Array): Uint8Array =>
  digest.sha256(previousHash, frameBytes);
