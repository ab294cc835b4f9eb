import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WindowMoments } from './window-moments.ts';

test('far from zero the variance keeps its digits: against whole numbers, exact', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 20, maxLength: 100 }),
      (n, base, steps) => {
        const window = new WindowMoments(n);
        steps.forEach((step, i) => {
          window.push(base + step);
          if (!window.full) return;
          const inside = steps.slice(i + 1 - n, i + 1);
          const sum = inside.reduce((a, b) => a + b, 0);
          const squares = inside.reduce((a, b) => a + b * b, 0);
          expect(window.variance).toBeCloseTo((n * squares - sum * sum) / (n * n), 11);
          expect(window.apart).toBeCloseTo(step - sum / n, 11);
          if (inside.every((x) => x === step)) expect([window.mean, window.variance]).toEqual([base + step, 0]);
        });
      },
    ),
  );
});

test('of a spike nothing is left in the moment it leaves', () => {
  const window = new WindowMoments(3);
  for (const x of [1e100, 1, 2, 3]) window.push(x);
  expect(window.mean).toBeCloseTo(2, 14);
  expect(window.variance).toBeCloseTo(2 / 3, 14);
});
