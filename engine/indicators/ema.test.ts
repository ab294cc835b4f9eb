import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ema } from './ema.ts';

test('alpha one half, seeded with the first input, by hand', () => {
  // n = 3: alpha 1/2.   10 → 10   20 → 15   30 → 22.5   10 → 16.25
  const ema = new Ema(3);
  const read = [10, 20, 30, 10].map((x) => {
    ema.push(x);
    return ema.ready ? ema.value : null;
  });
  expect(read).toEqual([null, null, 22.5, 16.25]);
});

test('seeded with the mean of the first three, by hand', () => {
  // (10 + 20 + 30) / 3 = 20, then 20 + (10 − 20) / 2 = 15
  const ema = new Ema(3, 'sma');
  const read = [10, 20, 30, 10].map((x) => {
    ema.push(x);
    return ema.ready ? ema.value : null;
  });
  expect(read).toEqual([null, null, 20, 15]);
});

test('streaming is batch, to the bit', () => {
  const price = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(price, { minLength: 1, maxLength: 100 }), (n, tape) => {
      const ema = new Ema(n);
      for (const x of tape) ema.push(x);
      const batch = tape.slice(1).reduce((held, x) => held + (x - held) * (2 / (n + 1)), (tape[0] as number) + 0);
      if (ema.ready) expect(ema.value).toBe(batch);
    }),
  );
});

test('it stays between the least and the greatest input', () => {
  const price = fc.integer({ min: -1_000_000, max: 1_000_000 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom('first' as const, 'sma' as const),
      fc.array(price, { minLength: 1, maxLength: 100 }),
      (n, seed, tape) => {
        const ema = new Ema(n, seed);
        for (const x of tape) ema.push(x);
        if (!ema.ready) return;
        expect(ema.value).toBeGreaterThanOrEqual(Math.min(...tape) - 1e-9);
        expect(ema.value).toBeLessThanOrEqual(Math.max(...tape) + 1e-9);
      },
    ),
  );
});

test('a state of the other seed is refused', () => {
  expect(() => new Ema(3).load(new Ema(3, 'sma').save())).toThrow('another seed');
});
