// The layers round a handler: tags, compression, foreign pages, headers for browsers, names of requests. Each law by what a peer sees.
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Answer } from '#gateway/transport/server.ts';
import { asked, bodyOf } from '#tests/http-request.ts';
import { compressionLayer, encodingFor, FLOOR_BYTES } from './compression.ts';
import { corsLayer, NO_CORS } from './cors.ts';
import { etagLayer } from './etag.ts';
import { type Layer, layered } from './layer.ts';
import { requestIdLayer } from './request-ids.ts';
import { CONTENT_SECURITY_POLICY, securityHeadersLayer } from './security-headers.ts';

const LONG = JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ order: i, side: 'buy' })));
const says =
  (body: string, headers: Answer['headers'] = {}, status = 200) =>
  (): Answer => ({ status, headers: { 'content-type': 'application/json', ...headers }, body });
const through = (layer: Layer, answer: () => Answer) => layered([layer], answer);

test('the best encoding a peer takes, by its own weights', () => {
  const taken: [string | undefined, string | null][] = [
    [undefined, null],
    ['', null],
    ['identity', null],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['br;q=0.1, gzip', 'gzip'],
    ['*', 'br'],
    ['*;q=0', null],
    ['br;q=x, gzip;q=0', null],
    ['GZIP', 'gzip'],
  ];
  for (const [accepts, encoding] of taken) expect([accepts, encodingFor(accepts)]).toEqual([accepts, encoding]);
});

test('text above the floor is sent smaller and unpacks to itself; what is small, packed or no text goes as it is', async () => {
  const ask = (encoding: string, answer: () => Answer) =>
    through(compressionLayer(), answer)(asked({ headers: { 'accept-encoding': encoding } }));
  const br = await ask('br', says(LONG, { etag: '"strong"' }));
  expect([br.headers['content-encoding'], br.headers['vary'], br.headers['etag']]).toEqual(['br', 'accept-encoding', 'W/"strong"']);
  expect(brotliDecompressSync(br.body as Uint8Array).toString()).toBe(LONG);
  expect(gunzipSync((await ask('gzip', says(LONG))).body as Uint8Array).toString()).toBe(LONG);
  for (const answer of [
    says('x'.repeat(FLOOR_BYTES - 1)),
    says(LONG, { 'content-type': 'image/png' }),
    says(LONG, { 'content-encoding': 'zstd' }),
  ])
    expect((await ask('br', answer)).body).toBe(answer().body);
  expect((await ask('identity', says(LONG))).headers['vary']).toBe('accept-encoding');
});

test('a peer that has it already is told 304 without a body, compressed or not; a change is sent', async () => {
  let body = LONG;
  const answering = layered([compressionLayer(), etagLayer], () => says(body, { 'cache-control': 'no-cache' })());
  const first = await answering(asked({ headers: { 'accept-encoding': 'br' } }));
  const tag = String(first.headers['etag']);
  for (const known of [tag, `"other", ${tag}`, '*', tag.replace('W/', '')]) {
    const again = await answering(asked({ headers: { 'if-none-match': known, 'accept-encoding': 'gzip' } }));
    expect([again.status, again.body, again.headers['etag'], again.headers['cache-control']]).toEqual([304, null, tag, 'no-cache']);
  }
  body = `${LONG} `;
  expect((await answering(asked({ headers: { 'if-none-match': tag } }))).status).toBe(200);
  expect((await through(etagLayer, says('x', { 'cache-control': 'no-store' }))(asked())).headers['etag']).toBeUndefined();
  expect((await through(etagLayer, says('x'))(asked({ method: 'POST' }))).headers['etag']).toBeUndefined();
});

test('no foreign page reads an answer unless it is named; a preflight is answered for the named only', async () => {
  const page = 'https://desk.example';
  const rules = { ...NO_CORS, origins: [page] };
  const ask = (layer: Layer, origin: string | null, preflight = false) =>
    through(
      layer,
      says('x'),
    )(
      asked({
        method: preflight ? 'OPTIONS' : 'GET',
        headers: { ...(origin === null ? {} : { origin }), ...(preflight ? { 'access-control-request-method': 'POST' } : {}) },
      }),
    );
  const granted = ({ headers }: Answer) => headers['access-control-allow-origin'];
  expect(granted(await ask(corsLayer(NO_CORS), page))).toBeUndefined();
  expect((await ask(corsLayer(NO_CORS), page, true)).status).toBe(403);
  expect(granted(await ask(corsLayer(rules), page))).toBe(page);
  for (const other of ['https://desk.example.evil.test', 'http://desk.example', 'null', 'https://desk.example:444'])
    expect(granted(await ask(corsLayer(rules), other))).toBeUndefined();
  expect(await ask(corsLayer(rules), page, true)).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': page } });
  expect((await ask(corsLayer(rules), null)).headers['vary']).toBe('origin');
  for (const origin of ['*', 'https://desk.example/', 'desk.example', 'https://a.b/c'])
    expect(() => corsLayer({ ...rules, origins: [origin] })).toThrow('is no origin');
});

test('every answer carries what browsers are to refuse; a page may say its own policy; TLS alone promises TLS', async () => {
  const answer = await through(securityHeadersLayer, says('x'))(asked());
  expect(answer.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(CONTENT_SECURITY_POLICY).toMatch(/frame-ancestors 'none'/);
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/script-src[^;]*unsafe/);
  expect(answer.headers['strict-transport-security']).toBeUndefined();
  const own = await through(securityHeadersLayer, says('x', { 'content-security-policy': "default-src 'none'" }))(asked({ secure: true }));
  expect([own.headers['content-security-policy'], typeof own.headers['strict-transport-security']]).toEqual([
    "default-src 'none'",
    'string',
  ]);
});

test("a request keeps its peer's name if it is one, and gets one of ours if not; the handler sees the same", async () => {
  let count = 0;
  const told = (error: unknown) => {
    throw error;
  };
  const answering = layered([requestIdLayer(told, () => `ours-${++count}`)], ({ headers }) => says(String(headers['x-request-id']))());
  for (const [given, expected] of [
    ['their-own-1', 'their-own-1'],
    ['a b', 'ours-1'],
    ['short', 'ours-2'],
    ['x'.repeat(65), 'ours-3'],
  ] as const) {
    const answer = await answering(asked({ headers: { 'x-request-id': given } }));
    expect([answer.headers['x-request-id'], bodyOf(answer)]).toEqual([expected, expected]);
  }
});

test('layers see a request from the outside in, and its answer from the inside out', async () => {
  const order: string[] = [];
  const named =
    (name: string): Layer =>
    (next) =>
    async (request) => {
      order.push(`${name} in`);
      const answer = await next(request);
      order.push(`${name} out`);
      return answer;
    };
  await layered([named('a'), named('b')], says('x'))(asked());
  expect(order).toEqual(['a in', 'b in', 'b out', 'a out']);
});

test('a handler that throws is told under the name of its request, which the peer is given, and nothing else', async () => {
  const told: string[] = [];
  const layers = [
    securityHeadersLayer,
    requestIdLayer(
      (error, where) => told.push(`${where}: ${(error as Error).message}`),
      () => 'ours-1',
    ),
  ];
  const answer = await layered(layers, () => {
    throw new Error('inner secret');
  })(asked({ path: '/a' }));
  expect([answer.status, answer.headers['x-request-id'], answer.headers['x-content-type-options']]).toEqual([500, 'ours-1', 'nosniff']);
  expect(bodyOf(answer)).not.toContain('secret');
  expect(told).toEqual(['GET /a (request ours-1): inner secret']);
});
