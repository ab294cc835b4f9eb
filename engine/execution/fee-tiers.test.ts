/** Laws of tiers: what counts is thirty whole days before the day that pays, whatever the order and size of what was traded in them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Minor } from '../values.ts';
import { TIER_DAYS, Turnover, tierOf, tiersFault } from './fee-tiers.ts';

const fills = fc
  .array(fc.record({ day: fc.integer({ min: 0, max: 100 }), worth: fc.bigInt({ min: -10_000n, max: 10_000n }) }), { maxLength: 60 })
  .map((list) => list.sort((a, b) => a.day - b.day));

test('the days that decide are the thirty before, and never the day itself', () => {
  fc.assert(
    fc.property(fills, fc.integer({ min: 0, max: 40 }), (list, later) => {
      const turnover = new Turnover();
      for (const { day, worth } of list) turnover.add(day, worth as Minor);
      const today = (list.at(-1)?.day ?? 0) + later;
      const counted = list.filter(({ day }) => day < today && day >= today - 30);
      expect(turnover.before(today)).toBe(counted.reduce((sum, { worth }) => sum + (worth < 0n ? -worth : worth), 0n));
    }),
  );
});

test('no more days are kept than can matter, rising', () => {
  fc.assert(
    fc.property(fills, (list) => {
      const turnover = new Turnover();
      for (const { day, worth } of list) turnover.add(day, worth as Minor);
      const days = turnover.days.map(([day]) => day);
      expect(days.length).toBeLessThanOrEqual(TIER_DAYS + 1);
      expect(days).toEqual([...new Set(days)].sort((a, b) => a - b));
    }),
  );
});

const tiers = [
  { from: 1_000, makerFee: 50, takerFee: 200 },
  { from: 5_000, makerFee: 0, takerFee: 100 },
];

test('a tier is reached at its amount, in whole units of the currency', () => {
  expect([99_999n, 100_000n, 499_999n, 500_000n].map((traded) => tierOf(tiers, traded, 2))).toEqual([0, 1, 1, 2]);
  expect(tierOf(tiers, 1_000n, 0)).toBe(1);
  expect(tierOf([], 10n ** 20n, 2)).toBe(0);
});

test.each([
  [[], 'give 1 to'],
  [[{ from: 0, makerFee: 0, takerFee: 0 }], 'from: 0'],
  [[tiers[1], tiers[0]], 'above 5000'],
  [[{ from: 1.5, makerFee: 0, takerFee: 0 }], 'from: 1.5'],
  [[{ from: 1, makerFee: 0.5, takerFee: 0 }], 'makerFee'],
])('%j is no table', (table, said) => {
  expect(tiersFault(table as never)).toContain(said);
});

test('a table that rises is one', () => expect(tiersFault(tiers)).toBeNull());
