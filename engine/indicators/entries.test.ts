import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Columns, PLAIN } from '#tests/indicators/plain-formulas.ts';
import { MOODS, type Mood, sessions, tapeOf } from '#tests/indicators/tapes.ts';
import type { FittedIndicator, IndicatorEntry } from './catalogue.ts';
import { INDICATORS, indicatorNamed } from './entries.ts';
import { LARGEST_INPUT } from './indicator.ts';

/** What every indicator of the catalogue promises, whatever it computes. */

const standard = (entry: IndicatorEntry) => entry.parameters.map((parameter) => parameter.standard);

/** Small parameters, so that warm-up is short and windows turn often. */
const parametersOf = (entry: IndicatorEntry): fc.Arbitrary<number[]> =>
  fc.tuple(
    ...entry.parameters.map(({ kind, least, most }) =>
      kind === 'whole'
        ? fc.integer({ min: least, max: Math.min(most, least + 11) })
        : fc.integer({ min: 0, max: 16 }).map((sixteenths) => least + ((Math.min(most, 4) - least) * sixteenths) / 16),
    ),
  );

function rowsOf(entry: IndicatorEntry, columns: Columns): Float64Array[] {
  return columns.close.map((_, i) => Float64Array.from(entry.inputs, (input) => columns[input][i]));
}

const read = (entry: IndicatorEntry, fitted: FittedIndicator) => entry.outputs.map((_, i) => fitted.output(i));

/** Each output's values, from the first bar that has one. */
function streamed(entry: IndicatorEntry, parameters: readonly number[], rows: readonly Float64Array[]): number[][] {
  const fitted = entry.make(parameters);
  const values: number[][] = entry.outputs.map(() => []);
  for (const row of rows) {
    fitted.push(row);
    if (fitted.ready) for (const [i, value] of read(entry, fitted).entries()) values[i].push(value);
  }
  return values;
}

/** Bars that can be, up to the limits: one price, huge jumps, no volume, prices below zero. */
const anyBars = (() => {
  const price = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    fc.double({ min: -LARGEST_INPUT, max: LARGEST_INPUT, noNaN: true }),
    fc.constantFrom(LARGEST_INPUT, -LARGEST_INPUT, 5e-324, -0),
  );
  const volume = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: LARGEST_INPUT, noNaN: true }));
  const bar = fc.tuple(price, price, price, price, volume);
  return fc.oneof(
    fc.array(bar, { minLength: 1, maxLength: 80 }),
    fc.tuple(bar, fc.integer({ min: 1, max: 80 })).map(([one, n]) => Array(n).fill(one)),
  );
})().map((bars: [number, number, number, number, number][]): Columns => {
  const sorted = bars.map(([a, b, c]) => [a, b, c].sort((x, y) => x - y));
  return {
    series: bars.map(([a]) => a),
    second: bars.map(([, , , d]) => d),
    open: sorted.map(([, middle]) => middle),
    high: sorted.map(([, , top]) => top),
    low: sorted.map(([bottom]) => bottom),
    close: sorted.map(([, middle]) => middle),
    volume: bars.map(([, , , , v]) => v),
  };
});

test('names and outputs are words of their own, and standards lie in their ranges', () => {
  expect(new Set(INDICATORS.map(({ name }) => name)).size).toBe(INDICATORS.length);
  for (const { name, outputs, parameters, inputs } of INDICATORS) {
    for (const word of [name, ...outputs, ...parameters.map((parameter) => parameter.name)]) expect(word).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(new Set(outputs).size).toBe(outputs.length);
    expect(inputs.length).toBeGreaterThan(0);
    for (const { least, most, standard } of parameters) expect(least <= standard && standard <= most).toBe(true);
  }
  expect(Object.keys(PLAIN).sort()).toEqual(INDICATORS.map(({ name }) => name).sort());
});

test('an indicator is found by its name, and only by it', () => {
  for (const entry of INDICATORS) expect(indicatorNamed(entry.name)).toBe(entry);
  for (const name of ['', 'SMA', 'constructor', '__proto__']) expect(indicatorNamed(name)).toBe(null);
});

test('parameters out of range are refused with their name and range', () => {
  const rsi = indicatorNamed('rsi') as IndicatorEntry;
  expect(() => rsi.make([])).toThrow('rsi takes 1 parameters, and was given 0');
  for (const n of [0, 2.5, 10_001, Number.NaN]) expect(() => rsi.make([n])).toThrow(`rsi: n is ${n}, and must be a whole number from 1 to`);
  expect(() => (indicatorNamed('keltner') as IndicatorEntry).make([20, 10, -1])).toThrow(
    'keltner: ranges is -1, and must be a number from 0',
  );
});

test.each(['stdev', 'zscore', 'bollinger', 'slope', 'correlation', 'cci', 'wma', 'sma', 'stochastic', 'rsi', 'atr', 'adx'])(
  '%s of prices around a thousand million that move by a few ticks: to 1e-9 still',
  (name) => {
    const entry = indicatorNamed(name) as IndicatorEntry;
    const { volume, ...prices } = tapeOf(9, 'whole', 1000);
    const far = Object.fromEntries(Object.entries(prices).map(([column, values]) => [column, values.map((x) => x + 1e9)]));
    agree(entry, standard(entry), { ...far, volume } as unknown as Columns, 'whole');
  },
);

describe.each(INDICATORS.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  const tape = fc.record({ seed: fc.nat(), mood: fc.constantFrom(...MOODS), bars: fc.integer({ min: 1, max: 120 }) });

  test('streaming is the plain formula over whole columns, to 1e-9', () => {
    fc.assert(
      fc.property(fc.oneof(parametersOf(entry), fc.constant(standard(entry))), tape, (parameters, { seed, mood, bars }) =>
        agree(entry, parameters, columnsFor(entry, seed, mood, bars), mood),
      ),
      { numRuns: 60 },
    );
    agree(entry, standard(entry), columnsFor(entry, 7, 'walk', 1000), 'walk');
  });

  test('restored at any bar, through text too, it goes on as if it had never stopped', () => {
    fc.assert(
      fc.property(parametersOf(entry), anyBars, fc.nat(80), (parameters, columns, cut) => {
        const rows = rowsOf(entry, columns);
        const original = entry.make(parameters);
        let restored = entry.make(parameters);
        rows.forEach((row, i) => {
          if (i === cut % rows.length) {
            restored = entry.make(parameters);
            restored.push(rows[rows.length - 1]); // load replaces whatever was there
            restored.load(JSON.parse(JSON.stringify(original.save())));
            expect(restored.save()).toEqual(original.save());
            if (original.ready) expect(read(entry, restored)).toEqual(read(entry, original));
          }
          original.push(row);
          restored.push(row);
          expect(restored.ready).toBe(original.ready);
          if (original.ready) expect(read(entry, restored)).toEqual(read(entry, original));
        });
        expect(restored.save()).toEqual(original.save());
      }),
      { numRuns: 60 },
    );
  });

  test('ready after exactly `warmup` bars, then finite for any bars, and never −0', () => {
    fc.assert(
      fc.property(parametersOf(entry), anyBars, (parameters, columns) => {
        const fitted = entry.make(parameters);
        expect(() => fitted.output(0)).toThrow('warm-up');
        rowsOf(entry, columns).forEach((row, i) => {
          fitted.push(row);
          expect(fitted.ready).toBe(i + 1 >= fitted.warmup);
          if (fitted.ready)
            expect(read(entry, fitted).filter((value) => !(Math.abs(value) <= LARGEST_INPUT) || Object.is(value, -0))).toEqual([]);
          else if (i + 2 === fitted.warmup)
            for (const output of entry.outputs.keys()) expect(() => fitted.output(output)).toThrow('warm-up');
          expect(fitted.save().filter((kept) => !Number.isFinite(kept) || Object.is(kept, -0))).toEqual([]);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('bars that cannot be are refused and leave it as it was; so are states of another shape', () => {
    const fitted = entry.make(standard(entry));
    const [good] = rowsOf(entry, columnsFor(entry, 1, 'walk', 1));
    fitted.push(good);
    const before = fitted.save();
    for (const [i, input] of entry.inputs.entries()) {
      for (const bad of [Number.NaN, Infinity, -Infinity, 1e101, ...(input === 'volume' ? [-1] : [])]) {
        const row = good.slice();
        row[i] = bad;
        expect(() => fitted.push(row)).toThrow(/indicator input|a bar has its|prices of a bar|a volume/);
        expect(fitted.save()).toEqual(before);
      }
    }
    expect(() => fitted.output(entry.outputs.length)).toThrow(/no output of this index/);
    expect(() => fitted.load([...before, 0])).toThrow('another shape or period');
    expect(() => fitted.load(before.with(-1, Number.NaN))).toThrow('finite');
    if (entry.parameters.length > 0) {
      const others = entry.parameters.map(({ standard, least }) => (standard === least ? least + 1 : least));
      if (name !== 'session_vwap') expect(() => fitted.load(entry.make(others).save())).toThrow(/was handed/);
    }
  });
});

function columnsFor(entry: IndicatorEntry, seed: number, mood: Mood, bars: number): Columns {
  const columns = tapeOf(seed, mood, bars);
  return entry.name === 'session_vwap' ? { ...columns, series: sessions(seed, bars) } : columns;
}

/** Within 1e-9 of the value; of 1 where it is smaller, and of the greatest price where prices leap over eight digits. */
function agree(entry: IndicatorEntry, parameters: readonly number[], columns: Columns, mood: Mood): void {
  const ours = streamed(entry, parameters, rowsOf(entry, columns));
  const plain = PLAIN[entry.name](columns, parameters);
  expect(ours.length).toBe(plain.length);
  const size = mood === 'jumps' ? Math.max(...columns.high) : 1;
  plain.forEach((column, output) => {
    expect(ours[output].length).toBe(column.length);
    column.forEach((value, i) => {
      const off = Math.abs(ours[output][i] - value);
      if (!(off <= 1e-9 * Math.max(Math.abs(value), size)))
        expect.fail(`${entry.outputs[output]} of ${parameters} on ${mood}, value ${i}: ${ours[output][i]}, by the formula ${value}`);
    });
  });
}
