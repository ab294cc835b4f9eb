import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WindowSum } from './window-sum.ts';

test('the error is that of adding the n numbers, whatever stood before them', () => {
  // Whole numbers times powers of two: BigInt adds them exactly.
  const number = fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.constantFrom(0, 20, 300)).map(([x, k]) => x * 2 ** k);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(number, { minLength: 1, maxLength: 100 }), (n, numbers) => {
      const window = new WindowSum(n);
      numbers.forEach((x, i) => {
        window.push(x);
        expect(window.full).toBe(i + 1 >= n);
        const inside = numbers.slice(Math.max(0, i + 1 - n), i + 1);
        const exact = inside.reduce((sum, y) => sum + BigInt(y), 0n);
        const size = inside.reduce((sum, y) => sum + Math.abs(y), 0);
        expect(Math.abs(Number(BigInt(window.sum) - exact))).toBeLessThanOrEqual(n * 2 ** -53 * size * 1.01);
      });
    }),
  );
});

test('of a spike nothing is left in the moment it leaves', () => {
  const window = new WindowSum(3);
  for (const x of [1e100, 0.1, 0.2, 0.3]) window.push(x);
  expect(window.sum).toBeCloseTo(0.6, 15);
});
