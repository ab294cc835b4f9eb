/** A folder with all that lie above it. Node's own way never returns where a folder takes no others, as /proc does. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The first folder that was made, or null: all were there. */
export function makeFolderSync(folder: string, mode = 0o777): string | null {
  const path = resolve(folder);
  const missing: string[] = [];
  for (let above = path; !isFolder(above); above = dirname(above)) missing.push(above);
  for (const each of missing.toReversed()) {
    try {
      mkdirSync(each, { mode });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(each)) throw error; // another process may make it too
    }
  }
  return missing.at(-1) ?? null;
}

/** A file in the way is told by the mkdir that meets it. */
function isFolder(path: string): boolean {
  if (path === dirname(path)) return true;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}
