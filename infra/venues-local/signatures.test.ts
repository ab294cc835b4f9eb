// Who is let in: any byte changed is refused, so are a late signature, a wrong key, and half a header.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from './refusal.ts';
import { checkRequest, checkStream, type Signed, signRequest, signStream } from './signatures.ts';

const KEYS = { key: 'a-key-of-ours', secret: 'a-secret', admin: 'an-admin' };
const NOW = 1_700_000_000_000_000;
const PARTS = { time: String(NOW), until: String(NOW + 5_000_000), method: 'POST', path: '/orders?x=1', body: '{"symbol":"BTC-USD"}' };
const good: Signed = { key: KEYS.key, ...PARTS, sign: signRequest(KEYS.secret, PARTS) };
const code = (signed: Partial<Signed>, now = NOW) => {
  const answer = checkRequest(KEYS, { ...good, ...signed }, now);
  return answer instanceof Refusal ? answer.code : answer;
};

describe('a request', () => {
  test('signed as the protocol says is let in, and tells until when it may be acted on', () => {
    const text = `${PARTS.time}\n${PARTS.until}\nPOST\n/orders?x=1\n{"symbol":"BTC-USD"}`;
    expect(good.sign).toBe(createHmac('sha256', 'a-secret').update(text).digest('hex'));
    expect(code({})).toBe(NOW + 5_000_000);
  });

  test('with any byte of any part changed is refused', () => {
    const parts = ['key', 'time', 'until', 'sign', 'method', 'path', 'body'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), fc.integer({ min: 1, max: 127 }), (part, at, flip) => {
        const bytes = Buffer.from(good[part]);
        bytes[at % bytes.length]! ^= flip;
        expect(code({ [part]: bytes.toString('latin1') })).toBe('auth');
      }),
      { numRuns: 300 },
    );
    expect(code({ sign: good.sign.toUpperCase() })).toBe('auth');
    expect(code({ sign: good.sign.slice(1) })).toBe('auth');
    expect(code({ body: `${good.body} ` })).toBe('auth');
  });

  test('with a header missing, or no number where one is needed, is refused', () => {
    for (const part of ['key', 'time', 'until', 'sign'] as const) expect(code({ [part]: '' })).toBe('auth');
    for (const time of ['-1', '1e9', ' 1', '1.5', '99999999999999999']) expect(code({ time })).toBe('auth');
  });

  test('signed more than 30 s away from the clock has expired, on either side', () => {
    expect(code({}, NOW + 30_000_000)).toBe(NOW + 5_000_000);
    expect(code({}, NOW + 30_000_001)).toBe('expired');
    expect(code({}, NOW - 30_000_001)).toBe('expired');
  });

  test('of another key, signed well with its secret, is refused', () => {
    expect(code({ key: 'another-key', sign: signRequest('another-secret', PARTS) })).toBe('auth');
    expect(code({ sign: signRequest('another-secret', PARTS) })).toBe('auth');
  });
});

test('a stream is let in by its own signature only', () => {
  const sign = signStream(KEYS.secret, String(NOW));
  const asked = { key: KEYS.key as unknown, time: NOW as unknown, sign: sign as unknown };
  const says = (changed: Partial<typeof asked>, now = NOW) => checkStream(KEYS, { ...asked, ...changed }, now)?.code ?? 'in';
  expect(says({})).toBe('in');
  expect(says({ key: 'other' })).toBe('auth');
  expect(says({ time: NOW + 1 })).toBe('auth');
  expect(says({ time: String(NOW) })).toBe('auth');
  expect(says({ sign: good.sign })).toBe('auth');
  expect(says({ sign: null })).toBe('auth');
  expect(says({ sign: { length: 64 } })).toBe('auth');
  expect(says({}, NOW + 31_000_000)).toBe('expired');
});
