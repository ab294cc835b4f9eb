// A name for each request, in the answer and in the log: the peer's own where it is one, else ours. A failure is told and answered under that name.
// It is nobody's proof of anything.
import { randomUUID } from 'node:crypto';
import { broken } from '../transport/request-rules.ts';
import { RequestAborted } from '../transport/server.ts';
import { changedRequest, type Layer, withHeaders } from './layer.ts';

const NAME = 'x-request-id';

/** `failed`: where an error of a handler is told, with the request's name in `where`. */
export const requestIdLayer =
  (failed: (error: unknown, where: string) => void, newId: () => string = randomUUID): Layer =>
  (next) =>
  async (request) => {
    const given = request.headers[NAME];
    const id = given !== undefined && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : newId();
    const named = changedRequest(request, { headers: { ...request.headers, [NAME]: id } });
    try {
      return withHeaders(await next(named), { [NAME]: id });
    } catch (error) {
      if (error instanceof RequestAborted) throw error; // nobody is there to answer
      failed(error, `${request.method} ${request.path} (request ${id})`);
      return withHeaders(broken(), { [NAME]: id });
    }
  };
