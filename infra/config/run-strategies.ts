/**
 * Who trades in a run: what each entry of `strategies` names, which candles it listens to, and what of it does not fit. Where a strategy of one's own
 * lies, and what its text means, is looked up by whoever reads the configuration.
 */
import { nearest } from '#engine/nearest.ts';
import { SAMPLES, sampleByName, versionOf } from '#engine/strategy/samples.ts';
import type { ParameterSpec, Strategy } from '#engine/strategy/strategy.ts';
import { MINUTE_US, type Sha256 } from '#engine/values.ts';
import { type Fault, shown, shownKey } from './faults.ts';
import type { RunConfig, RunEntries, RunStrategy } from './run-schema.ts';

/** By its name (or the beginning of its version), or by its file. */
export type StrategyNamed = Readonly<{ name: string | null; file: string | null }>;

export type FoundForRun = Readonly<{
  strategy: Strategy;
  version: Sha256;
  /** The markets of a document; none for a program, which says only how many it wants. */
  markets: readonly Readonly<{ name: string; timeframeUs: number | null }>[];
  /** Held by this build, which also holds the versions it had before. */
  isBundled: boolean;
}>;

/** `place`: in the file of the strategy; null where the entry itself is at fault. */
export type StrategyFault = Readonly<{ place: string | null; why: string; remedy: string }>;
/** Null: nobody looked, and nothing is said about it. */
export type StrategyLookup = (named: StrategyNamed) => FoundForRun | readonly StrategyFault[] | null;

/** What this build holds; files are not looked at. */
export const BUNDLED: StrategyLookup = ({ name, file }) => {
  if (name === null || file !== null) return null;
  const strategy = sampleByName(name);
  if (strategy !== null) return { strategy, version: versionOf(strategy), markets: [], isBundled: true };
  const names = SAMPLES.map((sample) => sample.name);
  const meant = nearest(name, names);
  const remedy = meant === null ? `write one of them, as ${names[0]}` : `did you mean ${meant}?`;
  return [{ place: null, why: `${shown(name)} is not one of ${names.join(', ')}`, remedy }];
};

/** For who wants to know where a desk keeps its things, and must be answered whatever its strategies are. */
export const UNLOOKED: StrategyLookup = () => null;

/** The name a strategy goes by here. */
export const strategyIdOf = ({ id, name, instrument, instruments: several }: RunStrategy): string =>
  id ?? `${name}-${instrument ?? several[0] ?? ''}`;

export const symbolsOf = ({ instrument, instruments: several }: Pick<RunStrategy, 'instrument' | 'instruments'>): readonly string[] =>
  instrument === null ? several : [instrument];

/** The entries by the strategies' own names, with their versions. */
export const withNames = (entries: RunEntries, lookup: StrategyLookup): readonly RunStrategy[] =>
  entries.map((one) => {
    const found = lookup(one);
    const [name, version] = isThere(found) ? [found.strategy.name, found.version] : [one.name ?? stemOf(one.file), null];
    return { ...one, name, version };
  });

/** Those that were found, by version. */
export function foundIn(entries: RunEntries, lookup: StrategyLookup): ReadonlyMap<Sha256, FoundForRun> {
  const found = new Map<Sha256, FoundForRun>();
  for (const each of entries.map(lookup)) if (isThere(each)) found.set(each.version, each);
  return found;
}

export const isThere = (found: ReturnType<StrategyLookup>): found is FoundForRun => found !== null && 'strategy' in found;

const stemOf = (file: string | null): string => /([^/]*?)(\.[a-z]+)?$/.exec(file ?? '')?.[1] ?? '';

/** How many instruments it needs at the least. */
export const instrumentsNeeded = (one: Pick<RunStrategy, 'timeframe'>, found: FoundForRun): number =>
  needsOf(one, marketsOf(found, 1)).needs.filter((each) => each).length;

type Stream = Readonly<{ symbol: string; timeframeUs: number }>;

/**
 * The candle streams of an entry. The instruments stand for the markets in their order; a market of another timeframe than the first one's may be left
 * out, and is then the first instrument.
 */
export function streamsOf(one: Pick<RunStrategy, 'instrument' | 'instruments' | 'timeframe'>, found: FoundForRun): readonly Stream[] {
  const symbols = symbolsOf(one);
  const markets = marketsOf(found, symbols.length);
  const { mainUs, needs } = needsOf(one, markets);
  const left = [...symbols];
  const isEach = symbols.length === markets.length;
  return markets.map(({ timeframeUs }, index) => ({
    symbol: isEach || needs[index] ? left.shift()! : symbols[0]!,
    timeframeUs: timeframeUs ?? mainUs,
  }));
}

const marketsOf = ({ markets, strategy }: FoundForRun, symbols: number): FoundForRun['markets'] =>
  markets.length > 0
    ? markets
    : Array.from({ length: strategy.subscriptions ?? Math.max(1, symbols) }, () => ({ name: 'main', timeframeUs: null }));

function needsOf(
  { timeframe }: Pick<RunStrategy, 'timeframe'>,
  markets: FoundForRun['markets'],
): Readonly<{ mainUs: number; needs: readonly boolean[] }> {
  const mainUs = markets[0]!.timeframeUs ?? timeframe ?? MINUTE_US;
  return { mainUs, needs: markets.map(({ timeframeUs }, index) => index === 0 || (timeframeUs ?? mainUs) === mainUs) };
}

// what does not fit

type Wrong = Readonly<{ place?: string; path: string; why: string; remedy: string; reads?: readonly string[] }>;

/** `entries` are those of the file; of them `config` holds what was made. */
export function* strategyFaults(config: RunConfig, entries: RunEntries, lookup: StrategyLookup): Generator<Wrong> {
  const symbols = config.instruments.map(({ symbol }) => symbol);
  for (const [index, one] of config.strategies.entries()) {
    const path = `strategies[${index + 1}]`;
    const reads = [`${path}.name`, `${path}.file`, `${path}.instrument`, `${path}.id`];
    const entry = entries[index]!;
    yield* nameFaults(config, index, path, reads);
    yield* symbolFaults(one, path, symbols);
    if (entry.name === null && entry.file === null) {
      yield { path, why: 'names no strategy', remedy: 'write name: ema-cross, or file: mine.yaml', reads };
      continue;
    }
    if (entry.name !== null && entry.file !== null) {
      yield { path: `${path}.file`, why: 'stands beside name', remedy: 'keep one of the two', reads };
      continue;
    }
    const found = lookup(entry);
    if (found === null) continue;
    if (!isThere(found)) {
      for (const { place, why, remedy } of found)
        yield {
          ...(place === null ? {} : { place }),
          path: place === null ? `${path}.${entry.file === null ? 'name' : 'file'}` : '',
          why,
          remedy,
          reads,
        };
      continue;
    }
    yield* fitFaults(one, found, path, symbols, reads);
    yield* parameterFaults(one, found.strategy, path, reads);
  }
}

function* nameFaults({ strategies: all }: RunConfig, index: number, path: string, reads: readonly string[]): Generator<Wrong> {
  const one = all[index]!;
  const id = strategyIdOf(one);
  const before = all.findIndex((other) => strategyIdOf(other) === id);
  if (before < index)
    yield {
      path: one.id === null ? path : `${path}.id`,
      why: `${id} is what strategies[${before + 1}] is called too`,
      remedy: 'give one of them an id of its own',
      reads,
    };
  if (id.length > 64) yield { path, why: 'its name and instrument make an id of more than 64 characters', remedy: 'give it an id', reads };
  if (id === 'none') yield { path: `${path}.id`, why: "'none' is what orders of no strategy are booked to", remedy: 'give it another id' };
}

function* symbolFaults(one: RunStrategy, path: string, traded: readonly string[]): Generator<Wrong> {
  for (const [at, symbol] of symbolsOf(one).entries()) {
    if (traded.includes(symbol)) continue;
    const meant = nearest(symbol, traded);
    yield {
      path: one.instrument === null ? `${path}.instruments[${at + 1}]` : `${path}.instrument`,
      why: `${shown(symbol)} is none of instruments`,
      remedy: meant === null ? 'add it there' : `did you mean ${meant}?`,
    };
  }
}

function* fitFaults(
  one: RunStrategy,
  found: FoundForRun,
  path: string,
  traded: readonly string[],
  reads: readonly string[],
): Generator<Wrong> {
  const own = symbolsOf(one);
  const markets = marketsOf(found, own.length);
  const [{ timeframeUs: ownUs }] = markets as readonly [FoundForRun['markets'][number]];
  if (one.timeframe !== null && ownUs !== null && one.timeframe !== ownUs)
    yield {
      path: `${path}.timeframe`,
      why: `is ${one.timeframe / 1e6} s, and ${one.name} says its own, ${ownUs / 1e6} s`,
      remedy: 'take the key out, or change the timeframe in the document',
      reads,
    };
  const needed = needsOf(one, markets).needs.filter((each) => each).length;
  if (one.instrument !== null && one.instruments.length > 0)
    yield { path: `${path}.instruments`, why: 'stands beside instrument', remedy: 'keep one of the two', reads };
  else if (own.length === 0 || (own.length !== needed && own.length !== markets.length))
    yield {
      path: own.length === 0 ? path : `${path}.${one.instrument === null ? 'instruments' : 'instrument'}`,
      why: `${one.name} trades ${found.strategy.subscriptions === null && found.markets.length === 0 ? 'at least 1' : needed}, not ${own.length} ${own.length === 1 ? 'instrument' : 'instruments'}`,
      remedy:
        own.length === 0 && needed === 1
          ? `write instrument: ${traded[0] ?? 'BTC-USD'}`
          : found.markets.length > 1
            ? `write instruments: one for each of ${found.markets.map(({ name }) => name).join(', ')}`
            : 'write as many as it trades',
      reads,
    };
}

function* parameterFaults({ set, name }: RunStrategy, { parameters }: Strategy, path: string, reads: readonly string[]): Generator<Wrong> {
  for (const [key, text] of Object.entries(set)) {
    const spec = Object.hasOwn(parameters, key) ? parameters[key]! : null;
    const known = Object.keys(parameters);
    const meant = nearest(key, known);
    if (spec === null)
      yield {
        path: `${path}.set.${shownKey(key)}`,
        why: `no such parameter of ${name}`,
        remedy: meant === null ? (known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`) : `did you mean ${meant}?`,
        reads,
      };
    else if (parameterOf(spec, text) === null)
      yield { path: `${path}.set.${key}`, why: `${shown(text)} is not ${allowedBy(spec)}`, remedy: spec.about, reads };
  }
}

/** A parameter's text as the strategy takes it; null when it does not. */
export function parameterOf(spec: ParameterSpec, text: string): number | boolean | string | null {
  switch (spec.kind) {
    case 'whole':
    case 'number': {
      const value = /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
      return value >= spec.least && value <= spec.most && (spec.kind === 'number' || Number.isSafeInteger(value)) ? value : null;
    }
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'choice':
      return spec.of.includes(text) ? text : null;
  }
}

function allowedBy(spec: ParameterSpec): string {
  switch (spec.kind) {
    case 'whole':
      return `a whole number from ${spec.least} to ${spec.most}`;
    case 'number':
      return `a number from ${spec.least} to ${spec.most}`;
    case 'flag':
      return 'true or false';
    case 'choice':
      return `one of ${spec.of.join(', ')}`;
  }
}

/** A fault as a person reads it: placed in the strategy's file where it lies there. */
export const placedFault = ({ place, path, why, remedy }: Wrong, placeOf: (path: string) => string): Fault => ({
  place: place ?? placeOf(path),
  path,
  why,
  remedy,
});
