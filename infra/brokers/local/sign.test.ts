import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { signRequest, signStream } from './sign.ts';

const secret = { reveal: () => 'Jefe', toString: () => '[secret]' };

test('signatures are HMAC-SHA256 over the lines of the protocol', () => {
  // made with: printf '1\n2\nPOST\n/orders?a=b\n{}' | openssl dgst -sha256 -hmac Jefe
  expect(signRequest(secret, 1, 2, 'POST', '/orders?a=b', '{}')).toBe('24a8249c07218e36b18c93583b59b72cf9e59430961010a5cc6cf84ad4768efd');
  // printf '5\nstream' | openssl dgst -sha256 -hmac Jefe
  expect(signStream(secret, 5)).toBe('cb33d0be094890f704028103f337a31ebcd0ba785bf78060de0b821e94b9cd17');
});

test('each part of a request moves its signature', () => {
  const all = [
    signRequest(secret, 1, 2, 'GET', '/a', ''),
    signRequest(secret, 3, 2, 'GET', '/a', ''),
    signRequest(secret, 1, 3, 'GET', '/a', ''),
    signRequest(secret, 1, 2, 'DELETE', '/a', ''),
    signRequest(secret, 1, 2, 'GET', '/b', ''),
    signRequest(secret, 1, 2, 'GET', '/a', 'b'),
    signRequest({ reveal: () => 'other' }, 1, 2, 'GET', '/a', ''),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(inspect(all)).not.toContain('Jefe');
});
