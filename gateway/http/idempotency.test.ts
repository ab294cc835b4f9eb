// A write under one key is done once, whatever comes twice, at once, late or broken; memory is bounded and nothing is forgotten early.
import { expect, test } from 'vitest';
import type { Answer } from '#gateway/transport/server.ts';
import { asked, bodyOf, json, problemOf } from '#tests/http-request.ts';
import { IDEMPOTENCY_LIMITS, type IdempotencyLimits, IdempotencyStore, idempotencyLayer } from './idempotency.ts';
import { layered } from './layer.ts';

function place({
  limits = {},
  answer = () => ({}),
}: {
  limits?: Partial<IdempotencyLimits>;
  answer?: (done: number) => Partial<Answer> | Promise<Partial<Answer>>;
} = {}) {
  const at = { now: 0, done: 0 };
  const store = new IdempotencyStore({ ...IDEMPOTENCY_LIMITS, ...limits }, () => at.now);
  const layer = idempotencyLayer(
    store,
    ({ headers }) => headers['authorization'] ?? '',
    ({ path }) => path === '/must',
  );
  const answering = layered([layer], async ({ body }) => {
    at.done++;
    const said = Buffer.from(await body.bytes()).toString();
    return { status: 201, headers: { location: `/orders/${at.done}` }, body: `did ${said}`, ...(await answer(at.done)) };
  });
  const post = (key: string, value: unknown = 1, headers: Record<string, string> = {}, path = '/orders') =>
    answering(json('POST', path, value, { 'idempotency-key': key, ...headers }));
  return { at, store, answering, post };
}
const KEY = 'key-00001';

test('the same write again gets the first answer and does nothing', async () => {
  const { at, post } = place();
  const first = await post(KEY);
  const again = await post(KEY);
  expect([at.done, bodyOf(first), bodyOf(again), again.status, again.headers['location']]).toEqual([1, 'did 1', 'did 1', 201, '/orders/1']);
  expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
});

test('another body under the key is refused; another person, path or key is another write', async () => {
  const { at, post } = place();
  await post(KEY);
  const other = await post(KEY, 2);
  expect([other.status, problemOf(other).fields[0]?.field, at.done]).toEqual([422, 'headers.idempotency-key', 1]);
  await post(KEY, 1, { authorization: 'b' });
  await post(KEY, 1, {}, '/elsewhere');
  await post('key-00002');
  expect(at.done).toBe(4);
});

test('the same write while the first is under way is told to wait, and then gets its answer', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const { at, post } = place({ answer: () => held.then(() => ({})) });
  const first = post(KEY);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const early = await post(KEY);
  expect([early.status, early.headers['retry-after']]).toEqual([409, '1']);
  release();
  await first;
  expect([(await post(KEY)).status, at.done]).toEqual([201, 1]);
});

test('a write that broke half-way is not done again under its key', async () => {
  const { at, post } = place({ answer: () => Promise.reject(new Error('broke')) });
  await expect(post(KEY)).rejects.toThrow('broke');
  const again = await post(KEY);
  expect([again.status, problemOf(again).type, at.done]).toEqual([500, '/problems/idempotency-broke-off', 1]);
});

test('a refusal that did nothing frees its key; one about the content keeps it', async () => {
  for (const [status, done] of [
    [401, 2],
    [429, 2],
    [503, 2],
    [422, 1],
    [409, 1],
  ]) {
    const { at, post } = place({ answer: () => ({ status: status! }) });
    await post(KEY);
    await post(KEY);
    expect([status, at.done]).toEqual([status, done]);
  }
});

test('answers are kept for their time, in bounded memory, and none is forgotten early for a new one', async () => {
  const { at, post, store } = place({ limits: { keptMs: 1_000, keys: 3 } });
  for (const key of ['key-00001', 'key-00002', 'key-00003']) await post(key);
  expect([(await post('key-00004')).status, (await post('key-00001')).status, store.size]).toEqual([503, 201, 3]);
  at.now = 1_000;
  expect([(await post('key-00004')).status, store.size, at.done]).toEqual([201, 1, 4]);
  await post('key-00001');
  expect(at.done).toBe(5);
  const large = place({ limits: { bytes: 5_000 }, answer: () => ({ body: 'x'.repeat(2_000) }) });
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await large.post(`key-0000${i}`)).status);
  expect(statuses).toEqual([201, 201, 201, 503, 503]);
  large.at.now = IDEMPOTENCY_LIMITS.keptMs;
  expect([(await large.post('key-00009')).status, large.store.bytes < 2_500]).toEqual([201, true]);
});

test('reads pass, keys have a form, and where one is due its absence is told', async () => {
  const { answering, post, at } = place();
  await answering(asked({ headers: { 'idempotency-key': KEY } }));
  await answering(asked({ headers: { 'idempotency-key': KEY } }));
  expect(at.done).toBe(2);
  for (const key of ['short', 'with space', 'x'.repeat(129)]) expect((await post(key)).status).toBe(400);
  const missing = await answering(json('POST', '/must', 1));
  expect([missing.status, problemOf(missing).remedy !== null]).toEqual([400, true]);
  expect((await answering(json('POST', '/orders', 1))).status).toBe(201);
});

test('of those nobody knows no key is kept, and what must always be done is done when no more keys can be', async () => {
  const at = { done: 0 };
  const store = new IdempotencyStore({ ...IDEMPOTENCY_LIMITS, keys: 2 }, () => 0);
  const layer = idempotencyLayer(
    store,
    ({ headers }) => headers['authorization'] ?? null,
    () => false,
    ({ path }) => path === '/kill',
  );
  const answering = layered([layer], async ({ body }) => ({
    status: 200,
    headers: {},
    body: `did ${++at.done} ${Buffer.from(await body.bytes())}`,
  }));
  const post = (key: string, path: string, headers: Record<string, string> = {}) =>
    answering(json('POST', path, 1, { 'idempotency-key': key, ...headers }));
  for (let n = 0; n < 20; n++) await post(`stranger-${n}`, '/orders');
  expect([at.done, store.size]).toEqual([20, 0]);
  const known = { authorization: 'a' };
  for (const key of ['key-00001', 'key-00002']) await post(key, '/orders', known);
  expect((await post('key-00003', '/orders', known)).status).toBe(503);
  expect([bodyOf(await post('key-00003', '/kill', known)), store.size]).toEqual(['did 23 1', 2]);
});
