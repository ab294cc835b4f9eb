/**
 * Whether bytes of the journal are what its chain says, computed in this browser. A frame's header holds the hash before it at byte 32; its own
 * hash is SHA-256 over that hash and all its bytes, and stands in the frame behind it. Believes nothing that is said beside the bytes.
 */
import type { RestFrame } from '#gateway/contracts/rest-journal.ts';

/** As engine/journal/frame-codec.ts lays a header out: fixed part, desk id, checksum of both; then the payload. */
const MAGIC = 0x43525452;
const FIXED = 68;
const PREVIOUS = 32;
const HASH = 32;

export type Said = Pick<RestFrame, 'bytes' | 'crc' | 'previous' | 'hash' | 'length' | 'first' | 'count'>;
export type Checked = Readonly<{ ok: true; hash: string; bytes: number }> | Readonly<{ ok: false; why: string }>;

const no = (why: string): Checked => ({ ok: false, why });

/** `behind`: the computed hash of the frame before it; null: none was computed, and its own word is taken for it. */
export async function checkFrame(said: Said, behind: string | null): Promise<Checked> {
  const place = `the block at number ${said.first}`;
  if (said.bytes === null) return no(`${place} is too large to be sent here: its bytes cannot be looked at`);
  const bytes = bytesOf(said.bytes);
  const view = new DataView(bytes.buffer);
  if (bytes.length < FIXED + 5 || view.getUint32(0, true) !== MAGIC) return no(`${place} does not begin like one of this journal`);
  const header = FIXED + view.getUint8(7) + 4;
  if (bytes.length !== header + view.getUint32(28, true)) return no(`${place} is not as long as its header says`);
  if (crc32(bytes.subarray(0, header - 4)) !== view.getUint32(header - 4, true))
    return no(`${place}: its header does not fit its checksum`);
  const crc = crc32(bytes.subarray(header));
  if (crc !== view.getUint32(64, true)) return no(`${place}: its content does not fit its checksum`);
  if (crc !== Number.parseInt(said.crc, 16)) return no(`${place}: its checksum is ${hexOf(crc)}, and ${said.crc} was said`);
  const previous = hex(bytes.subarray(PREVIOUS, PREVIOUS + HASH));
  if (previous !== said.previous || (behind !== null && previous !== behind)) return no(`${place} is not chained to the one before it`);
  const hash = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', joined(bytes.subarray(PREVIOUS, PREVIOUS + HASH), bytes))));
  return hash === said.hash
    ? { ok: true, hash, bytes: bytes.length }
    : no(`${place}: its hash is ${hash.slice(0, 12)}…, and ${said.hash.slice(0, 12)}… was said`);
}

export type Walk = Readonly<{ frames: number; bytes: number; hash: string | null; last: number; reached: boolean }>;
export const WALK_BEGINS: Walk = { frames: 0, bytes: 0, hash: null, last: 0, reached: false };

/** Goes on from `walk` over what was sent, until the frame whose hash is `head`. */
export async function checkOn(walk: Walk, said: readonly Said[], head: string): Promise<Walk | Readonly<{ why: string }>> {
  let now = walk;
  for (const frame of said) {
    const checked = await checkFrame(frame, now.hash);
    if (!checked.ok) return { why: checked.why };
    const { hash } = checked;
    now = {
      frames: now.frames + 1,
      bytes: now.bytes + checked.bytes,
      hash,
      last: frame.first + Math.max(0, frame.count - 1),
      reached: hash === head,
    };
    if (now.reached) break;
  }
  return now;
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const hexOf = (crc: number): string => crc.toString(16).padStart(8, '0');

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
