/** SHA-256, handed in: the engine imports no crypto. */
export interface Digest {
  /** The digest of the parts, one after another: 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
}

const HEX = '0123456789abcdef';
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte >>> 4] + HEX[byte & 15];
  return text;
}
