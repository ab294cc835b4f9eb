// The OpenAPI 3.1 document of a router's routes, from the very schemas that check them. It invents no sentence about a route.
import type { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { problem } from '../contracts/rest.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { contentTypeOf, type Route } from './router.ts';

export type ApiTitle = Readonly<{ title: string; version: string; description: string }>;

/** A page of the gateway has its cookie instead; who may what without either is told by a refusal. */
const SCHEMES = { bearer: { type: 'http', scheme: 'bearer', description: 'a token: npx retrace token new' } } as const;

export function openApiDocument(routes: readonly Route[], info: ApiTitle): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z0-9_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  const components = { securitySchemes: SCHEMES };
  return createDocument(
    { openapi: '3.1.0', info, paths, components, security: [{ bearer: [] }] },
    {
      override({ jsonSchema, zodSchema }) {
        // a list of fixed places is told by what may stand in any of them: readers of 3.1 differ in how they take the exact form
        if (zodSchema._zod.def.type !== 'tuple') return;
        const places = (jsonSchema.prefixItems ?? jsonSchema.items) as (typeof jsonSchema)[];
        delete jsonSchema.prefixItems;
        jsonSchema.items = { anyOf: places };
        jsonSchema.minItems = places.length;
        jsonSchema.maxItems = places.length;
      },
    },
  );
}

function operation({ method, path, summary, tags, schemas, out }: Route): ZodOpenApiOperationObject {
  const problems = { description: 'a refusal', content: { [PROBLEM_TYPE]: { schema: problem } } };
  const answers = Object.entries(out).map(([status, schema]) => [
    status,
    schema === null
      ? { description: 'done' }
      : { description: schema.description ?? 'the answer', content: { [contentTypeOf(schema) ?? 'application/json']: { schema } } },
  ]);
  const part = (schema: z.ZodType | undefined) => schema as z.ZodObject | undefined;
  const { params, query, headers, body } = schemas;
  return {
    operationId: nameOf(method, path),
    summary,
    ...(tags.length > 0 ? { tags: [...tags] } : {}),
    requestParams: {
      ...(params && { path: part(params)! }),
      ...(query && { query: part(query)! }),
      ...(headers && { header: part(headers)! }),
    },
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    responses: { ...Object.fromEntries(answers), default: problems },
  };
}

/** `GET /api/v1/orders/:id` is `getOrdersById`; what lies outside of it is `getRootMetrics`. */
function nameOf(method: string, path: string): string {
  const words = (path.startsWith('/api/v1/') ? path : `/root${path}`)
    .split('/')
    .filter((part) => part !== '' && part !== 'api' && !/^v\d+$/.test(part))
    .map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part));
  const name = words.flatMap((word) => word.split(/[^A-Za-z0-9]+/)).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${method.toLowerCase()}${name.join('')}`;
}
