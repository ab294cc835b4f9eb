// Which foreign pages may read answers. Nobody, unless the settings name them; a star is not to be had, because answers depend on who asks.

import { type Layer, withHeaders } from './layer.ts';
import { problem, problemAnswer } from './problem.ts';

export type CorsRules = Readonly<{
  /** Whole origins, such as `https://desk.example`. */
  origins: readonly string[];
  methods: readonly string[];
  requestHeaders: readonly string[];
  /** Headers of ours their script may read. */
  shownHeaders: readonly string[];
  /** Whether their cookies are sent along. */
  credentials: boolean;
  maxAgeS: number;
}>;

export const NO_CORS: CorsRules = {
  origins: [],
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  requestHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'x-request-id'],
  shownHeaders: ['etag', 'idempotency-replayed', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
  credentials: false,
  maxAgeS: 600,
};

export function corsLayer(rules: CorsRules): Layer {
  for (const origin of rules.origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new Error(`${JSON.stringify(origin)} is no origin: write scheme, host and port only, such as https://desk.example`);
  return (next) => async (request) => {
    const origin = request.headers['origin'];
    const asks = request.method === 'OPTIONS' ? request.headers['access-control-request-method'] : undefined;
    if (origin === undefined) return vary(await next(request), rules);
    const allowed = rules.origins.includes(origin);
    if (asks !== undefined) return allowed ? preflight(rules, origin) : vary(refused(origin), rules);
    const answer = vary(await next(request), rules);
    return allowed
      ? withHeaders(answer, { ...grant(rules, origin), 'access-control-expose-headers': rules.shownHeaders.join(', ') })
      : answer;
  };
}

const vary = <T extends Parameters<typeof withHeaders>[0]>(answer: T, { origins }: CorsRules) =>
  origins.length === 0 ? answer : withHeaders(answer, { vary: 'origin' });

const grant = ({ credentials }: CorsRules, origin: string) => ({
  'access-control-allow-origin': origin,
  ...(credentials ? { 'access-control-allow-credentials': 'true' } : {}),
});

const preflight = (rules: CorsRules, origin: string) => ({
  status: 204,
  headers: {
    ...grant(rules, origin),
    'access-control-allow-methods': rules.methods.join(', '),
    'access-control-allow-headers': rules.requestHeaders.join(', '),
    'access-control-max-age': String(rules.maxAgeS),
    vary: 'origin, access-control-request-method, access-control-request-headers',
  },
  body: null,
});

const refused = (origin: string) =>
  problemAnswer(
    problem(403, 'origin-refused', 'This page may not ask', `the origin ${origin} is not allowed here`, {
      remedy: 'allow its origin in the settings',
    }),
  );
