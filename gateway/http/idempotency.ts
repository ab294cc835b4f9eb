// A write sent twice under one Idempotency-Key is done once: the second gets the first's answer. Answers are kept for a while and in bounded memory;
// when that is full, a new key is refused rather than an old one forgotten. The clock is handed in.
import { createHash } from 'node:crypto';
import type { Answer, Request, RequestBody } from '../transport/server.ts';
import { readBytes } from './body.ts';
import { changedRequest, type Layer, withHeaders } from './layer.ts';
import { problem, problemAnswer, Refused } from './problem.ts';

export type IdempotencyLimits = Readonly<{ keptMs: number; keys: number; bytes: number }>;
export const IDEMPOTENCY_LIMITS: IdempotencyLimits = { keptMs: 24 * 3_600_000, keys: 10_000, bytes: 16 * 1024 * 1024 };

/** What one entry costs beside its answer. */
const ENTRY_BYTES = 256;

type Entry = { bodyHash: string; until: number; answer: Answer | null; bytes: number };
export type Claim = 'new' | 'under way' | 'other body' | 'full' | Readonly<{ answer: Answer }>;

export class IdempotencyStore {
  readonly #limits: IdempotencyLimits;
  readonly #nowMs: () => number;
  /** In the order in which they end. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limits: IdempotencyLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#entries.size;
  }
  get bytes(): number {
    return this.#bytes;
  }

  claim(key: string, bodyHash: string): Claim {
    const now = this.#nowMs();
    for (const [old, entry] of this.#entries) {
      if (entry.answer !== null && entry.until <= now) this.forget(old);
      else if (entry.until > now) break;
    }
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      if (entry.bodyHash !== bodyHash) return 'other body';
      return entry.answer === null ? 'under way' : { answer: entry.answer };
    }
    const { keys, bytes, keptMs } = this.#limits;
    if (this.#entries.size >= keys || this.#bytes + ENTRY_BYTES > bytes) return 'full';
    this.#entries.set(key, { bodyHash, until: now + keptMs, answer: null, bytes: ENTRY_BYTES });
    this.#bytes += ENTRY_BYTES;
    return 'new';
  }

  /** An answer counts towards the bytes even beyond the limit: it was given, and the next new key is refused instead. */
  keep(key: string, answer: Answer): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const size =
      answer.body === null ? 0 : typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : (answer.body as Uint8Array).length;
    entry.answer = answer;
    entry.bytes += size;
    this.#bytes += size;
  }

  forget(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * `whoOf`: whose key it is, so that nobody is given another's answer; of whom nobody knows, none is kept. `required`: which writes may not come
 * without a key. `always`: which are done also when no more keys can be remembered, because they take risk away and are known by their key elsewhere.
 */
export const idempotencyLayer =
  (
    store: IdempotencyStore,
    whoOf: (request: Request) => string | null,
    required: (request: Request) => boolean = () => false,
    always: (request: Request) => boolean = () => false,
  ): Layer =>
  (next) =>
  async (request) => {
    const key = request.headers['idempotency-key'];
    if (!WRITES.has(request.method)) return next(request);
    if (key === undefined) return required(request) ? problemAnswer(missing()) : next(request);
    if (!/^[\x21-\x7e]{8,128}$/.test(key)) return problemAnswer(malformed());
    const who = whoOf(request);
    if (who === null) return next(request);
    let bytes: Uint8Array;
    try {
      bytes = await readBytes(request);
    } catch (error) {
      if (error instanceof Refused) return problemAnswer(error.problem, error.headers);
      throw error;
    }
    const name = JSON.stringify([who, request.method, request.path, key]);
    const claim = store.claim(name, hashOf(request, bytes));
    if (claim === 'under way') return problemAnswer(underWay(), { 'retry-after': '1' });
    if (claim === 'other body') return problemAnswer(otherBody());
    if (claim === 'full' && always(request)) return next(changedRequest(request, { body: readAlready(request.body, bytes) }));
    if (claim === 'full') return problemAnswer(full(), { 'retry-after': '60' });
    if (claim !== 'new') return withHeaders(claim.answer, { 'idempotency-replayed': 'true' });
    let answer: Answer;
    try {
      answer = await next(changedRequest(request, { body: readAlready(request.body, bytes) }));
    } catch (error) {
      // Nobody knows what was done before it broke: the same key may not do it again.
      store.keep(name, problemAnswer(brokeOff()));
      throw error;
    }
    const stored = answer.body === null || typeof answer.body === 'string' || answer.body instanceof Uint8Array;
    if (stored && !isRetryable(answer.status)) store.keep(name, answer);
    else store.forget(name);
    return answer;
  };

/** Refused before anything was done: the same key may try again. */
const isRetryable = (status: number) => status === 401 || status === 403 || status === 408 || status === 429 || status === 503;

const hashOf = ({ query, headers }: Request, bytes: Uint8Array) =>
  createHash('sha256')
    .update(JSON.stringify([query, headers['content-type'] ?? '']))
    .update(bytes)
    .digest('base64url');

const readAlready = ({ declared, cap }: RequestBody, bytes: Uint8Array): RequestBody => ({
  ...{ declared, cap },
  bytes: async () => bytes,
  async *[Symbol.asyncIterator]() {
    yield bytes;
  },
});

const atKey = (detail: string, remedy: string) => ({ remedy, fields: [{ field: 'headers.idempotency-key', detail, remedy }] });
const missing = () =>
  problem(
    400,
    'idempotency-key-missing',
    'A key is needed',
    'this write is done once, and needs a name for it',
    atKey('it is missing', 'send Idempotency-Key: a random name, the same when you repeat the request'),
  );
const malformed = () =>
  problem(
    400,
    'idempotency-key-malformed',
    'The key is no key',
    'an Idempotency-Key is 8 to 128 visible ASCII characters',
    atKey('it is too short, too long or holds a space', 'send a UUID'),
  );
const otherBody = () =>
  problem(
    422,
    'idempotency-key-reused',
    'The key belongs to another request',
    'this key came before with another body',
    atKey('it was used for another body', 'take a new key for a new request'),
  );
const underWay = () =>
  problem(409, 'idempotency-under-way', 'Still at it', 'the first request of this key has no answer yet', {
    remedy: 'ask again in a moment, with the same key',
  });
const full = () =>
  problem(503, 'idempotency-full', 'Too many keys', 'no more keys can be remembered now, and none may be forgotten early', {
    remedy: 'wait, then send the same request again',
  });
const brokeOff = () =>
  problem(500, 'idempotency-broke-off', 'The first try broke', 'the request of this key failed half-way, and what it did is not known', {
    remedy: 'look at what came of it before you send it under a new key',
  });
