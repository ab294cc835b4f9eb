import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bootstrapOf } from './bootstrap.ts';

test('the same seed draws the same bands, another seed others', () => {
  const nets = [500, -300, 200, -100, 900, -700];
  expect(bootstrapOf(nets, 10_000, 3, 200)).toEqual(bootstrapOf(nets, 10_000, 3, 200));
  expect(bootstrapOf(nets, 10_000, 3, 200)?.bands).not.toEqual(bootstrapOf(nets, 10_000, 4, 200)?.bands);
});

test('one kind of trade leaves nothing to chance', () => {
  // Three trades of −1,000 from 10,000: every path ends at 7,000, three tenths down.
  const bootstrap = bootstrapOf([-1_000, -1_000, -1_000], 10_000, 1, 50);
  expect(bootstrap?.steps).toEqual([0, 1, 2, 3]);
  for (const band of bootstrap?.bands ?? []) expect(band).toEqual([10_000, 9_000, 8_000, 7_000]);
  expect(bootstrap).toMatchObject({ lossProbability: 1, drawdowns: [0.3, 0.3, 0.3, 0.3, 0.3] });
  expect(bootstrapOf([], 10_000, 1, 50)).toBeNull();
});

test('bands begin at the opening, lie in order, and never leave what the trades allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 999 }),
      (nets, seed) => {
        const found = bootstrapOf(nets, 10_000, seed, 30);
        if (found === null) throw new Error('there are trades');
        const [least, most] = [Math.min(0, ...nets), Math.max(0, ...nets)];
        found.steps.forEach((step, i) => {
          const column = found.bands.map((band) => band[i] as number);
          expect([...column].sort((a, b) => a - b)).toEqual(column);
          expect(column[0]).toBeGreaterThanOrEqual(10_000 + step * least);
          expect(column[4]).toBeLessThanOrEqual(10_000 + step * most);
        });
        expect(found.steps[0]).toBe(0);
        expect(found.steps[found.steps.length - 1]).toBe(nets.length);
      },
    ),
    { numRuns: 50 },
  );
});
