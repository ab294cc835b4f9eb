import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WindowExtreme } from './window-extreme.ts';

test('exactly the extreme of the window, and the age of the newest of equals', () => {
  const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('highest' as const, 'lowest' as const),
      fc.array(number, { minLength: 1, maxLength: 80 }),
      (n, which, numbers) => {
        const window = new WindowExtreme(n, which);
        numbers.forEach((x, i) => {
          window.push(x);
          const inside = numbers.slice(Math.max(0, i + 1 - n), i + 1).map((y) => y + 0);
          const extreme = which === 'highest' ? Math.max(...inside) : Math.min(...inside);
          expect(window.value).toBe(extreme);
          expect(window.age).toBe(inside.length - 1 - inside.lastIndexOf(extreme));
        });
      },
    ),
  );
});
