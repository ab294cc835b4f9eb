/** Laws of latency: within its bounds, of nothing but the seed and the order, spread as it says; recorded ones are looked up by the clock. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_US } from '../values.ts';
import { delayUs, latencyFault } from './latency.ts';

const seeded = (seed: number, mostUs: number) => ({ latencyUs: 1_000, moreLatency: { kind: 'seeded', seed, mostUs } }) as const;
const address = fc.tuple(fc.nat(1_000_000_000), fc.nat(1_000)).map(([cause, index]) => `${cause}.${index}`);

test('without more it is always the same', () => {
  fc.assert(fc.property(address, fc.nat(), (order, at) => void expect(delayUs({ latencyUs: 137 }, order, at)).toBe(137)));
});

test('a drawn one lies within its bounds and hangs on the seed and the order alone', () => {
  fc.assert(
    fc.property(address, fc.nat(), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 60_000_000 }), (order, seed, at, other, mostUs) => {
      const delay = delayUs(seeded(seed, mostUs), order, at);
      expect(Number.isSafeInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(1_000);
      expect(delay).toBeLessThan(1_000 + mostUs);
      expect(delayUs(seeded(seed, mostUs), order, other)).toBe(delay);
    }),
  );
});

test('half of the orders wait less than an eighth, half of the others less than two eighths, and so on', () => {
  const [count, mostUs] = [20_000, 800_000];
  const delays = Array.from({ length: count }, (_, i) => delayUs(seeded(7, mostUs), `${i + 1}.0`, 0) - 1_000);
  for (let eighth = 1; eighth < 8; eighth += 1) {
    const below = delays.filter((us) => us < (eighth * mostUs) / 8).length / count;
    expect(Math.abs(below - (1 - 0.5 ** eighth))).toBeLessThan(0.015); // four deviations of a fair coin
  }
  const inFirst = delays.filter((us) => us < mostUs / 8);
  const mean = inFirst.reduce((sum, us) => sum + us, 0) / inFirst.length;
  expect(Math.abs(mean / (mostUs / 16) - 1)).toBeLessThan(0.03); // even within an eighth
});

test('another seed is another day for the same orders', () => {
  const days = [1, 2].map((seed) => Array.from({ length: 50 }, (_, i) => delayUs(seeded(seed, 1_000_000), `${i}.1`, 0)));
  expect(days[0]).not.toEqual(days[1]);
});

const rows = fc
  .uniqueArray(fc.integer({ min: 0, max: DAY_US - 1 }), { minLength: 1, maxLength: 20 })
  .map((times) => times.sort((a, b) => a - b).map((time, i) => [time, i * 10] as const));

test('a recorded one is that of the newest row of the day, or of the day before', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: DAY_US - 1 }), fc.nat(30_000), address, (table, timeOfDay, day, order) => {
      const delay = delayUs({ latencyUs: 5, moreLatency: { kind: 'recorded', rows: table } }, order, day * DAY_US + timeOfDay);
      const begun = table.filter(([from]) => from <= timeOfDay);
      expect(delay).toBe(5 + (begun.length === 0 ? table : begun).at(-1)![1]);
    }),
  );
});

test.each([
  [{ kind: 'seeded', seed: 1, mostUs: 0 }, 'mostUs: 0'],
  [{ kind: 'seeded', seed: -1, mostUs: 5 }, 'seed: -1'],
  [{ kind: 'recorded', rows: [] }, 'rows: give 1'],
  [
    {
      kind: 'recorded',
      rows: [
        [5, 1],
        [5, 2],
      ],
    },
    'rows: 5',
  ],
  [{ kind: 'recorded', rows: [[DAY_US, 1]] }, 'time of day'],
  [{ kind: 'recorded', rows: [[0, 0.5]] }, '0.5'],
  [{ kind: 'guessed' }, 'not one of seeded, recorded'],
])('%j is refused by its field', (more, said) => {
  expect(latencyFault(more as never)).toContain(said);
});

test('what fits passes', () => {
  expect(latencyFault({ kind: 'seeded', seed: 0, mostUs: 1 })).toBeNull();
  fc.assert(fc.property(rows, (table) => void expect(latencyFault({ kind: 'recorded', rows: table })).toBeNull()));
});
