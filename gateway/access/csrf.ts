/**
 * Whether a request that comes with a cookie was made by our own page. Two proofs, each enough against a page of somebody else: where the
 * browser says it comes from, and a token that only our page could read.
 */
import { type Refusal, refusal } from './refusals.ts';
import { isUnsafe, type RequestFacts } from './request.ts';
import { derived, same } from './secrets.ts';

export const CSRF_HEADER = 'x-csrf-token';
/** A page cannot set headers of a WebSocket; it offers the token as a protocol of this beginning, beside the real one. */
export const CSRF_PROTOCOL = 'csrf.';

/** Bound to the session by its secret: nothing to keep, and a new session has a new one. */
export const csrfToken = (sessionSecret: string): string => derived(sessionSecret, 'csrf');

/** Null: it was ours. `secret` null: nobody is signed in, so only the place is looked at. */
export function foreignRequest(request: RequestFacts, secret: string | null, origins: readonly string[]): Refusal | null {
  if (!isUnsafe(request) && !request.upgrade) return null;
  const { headers } = request;
  const origin = headers['origin'];
  const site = headers['sec-fetch-site'];
  const elsewhere = (what: string) =>
    refusal(403, 'elsewhere', `${what}, and only pages of this gateway may`, `open it at ${origins[0] ?? 'its own address'}`);
  if (origin !== undefined && !origins.includes(origin)) return elsewhere('a page of another origin sent this');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return elsewhere('the browser says that another site sent this');
  if (secret === null) return null;
  if (origin === undefined && (request.upgrade || site !== 'same-origin')) return elsewhere('it does not say which page sent it');
  const given = request.upgrade ? protocolToken(headers['sec-websocket-protocol']) : headers[CSRF_HEADER];
  if (given !== undefined && same(given, csrfToken(secret))) return null;
  const how = request.upgrade ? `offer the protocol ${CSRF_PROTOCOL}<token>` : `send it as ${CSRF_HEADER}`;
  return refusal(
    403,
    'csrf',
    `the token of this session is ${given === undefined ? 'missing' : 'wrong'}`,
    `${how}; GET /api/v1/session tells it`,
  );
}

function protocolToken(header: string | undefined): string | undefined {
  const offered = (header ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(CSRF_PROTOCOL));
  return offered.length === 1 ? offered[0]!.slice(CSRF_PROTOCOL.length) : undefined;
}
