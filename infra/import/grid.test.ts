import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, NO_SEQ } from '#engine/market/blocks.ts';
import type { InstrumentId, SourceId } from '#engine/values.ts';
import { FINEST, gridOf } from './grid.ts';

const UNIT = 10 ** FINEST;

/** Trades at these multiples of a step; `noise` of a thousand lie off it. */
function trades(tick: number, lot: number, steps: readonly number[], noise = 0): Block {
  const at = Float64Array.from(steps, (_, index) => index);
  const off = (index: number) => (index % 1000 < noise ? Math.round(tick * UNIT * 0.37) : 0);
  return {
    ...{ instrument: 'X' as InstrumentId, source: 'y' as SourceId, kind: 'trade', timeframeUs: 0, count: steps.length, at, venueTime: at },
    ...{ venueSeq: NO_SEQ, flags: new Uint8Array(steps.length) },
    values: [
      Float64Array.from(steps, (step, index) => Math.round(step * tick * UNIT) + off(index)),
      Float64Array.from(steps, (step) => Math.round((1 + (step % 7)) * lot * UNIT)),
    ],
  };
}
/** Every kind of multiple, so that no coarser step fits. */
const MIXED = Array.from({ length: 2_000 }, (_, index) => 1_000 + index);

test.each([
  [0.5, 0.001, '0.5', '0.001'],
  [0.25, 1, '0.25', '1'],
  [0.01, 0.000001, '0.01', '0.000001'],
  [0.05, 0.1, '0.05', '0.1'],
  [0.025, 10, '0.025', '10'],
  [0.00000001, 100, '0.00000001', '100'],
  [5, 0.00001, '5', '0.00001'],
])('prices in steps of %d and sizes of %d are told so', (tick, lot, tickText, lotText) => {
  expect(gridOf(trades(tick, lot, MIXED))).toEqual({ tick: tickText, lot: lotText });
});

test('a few prices off the grid do not make it finer; many do', () => {
  expect(gridOf(trades(0.5, 1, MIXED, 3)).tick).toBe('0.5');
  expect(gridOf(trades(0.5, 1, MIXED, 20)).tick).not.toBe('0.5');
});

test('whatever the step, nearly all values lie on the one that is told', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.1, 0.25, 1, 0.005),
      (steps, tick) => {
        const block = trades(tick, 1, steps);
        const told = Math.round(Number(gridOf(block).tick) * UNIT);
        expect(block.values[0]!.every((price) => price % told === 0)).toBe(true);
      },
    ),
  );
});
