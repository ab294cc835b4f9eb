// What an entry of `strategies` names, which candles it listens to, and what of it does not fit.
import { expect, test } from 'vitest';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import { MINUTE_US, SECOND_US, sha256 } from '#engine/values.ts';
import type { BadRunConfig } from './faults.ts';
import { readRunConfig, strategiesNamed } from './run-config.ts';
import { type FoundForRun, type StrategyLookup, streamsOf } from './run-strategies.ts';

const found = (name: string, markets: FoundForRun['markets'], subscriptions: number | null = markets.length || 1): FoundForRun => ({
  strategy: { ...emaCross, name, subscriptions } as Strategy,
  version: sha256('ab'.repeat(32)),
  markets,
  isBundled: false,
});
const market = (name: string, timeframeUs: number | null) => ({ name, timeframeUs });
const TREND = found('trend', [market('main', 5 * MINUTE_US), market('hour', 60 * MINUTE_US)]);
const PAIR = found('pair', [market('main', null), market('other', null)]);
const PROGRAM = found('program', [], 2);
const HERE: Readonly<Record<string, FoundForRun>> = { 'trend.yaml': TREND, 'pair.yaml': PAIR, 'program.ts': PROGRAM };

const source = (entry: string, lookup: StrategyLookup) => ({
  ...{
    text: `desk: d\ninstruments: [A, B]\nstrategies:\n  - ${entry}\n`,
    file: 'retrace.yaml',
    folder: '/desks',
    home: '/home',
    env: {},
    flags: [],
  },
  strategies: lookup,
});
const here: StrategyLookup = ({ file }) => HERE[file ?? ''] ?? [{ place: 'mine.yaml:3:5', why: 'is wrong', remedy: 'mend it' }];
const read = (entry: string) => readRunConfig(source(entry, here));
const streams = (entry: string) => {
  const { config, found: all } = read(entry);
  const [one] = config.strategies;
  return streamsOf(one!, all.get(one!.version!)!).map(({ symbol, timeframeUs }) => `${symbol} ${timeframeUs / SECOND_US}`);
};
const faults = (entry: string): string[] => {
  try {
    read(entry);
    return [];
  } catch (error) {
    return (error as BadRunConfig).message.split('\n');
  }
};

test('an entry goes by the name and the version of what its file holds, and the path is told from the folder of the configuration', () => {
  const [one] = read('{ file: pair.yaml, instruments: [A, B] }').config.strategies;
  expect(one).toMatchObject({ name: 'pair', version: PAIR.version, file: '/desks/pair.yaml' });
  expect(strategiesNamed(source('{ file: pair.yaml, instruments: [A, B] }', here))).toEqual([{ name: null, file: 'pair.yaml' }]);
});

test('instruments stand for markets in their order; one of another timeframe may be left out, and is then the first instrument', () => {
  expect(streams('{ file: trend.yaml, instrument: B }')).toEqual(['B 300', 'B 3600']);
  expect(streams('{ file: trend.yaml, instruments: [B, A] }')).toEqual(['B 300', 'A 3600']);
  expect(streams('{ file: pair.yaml, instruments: [B, A] }')).toEqual(['B 60', 'A 60']);
  expect(streams('{ file: pair.yaml, instruments: [B, A], timeframe: 5s }')).toEqual(['B 5', 'A 5']);
  expect(streams('{ file: program.ts, instruments: [A, B], timeframe: 5m }')).toEqual(['A 300', 'B 300']);
});

test('what does not fit is told at its place', () => {
  expect([
    ...faults('{ file: pair.yaml, instrument: A }'),
    ...faults('{ file: trend.yaml, instrument: A, timeframe: 1m }'),
    ...faults('{ file: trend.yaml, name: trend, instrument: A }'),
    ...faults('{ instrument: A }'),
    ...faults('{ file: trend.yaml, instrument: A, set: { pace: 3 } }'),
    ...faults('{ file: other.yaml, instrument: A }'),
    ...faults('{ file: notes.txt, instrument: A }'),
  ]).toMatchInlineSnapshot(`
    [
      "retrace.yaml:4:36: strategies[1].instrument: pair trades 2, not 1 instrument: write instruments: one for each of main, other",
      "retrace.yaml:4:51: strategies[1].timeframe: is 60 s, and trend says its own, 300 s: take the key out, or change the timeframe in the document",
      "retrace.yaml:4:13: strategies[1].file: stands beside name: keep one of the two",
      "retrace.yaml:4:5: strategies[1]: names no strategy: write name: ema-cross, or file: mine.yaml",
      "retrace.yaml:4:53: strategies[1].set.pace: no such parameter of trend: it has fast, slow, lots, short",
      "mine.yaml:3:5: is wrong: mend it",
      "retrace.yaml:4:13: strategies[1].file: "notes.txt" is no path of a strategy: write it like strategies/mine.yaml; relative ones begin at the folder of this file",
    ]
  `);
});

test('where nobody looked nothing is said of a strategy, nor of limits under a name it may have', () => {
  const text =
    'desk: d\ninstruments: [A]\nstrategies:\n  - { file: gone.yaml, instrument: A, set: { x: 1 } }\nlimits: { strategies: { anything: { maxOrder: 1 } } }\n';
  const { config } = readRunConfig({ ...source('', () => null), text });
  expect(config.strategies[0]).toMatchObject({ name: 'gone', version: null });
});
