// An address from its bytes, held against what Node itself writes for the same address.
import { BlockList, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressText } from './address-text.ts';

const longForm = (bytes: Uint8Array) =>
  Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16)).join(':');

test('four bytes are dotted, and so are those mapped into sixteen', () => {
  expect(addressText(Uint8Array.of(127, 0, 0, 1))).toBe('127.0.0.1');
  expect(addressText(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 1, 2, 3))).toBe('10.1.2.3');
});

test('sixteen bytes read as Node reads the long form, however many words are zero', () => {
  const word = fc.oneof(fc.constant([0, 0]), fc.tuple(fc.nat(255), fc.nat(255)));
  fc.assert(
    fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
      const bytes = Uint8Array.from(words.flat());
      fc.pre(
        words
          .slice(0, 6)
          .flat()
          .some((byte) => byte !== 0),
      ); // the rest is written with a dotted tail by some
      expect(addressText(bytes)).toBe(new SocketAddress({ address: longForm(bytes), family: 'ipv6' }).address);
      const list = new BlockList();
      list.addAddress(longForm(bytes), 'ipv6');
      expect(list.check(addressText(bytes), 'ipv6')).toBe(true);
    }),
  );
  expect(addressText(new Uint8Array(16).fill(1, 15))).toBe('::1');
});
