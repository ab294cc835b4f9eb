/** Which build this is, for manifests and `opened` marks. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Build = Readonly<{ version: string; hash: string; root: string }>;

let known: Build | null = null;

export function thisBuild(): Build {
  known ??= find(dirname(fileURLToPath(import.meta.url)));
  return known;
}

/** The project folder is the first above this file that holds package.json: dist/ and the sources both lie below it. */
function find(from: string): Build {
  let root = from;
  while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root);
  const { version } = readJson<{ version?: string }>(join(root, 'package.json'));
  const { source } = readJson<{ source?: string }>(join(root, 'dist', 'build.json'));
  return { version: version ?? '0.0.0', hash: source ?? 'unbuilt', root };
}

function readJson<T>(path: string): Partial<T> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return {};
  }
}
