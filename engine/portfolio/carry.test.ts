/** Laws of what holding costs: rounded once, never earned by borrowing, paid by one side and got by the other; the next instant is the next. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_US, type Minor } from '../values.ts';
import { borrowCost, borrowFault, fundingAt, fundingCost, fundingFault, nextBorrow, nextFunding } from './carry.ts';

const worth = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map((amount) => amount as Minor);

test('a day of borrowing is a 365th of the rate on the size, within half a unit', () => {
  fc.assert(
    fc.property(worth, fc.nat(10_000_000), (of, rate) => {
      const cost = borrowCost(of, rate);
      const size = of < 0n ? -of : of;
      const over = 2n * (cost * 365_000_000n - size * BigInt(rate));
      expect(cost >= 0n && over <= 365_000_000n && over >= -365_000_000n).toBe(true);
    }),
  );
});

test('what a long pays a short of the same worth gets', () => {
  fc.assert(
    fc.property(worth, fc.integer({ min: -100_000_000, max: 100_000_000 }), (of, rate) => {
      const cost = fundingCost(of, rate);
      expect(fundingCost(-of as Minor, rate) + cost).toBe(0n);
      expect(fundingCost(of, -rate) + cost).toBe(0n);
      const over = 2n * (cost * 100_000_000n - of * BigInt(rate));
      expect(over <= 100_000_000n && over >= -100_000_000n).toBe(true);
    }),
  );
});

test('borrowing is due at its time of the next day that has it still before it', () => {
  fc.assert(
    fc.property(fc.nat(10 ** 15), fc.integer({ min: 0, max: DAY_US - 1 }), (at, timeOfDayUs) => {
      const next = nextBorrow({ rate: 1, timeOfDayUs }, at);
      expect(next % DAY_US).toBe(timeOfDayUs);
      expect(next > at && next - at <= DAY_US).toBe(true);
    }),
  );
});

const table = fc
  .uniqueArray(fc.tuple(fc.nat(30), fc.constantFrom('A', 'B', 'C')), { minLength: 1, selector: ([at, instrument]) => `${at}${instrument}` })
  .map((rows) =>
    rows.map(([at, instrument]) => ({ at, instrument, rate: at })).sort((a, b) => a.at - b.at || (a.instrument < b.instrument ? -1 : 1)),
  );

test('from instant to instant each row of a table comes once', () => {
  fc.assert(
    fc.property(table, (rows) => {
      expect(fundingFault(rows)).toBeNull();
      const met = [];
      for (let at = nextFunding(rows, -1); at !== null; at = nextFunding(rows, at)) met.push(...fundingAt(rows, at));
      expect(met).toEqual(rows);
    }),
  );
});

test.each([
  [{ rate: -1, timeOfDayUs: 0 }, 'rate: -1'],
  [{ rate: 1.5, timeOfDayUs: 0 }, 'rate: 1.5'],
  [{ rate: 1, timeOfDayUs: DAY_US }, 'timeOfDayUs'],
])('borrowing at %o is refused', (terms, said) => expect(borrowFault(terms)).toContain(said));

const row = { instrument: 'A', at: 5, rate: 1 };
test.each([
  [[], 'give 1 to'],
  [[row, { ...row, at: 4 }], 'rise by their instant'],
  [[row, row], 'each once'],
  [[{ ...row, at: 0.5 }], 'at: 0.5'],
  [[{ ...row, rate: Number.NaN }], 'rate: NaN'],
  [[{ ...row, instrument: '' }], 'instrument'],
])('a table of %j is refused', (rows, said) => expect(fundingFault(rows)).toContain(said));
