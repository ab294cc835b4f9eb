/** Marks become points in their order, exact to the minor unit, whichever way they come in. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equityPoints } from './equity-points.ts';

const mark = fc.record({
  type: fc.constantFrom('EquityMarked', 'Posted'),
  account: fc.constantFrom('paper', 'other'),
  at: fc.integer({ min: 0, max: 40 }),
  cause: fc.integer({ min: 1, max: 100 }),
  index: fc.nat({ max: 3 }),
  equity: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(String),
  drawdown: fc.bigInt({ min: 0n, max: 10n ** 15n }).map(String),
});

test('in order, one a moment, of its account only, and back to the same minor units', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(mark, { maxLength: 40, selector: ({ cause, index }) => `${cause} ${index}` }),
      fc.integer({ min: 0, max: 8 }),
      (rows, scale) => {
        const points = equityPoints(rows, 'paper', scale);
        const mine = rows.filter(({ type, account }) => type === 'EquityMarked' && account === 'paper');
        expect(points.map(({ at }) => at)).toEqual([...new Set(mine.map(({ at }) => at))].sort((a, b) => a - b));
        for (const { at, equity, seq } of points) {
          const last = mine
            .filter((one) => one.at === at)
            .sort((a, b) => a.cause - b.cause || a.index - b.index)
            .at(-1)!;
          expect([seq, BigInt(equity.replace('.', ''))]).toEqual([last.cause, BigInt(last.equity)]);
        }
        expect(equityPoints([...rows].reverse(), 'paper', scale)).toEqual(points);
      },
    ),
  );
});
