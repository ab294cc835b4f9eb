// The files of a built page, from one folder that is listed once: what is not in the list is not there, so no path leads out of it. Hidden files and
// links are not listed. Addresses without a file get the index where a browser asks for a page.
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Answer, Request } from '../transport/server.ts';
import { compressed, type Encoding, encodingFor, shrinks } from './compression.ts';
import { etagOf, notModified, tagMatches } from './etag.ts';
import { problem, problemAnswer } from './problem.ts';

export type StaticFiles = Readonly<{ paths: readonly string[]; answer(request: Request): Promise<Answer> }>;

/** Larger files are streamed and not compressed. */
const WHOLE_BYTES = 4 * 1024 * 1024;
const FLOOR_BYTES = 1_024;
/** Done once a file. */
const BROTLI_QUALITY = 9;
/** A name with its content's hash in it, as bundlers write them; only below `immutable`, because many a plain name looks like one. */
const HASHED = /[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const FOREVER = 'public, max-age=31536000, immutable';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

type File = Readonly<{ path: string; url: string; bytes: number; type: string; hashed: boolean }>;
type Loaded = Readonly<{ tag: string; plain: Uint8Array; small: Map<Encoding, Promise<Uint8Array | null>> }>;

/** `index`: the file that stands for every page of the application; null: none. `reserved`: prefixes that never fall back to it. */
export function openStaticFiles(
  folder: string,
  {
    index = '/index.html',
    reserved = ['/api/'],
    immutable = '/assets/',
  }: { index?: string | null; reserved?: readonly string[]; immutable?: string } = {},
): StaticFiles {
  const files = new Map<string, File>(listed(folder, '', immutable).map((file) => [file.url, file]));
  const loaded = new Map<string, Promise<Loaded>>();
  const load = (file: File) => {
    let one = loaded.get(file.url);
    if (one === undefined) {
      one = readFile(file.path).then((plain) => ({ tag: etagOf(plain), plain, small: new Map() }));
      one.catch(() => loaded.delete(file.url));
      loaded.set(file.url, one);
    }
    return one;
  };
  return {
    paths: [...files.keys()],
    answer: async (request) => {
      const { method, path } = request;
      const url = decoded(path);
      const file = (url === null ? undefined : files.get(url)) ?? fallback(request, url);
      if (file === undefined) return missing(path);
      if (method === 'OPTIONS') return { status: 204, headers: { allow: 'GET, HEAD, OPTIONS' }, body: null };
      if (method !== 'GET' && method !== 'HEAD') return notSo(method, path);
      return file.bytes > WHOLE_BYTES ? streamed(file) : whole(file, await load(file), request);
    },
  };

  function fallback({ method, headers }: Request, url: string | null): File | undefined {
    const page = (method === 'GET' || method === 'HEAD') && (headers['accept'] ?? '').includes('text/html');
    if (index === null || url === null || reserved.some((prefix) => `${url}/`.startsWith(prefix)) || extname(url) !== '') return undefined;
    return page || url === '/' ? files.get(index) : undefined;
  }
}

/** Null: a path no file has, whatever it was meant to reach. */
function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

function listed(folder: string, under: string, immutable: string): File[] {
  return readdirSync(join(folder, under), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): File[] => {
      const url = `${under}/${entry.name}`;
      if (entry.isDirectory()) return listed(folder, url, immutable);
      if (!entry.isFile()) return [];
      const path = join(folder, url);
      const type = TYPES[extname(entry.name).toLowerCase()] ?? 'application/octet-stream';
      return [{ path, url, bytes: statSync(path).size, type, hashed: url.startsWith(immutable) && HASHED.test(entry.name) }];
    });
}

async function whole(file: File, { tag, plain, small }: Loaded, request: Request): Promise<Answer> {
  const shrinkable = shrinks(file.type) && plain.length >= FLOOR_BYTES;
  const headers = {
    'content-type': file.type,
    'cache-control': cacheOf(file),
    etag: tag,
    ...(shrinkable ? { vary: 'accept-encoding' } : {}),
  };
  if (tagMatches(request.headers['if-none-match'], tag)) return notModified({ status: 200, headers, body: null }, tag);
  const encoding = shrinkable ? encodingFor(request.headers['accept-encoding']) : null;
  if (encoding === null) return { status: 200, headers, body: plain };
  let packed = small.get(encoding);
  if (packed === undefined) {
    packed = compressed(plain, encoding, BROTLI_QUALITY).then((bytes) => (bytes.length < plain.length ? bytes : null));
    small.set(encoding, packed);
  }
  const bytes = await packed;
  return bytes === null
    ? { status: 200, headers, body: plain }
    : { status: 200, headers: { ...headers, 'content-encoding': encoding }, body: bytes };
}

const streamed = (file: File): Answer => ({
  status: 200,
  headers: { 'content-type': file.type, 'cache-control': cacheOf(file) },
  body: { bytes: file.bytes, read: () => createReadStream(file.path, { end: file.bytes - 1 }) },
});

const cacheOf = ({ hashed }: File) => (hashed ? FOREVER : 'no-cache');

const missing = (path: string) =>
  problemAnswer(problem(404, 'not-found', 'Nothing here', `no file is at ${path}`, { remedy: 'look at the address again' }));
const notSo = (method: string, path: string) =>
  problemAnswer(problem(405, 'method', 'Not this way', `${method} is not taken at ${path}`, { remedy: 'use GET' }), {
    allow: 'GET, HEAD, OPTIONS',
  });
