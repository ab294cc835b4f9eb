// Files of a built page: types, tags, hashes, packing, the index for pages; and nothing outside the folder, whatever is asked.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StreamBody } from '#gateway/transport/server.ts';
import { asked, bodyOf } from '#tests/http-request.ts';
import { openStaticFiles, type StaticFiles } from './static-files.ts';

const root = mkdtempSync(join(tmpdir(), 'retrace-static-'));
const folder = join(root, 'page');
const SCRIPT = 'export const one = 1;\n'.repeat(200);
const SECRET = 'what lies outside';
let files: StaticFiles;
beforeAll(() => {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(root, 'secret.txt'), SECRET);
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>desk</title>');
  writeFileSync(join(folder, 'assets', 'index-BNnf3V3X.js'), SCRIPT);
  writeFileSync(join(folder, 'favorites-list.js'), SCRIPT);
  writeFileSync(join(folder, '.env'), SECRET);
  writeFileSync(join(folder, '.git', 'config'), SECRET);
  writeFileSync(join(folder, 'a b.txt'), 'spaced');
  writeFileSync(join(folder, 'large.bin'), Buffer.alloc(5 * 1024 * 1024, 7));
  symlinkSync(join(root, 'secret.txt'), join(folder, 'link.txt'));
  files = openStaticFiles(folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const get = (path: string, headers: Record<string, string> = {}) => files.answer(asked({ path, headers }));

test('a file comes with its type and tag, once; a hashed one for ever; text is packed on wish', async () => {
  const script = await get('/assets/index-BNnf3V3X.js');
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  });
  expect(bodyOf(script)).toBe(SCRIPT);
  const packed = await get('/assets/index-BNnf3V3X.js', { 'accept-encoding': 'br' });
  expect([packed.headers['content-encoding'], brotliDecompressSync(packed.body as Uint8Array).toString() === SCRIPT]).toEqual(['br', true]);
  const known = await get('/assets/index-BNnf3V3X.js', { 'if-none-match': String(script.headers['etag']) });
  expect([known.status, known.body]).toEqual([304, null]);
  expect((await get('/favorites-list.js')).headers['cache-control']).toBe('no-cache'); // looks hashed, is not
  expect(bodyOf(await get('/a%20b.txt'))).toBe('spaced');
  const large = (await get('/large.bin')).body as StreamBody;
  let bytes = 0;
  for await (const chunk of large.read()) bytes += chunk.length;
  expect([large.bytes, bytes]).toEqual([5 * 1024 * 1024, 5 * 1024 * 1024]);
});

test('a page without a file is the index, for browsers; a missing script and the API are not', async () => {
  const html = { accept: 'text/html,*/*' };
  expect((await get('/orders/open', html)).headers['content-type']).toBe('text/html; charset=utf-8');
  expect((await get('/')).status).toBe(200);
  for (const [path, headers] of [
    ['/orders/open', {}],
    ['/assets/gone-12345678.js', html],
    ['/api/v1/gone', html],
    ['/api', html],
  ] as const)
    expect([path, (await get(path, headers)).status]).toEqual([path, 404]);
  expect((await files.answer(asked({ method: 'POST', path: '/index.html' }))).status).toBe(405);
});

test('hidden files, links and folders are not there', async () => {
  for (const path of ['/.env', '/.git/config', '/link.txt', '/assets', '/assets/', '/%2eenv'])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  expect(files.paths).toEqual(['/a b.txt', '/assets/index-BNnf3V3X.js', '/favorites-list.js', '/index.html', '/large.bin']);
});

test('no path, however written, leads out of the folder', async () => {
  const piece = fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E.',
    '%252e%252e',
    '..%2f',
    '..%5c',
    '\\..',
    '/',
    '//',
    'secret.txt',
    'page',
    'assets',
    '%00',
    '%c0%ae%c0%ae',
    ';',
    '.git',
    '.env',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
      for (const path of [`/${pieces.join('/')}`, `/${pieces.join('')}`, `/assets/${pieces.join('/')}`]) {
        const answer = await get(path, { accept: 'text/html' });
        if (answer.status === 200 && answer.body !== null && !('read' in (answer.body as object)))
          expect(bodyOf(answer)).not.toContain(SECRET);
        expect([200, 404]).toContain(answer.status);
      }
    }),
    { numRuns: 300 },
  );
});
