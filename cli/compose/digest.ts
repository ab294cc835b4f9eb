/** SHA-256 from Node, handed to everything that hashes. */
import { createHash, hash } from 'node:crypto';
import type { Digest } from '#engine/digest.ts';
import type { Sha256 } from '#engine/values.ts';

/** The one-shot form costs a third less on short inputs; it is in Node since 20.12. */
export const nodeDigest: Digest = {
  sha256(...parts) {
    if (parts.length === 1) return hash('sha256', parts[0]!, 'buffer');
    const running = createHash('sha256');
    for (const part of parts) running.update(part);
    return running.digest();
  },
};

/** The version of a strategy that is kept as a bundle: the hash of its bytes. */
export const versionOfBundle = (text: string): Sha256 => createHash('sha256').update(text, 'utf8').digest('hex') as Sha256;
