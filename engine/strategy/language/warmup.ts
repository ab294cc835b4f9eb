/** How many bars of the main market must be folded before every expression of a document has its value. Worked out from the document alone. */
import type { Parameters } from '../strategy.ts';
import type { Program } from './check.ts';
import { constantOf } from './evaluation.ts';
import type { Meaning } from './meaning.ts';

export function warmupOf({ all, document }: Program, parameters: Parameters): number {
  const main = document.markets[0]!.timeframeUs ?? 1;
  /** Intervals of the main market in a bar of each. */
  const intervals = document.markets.map(({ timeframeUs }) => (timeframeUs ?? main) / main);
  const known = new Map<Meaning, number>();
  const barOf = (clock: number | null): number => (clock === null ? 0 : intervals[clock]!);
  const most = (meanings: readonly (Meaning | null)[]): number =>
    meanings.reduce((longest, meaning) => Math.max(longest, meaning === null ? 0 : need(meaning)), 0);

  const need = (meaning: Meaning): number => {
    let bars = known.get(meaning);
    if (bars === undefined) known.set(meaning, (bars = measured(meaning)));
    return bars;
  };
  const measured = (meaning: Meaning): number => {
    switch (meaning.op) {
      case 'constant':
      case 'parameter':
        return 0;
      case 'bar':
        return intervals[meaning.market]!;
      case 'fact':
      case 'opening':
        return 1;
      case 'let':
        return need(meaning.meaning);
      case 'indicator': {
        const { warmup } = meaning.entry.make(meaning.parameters.map((parameter) => constantOf(parameter, parameters) as number));
        const first = Math.max(intervals[meaning.market]!, most(meaning.inputs));
        return first + (Math.max(1, warmup) - 1) * intervals[meaning.market]!;
      }
      case 'past':
        return need(meaning.of) + (constantOf(meaning.back, parameters) as number) * barOf(meaning.clock);
      case 'cross':
        return most([meaning.left, meaning.right]) + barOf(meaning.clock);
      case 'since':
      case 'minus':
      case 'not':
        return need(meaning.of);
      case 'function':
        return most(meaning.inputs);
      case 'binary':
        return most([meaning.left, meaning.right]);
      case 'between':
        return most([meaning.of, meaning.low, meaning.high]);
      case 'if':
        return most([meaning.when, meaning.so, meaning.otherwise]);
    }
  };
  return Math.max(1, most(all));
}
