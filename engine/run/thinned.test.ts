import fc from 'fast-check';
import { expect, test } from 'vitest';
import { thinned } from './thinned.ts';

test('a thinned series keeps its ends, its least and its greatest', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 500 }), fc.integer({ min: 4, max: 60 }), (values, most) => {
      const kept = thinned(values, most);
      expect(kept.length).toBeLessThanOrEqual(most + 2);
      expect([kept[0], kept[kept.length - 1]]).toEqual([0, values.length - 1]);
      expect(kept.every((at, i) => i === 0 || at > (kept[i - 1] as number))).toBe(true);
      const seen = kept.map((at) => values[at] as number);
      expect([Math.min(...seen), Math.max(...seen)]).toEqual([Math.min(...values), Math.max(...values)]);
    }),
  );
});
