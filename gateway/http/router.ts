// Which route answers a request, with its input checked and its answer held to its schema. It knows nothing of who asks: that is a layer's, and
// `admit`'s, which is asked once it is known whom a request is about.
import { z } from 'zod';
import type { Answer, Method, Request } from '../transport/server.ts';
import { readJson } from './body.ts';
import { checkInput, plainHeaders, queryOf } from './input-check.ts';
import { problem, problemAnswer, Refused } from './problem.ts';

export type RouteMethod = Exclude<Method, 'HEAD' | 'OPTIONS' | 'TRACE'>;
export type RouteName = `${RouteMethod} /${string}`;
/** A schema for each status the route answers with; null: without a body. Problems need none. */
export type Outs = Readonly<Record<number, z.ZodType | null>>;

/** Whom a request is about: whose it is (null: nobody's in particular), and whether it touches an account that trades live. */
export type About = Readonly<{ owner: string | null; live: boolean }>;
/** Throws Refused where whoever asks may not do it to that. */
export type Admit = (request: Request, about: About) => void | Promise<void>;

/** An answer that is no JSON: text, sent as it is, of the type its schema names. */
export const plainText = (type: string) => z.string().meta({ contentMediaType: type });
export const contentTypeOf = (schema: z.ZodType): string | null => {
  const type = schema.meta()?.['contentMediaType'];
  return typeof type === 'string' ? type : null;
};

type Read<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
export type Given<Params, Query, Headers, Body> = Readonly<{
  params: Read<Params>;
  query: Read<Query>;
  headers: Read<Headers>;
  body: Read<Body>;
  request: Request;
}>;
/** What is only read may be handed over as it is. */
type Told<T> = T extends object ? { readonly [Key in keyof T]: Told<T[Key]> } : T;
type Said<Out extends Outs> = {
  [Status in keyof Out & number]: Readonly<{
    status: Status;
    body: Out[Status] extends z.ZodType ? Told<z.input<Out[Status]>> : null;
    headers?: Answer['headers'];
  }>;
}[keyof Out & number];

export type RouteSpec<Params, Query, Headers, Body, Out extends Outs, Reply extends Said<Out>> = Readonly<{
  /** Such as `GET /api/v1/orders/:id`; HEAD and OPTIONS follow by themselves. */
  route: RouteName;
  summary: string;
  tags?: readonly string[];
  params?: Params;
  query?: Query;
  headers?: Headers;
  body?: Body;
  /** Of the body, in bytes, where it is less than the server's. */
  bodyCap?: number;
  out: Out;
  /** Where it is somebody's own, or may touch a live account. Null where there is no such thing: the handler says so. */
  about?(given: Given<Params, Query, Headers, Body>): About | null | Promise<About | null>;
  handle(given: Given<Params, Query, Headers, Body>): Reply | Promise<Reply>;
}>;

/** A route whose types have done their work. */
export type Route = Readonly<{
  method: RouteMethod;
  path: string;
  summary: string;
  tags: readonly string[];
  schemas: Readonly<{ params?: z.ZodType; query?: z.ZodType; headers?: z.ZodType; body?: z.ZodType }>;
  bodyCap: number | null;
  out: Outs;
  about: ((given: Given<unknown, unknown, unknown, unknown>) => About | null | Promise<About | null>) | null;
  handle(given: Given<unknown, unknown, unknown, unknown>): unknown;
}>;

export function route<
  const Out extends Outs,
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Headers extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  const Reply extends Said<Out> = Said<Out>,
>(spec: RouteSpec<Params, Query, Headers, Body, Out, Reply>): Route {
  const [method, path] = spec.route.split(' ') as [RouteMethod, string];
  const { params, query, headers, body } = spec;
  return {
    ...{ method, path, summary: spec.summary, tags: spec.tags ?? [], bodyCap: spec.bodyCap ?? null, out: spec.out },
    schemas: { ...(params && { params }), ...(query && { query }), ...(headers && { headers }), ...(body && { body }) },
    about: (spec.about ?? null) as Route['about'],
    handle: spec.handle as Route['handle'],
  };
}

type Place = { fixed: Map<string, Place>; any: Place | null; routes: Map<RouteMethod, Route> };
const newPlace = (): Place => ({ fixed: new Map(), any: null, routes: new Map() });

export type Router = Readonly<{ routes: readonly Route[]; answer(request: Request): Promise<Answer> }>;

/** `otherwise`: who answers a path no route has (static files); null: nobody, 404. `admit`: where a route says whom it is about, it must be there. */
export function openRouter(
  routes: readonly Route[],
  otherwise: ((request: Request) => Answer | Promise<Answer>) | null = null,
  admit: Admit | null = null,
): Router {
  const root = newPlace();
  const unasked = routes.find(({ about }) => about !== null);
  if (unasked !== undefined && admit === null)
    throw new Error(`${unasked.method} ${unasked.path} says whom it is about, and nobody is there to judge it`);
  for (const route of routes) place(root, route);
  return {
    routes,
    answer: async (request) => {
      try {
        const found = placeOf(root, request.path);
        if (found === null || found.routes.size === 0) return otherwise === null ? notFound(request) : await otherwise(request);
        return await answerAt(found, request, admit);
      } catch (error) {
        if (error instanceof Refused) return problemAnswer(error.problem, error.headers);
        throw error;
      }
    },
  };
}

export const notFound = ({ path }: Request): Answer =>
  problemAnswer(
    problem(404, 'not-found', 'Nothing here', `no route is at ${path}`, { remedy: 'look at the list of routes: /api/v1/openapi.json' }),
  );

/** An answer that its own schema does not take: our fault, never the peer's. */
export class AnswerUnlike extends Error {
  override readonly name = 'AnswerUnlike';
}

async function answerAt(found: Place, request: Request, admit: Admit | null): Promise<Answer> {
  const { method } = request;
  const route = found.routes.get((method === 'HEAD' ? 'GET' : method) as RouteMethod);
  if (route === undefined) {
    const allow = allowOf(found);
    if (method === 'OPTIONS') return { status: 204, headers: { allow }, body: null };
    return problemAnswer(problem(405, 'method', 'Not this way', `${method} is not taken at ${request.path}`, { remedy: `use ${allow}` }), {
      allow,
    });
  }
  const { schemas } = route;
  const given = checkInput(schemas, {
    params: paramsOf(route, request.path),
    query: queryOf(request.query),
    headers: plainHeaders(request.headers),
    body: schemas.body === undefined ? undefined : await readJson(request, Math.min(route.bodyCap ?? request.body.cap, request.body.cap)),
  });
  const read = { ...given, request } as Given<unknown, unknown, unknown, unknown>;
  const about = (await route.about?.(read)) ?? null;
  if (about !== null) await admit?.(request, about);
  const said = (await route.handle(read)) as Said<Outs>;
  return serialised(route, said);
}

function serialised(
  route: Route,
  { status, body, headers = {} }: Readonly<{ status: number; body: unknown; headers?: Answer['headers'] }>,
): Answer {
  const schema = route.out[status];
  if (schema === undefined) throw new AnswerUnlike(`${route.method} ${route.path} answers ${status}, which it does not declare`);
  if (schema === null) return { status, headers, body: null };
  const result = schema.safeParse(body);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
    throw new AnswerUnlike(`${route.method} ${route.path} answers ${status} unlike its schema: ${faults.join('; ')}`);
  }
  const type = contentTypeOf(schema);
  if (type !== null) return { status, headers: { 'content-type': type, ...headers }, body: result.data as string };
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(result.data) };
}

// ---------------------------------------------------------------- places

function place(root: Place, route: Route): void {
  let at = root;
  for (const part of partsOf(route.path)) {
    if (part.startsWith(':')) at = at.any ??= newPlace();
    else {
      let next = at.fixed.get(part);
      if (next === undefined) at.fixed.set(part, (next = newPlace()));
      at = next;
    }
  }
  if (at.routes.has(route.method)) throw new Error(`two routes are at ${route.method} ${route.path}`);
  at.routes.set(route.method, route);
}

/** A fixed word goes before a parameter, and is taken back if it leads nowhere. */
function placeOf(root: Place, path: string): Place | null {
  const parts = partsOf(path);
  const walk = (at: Place, i: number): Place | null => {
    if (i === parts.length) return at.routes.size > 0 ? at : null;
    const fixed = at.fixed.get(parts[i]!);
    return (fixed && walk(fixed, i + 1)) ?? (at.any !== null && parts[i] !== '' ? walk(at.any, i + 1) : null);
  };
  return walk(root, 0);
}

function paramsOf({ path }: Route, asked: string): Record<string, string> {
  const values = partsOf(asked);
  const params: Record<string, string> = {};
  for (const [i, part] of partsOf(path).entries()) {
    if (!part.startsWith(':')) continue;
    try {
      params[part.slice(1)] = decodeURIComponent(values[i]!);
    } catch {
      const fault = { field: `params.${part.slice(1)}`, detail: 'the percent-encoding is broken', remedy: 'encode it as UTF-8' };
      throw new Refused(problem(400, 'malformed', 'The address is malformed', fault.detail, { remedy: fault.remedy, fields: [fault] }));
    }
  }
  return params;
}

const partsOf = (path: string) => path.slice(1).split('/');
const allowOf = ({ routes }: Place) => {
  const methods = new Set<string>([...routes.keys(), 'OPTIONS']);
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort().join(', ');
};
