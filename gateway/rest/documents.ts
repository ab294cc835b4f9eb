/** The API as documents, for people and for programs: OpenAPI, AsyncAPI, and a plain page over the first. They say what the routes say, and no more. */
import { z } from 'zod';
import { type ApiTitle, openApiDocument } from '../http/openapi.ts';
import { plainText, type Route, route } from '../http/router.ts';
import { PAGE_HTML, PAGE_STYLE } from './api-page.ts';
import { PAGE_SCRIPT } from './api-page-script.ts';
import { asyncApiDocument } from './asyncapi.ts';

export const titleOf = (version: string): ApiTitle => ({
  title: 'Retrace',
  version,
  description:
    'A trading desk whose live days can be run again, exactly. Prices, lots and money are decimal text; times are microseconds since 1970 unless a field says ISO.',
});

/** Of all routes there are, these among them. */
export function documentRoutes(routes: () => readonly Route[], version: string): Route[] {
  const tags = ['documents'];
  let openApi: ReturnType<typeof openApiDocument> | null = null;
  let asyncApi: ReturnType<typeof asyncApiDocument> | null = null;
  const json = z.looseObject({});
  return [
    route({
      ...{ route: 'GET /api/v1/openapi.json', summary: 'This API, as OpenAPI 3.1', tags, out: { 200: json } },
      handle() {
        openApi ??= openApiDocument(routes(), titleOf(version));
        return { status: 200, body: openApi as unknown as Record<string, unknown> };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/asyncapi.json', summary: 'The WebSocket, as AsyncAPI 3.0', tags, out: { 200: json } },
      handle() {
        asyncApi ??= asyncApiDocument(titleOf(version));
        return { status: 200, body: asyncApi as unknown as Record<string, unknown> };
      },
    }),
    file('GET /api', 'This API, as a page', 'text/html; charset=utf-8', PAGE_HTML),
    file('GET /api/page.css', 'Of the page', 'text/css; charset=utf-8', PAGE_STYLE),
    file('GET /api/page.js', 'Of the page', 'text/javascript; charset=utf-8', PAGE_SCRIPT),
  ];
}

const file = (name: 'GET /api' | 'GET /api/page.css' | 'GET /api/page.js', summary: string, type: string, text: string): Route =>
  route({
    ...{ route: name, summary, tags: ['documents'], out: { 200: plainText(type) } },
    handle: () => ({ status: 200, body: text, headers: { 'cache-control': 'no-cache' } }),
  });
