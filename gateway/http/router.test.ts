// What a route lets in and out: input by schema with every fault named, answers held to their schema, and paths that find their one place.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { asked, bodyOf, json, problemOf } from '#tests/http-request.ts';
import { AnswerUnlike, openRouter, type RouteName, route } from './router.ts';

const Order = z.object({ id: z.string(), lots: z.int().positive(), side: z.enum(['buy', 'sell']) });
const seen: unknown[] = [];
const router = openRouter([
  route({
    route: 'GET /api/v1/orders/:id',
    summary: 'one order',
    params: z.object({ id: z.string().min(2) }),
    query: z.object({ at: z.coerce.number().int().optional() }),
    out: { 200: Order },
    handle: ({ params, query }) => {
      seen.push(query);
      return { status: 200, body: { id: params.id, lots: 1, side: 'buy' } };
    },
  }),
  route({
    route: 'POST /api/v1/orders',
    summary: 'send one',
    body: Order.omit({ id: true }).strict(),
    bodyCap: 60,
    out: { 201: Order, 204: null },
    handle: ({ body }) =>
      body.lots === 9 ? { status: 204, body: null } : { status: 201, body: { id: 'new', ...body }, headers: { location: '/x' } },
  }),
  route({ route: 'GET /api/v1/orders/open', summary: 'fixed', out: { 200: z.string() }, handle: () => ({ status: 200, body: 'open' }) }),
  route({
    route: 'GET /api/v1/wrong',
    summary: 'says what it may not',
    out: { 200: z.object({ shown: z.int() }) },
    handle: ({ request }) =>
      request.headers['x-hidden'] === undefined
        ? { status: 200, body: JSON.parse('{"shown":"x"}') }
        : { status: 200, body: { shown: 1, hidden: 'secret' } as { shown: number } },
  }),
]);

test('a route is given what its schemas made of the request', async () => {
  const answer = await router.answer(asked({ path: '/api/v1/orders/a%2Fb', query: 'at=5' }));
  expect([answer.status, JSON.parse(bodyOf(answer)), seen.pop()]).toEqual([200, { id: 'a/b', lots: 1, side: 'buy' }, { at: 5 }]);
  const made = await router.answer(json('POST', '/api/v1/orders', { lots: 2, side: 'sell' }));
  expect([made.status, made.headers['location'], JSON.parse(bodyOf(made))]).toEqual([201, '/x', { id: 'new', lots: 2, side: 'sell' }]);
  expect(await router.answer(json('POST', '/api/v1/orders', { lots: 9, side: 'sell' }))).toMatchObject({ status: 204, body: null });
});

test('every fault is told at once, with its field and what would do', async () => {
  const answer = await router.answer(json('POST', '/api/v1/orders', { lots: -1, side: 'hold', price: 5 }));
  expect([answer.status, answer.headers['content-type']]).toEqual([422, 'application/problem+json']);
  expect(Object.fromEntries(problemOf(answer).fields.map(({ field, remedy }) => [field, remedy]))).toEqual({
    'body.lots': 'more than 0',
    'body.side': 'one of "buy", "sell"',
    'body.price': 'leave it away, or correct its name',
  });
  const two = problemOf(await router.answer(asked({ path: '/api/v1/orders/a', query: 'att=5' })));
  expect(two.fields.map(({ field }) => field).sort()).toEqual(['params.id', 'query.att']);
  expect((await router.answer(asked({ path: '/api/v1/orders/open', query: 'x=1' }))).status).toBe(422);
});

test('bodies that are no JSON, too large, or of another type are told apart', async () => {
  const post = (body: string | Uint8Array, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    router.answer(asked({ method: 'POST', path: '/api/v1/orders', body, headers })).then(({ status }) => status);
  expect(await post('{')).toBe(400);
  expect(await post('')).toBe(400);
  expect(await post(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toBe(400);
  expect(await post(JSON.stringify({ lots: 1, side: 'buy', x: 'x'.repeat(60) }))).toBe(413);
  expect(await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
  expect(await post('{}', {})).toBe(415);
  expect(await post('{}', { 'content-type': 'application/json; charset=utf-16' })).toBe(415);
  expect(await post('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).toBe(415);
  expect(await post('{"lots":1,"side":"buy"}', { 'content-type': 'Application/JSON; Charset="UTF-8"' })).toBe(201);
});

test('404 for no place, 405 with what is allowed there, OPTIONS tells it, HEAD is a GET', async () => {
  const ask = async (method: 'GET' | 'HEAD' | 'OPTIONS' | 'DELETE' | 'TRACE', path: string) => {
    const { status, headers } = await router.answer(asked({ method, path }));
    return [status, headers['allow']];
  };
  for (const path of ['/', '/api/v1/orders/', '/api/v1/order', '/api/v1/orders/a/b', '//api/v1/orders', '/api/v1/orders/open/'])
    expect([path, ...(await ask('GET', path))]).toEqual([path, 404, undefined]);
  expect(await ask('DELETE', '/api/v1/orders')).toEqual([405, 'OPTIONS, POST']);
  expect(await ask('TRACE', '/api/v1/orders/ab')).toEqual([405, 'GET, HEAD, OPTIONS']);
  expect(await ask('OPTIONS', '/api/v1/orders/ab')).toEqual([204, 'GET, HEAD, OPTIONS']);
  expect(await ask('HEAD', '/api/v1/orders/ab')).toEqual([200, undefined]);
  expect(bodyOf(await router.answer(asked({ path: '/api/v1/orders/open' })))).toBe('"open"');
  expect((await router.answer(asked({ path: '/api/v1/orders/%ff' }))).status).toBe(400);
});

test('an answer unlike its schema never leaves, and what the schema does not name is left out', async () => {
  await expect(router.answer(asked({ path: '/api/v1/wrong' }))).rejects.toThrow(AnswerUnlike);
  await expect(router.answer(asked({ path: '/api/v1/wrong' }))).rejects.toThrow(
    /GET \/api\/v1\/wrong answers 200 unlike its schema: shown/,
  );
  expect(bodyOf(await router.answer(asked({ path: '/api/v1/wrong', headers: { 'x-hidden': '1' } })))).toBe('{"shown":1}');
});

test('any set of routes: each path finds the route with the most fixed words from the left, or none', async () => {
  const part = fc.constantFrom('a', 'b', ':p');
  const paths = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 8,
    selector: (parts) => parts.join('/'),
  });
  await fc.assert(
    fc.asyncProperty(paths, fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }), async (shapes, words) => {
      const own = openRouter(
        shapes.map((shape) =>
          route({
            route: `GET /${shape.join('/')}` as RouteName,
            summary: '',
            params: z.object({ p: z.string().optional() }),
            out: { 200: z.string() },
            handle: () => ({ status: 200, body: shape.join('/') }),
          }),
        ),
      );
      const fits = shapes.filter((shape) => shape.length === words.length && shape.every((one, i) => one === ':p' || one === words[i]));
      const rank = (shape: string[]) => shape.map((one) => (one === ':p' ? '1' : '0')).join('');
      const best = fits.sort((x, y) => (rank(x) < rank(y) ? -1 : 1))[0];
      const answer = await own.answer(asked({ path: `/${words.join('/')}` }));
      expect(answer.status === 404 ? undefined : JSON.parse(bodyOf(answer))).toBe(best?.join('/'));
    }),
  );
});

test('two routes at one place are refused when the router is made', () => {
  const one = route({
    route: 'GET /a/:x',
    summary: '',
    params: z.object({ x: z.string() }),
    out: { 204: null },
    handle: () => ({ status: 204, body: null }),
  });
  expect(() => openRouter([one, { ...one, path: '/a/:y' }])).toThrow('two routes are at GET /a/:y');
});

test('a handler is held to its answers where it is written', () => {
  const out = { 200: z.object({ lots: z.int() }), 204: null } as const;
  const one = { route: 'GET /a', summary: '', out } as const;
  route({ ...one, handle: () => ({ status: 200, body: { lots: 1 } }) });
  // @ts-expect-error: a body unlike its schema
  route({ ...one, handle: () => ({ status: 200, body: { lots: 'one' } }) });
  // @ts-expect-error: a status it does not declare
  route({ ...one, handle: () => ({ status: 201, body: { lots: 1 } }) });
  // @ts-expect-error: a body where there is none
  route({ ...one, handle: () => ({ status: 204, body: { lots: 1 } }) });
});
