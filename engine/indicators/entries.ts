/**
 * The list of all indicators by name, each fitted to its entry. Only names, ranges and order of arguments are decided here; what an indicator
 * computes stands in its class, and docs/indicators.md tells both.
 */
import { assert } from '../assert.ts';
import { Adx } from './adx.ts';
import { Aroon } from './aroon.ts';
import { Atr } from './atr.ts';
import { Bollinger } from './bollinger.ts';
import type { FittedIndicator, IndicatorEntry, IndicatorParameter } from './catalogue.ts';
import { Cci } from './cci.ts';
import { Cmf } from './cmf.ts';
import { Correlation } from './correlation.ts';
import { Dema } from './dema.ts';
import { Donchian } from './donchian.ts';
import { Ema } from './ema.ts';
import { Extreme } from './extreme.ts';
import { Hma } from './hma.ts';
import { Ichimoku } from './ichimoku.ts';
import type { Indicator } from './indicator.ts';
import { Kama } from './kama.ts';
import { Keltner } from './keltner.ts';
import { LARGEST_FACTOR, withinLimits } from './limits.ts';
import { Macd } from './macd.ts';
import { Mfi } from './mfi.ts';
import { Obv } from './obv.ts';
import { ParabolicSar } from './parabolic-sar.ts';
import { Pivots } from './pivots.ts';
import { Roc } from './roc.ts';
import { Rsi } from './rsi.ts';
import { SessionVwap } from './session-vwap.ts';
import { Slope } from './slope.ts';
import { Sma } from './sma.ts';
import { StandardDeviation } from './standard-deviation.ts';
import { StochRsi } from './stoch-rsi.ts';
import { Stochastic } from './stochastic.ts';
import { Supertrend } from './supertrend.ts';
import { Tema } from './tema.ts';
import { Vwap } from './vwap.ts';
import { Williams } from './williams.ts';
import { Wma } from './wma.ts';
import { ZScore } from './z-score.ts';

/** Longest period a strategy may ask for by name. */
const LONGEST = 10_000;

const whole = (name: string, standard: number, about: string, least = 1, most = LONGEST): IndicatorParameter => ({
  ...{ name, kind: 'whole', least, most, standard, about },
});
const bars = (standard: number, least = 1) => whole('n', standard, 'bars looked back upon', least);
const factor = (name: string, standard: number, about: string): IndicatorParameter => ({
  ...{ name, kind: 'number', least: 0, most: LARGEST_FACTOR, standard, about },
});
const part = (name: string, standard: number, about: string): IndicatorParameter => ({
  ...{ name, kind: 'number', least: 0.0001, most: 1, standard, about },
});

const LISTED: readonly IndicatorEntry[] = [
  // averages
  ofSeries(
    'sma',
    'simple moving average',
    [bars(20)],
    ([n]) => new Sma(n),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'ema',
    'exponential moving average',
    [bars(20), whole('seed', 0, '0: begins with the first input; 1: with the mean of the first n, as TA-Lib', 0, 1)],
    ([n, seed]) => new Ema(n, seed === 1 ? 'sma' : 'first'),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'wma',
    'linearly weighted moving average',
    [bars(20)],
    ([n]) => new Wma(n),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'dema',
    'double exponential moving average',
    [bars(20)],
    ([n]) => new Dema(n),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'tema',
    'triple exponential moving average',
    [bars(20)],
    ([n]) => new Tema(n),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'kama',
    'adaptive moving average of Kaufman',
    [bars(10), whole('fast', 2, 'period where price goes one way'), whole('slow', 30, 'period where price goes to and fro')],
    ([n, fast, slow]) => new Kama(n, fast, slow),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'hma',
    'moving average of Hull',
    [bars(20, 2)],
    ([n]) => new Hma(n),
    (into, x) => into.push(x[0]),
  ),
  {
    name: 'vwap',
    about: 'volume-weighted average price of the last n bars',
    inputs: ['high', 'low', 'close', 'volume'],
    parameters: [bars(20)],
    outputs: ['value'],
    make: ([n]) => fitted(new Vwap(n), (vwap, x) => vwap.push(x[0], x[1], x[2], x[3]), [theValue]),
  },
  {
    name: 'session_vwap',
    about: 'volume-weighted average price since the series of session numbers last changed',
    inputs: ['series', 'high', 'low', 'close', 'volume'],
    parameters: [],
    outputs: ['value'],
    make: () => fitted(new SessionVwap(), (vwap, x) => vwap.push(x[0], x[1], x[2], x[3], x[4]), [theValue]),
  },

  // momentum
  ofSeries(
    'rsi',
    'relative strength index of Wilder',
    [bars(14)],
    ([n]) => new Rsi(n),
    (into, x) => into.push(x[0]),
  ),
  {
    name: 'stochastic',
    about: 'stochastic oscillator; fast with slow = 1',
    inputs: ['high', 'low', 'close'],
    parameters: [bars(14), whole('slow', 3, 'bars that smooth k'), whole('signal', 3, 'bars of the mean d')],
    outputs: ['k', 'd'],
    make: ([n, slow, signal]) =>
      fitted(new Stochastic(n, slow, signal), (into, x) => into.push(x[0], x[1], x[2]), [(of) => of.k, (of) => of.d]),
  },
  {
    name: 'stochrsi',
    about: "stochastic oscillator of the relative strength index; TA-Lib's with slow = 1",
    inputs: ['series'],
    parameters: [
      whole('n', 14, 'bars of the RSI'),
      whole('range', 14, 'bars of the range it is placed in'),
      whole('slow', 3, 'bars that smooth k'),
      whole('signal', 3, 'bars of the mean d'),
    ],
    outputs: ['k', 'd'],
    make: ([n, range, slow, signal]) =>
      fitted(new StochRsi(n, range, slow, signal), (into, x) => into.push(x[0]), [(of) => of.k, (of) => of.d]),
  },
  {
    name: 'macd',
    about: 'difference of two exponential averages, its signal line and their distance',
    inputs: ['series'],
    parameters: [
      whole('fast', 12, 'bars of the fast average'),
      whole('slow', 26, 'bars of the slow average'),
      whole('signal', 9, 'bars of the signal line'),
    ],
    outputs: ['macd', 'signal', 'histogram'],
    make: ([fast, slow, signal]) =>
      fitted(new Macd(fast, slow, signal), (into, x) => into.push(x[0]), [theValue, (of) => of.signal, (of) => of.histogram]),
  },
  ofSeries(
    'roc',
    'rate of change in percent',
    [bars(10)],
    ([n]) => new Roc(n),
    (into, x) => into.push(x[0]),
  ),
  {
    name: 'cci',
    about: 'commodity channel index',
    inputs: ['high', 'low', 'close'],
    parameters: [bars(20, 2)],
    outputs: ['value'],
    make: ([n]) => fitted(new Cci(n), (into, x) => into.push(x[0], x[1], x[2]), [theValue]),
  },
  {
    name: 'williams',
    about: 'Williams %R',
    inputs: ['high', 'low', 'close'],
    parameters: [bars(14)],
    outputs: ['value'],
    make: ([n]) => fitted(new Williams(n), (into, x) => into.push(x[0], x[1], x[2]), [theValue]),
  },

  // direction
  {
    name: 'adx',
    about: 'average directional index, with +DI and −DI',
    inputs: ['high', 'low', 'close'],
    parameters: [bars(14)],
    outputs: ['adx', 'plus', 'minus'],
    make: ([n]) => fitted(new Adx(n), (into, x) => into.push(x[0], x[1], x[2]), [theValue, (of) => of.plus, (of) => of.minus]),
  },
  {
    name: 'aroon',
    about: 'how recent the extremes of n bars are',
    inputs: ['high', 'low'],
    parameters: [bars(14)],
    outputs: ['oscillator', 'up', 'down'],
    make: ([n]) => fitted(new Aroon(n), (into, x) => into.push(x[0], x[1]), [theValue, (of) => of.up, (of) => of.down]),
  },
  {
    name: 'supertrend',
    about: 'band of average true ranges that follows one side of the market',
    inputs: ['high', 'low', 'close'],
    parameters: [whole('n', 10, 'bars of the average true range'), factor('ranges', 3, 'average true ranges from the middle')],
    outputs: ['line', 'direction'],
    make: ([n, ranges]) => fitted(new Supertrend(n, ranges), (into, x) => into.push(x[0], x[1], x[2]), [theValue, (of) => of.direction]),
  },
  {
    name: 'psar',
    about: 'parabolic stop and reverse of Wilder',
    inputs: ['high', 'low'],
    parameters: [part('step', 0.02, 'acceleration at each new extreme'), part('most', 0.2, 'acceleration at most')],
    outputs: ['stop', 'direction'],
    make: ([step, most]) => fitted(new ParabolicSar(step, most), (into, x) => into.push(x[0], x[1]), [theValue, (of) => of.direction]),
  },
  {
    name: 'ichimoku',
    about: 'lines and cloud of Ichimoku as they stand at the newest bar, without chikou',
    inputs: ['high', 'low'],
    parameters: [
      whole('tenkan', 9, 'bars of the tenkan line'),
      whole('kijun', 26, 'bars of the kijun line'),
      whole('span', 52, 'bars of senkou B'),
      whole('ahead', 26, 'bars the cloud is drawn ahead, the bar itself as the first'),
    ],
    outputs: ['tenkan', 'kijun', 'senkou_a', 'senkou_b'],
    make: ([tenkan, kijun, span, ahead]) =>
      fitted(new Ichimoku(tenkan, kijun, span, ahead), (into, x) => into.push(x[0], x[1]), [
        (of) => of.tenkan,
        (of) => of.kijun,
        (of) => of.senkouA,
        (of) => of.senkouB,
      ]),
  },

  // range and bands
  {
    name: 'atr',
    about: 'average true range of Wilder',
    inputs: ['high', 'low', 'close'],
    parameters: [bars(14)],
    outputs: ['value'],
    make: ([n]) => fitted(new Atr(n), (into, x) => into.push(x[0], x[1], x[2]), [theValue]),
  },
  {
    name: 'bollinger',
    about: 'bands of Bollinger',
    inputs: ['series'],
    parameters: [bars(20), factor('deviations', 2, 'standard deviations from the middle')],
    outputs: ['middle', 'upper', 'lower', 'width', 'percent'],
    make: ([n, deviations]) =>
      fitted(new Bollinger(n, deviations), (into, x) => into.push(x[0]), [
        theValue,
        (of) => of.upper,
        (of) => of.lower,
        (of) => of.width,
        (of) => of.percent,
      ]),
  },
  {
    name: 'keltner',
    about: 'channel of Keltner',
    inputs: ['high', 'low', 'close'],
    parameters: [
      whole('n', 20, 'bars of the exponential average'),
      whole('range', 10, 'bars of the average true range'),
      factor('ranges', 2, 'average true ranges from the middle'),
    ],
    outputs: ['middle', 'upper', 'lower'],
    make: ([n, range, ranges]) =>
      fitted(new Keltner(n, range, ranges), (into, x) => into.push(x[0], x[1], x[2]), [theValue, (of) => of.upper, (of) => of.lower]),
  },
  {
    name: 'donchian',
    about: 'channel of Donchian',
    inputs: ['high', 'low'],
    parameters: [bars(20)],
    outputs: ['middle', 'upper', 'lower'],
    make: ([n]) => fitted(new Donchian(n), (into, x) => into.push(x[0], x[1]), [theValue, (of) => of.upper, (of) => of.lower]),
  },
  {
    name: 'pivots',
    about: 'classic pivot levels of the last n closed bars, for what comes next',
    inputs: ['high', 'low', 'close'],
    parameters: [bars(1)],
    outputs: ['pivot', 'r1', 'r2', 'r3', 's1', 's2', 's3'],
    make: ([n]) =>
      fitted(new Pivots(n), (into, x) => into.push(x[0], x[1], x[2]), [
        theValue,
        (of) => of.resistance(1),
        (of) => of.resistance(2),
        (of) => of.resistance(3),
        (of) => of.support(1),
        (of) => of.support(2),
        (of) => of.support(3),
      ]),
  },
  ofSeries(
    'highest',
    'highest of the last n inputs',
    [bars(20)],
    ([n]) => new Extreme(n, 'highest'),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'lowest',
    'lowest of the last n inputs',
    [bars(20)],
    ([n]) => new Extreme(n, 'lowest'),
    (into, x) => into.push(x[0]),
  ),

  // volume
  {
    name: 'obv',
    about: 'on-balance volume',
    inputs: ['close', 'volume'],
    parameters: [],
    outputs: ['value'],
    make: () => fitted(new Obv(), (into, x) => into.push(x[0], x[1]), [theValue]),
  },
  {
    name: 'cmf',
    about: 'money flow of Chaikin',
    inputs: ['high', 'low', 'close', 'volume'],
    parameters: [bars(20)],
    outputs: ['value'],
    make: ([n]) => fitted(new Cmf(n), (into, x) => into.push(x[0], x[1], x[2], x[3]), [theValue]),
  },
  {
    name: 'mfi',
    about: 'money flow index',
    inputs: ['high', 'low', 'close', 'volume'],
    parameters: [bars(14)],
    outputs: ['value'],
    make: ([n]) => fitted(new Mfi(n), (into, x) => into.push(x[0], x[1], x[2], x[3]), [theValue]),
  },

  // statistics
  ofSeries(
    'stdev',
    'standard deviation of the last n inputs',
    [bars(20)],
    ([n]) => new StandardDeviation(n),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'slope',
    'slope of the line of least squares through the last n inputs',
    [bars(20, 2)],
    ([n]) => new Slope(n),
    (into, x) => into.push(x[0]),
  ),
  ofSeries(
    'zscore',
    'standard deviations of the newest input from the mean of n',
    [bars(20)],
    ([n]) => new ZScore(n),
    (into, x) => into.push(x[0]),
  ),
  {
    name: 'correlation',
    about: 'correlation of two series over n bars',
    inputs: ['series', 'second'],
    parameters: [bars(20)],
    outputs: ['value'],
    make: ([n]) => fitted(new Correlation(n), (into, x) => into.push(x[0], x[1]), [theValue]),
  },
];

export const INDICATORS: readonly IndicatorEntry[] = LISTED.map((entry) => ({
  ...entry,
  make: (given) => entry.make(checkedParameters(entry, given)),
}));

export function indicatorNamed(name: string): IndicatorEntry | null {
  return INDICATORS.find((entry) => entry.name === name) ?? null;
}

const theValue = (indicator: Indicator): number => indicator.value;

/** An indicator that reads one series and has one value. Each entry brings a push of its own: V8 learns at each place in the source what it calls
 * there, and where it is one class, hands the number over without the heap. */
function ofSeries<I extends Indicator>(
  name: string,
  about: string,
  parameters: readonly IndicatorParameter[],
  make: (given: readonly number[]) => I,
  push: (into: I, inputs: Float64Array) => void,
): IndicatorEntry {
  return {
    ...{ name, about, inputs: ['series'], parameters, outputs: ['value'] },
    make: (given) => fitted(make(given), push, [theValue]),
  };
}

function checkedParameters({ name, parameters }: IndicatorEntry, given: readonly number[]): readonly number[] {
  assert(given.length === parameters.length, () => `${name} takes ${parameters.length} parameters, and was given ${given.length}`);
  parameters.forEach((parameter, i) => {
    const inRange = given[i] >= parameter.least && given[i] <= parameter.most;
    assert(inRange && (parameter.kind === 'number' || Number.isInteger(given[i])), () => {
      const number = parameter.kind === 'whole' ? 'a whole number' : 'a number';
      return `${name}: ${parameter.name} is ${given[i]}, and must be ${number} from ${parameter.least} to ${parameter.most}`;
    });
  });
  return given;
}

function fitted<I extends Indicator>(
  indicator: I,
  push: (into: I, inputs: Float64Array) => void,
  outputs: readonly ((of: I) => number)[],
): FittedIndicator {
  return {
    warmup: indicator.warmup,
    get ready() {
      return indicator.ready;
    },
    push: (inputs) => push(indicator, inputs),
    output(index) {
      const read = outputs[index];
      assert(read !== undefined, 'an indicator has no output of this index');
      return withinLimits(read(indicator));
    },
    save: () => indicator.save(),
    load: (saved) => indicator.load(saved),
  };
}
