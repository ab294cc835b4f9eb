/** What is said of a limit never says less than there is: nearly reached is not reached, and reached is not nearly. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostOf, nearness, percent } from './limit-words.ts';

test('a share below one is never told as a hundred per cent, and one never as less', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 3, noNaN: true }), (share) => {
      expect(Number.parseFloat(percent(share)) >= 100).toBe(nearness(share).word === 'reached');
    }),
  );
});

test('times keep their length', () => {
  const factor: Readonly<Record<string, number>> = { s: 1_000_000, ms: 1_000, µs: 1 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000_000 }), (us) => {
      const { text, unit } = mostOf({ name: 'staleUs', most: String(us), unit: 'µs' });
      return Number(text) * factor[unit]! === us;
    }),
  );
});
