/** Texts nobody can guess, what is kept of them, and how two are compared: in a time that tells nothing of where they part. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Chance and time, handed in. `random` gives that many bytes that nobody can foresee. */
export type AccessPorts = Readonly<{ nowUs(): number; random(bytes: number): Uint8Array }>;

export const SECRET_BYTES = 32;
/** 256 bits as base64url. */
export const SECRET_TEXT = /^[A-Za-z0-9_-]{43}$/;

export const newSecret = (ports: AccessPorts): string => Buffer.from(ports.random(SECRET_BYTES)).toString('base64url');
/** A public name of something: no secret. */
export const newId = (ports: AccessPorts): string => Buffer.from(ports.random(6)).toString('hex');

/** What is kept of a secret. One round is enough: it is drawn from 2^256, unlike a password. */
export const fingerprint = (secret: string): string => createHash('sha256').update(secret).digest('hex');
/** A second secret that only the holder of the first, and we, can derive. */
export const derived = (secret: string, purpose: string): string => createHmac('sha256', secret).update(purpose).digest('base64url');

/** Both are hashed first: neither length nor content shows in the time it takes. */
export function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Beyond it a text of others is not read. */
const MOST_READ = 4_096;

/**
 * For texts that others wrote: one line of plain characters and of this length, in which what is as long and of such letters as a secret
 * of ours is left out. What a cut goes through could be the beginning of one.
 */
export function withoutSecrets(text: string, most: number): string {
  const read = text.length > MOST_READ ? text.slice(0, MOST_READ).replace(/[A-Za-z0-9_-]+$/, '') : text;
  return read
    .replace(/[A-Za-z0-9_-]{43,}/g, '[secret]')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, most);
}
