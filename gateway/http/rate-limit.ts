// How often one peer may ask: a bucket of tokens each, refilled evenly. Its memory is bounded: with too many peers at once, the newest share one
// bucket, so a crowd of addresses buys nobody more. The clock is handed in.
import type { Request } from '../transport/server.ts';
import type { Layer } from './layer.ts';
import { withHeaders } from './layer.ts';
import { problem, problemAnswer } from './problem.ts';

export type RateRule = Readonly<{
  /** Shown to peers. */
  name: string;
  /** Requests at once after a rest. */
  burst: number;
  perSecond: number;
  /** Buckets kept. */
  peers: number;
}>;

export type Taken = Readonly<{ allowed: boolean; remaining: number; fullInMs: number; nextInMs: number }>;

type Bucket = { tokens: number; atMs: number };
const EVERYONE_ELSE = '\0everyone else';

export class TokenBuckets {
  readonly #rule: RateRule;
  readonly #nowMs: () => number;
  /** Least recently asked first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rule: RateRule, nowMs: () => number) {
    for (const [name, value] of [
      ['burst', rule.burst],
      ['perSecond', rule.perSecond],
      ['peers', rule.peers],
    ] as const)
      if (!(value > 0) || !Number.isFinite(value)) throw new Error(`the rate limit's ${name} is ${value}: give a number above 0`);
    this.#rule = rule;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(peer: string, cost = 1): Taken {
    const { burst, perSecond } = this.#rule;
    const now = this.#nowMs();
    const key = this.#buckets.has(peer) || this.#hasRoom(now) ? peer : EVERYONE_ELSE;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: now };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    bucket.tokens = this.#tokensAt(bucket, now);
    bucket.atMs = Math.max(now, bucket.atMs);
    const allowed = bucket.tokens >= cost;
    if (allowed) bucket.tokens -= cost;
    const msFor = (tokens: number) => Math.max(0, Math.ceil(((tokens - bucket.tokens) * 1_000) / perSecond));
    return { allowed, remaining: Math.floor(bucket.tokens), fullInMs: msFor(burst), nextInMs: allowed ? 0 : msFor(Math.min(cost, burst)) };
  }

  /** A clock that steps back refills nothing. */
  #tokensAt({ tokens, atMs }: Bucket, now: number): number {
    return Math.min(this.#rule.burst, tokens + (Math.max(0, now - atMs) * this.#rule.perSecond) / 1_000);
  }

  /** A bucket that has filled up again says no more than a new one: it can go. */
  #hasRoom(now: number): boolean {
    if (this.#buckets.size < this.#rule.peers) return true;
    let looked = 0;
    for (const [key, bucket] of this.#buckets) {
      if (this.#tokensAt(bucket, now) >= this.#rule.burst) this.#buckets.delete(key);
      if (++looked === 8) break; // the rest waits for the next one who comes
    }
    return this.#buckets.size < this.#rule.peers;
  }
}

export const rateLimitLayer =
  (rule: RateRule, buckets: TokenBuckets, peerOf: (request: Request) => string = ({ remote }) => remote): Layer =>
  (next) =>
  async (request) => {
    const { allowed, remaining, fullInMs, nextInMs } = buckets.take(peerOf(request));
    const headers = {
      'ratelimit-policy': `"${rule.name}";q=${rule.burst};w=${Math.ceil(rule.burst / rule.perSecond)}`,
      ratelimit: `"${rule.name}";r=${remaining};t=${Math.ceil((allowed ? fullInMs : nextInMs) / 1_000)}`,
    };
    if (allowed) return withHeaders(await next(request), headers);
    const seconds = Math.max(1, Math.ceil(nextInMs / 1_000));
    return problemAnswer(
      problem(429, 'too-many-requests', 'Too many requests', `at most ${rule.perSecond} a second, and ${rule.burst} at once`, {
        remedy: `wait ${seconds} s`,
      }),
      { ...headers, 'retry-after': String(seconds) },
    );
  };
