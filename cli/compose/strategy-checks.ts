/** Settings of a strategy that can never lead to an order: told before a desk waits for one in vain. Only what is sure, whatever the prices. */
import { sampleByName } from '#engine/strategy/samples.ts';
import { parametersOf } from '#engine/strategy/strategy.ts';
import type { Fault } from '#infra/config/faults.ts';
import { parameterOf, strategyIdOf, symbolsOf } from '#infra/config/run-checks.ts';
import type { ReadConfig } from '#infra/config/run-config.ts';

type Read = Pick<ReadConfig, 'config' | 'placeOf'>;
/** The tightest bound of an instrument's lots for a strategy, with its key and how the file says it. */
export type LotsBound = Readonly<{ path: string; text: string; lots: number }>;

/** Parameters that contradict each other; nothing but the file is needed for it. */
export function parameterFaults({ config, placeOf }: Read): Fault[] {
  return config.strategies.flatMap((one, index) => {
    if (one.name !== 'ema-cross') return [];
    const { fast, slow } = valuesOf(one);
    if (Number(fast) < Number(slow)) return [];
    const path = `strategies[${index + 1}].set.${one.set['fast'] === undefined ? 'slow' : 'fast'}`;
    const why = `fast is ${fast} and slow is ${slow}: the fast average must be of fewer candles than the slow one`;
    return [{ place: placeOf(path), path, why, remedy: 'write a fast below slow' }];
  });
}

/** A strategy that opens with more lots than a limit lets it: every one of its orders would be refused. */
export function sizeFaults({ config, placeOf }: Read, boundsOf: (strategy: string, symbol: string) => readonly LotsBound[]): Fault[] {
  return config.strategies.flatMap((one, index) => {
    const { lots } = valuesOf(one);
    const [symbol] = symbolsOf(one);
    if (typeof lots !== 'number' || symbol === undefined) return [];
    const path = `strategies[${index + 1}].set.lots`;
    return boundsOf(strategyIdOf(one), symbol)
      .filter((bound) => bound.lots < lots)
      .map((bound) => ({
        ...{ place: placeOf(path), path },
        why: `${lots} lots of ${symbol} are more than ${bound.path} allows, ${bound.text}, which is ${bound.lots} lots: every opening order would be refused`,
        remedy: 'lower the lots or raise the limit',
      }));
  });
}

/** As the strategy will see them: what is set, and its standards for the rest. */
function valuesOf({ name, set }: ReadConfig['config']['strategies'][number]): Readonly<Record<string, unknown>> {
  const strategy = sampleByName(name)!;
  const given = Object.entries(set).map(([key, text]) => [key, parameterOf(strategy.parameters[key]!, text)] as const);
  return parametersOf(strategy, Object.fromEntries(given) as never);
}
