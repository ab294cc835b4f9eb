// Layers round a handler, outermost first: each sees the request before and the answer after. It holds no rule of its own.
// The order that fits: security headers, request ids, foreign pages, rate limit, compression, tags, idempotency, and the router within.
import type { Answer, Answering, Request } from '../transport/server.ts';

export type Layer = (next: (request: Request) => Promise<Answer>) => (request: Request) => Promise<Answer>;

export const layered = (layers: readonly Layer[], answering: Answering): ((request: Request) => Promise<Answer>) =>
  layers.reduceRight<(request: Request) => Promise<Answer>>(
    (next, layer) => layer(next),
    async (request) => answering(request),
  );

/** The same answer with more headers; those it has already stay, and `vary` grows. */
export function withHeaders(answer: Answer, more: Readonly<Record<string, string>>): Answer {
  const headers: Record<string, string | readonly string[]> = { ...answer.headers };
  for (const [name, value] of Object.entries(more)) {
    const before = headers[name];
    if (name === 'vary' && typeof before === 'string') headers[name] = before.includes(value) ? before : `${before}, ${value}`;
    else if (before === undefined) headers[name] = value;
  }
  return { ...answer, headers };
}

/** What a layer found out about a request, for those within: it goes with the request, however the request is changed on its way. */
const notes = new WeakMap<Request, unknown>();
export const note = (request: Request, found: unknown): void => void notes.set(request, found);
export const noteOf = (request: Request): unknown => notes.get(request);

/** The same request with other headers, or a body that was read already. The signal is asked for only when someone wants it. */
export function changedRequest(
  request: Request,
  { headers = request.headers, body = request.body }: Partial<Pick<Request, 'headers' | 'body'>>,
): Request {
  const { method, path, query, remote, secure } = request;
  const changed: Request = {
    ...{ method, path, query, headers, remote, secure, body },
    get signal() {
      return request.signal;
    },
  };
  if (notes.has(request)) notes.set(changed, notes.get(request));
  return changed;
}
