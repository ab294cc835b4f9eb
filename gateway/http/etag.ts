// Answers a peer already has are not sent again: a weak tag of the bytes before they are compressed. It caches nothing itself.
import { createHash } from 'node:crypto';
import type { Answer } from '../transport/server.ts';
import type { Layer } from './layer.ts';

export const etagLayer: Layer = (next) => async (request) => {
  const answer = await next(request);
  if ((request.method !== 'GET' && request.method !== 'HEAD') || answer.status !== 200) return answer;
  const said = answer.headers['etag'];
  const tag = typeof said === 'string' ? said : taggable(answer) ? etagOf(answer.body) : null;
  if (tag === null) return answer;
  if (tagMatches(request.headers['if-none-match'], tag)) return notModified(answer, tag);
  return { ...answer, headers: { ...answer.headers, etag: tag } };
};

export const etagOf = (body: Uint8Array | string) => `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

/** Weakly compared, as a GET asks. */
export function tagMatches(asked: string | undefined, tag: string): boolean {
  if (asked === undefined) return false;
  const bare = (one: string) => one.trim().replace(/^W\//, '');
  return asked.trim() === '*' || asked.split(',').some((one) => bare(one) === bare(tag));
}

/** What a 200 would have said of itself, without the body. */
export function notModified({ headers }: Answer, tag: string): Answer {
  const kept = Object.entries(headers).filter(([name]) => !/^content-(type|encoding|disposition)$/i.test(name));
  return { status: 304, headers: { ...Object.fromEntries(kept), etag: tag }, body: null };
}

const taggable = (answer: Answer): answer is Answer & { body: Uint8Array | string } =>
  (typeof answer.body === 'string' || answer.body instanceof Uint8Array) && !/no-store/.test(String(answer.headers['cache-control'] ?? ''));
