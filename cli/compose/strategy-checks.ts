/** Settings of a strategy that can never lead to an order: told before a desk waits for one in vain. Only what is sure, whatever the prices. */
import { parametersOf } from '#engine/strategy/strategy.ts';
import type { Fault } from '#infra/config/faults.ts';
import type { ReadConfig } from '#infra/config/run-config.ts';
import type { RunStrategy } from '#infra/config/run-schema.ts';
import { parameterOf, strategyIdOf, symbolsOf } from '#infra/config/run-strategies.ts';
import { foundFor } from './run-inputs.ts';

type Read = Pick<ReadConfig, 'config' | 'found' | 'placeOf'>;
/** The tightest bound of an instrument's lots for a strategy, with its key and how the file says it. */
export type LotsBound = Readonly<{ path: string; text: string; lots: number }>;

/** Parameters that contradict each other; nothing but the file is needed for it. */
export function parameterFaults(read: Read): Fault[] {
  const { config, placeOf } = read;
  return config.strategies.flatMap((one, index) => {
    if (one.name !== 'ema-cross' || !foundFor(read, one).isBundled) return [];
    const { fast, slow } = valuesOf(read, one);
    if (Number(fast) < Number(slow)) return [];
    const path = `strategies[${index + 1}].set.${one.set['fast'] === undefined ? 'slow' : 'fast'}`;
    const why = `fast is ${fast} and slow is ${slow}: the fast average must be of fewer candles than the slow one`;
    return [{ place: placeOf(path), path, why, remedy: 'write a fast below slow' }];
  });
}

/** A strategy that opens with more lots than a limit lets it: every one of its orders would be refused. */
export function sizeFaults(read: Read, boundsOf: (strategy: string, symbol: string) => readonly LotsBound[]): Fault[] {
  const { config, placeOf } = read;
  return config.strategies.flatMap((one, index) => {
    const { lots } = valuesOf(read, one);
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

/** As a strategy of this build will see them, what is standard for the rest. What another one makes of its parameters is not known here. */
function valuesOf(read: Read, one: RunStrategy): Readonly<Record<string, unknown>> {
  const { strategy, isBundled } = foundFor(read, one);
  if (!isBundled) return {};
  const given = Object.entries(one.set).map(([key, text]) => [key, parameterOf(strategy.parameters[key]!, text)] as const);
  return parametersOf(strategy, Object.fromEntries(given) as never);
}
