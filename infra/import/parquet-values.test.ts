// A Parquet value that is read as it is comes to what its text comes to, read the careful way.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instrument, SOURCE } from '#tests/import-twins.ts';
import { checkOptions } from './import-options.ts';
import { layoutOf } from './layout.ts';
import { cellText, valueReaders } from './parquet-values.ts';
import { RowReader } from './row-reader.ts';
import { Rows } from './rows.ts';

const NAMES = ['time_us', 'arrival_us', 'id', 'flags', 'price', 'size'];
const EXAMPLE = ['1704067200000000', '1704067200000000', '7', '1', '100.5', '0.001'];

const told = (rows: Rows) => ({
  ...{ count: rows.count, time: rows.time[0], arrival: rows.arrival[0], seq: rows.seq[0], flags: rows.flags[0], faults: rows.faults[0] },
  ...{
    column: rows.column[0],
    line: rows.line[0],
    offset: rows.offset[0],
    key: rows.key[0],
    values: rows.values.map((column) => column[0]),
  },
});

const near = (value: number) => fc.constantFrom(value, value * (1 + Number.EPSILON), value * (1 - Number.EPSILON), -value);
const decimals = fc
  .tuple(fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.maxSafeInteger()), fc.integer({ min: 0, max: 9 }))
  .chain(([digits, scale]) => near(Number(`${digits}e-${scale}`)));
const round = fc.integer({ min: 0, max: 90_000 }).map((count) => count * 25);
const numbers = fc.oneof(
  { arbitrary: round, weight: 6 },
  decimals,
  fc.double(),
  fc.constantFrom(0, -0, null, undefined, '', '1.5', true, 12n),
);
const wholes = fc.oneof(
  { arbitrary: fc.bigInt({ min: 0n, max: 7n }), weight: 6 },
  fc.bigInt({ min: -3n, max: 9_100_000_000_000_000n }),
  fc.integer({ min: -3, max: 130 }),
  fc.constantFrom(null, undefined, '', '12', 'x', -0, 1.5, 2n ** 60n, 1_704_067_200_000_001n),
);
const stamps = fc.oneof({ arbitrary: fc.bigInt({ min: 1_500_000_000_000_000n, max: 1_900_000_000_000_000n }), weight: 6 }, wholes);

test.each([
  ['0.01', '0.00001'],
  ['0.5', '1'],
  ['25', '0.00000001'],
])('tick %s, lot %s', (tick, lot) => {
  const options = checkOptions({ instrument: instrument(tick, lot), source: SOURCE, latencyUs: 0 });
  const layout = layoutOf({ file: 'x.parquet', names: NAMES, rows: [EXAMPLE], forms: ['us', 'us', null, null, null, null] }, options);
  const reader = new RowReader(layout, options);
  let quick = 0;
  fc.assert(
    fc.property(fc.tuple(stamps, stamps, wholes, wholes, numbers, numbers), fc.boolean(), (values, single) => {
      const given = values.map((value) => (single && typeof value === 'number' ? Math.fround(value) : value));
      const readers = valueReaders(
        reader,
        options,
        NAMES.map(() => false),
      )!;
      const rows = new Rows(2);
      const row = rows.add(3, 2, 0);
      if (!readers.every((read, i) => read(given[i], rows, row))) return;
      quick += 1;
      const careful = new Rows(2);
      reader.read(
        given.map((value) => cellText(value, false)),
        careful,
        3,
        2,
      );
      expect(told(rows)).toEqual(told(careful));
    }),
    { numRuns: 5_000 },
  );
  expect(quick).toBeGreaterThan(100);
  expect(
    valueReaders(
      reader,
      options,
      NAMES.map((name) => name === 'price'),
    ),
  ).toBeNull();
});
