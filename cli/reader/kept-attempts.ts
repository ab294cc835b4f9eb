/** The record of who tried what, read from its end: the newest first, as far as a person looks back. */
import { open } from 'node:fs/promises';
import type { Attempt } from '#gateway/access/attempts.ts';

const MOST_BYTES = 2 * 2 ** 20;

/** A line that is cut off, at the beginning of what is read or at the end of what is written, is left out. */
export async function attemptsIn(path: string): Promise<Attempt[]> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null; // nobody has tried anything yet
    throw error;
  });
  if (file === null) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, MOST_BYTES);
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, size - length);
    const lines = bytes.toString('utf8').split('\n');
    if (size > length) lines.shift();
    return lines.flatMap(attemptOf).reverse();
  } finally {
    await file.close();
  }
}

function attemptOf(line: string): Attempt[] {
  try {
    const { at, what, ok, who, by, address, action, why } = JSON.parse(line) as Attempt;
    // the file says of itself how many it dropped: that is no attempt
    return typeof at === 'string' && typeof ok === 'boolean' ? [{ at, what, ok, who, by, address, action, why }] : [];
  } catch {
    return [];
  }
}
