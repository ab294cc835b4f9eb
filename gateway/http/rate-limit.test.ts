// Token buckets against the plain definition, with a clock that is handed in; and their bounded memory.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asked, problemOf } from '#tests/http-request.ts';
import { layered } from './layer.ts';
import { type RateRule, rateLimitLayer, TokenBuckets } from './rate-limit.ts';

const RULE: RateRule = { name: 'default', burst: 5, perSecond: 2, peers: 100 };

test('in any stretch of time a peer gets at most the burst and what was refilled, and never less once it rested', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_500), { minLength: 1, maxLength: 200 }), (waits) => {
      let now = 0;
      const buckets = new TokenBuckets(RULE, () => now);
      const allowedAt: number[] = [];
      for (const wait of waits) {
        now += wait;
        const { allowed, nextInMs } = buckets.take('a');
        if (allowed) allowedAt.push(now);
        else expect(nextInMs).toBeGreaterThan(0);
        for (const [i, from] of allowedAt.entries())
          expect(allowedAt.length - i).toBeLessThanOrEqual(RULE.burst + ((now - from) * RULE.perSecond) / 1_000 + 1e-6);
        if (wait >= 500) expect(allowed).toBe(true);
      }
    }),
  );
});

test('who is told to wait so long is let in then, and not before', () => {
  let now = 0;
  const buckets = new TokenBuckets(RULE, () => now);
  while (buckets.take('a').allowed);
  const { nextInMs } = buckets.take('a');
  now += nextInMs - 1;
  expect(buckets.take('a').allowed).toBe(false);
  now += 1;
  expect(buckets.take('a').allowed).toBe(true);
  now -= 10_000; // a clock that steps back gives nothing
  expect(buckets.take('a').allowed).toBe(false);
  expect(buckets.take('b').allowed).toBe(true);
});

test('a crowd of addresses is held in bounded memory, frees no one who is limited, and shares one bucket', () => {
  let now = 0;
  const buckets = new TokenBuckets({ ...RULE, peers: 10 }, () => now);
  while (buckets.take('limited').allowed);
  let allowed = 0;
  for (let i = 0; i < 5_000; i++) if (buckets.take(`crowd ${i}`).allowed) allowed++;
  expect(allowed).toBe(9 + RULE.burst);
  expect(buckets.size).toBeLessThanOrEqual(11);
  expect(buckets.take('limited').allowed).toBe(false);
  now += 60_000;
  for (let i = 0; i < 12; i++) expect(buckets.take(`later ${i}`).allowed).toBe(true);
  expect(buckets.size).toBeLessThanOrEqual(11);
});

test('a refusal is 429 with when to come back; the figures are in every answer', async () => {
  const now = 0;
  const answering = layered([rateLimitLayer(RULE, new TokenBuckets(RULE, () => now))], () => ({ status: 204, headers: {}, body: null }));
  for (let i = 4; i >= 0; i--) {
    const { status, headers } = await answering(asked());
    expect([status, headers['ratelimit'], headers['ratelimit-policy']]).toEqual([
      204,
      `"default";r=${i};t=${Math.ceil((5 - i) / 2)}`,
      '"default";q=5;w=3',
    ]);
  }
  const refused = await answering(asked());
  expect([refused.status, refused.headers['retry-after'], problemOf(refused).remedy]).toEqual([429, '1', 'wait 1 s']);
  expect((await answering(asked({ remote: '10.0.0.2' }))).status).toBe(204);
});

test('a rule without sense is refused with its field', () => {
  expect(() => new TokenBuckets({ ...RULE, perSecond: 0 }, () => 0)).toThrow("the rate limit's perSecond is 0");
});
