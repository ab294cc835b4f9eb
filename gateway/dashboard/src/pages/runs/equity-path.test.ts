// How far below the peak: never less than nothing, exact, and the first peak is what it began with.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equityPath } from './equity-path.ts';

const text = (cents: number): string =>
  `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
const cents = (decimal: string): number => Math.round(Number(decimal) * 100);

test('each point is its peak less what it lies below, and no point lies above one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.array(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), { maxLength: 40 }),
      (cash, way) => {
        const path = equityPath(
          way.map((equity, at): [number, string] => [at, text(equity)]),
          text(cash),
        );
        expect(path.map(({ equity }) => equity)).toEqual(way.map(text));
        way.forEach((equity, at) => {
          const peak = Math.max(cash, ...way.slice(0, at + 1));
          expect(cents(path[at]!.drawdown)).toBe(peak - equity);
        });
      },
    ),
  );
});

test('what is no number is left out', () => {
  expect(
    equityPath(
      [
        [1, 'x'],
        [2, '5.00'],
      ],
      '10.00',
    ).map(({ drawdown }) => drawdown),
  ).toEqual(['5.00']);
  expect(equityPath([], '10.00')).toEqual([]);
});
