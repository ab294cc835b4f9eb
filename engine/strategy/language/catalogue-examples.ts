/** The five plain indicators and two windows as a catalogue: enough for the tests of the language, whatever the list of the engine holds. */
import { Atr } from '../../indicators/atr.ts';
import type { FittedIndicator, IndicatorEntry, IndicatorInput, IndicatorParameter } from '../../indicators/catalogue.ts';
import { Donchian } from '../../indicators/donchian.ts';
import { Ema } from '../../indicators/ema.ts';
import { Rsi } from '../../indicators/rsi.ts';
import { Sma } from '../../indicators/sma.ts';
import type { Catalogue } from './check.ts';

type Restorable = Readonly<{ warmup: number; ready: boolean; save(): readonly number[]; load(saved: readonly number[]): void }>;

function fitted<T extends Restorable>(
  indicator: T,
  push: (row: Float64Array) => void,
  outputs: readonly ((of: T) => number)[],
): FittedIndicator {
  return {
    warmup: indicator.warmup,
    get ready() {
      return indicator.ready;
    },
    push,
    output: (index) => outputs[index]!(indicator),
    save: () => indicator.save(),
    load: (saved) => indicator.load(saved),
  };
}

const bars = (standard: number): IndicatorParameter => ({
  name: 'bars',
  kind: 'whole',
  least: 1,
  most: 10_000,
  standard,
  about: 'bars it looks at',
});

function entry(
  name: string,
  inputs: readonly IndicatorInput[],
  standard: number,
  make: (n: number) => FittedIndicator,
  outputs = ['value'],
): IndicatorEntry {
  return { name, about: name, inputs, parameters: [bars(standard)], outputs, make: ([n]) => make(n!) };
}

const window = (n: number, side: 'upper' | 'lower'): FittedIndicator => {
  const donchian = new Donchian(n);
  return fitted(donchian, ([x]) => donchian.push(x!, x!), [(of) => of[side]]);
};

const ENTRIES: readonly IndicatorEntry[] = [
  entry('sma', ['series'], 20, (n) => {
    const sma = new Sma(n);
    return fitted(sma, ([x]) => sma.push(x!), [({ value }) => value]);
  }),
  entry('ema', ['series'], 20, (n) => {
    const ema = new Ema(n);
    return fitted(ema, ([x]) => ema.push(x!), [({ value }) => value]);
  }),
  entry('rsi', ['series'], 14, (n) => {
    const rsi = new Rsi(n);
    return fitted(rsi, ([x]) => rsi.push(x!), [({ value }) => value]);
  }),
  entry('atr', ['high', 'low', 'close'], 14, (n) => {
    const atr = new Atr(n);
    return fitted(atr, ([high, low, close]) => atr.push(high!, low!, close!), [({ value }) => value]);
  }),
  entry(
    'donchian',
    ['high', 'low'],
    20,
    (n) => {
      const donchian = new Donchian(n);
      const outputs = [({ value }: Donchian) => value, ({ upper }: Donchian) => upper, ({ lower }: Donchian) => lower];
      return fitted(donchian, ([high, low]) => donchian.push(high!, low!), outputs);
    },
    ['middle', 'upper', 'lower'],
  ),
  entry('highest', ['series'], 20, (n) => window(n, 'upper')),
  entry('lowest', ['series'], 20, (n) => window(n, 'lower')),
];

export const EXAMPLE_CATALOGUE: Catalogue = {
  find: (name) => ENTRIES.find((each) => each.name === name) ?? null,
  names: ENTRIES.map(({ name }) => name),
};

/** Name, inputs, parameters and outputs of what the shipped documents use besides; the values are stand-ins, for tests of meaning only. */
const shape = (name: string, inputs: readonly IndicatorInput[], standards: readonly number[], outputs = ['value']): IndicatorEntry => ({
  name,
  about: name,
  inputs,
  parameters: standards.map((standard, index) => ({
    ...bars(standard),
    name: `p${index}`,
    kind: index === 0 ? 'whole' : 'number',
    least: 0,
  })),
  outputs,
  make: ([n]) => {
    const sma = new Sma(Math.max(1, n ?? 1));
    return fitted(
      sma,
      ([x]) => sma.push(x!),
      outputs.map(() => (of: Sma) => of.value),
    );
  },
});

const SHAPES: readonly IndicatorEntry[] = [
  shape('supertrend', ['high', 'low', 'close'], [10, 3], ['line', 'direction']),
  shape('bollinger', ['series'], [20, 2], ['middle', 'upper', 'lower', 'width', 'percent']),
  shape('session_vwap', ['series', 'high', 'low', 'close', 'volume'], []),
  shape('zscore', ['series'], [20]),
  shape('correlation', ['series', 'second'], [20]),
];

/** Enough for the documents in strategies/. */
export const SAMPLE_CATALOGUE: Catalogue = {
  find: (name) => EXAMPLE_CATALOGUE.find(name) ?? SHAPES.find((each) => each.name === name) ?? null,
  names: [...EXAMPLE_CATALOGUE.names, ...SHAPES.map(({ name }) => name)],
};
