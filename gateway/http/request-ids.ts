// A name for each request, in the answer and in the log: the peer's own where it is one, else ours. It is nobody's proof of anything.
import { randomUUID } from 'node:crypto';
import { changedRequest, type Layer, withHeaders } from './layer.ts';

const NAME = 'x-request-id';

export const requestIdLayer =
  (newId: () => string = randomUUID): Layer =>
  (next) =>
  async (request) => {
    const given = request.headers[NAME];
    const id = given !== undefined && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : newId();
    const named = changedRequest(request, { headers: { ...request.headers, [NAME]: id } });
    return withHeaders(await next(named), { [NAME]: id });
  };
