// The document says what the routes do: each route, each part, each answer, by the schemas themselves.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { asked } from '#tests/http-request.ts';
import { problem as problemSchema } from '../contracts/rest.ts';
import { openApiDocument } from './openapi.ts';
import { problem, problemDocument } from './problem.ts';
import { openRouter, route } from './router.ts';

const Order = z.object({ id: z.string(), lots: z.int().positive() }).meta({ id: 'Order', description: 'an order' });
const routes = [
  route({
    route: 'GET /api/v1/orders/:id',
    summary: 'One order',
    tags: ['orders'],
    params: z.object({ id: z.string() }),
    query: z.object({ at: z.coerce.number().int().optional() }),
    out: { 200: Order },
    handle: ({ params }) => ({ status: 200, body: { id: params.id, lots: 1 } }),
  }),
  route({
    route: 'POST /api/v1/orders',
    summary: 'Send one',
    headers: z.object({ 'idempotency-key': z.string() }),
    body: Order.omit({ id: true }),
    out: { 201: Order, 204: null },
    handle: () => ({ status: 204, body: null }),
  }),
];
const document = openApiDocument(routes, { title: 'Retrace', version: '1', description: 'the gateway' });

test('every route is there under its path and method, with its parts', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(Object.entries(document.paths ?? {}).map(([path, item]) => [path, Object.keys(item as object)])).toEqual([
    ['/api/v1/orders/{id}', ['get']],
    ['/api/v1/orders', ['post']],
  ]);
  const { get } = document.paths!['/api/v1/orders/{id}']!;
  expect(get).toMatchObject({ operationId: 'getOrdersById', summary: 'One order', tags: ['orders'] });
  expect(get!.parameters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ in: 'path', name: 'id', required: true }),
      expect.objectContaining({ in: 'query', name: 'at' }),
    ]),
  );
  const { post } = document.paths!['/api/v1/orders']!;
  expect(post!.parameters).toMatchObject([{ in: 'header', name: 'idempotency-key' }]);
  expect(Object.keys(post!.responses ?? {})).toEqual(['201', '204', 'default']);
  expect(JSON.stringify(post)).toContain('application/problem+json');
});

test('named schemas are shared, and every reference leads to one', () => {
  const schemas = Object.keys(document.components?.schemas ?? {});
  expect(schemas).toEqual(expect.arrayContaining(['Order', 'Problem']));
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
  expect(references.length).toBeGreaterThan(2);
  for (const name of references) expect(schemas).toContain(name);
});

test('a refusal is what the document calls a problem', async () => {
  const given = problem(422, 'kind', 'Title', 'detail', { remedy: 'do', fields: [{ field: 'a', detail: 'b', remedy: null }] });
  expect(problemSchema.strict().parse(problemDocument(given))).toEqual(problemDocument(given));
  const answer = await openRouter(routes).answer(asked({ path: '/nowhere' }));
  expect(problemSchema.strict().safeParse(JSON.parse(String(answer.body))).success).toBe(true);
});
