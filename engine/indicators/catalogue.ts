/**
 * How the strategy language and the reports know an indicator: its name, what it is pushed, its parameters and outputs. The classes beside
 * this file stay the way to use one in TypeScript; an entry only fits one of them to a row of numbers.
 */

/** What a bar offers, or a series that the writer of an expression names. */
export type IndicatorInput = 'series' | 'second' | 'open' | 'high' | 'low' | 'close' | 'volume';

export type IndicatorParameter = Readonly<{
  name: string;
  kind: 'whole' | 'number';
  least: number;
  most: number;
  standard: number;
  about: string;
}>;

/** An indicator fitted to its entry: `push` reads its inputs in the entry's order, `output(i)` is the i-th of the entry's outputs. */
export interface FittedIndicator {
  readonly warmup: number;
  readonly ready: boolean;
  push(inputs: Float64Array): void;
  output(index: number): number;
  save(): readonly number[];
  load(saved: readonly number[]): void;
}

export type IndicatorEntry = Readonly<{
  /** As written in expressions: `ema`, `macd`. */
  name: string;
  about: string;
  inputs: readonly IndicatorInput[];
  parameters: readonly IndicatorParameter[];
  /** `['value']`, or several: `['macd', 'signal', 'histogram']`, read as `macd(close).signal`; the first is meant when none is named. */
  outputs: readonly string[];
  make(parameters: readonly number[]): FittedIndicator;
}>;
