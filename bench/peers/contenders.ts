/** Who runs what: the peers with their packages, and the workloads with the figures they are held to. */
import type { Rule } from '../w2-market.ts';

export type WorkId = 'w1' | 'w2a' | 'w2b' | 'w3';

export type Work = Readonly<{
  id: WorkId;
  what: string;
  on: 'trades' | 'bars';
  /** A run each. */
  rules: readonly Rule[];
}>;

export type Bound = Readonly<{
  /** Times the peer's speed: what must be, and what is aimed at. */
  bar: number;
  aim: number | null;
}>;

export type Peer = Readonly<{
  name: string;
  /** As it is called where it comes from; its version stands in requirements/<name>.txt. */
  package: string;
  /** In bench/peers/. */
  program: string;
  /** A second run in the same process is faster: something is compiled in the first. */
  compiles: boolean;
  works: Readonly<Partial<Record<WorkId, Bound>>>;
  /** Handed to its program as it is. */
  said?: Readonly<Record<string, string>>;
  /** Left out unless it is asked for by name. */
  isExtra?: boolean;
}>;

export const PEERS: readonly Peer[] = [
  {
    ...{ name: 'nautilus', package: 'nautilus_trader', program: 'nautilus.py', compiles: false },
    works: { w1: { bar: 100, aim: 250 } },
  },
  {
    ...{ name: 'hftbacktest', package: 'hftbacktest', program: 'hft.py', compiles: true },
    works: { w1: { bar: 1.3, aim: 3 } },
    said: { book: 'minutes' },
  },
  {
    ...{ name: 'hftbacktest-book', package: 'hftbacktest', program: 'hft.py', compiles: true, isExtra: true },
    works: { w1: { bar: 1.3, aim: 3 } },
    said: { book: 'each' },
  },
  {
    ...{ name: 'backtesting', package: 'backtesting', program: 'backtesting_bars.py', compiles: false },
    works: { w2a: { bar: 1, aim: null }, w2b: { bar: 1, aim: null } },
  },
  {
    ...{ name: 'backtrader', package: 'backtrader', program: 'backtrader_bars.py', compiles: false },
    works: { w2a: { bar: 1, aim: null }, w2b: { bar: 1, aim: null } },
  },
  {
    ...{ name: 'vectorbt', package: 'vectorbt', program: 'vbt.py', compiles: true },
    works: { w3: { bar: 1, aim: 10 } },
  },
];

export function worksOf(pairs: number): readonly Work[] {
  return [
    { id: 'w1', what: 'trades, EMA 12/26 on minutes', on: 'trades', rules: [{ fast: 12, slow: 26 }] },
    { id: 'w2a', what: 'bars, EMA 300/650', on: 'bars', rules: [{ fast: 300, slow: 650 }] },
    { id: 'w2b', what: 'bars, an order on each', on: 'bars', rules: ['turn'] },
    { id: 'w3', what: `bars, ${pairs} EMA pairs`, on: 'bars', rules: pairsOf(pairs) },
  ];
}

/** Thirty-two fast averages beside each slow one. */
const pairsOf = (count: number): readonly Rule[] =>
  Array.from({ length: count }, (_, i) => ({ fast: 5 + (i % 32) * 3, slow: 110 + Math.floor(i / 32) * 12 }));
