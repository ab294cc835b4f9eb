// What no handler gets to see: requests that two readers could read in two ways, or that are too large. Both drivers ask it, so both
// refuse the same. It never looks at what a path means.
import { problem, problemAnswer } from '../http/problem.ts';
import {
  type Answer,
  type Headers,
  type HostRule,
  MAX_HEAD_BYTES,
  MAX_HEADERS,
  type Method,
  type OriginRule,
  type Request,
} from './server.ts';

/** `cut`: not worth an answer; the connection ends. An answer ends it too. */
export type Verdict = Readonly<{ pass: Method }> | 'cut' | Answer;

export type Head = Readonly<{ method: string; path: string; query: string; pairs: readonly (readonly [name: string, value: string])[] }>;

const METHODS: ReadonlySet<string> = new Set<Method>(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);
const ONCE = new Set(['host', 'origin', 'authorization', 'content-type', 'idempotency-key']);

export function judgeHead({ method, path, query, pairs }: Head): Verdict {
  if (!METHODS.has(method) || !/^\/[\x21-\x7e]*$/.test(path) || !/^[\x21-\x7e]*$/.test(query) || pairs.length > MAX_HEADERS) return 'cut';
  let bytes = method.length + path.length + query.length;
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    bytes += name.length + value.length + 4;
    const framing = name === 'content-length' || name === 'transfer-encoding';
    if (framing && (seen.has(name) || !(name === 'content-length' ? /^\d{1,15}$/ : /^chunked$/i).test(value))) return 'cut';
    if (ONCE.has(name) && seen.has(name)) return malformed(`the header ${name} is sent more than once`, `send ${name} once`);
    seen.add(name);
  }
  if (!seen.has('host') || (seen.has('content-length') && seen.has('transfer-encoding'))) return 'cut';
  if (bytes > MAX_HEAD_BYTES)
    return refusal(
      431,
      'head-too-large',
      'The request head is too large',
      `the line and headers are over ${MAX_HEAD_BYTES} bytes`,
      'send fewer cookies and shorter headers',
    );
  if (path.includes('#') || query.includes('#')) return malformed('the address holds a `#`', 'leave the fragment away, or write %23');
  return { pass: method as Method };
}

/** Both drivers see the same value: bytes beyond ASCII depend on who decodes them, and one driver trims them at the end. */
export const headersOf = (pairs: Head['pairs']): Headers => {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
};

export const cleanValue = (value: string) => value.replace(/[^\x21-\x7e]+$/, '').replace(/[^\t\x20-\x7e]+/g, '?');

export const hasBody = (headers: Headers) => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

export const declaredLength = (headers: Headers) => (headers['content-length'] === undefined ? null : Number(headers['content-length']));

export function judgeHost(headers: Headers, hosts: HostRule): Answer | null {
  const host = headers['host'] ?? '';
  if (hosts === 'any' || hosts.includes(host.replace(/:\d*$/, '').toLowerCase())) return null;
  return refusal(
    421,
    'other-host',
    'Not this server',
    `this server does not go by the name ${host}`,
    'use one of its own names, or add this one in its settings',
  );
}

// ---------------------------------------------------------------- upgrades

/** Null: a handshake that may be decided on. */
export function judgeHandshake({ method, headers }: Request): Answer | null {
  const asks = headers['upgrade']?.toLowerCase() === 'websocket' && /(^|,)\s*upgrade\s*(,|$)/i.test(headers['connection'] ?? '');
  const key = /^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '');
  if (method === 'GET' && asks && key && headers['sec-websocket-version'] === '13') return null;
  return problemAnswer(
    problem(
      426,
      'websocket-only',
      'Here is a WebSocket',
      'this address speaks WebSocket, version 13, and the request is no handshake for it',
      {
        remedy: 'connect with a WebSocket client',
      },
    ),
    { upgrade: 'websocket', 'sec-websocket-version': '13' },
  );
}

export function judgeOrigin({ headers, secure }: Request, rule: OriginRule): Answer | null {
  const origin = headers['origin'];
  if (origin === undefined) return null;
  const allowed = rule === 'same host' ? origin === `${secure ? 'https' : 'http'}://${headers['host']}` : rule.includes(origin);
  if (allowed) return null;
  return refusal(
    403,
    'origin-refused',
    'This page may not connect',
    `the origin ${origin} is not allowed here`,
    'open the page from this server, or allow its origin',
  );
}

export const tooBusy = () =>
  refusal(503, 'too-busy', 'Too many at once', 'this server has as many connections under way as it takes', 'try again in a moment', {
    'retry-after': '1',
  });
export const leaving = () =>
  refusal(503, 'shutting-down', 'Shutting down', 'this server takes nothing new', 'try again when it is back', { 'retry-after': '5' });
export const broken = () =>
  refusal(
    500,
    'broken',
    'Something broke here',
    'the server failed at this request; its log says how',
    'try again, and tell who runs it if it stays',
  );

const malformed = (detail: string, remedy: string) => refusal(400, 'malformed', 'The request is malformed', detail, remedy);
const refusal = (status: number, kind: string, title: string, detail: string, remedy: string, headers = {}) =>
  problemAnswer(problem(status, kind, title, detail, { remedy }), headers);
