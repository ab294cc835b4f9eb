/** Who signed a request and when: the HMAC of the protocol, compared in constant time. Decides nothing about what was asked. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ExchangeKeys } from './keys.ts';
import { Refusal } from './refusal.ts';

export type Signed = Readonly<{ key: string; time: string; until: string; sign: string; method: string; path: string; body: string }>;

/** Signed further than this from the exchange's clock is refused. */
const MOST_SKEW_US = 30_000_000;
const WHOLE = /^\d{1,16}$/;

export const signRequest = (secret: string, { time, until, method, path, body }: Omit<Signed, 'key' | 'sign'>): string =>
  hmac(secret, `${time}\n${until}\n${method}\n${path}\n${body}`);

export const signStream = (secret: string, time: string): string => hmac(secret, `${time}\nstream`);

/** Returns `x-until`, or the refusal. */
export function checkRequest({ key, secret }: ExchangeKeys, signed: Signed, now: number): number | Refusal {
  if (signed.key === '' || signed.sign === '') return new Refusal('auth', 'x-key, x-time, x-until and x-sign are needed');
  if (!WHOLE.test(signed.time) || !WHOLE.test(signed.until)) return new Refusal('auth', 'x-time and x-until are whole µs since 1970');
  if (!same(signed.key, key)) return new Refusal('auth', 'unknown key');
  if (!same(signed.sign, signRequest(secret, signed))) return new Refusal('auth', 'the signature does not fit');
  if (Math.abs(Number(signed.time) - now) > MOST_SKEW_US) return new Refusal('expired', skewText(Number(signed.time), now));
  return Number(signed.until);
}

export function checkStream(
  { key, secret }: ExchangeKeys,
  asked: Readonly<{ key: unknown; time: unknown; sign: unknown }>,
  now: number,
): Refusal | null {
  const { time } = asked;
  if (typeof asked.key !== 'string' || typeof asked.sign !== 'string' || !Number.isSafeInteger(time))
    return new Refusal('auth', 'key, time and sign are needed');
  if (!same(asked.key, key)) return new Refusal('auth', 'unknown key');
  if (!same(asked.sign, signStream(secret, String(time)))) return new Refusal('auth', 'the signature does not fit');
  return Math.abs((time as number) - now) > MOST_SKEW_US ? new Refusal('expired', skewText(time as number, now)) : null;
}

/** In constant time for texts of one length. */
export function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const hmac = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex');

const skewText = (time: number, now: number): string => `signed ${time - now} µs away from the exchange's clock`;
