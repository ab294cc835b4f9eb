import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Digest } from '../digest.ts';
import { accountId, deskId, orderId, strategyId } from '../values.ts';
import { clientOrderId } from './client-id.ts';

const digest: Digest = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};
const id = (desk: string, account: string, strategy: string, order: string) =>
  clientOrderId(digest, deskId(desk), accountId(account), strategyId(strategy), orderId(order));

test('fixed vectors: a change here orphans every order a venue still holds', () => {
  expect([
    id('desk', 'paper', 'trend', '8412077.3'),
    id('desk', 'paper', 'trend', '8412077.4'),
    id('other', 'paper', 'trend', '8412077.3'),
  ]).toEqual(['uyi53vtnq5fznphhhmasp6qub7', 'u2wwgaqcnz3on4xzkssy7swk6n', 'oyff6giooj5hwj4lfgmvbcgkxy']);
});

/** Base32 from the definition: the digest as one number, its top 130 bits in digits of 32. */
function plainly(text: string): string {
  let left = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`) >> 126n;
  let digits = '';
  for (let count = 0; count < 26; count += 1, left >>= 5n) digits = 'abcdefghijklmnopqrstuvwxyz234567'[Number(left & 31n)] + digits;
  return digits;
}

test('any order: 26 letters and digits, the top of the digest', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 999 }), fc.constantFrom('a', 'binance/main', 'x:1'), (seq, index, account) => {
      expect(id('desk', account, 'trend', `${seq}.${index}`)).toBe(plainly(`desk|${account}|trend|${seq}.${index}`));
    }),
  );
});
