import { beforeAll, describe, expect, test } from 'vitest';
import type { Columns } from '#tests/indicators/plain-formulas.ts';
import { openTalib, type Talib } from '#tests/indicators/talib-wasm.ts';
import { tapeOf } from '#tests/indicators/tapes.ts';
import type { IndicatorEntry } from './catalogue.ts';
import { INDICATORS, indicatorNamed } from './entries.ts';

/**
 * Every indicator that TA-Lib has too, against TA-Lib itself (compiled to WebAssembly) on made-up bars. Those it has not, or has otherwise on
 * purpose, are named below with the reason; the plain formulas and tables worked by hand stand in for it.
 */

/** What TA-Lib calls it, the columns and options it takes, and its outputs in the entry's order. */
type Theirs = Readonly<{
  name: string;
  inputs: (columns: Columns) => readonly (readonly number[])[];
  options: (...parameters: number[]) => readonly number[];
  outputs: number;
  order?: readonly number[];
  parameters: readonly (readonly number[])[];
}>;

const MEAN = 0; // TA-Lib's number for a simple average
const PERIODS = [[20], [14], [5], [2]];
const closes = ({ series }: Columns) => [series];
const highsAndLows = ({ high, low }: Columns) => [high, low];
const prices = ({ high, low, close }: Columns) => [high, low, close];
const asGiven = (...parameters: number[]) => parameters;

const plain = (name: string, inputs: Theirs['inputs'], parameters: Theirs['parameters'] = PERIODS): Theirs => ({
  ...{ name, inputs, options: asGiven, outputs: 1, parameters },
});

const THEIRS: Readonly<Record<string, readonly Theirs[]>> = {
  sma: [plain('SMA', closes)],
  ema: [
    {
      ...plain('EMA', closes, [
        [20, 1],
        [2, 1],
      ]),
      options: (n) => [n],
    },
  ],
  wma: [plain('WMA', closes)],
  dema: [plain('DEMA', closes)],
  tema: [plain('TEMA', closes)],
  kama: [
    {
      ...plain('KAMA', closes, [
        [10, 2, 30],
        [30, 2, 30],
        [2, 2, 30],
      ]),
      options: (n) => [n],
    },
  ],
  rsi: [plain('RSI', closes)],
  stochastic: [
    {
      ...plain('STOCH', prices, [
        [14, 3, 3],
        [5, 1, 3],
        [9, 5, 1],
      ]),
      ...{ options: (n, slow, signal) => [n, slow, MEAN, signal, MEAN], outputs: 2 },
    },
  ],
  stochrsi: [
    {
      ...plain('STOCHRSI', closes, [
        [14, 14, 1, 3],
        [14, 5, 1, 3],
        [5, 9, 1, 1],
      ]),
      ...{ options: (n, range, _slow, signal) => [n, range, signal, MEAN], outputs: 2 },
    },
  ],
  // Not with a signal of 1: TA-Lib then says it begins a bar before its slow average does.
  macd: [
    {
      ...plain('MACD', closes, [
        [12, 26, 9],
        [3, 10, 16],
        [2, 3, 2],
      ]),
      outputs: 3,
    },
  ],
  roc: [plain('ROC', closes, [[10], [1], [30]])],
  cci: [plain('CCI', prices)],
  williams: [plain('WILLR', prices)],
  adx: [plain('ADX', prices), plain('PLUS_DI', prices), plain('MINUS_DI', prices)],
  aroon: [plain('AROONOSC', highsAndLows), { ...plain('AROON', highsAndLows), outputs: 2, order: [1, 0] }],
  psar: [
    plain('SAR', highsAndLows, [
      [0.02, 0.2],
      [0.05, 0.1],
      [0.3, 0.2],
    ]),
  ],
  atr: [plain('ATR', prices)],
  bollinger: [
    {
      ...plain('BBANDS', closes, [
        [20, 2],
        [5, 1.5],
        [10, 1],
      ]),
      ...{ options: (n, deviations) => [n, deviations, deviations, MEAN], outputs: 3, order: [1, 0, 2] },
    },
  ],
  donchian: [plain('MIDPRICE', highsAndLows), plain('MAX', ({ high }) => [high]), plain('MIN', ({ low }) => [low])],
  highest: [plain('MAX', closes)],
  lowest: [plain('MIN', closes)],
  obv: [plain('OBV', ({ close, volume }) => [close, volume], [[]])],
  mfi: [plain('MFI', ({ high, low, close, volume }) => [high, low, close, volume])],
  // Not 2: TA-Lib subtracts squares, and of two nearly equal prices four digits are left.
  stdev: [{ ...plain('STDDEV', closes, [[20], [14], [5]]), options: (n) => [n, 1] }],
  slope: [plain('LINEARREG_SLOPE', closes)],
  correlation: [plain('CORREL', ({ series, second }) => [series, second], [[20], [14], [5]])],
};

/** Outputs that TA-Lib has not, and why. */
const NOT_THEIRS: Readonly<Record<string, string>> = {
  'bollinger.width': 'TA-Lib has the bands only',
  'bollinger.percent': 'TA-Lib has the bands only',
  'psar.direction': 'TA-Lib gives the stop only',
  hma: 'TA-Lib has none',
  vwap: 'TA-Lib has none',
  session_vwap: 'TA-Lib has none',
  supertrend: 'TA-Lib has none',
  ichimoku: 'TA-Lib has none',
  keltner: 'TA-Lib has none',
  pivots: 'TA-Lib has none',
  cmf: 'TA-Lib has none; its ADOSC smooths another sum',
  zscore: 'TA-Lib has none',
};

let talib: Talib;
beforeAll(async () => {
  talib = await openTalib();
});

/** TA-Lib's columns in the order of the entry's outputs, each with the bar it begins at. */
const theirs = (name: string, columns: Columns, parameters: readonly number[]): { begin: number; column: readonly number[] }[] =>
  THEIRS[name].flatMap((call) => {
    const answer = talib(call.name, call.inputs(columns), call.options(...parameters), call.outputs);
    const order = call.order ?? [...answer.columns.keys()];
    return order.map((i) => ({ begin: answer.begin, column: answer.columns[i] }));
  });

test('every output is compared with TA-Lib or named with the reason why not', () => {
  for (const entry of INDICATORS) {
    const compared = THEIRS[entry.name];
    const left = entry.outputs.filter((output) => NOT_THEIRS[`${entry.name}.${output}`] !== undefined);
    expect([entry.name, compared !== undefined]).toEqual([entry.name, NOT_THEIRS[entry.name] === undefined]);
    if (compared === undefined) expect(left).toEqual([]);
    else expect(theirs(entry.name, tapeOf(1, 'walk', 100), compared[0].parameters[0]).length).toBe(entry.outputs.length - left.length);
  }
});

describe.each(INDICATORS.filter(({ name }) => THEIRS[name] !== undefined).map((entry) => [entry.name, entry] as const))(
  '%s',
  (name, entry) => {
    const { parameters } = THEIRS[name][0];
    const given = parameters.map((numbers) => [numbers.join(', '), numbers] as const);

    test.each(given)('(%s) agrees with TA-Lib to 1e-9', (_shown, numbers) => {
      for (const seed of [1, 2, 3]) compare(entry, numbers, tapeOf(seed, 'walk', 600));
    });

    // on prices that stand still TA-Lib places the rounding of the RSI; the test below shows it
    if (name === 'stochrsi') return;
    test.each(given)('(%s) agrees on whole prices, many of them equal', (_shown, numbers) => {
      for (const seed of [4, 5, 6]) compare(entry, numbers, tapeOf(seed, 'whole', 600));
    });
  },
);

test('the one difference on whole prices: the stochastic of an RSI that stands still', () => {
  // 10 11 10 11 11 11 …: once the price stays, gain and loss shrink by the same part and the RSI stays too. TA-Lib places its rounding at 100.
  const series = [10, 11, 10, 11, 11, 11, 11, 11, 11, 11, 11, 11];
  const ours = (indicatorNamed('stochrsi') as IndicatorEntry).make([3, 2, 1, 1]);
  for (const x of series) ours.push(Float64Array.of(x));
  expect(ours.output(0)).toBe(0);
  expect(talib('STOCHRSI', [series], [3, 2, 1, MEAN], 2).columns[0].slice(-7)).toContain(100);
});

test('TA-Lib is asked as it wants to be: it says the bar it begins with and gives a value a bar from there', () => {
  // (1 + 2 + 6) / 3 = 3, (2 + 6 + 7) / 3 = 5; a deviation takes two steps inside TA-Lib: of 1 and 3, then of 3 and 7
  expect(talib('SMA', [[1, 2, 6, 7]], [3], 1)).toEqual({ begin: 2, columns: [[3, 5]] });
  expect(talib('STDDEV', [[1, 3, 7]], [2, 1], 1)).toEqual({ begin: 1, columns: [[1, 2]] });
});

function compare(entry: IndicatorEntry, parameters: readonly number[], columns: Columns): void {
  const fitted = entry.make(parameters);
  const outputs = entry.outputs.flatMap((output, i) => (NOT_THEIRS[`${entry.name}.${output}`] === undefined ? [i] : []));
  const compared = theirs(entry.name, columns, parameters);
  const row = new Float64Array(entry.inputs.length);
  // Ready with TA-Lib: with the latest of its functions, where there are several.
  expect(fitted.warmup - 1).toBe(Math.max(...compared.map(({ begin }) => begin)));
  for (const bar of columns.close.keys()) {
    for (const [i, input] of entry.inputs.entries()) row[i] = columns[input][bar];
    fitted.push(row);
    if (!fitted.ready) continue;
    for (const [i, output] of outputs.entries()) {
      const value = compared[i].column[bar - compared[i].begin];
      const off = Math.abs(fitted.output(output) - value);
      if (!(off <= 1e-9 * Math.max(1, Math.abs(value))))
        expect.fail(`${entry.outputs[output]}, bar ${bar}: ${fitted.output(output)}, TA-Lib ${value}`);
    }
  }
}
