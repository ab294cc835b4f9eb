/**
 * The strategies that a configuration names, from where they lie: in this build, in a file, or kept. What is wrong with one is told with the rest of the
 * configuration, by its own line. A program in a file has to pass the trial of `strategy check` before a desk trades it.
 */
import { existsSync } from 'node:fs';
import { pathFrom, type ReadConfig, readRunConfig, sourceOf, strategiesNamed } from '#infra/config/run-config.ts';
import type { Override } from '#infra/config/run-layers.ts';
import type { FoundForRun, StrategyFault, StrategyNamed } from '#infra/config/run-strategies.ts';
import { Refused } from '../answer.ts';
import type { FoundStrategy } from '../research/kept-strategies.ts';
import { readStrategyFile, strategyNamed } from '../research/strategies.ts';
import { trialFaults } from '../research/strategy-trial.ts';
import { deskHome } from './desk-home.ts';
import { shortPath } from './journal-reader.ts';
import { runFile } from './run-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A configuration read whole, and the strategies to keep before it trades. Throws BadRunConfig with every fault of both. */
export async function readWithStrategies(
  flag: string | null,
  flags: readonly Override[] = [],
  env: Env = process.env,
): Promise<Readonly<{ read: ReadConfig; strategies: readonly FoundStrategy[] }>> {
  const { path, shown } = runFile(flag, env);
  const source = sourceOf(path, { file: shown, home: deskHome(env).path, env, flags });
  const looked = new Map<string, FoundStrategy | readonly StrategyFault[]>();
  const keyOf = ({ name, file }: StrategyNamed): string => JSON.stringify([name, file]);
  for (const named of strategiesNamed(source)) {
    const { name, file } = named;
    if ((name === null) === (file === null) || looked.has(keyOf(named))) continue; // told where all is judged
    looked.set(keyOf(named), file === null ? await byName(name!) : await inFile(pathFrom(file, source.folder, source.home)));
  }
  const read = readRunConfig({
    ...source,
    strategies: (named) => {
      const found = looked.get(keyOf(named)) ?? null;
      return found !== null && 'strategy' in found ? forRun(found) : found;
    },
  });
  return { read, strategies: [...looked.values()].filter((found) => 'strategy' in found) };
}

export const forRun = ({ strategy, version, document, bundle }: FoundStrategy): FoundForRun => ({
  strategy,
  version,
  markets: document?.markets ?? [],
  isBundled: document === null && bundle === null,
});

async function byName(name: string): Promise<FoundStrategy | readonly StrategyFault[]> {
  if (/\.(ya?ml|json|m?ts)$/.test(name)) return [{ place: null, why: `${name} is a file`, remedy: `write file: ${name}` }];
  try {
    return await strategyNamed(name);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.lines.map((line) => ({ place: null, why: line, remedy: error.next ?? '' }));
  }
}

async function inFile(path: string): Promise<FoundStrategy | readonly StrategyFault[]> {
  const shown = shortPath(path);
  if (!existsSync(path))
    return [
      {
        place: null,
        why: `${shown} is not there`,
        remedy: 'put it back, or write name: and the beginning of the version that ran, which npx retrace strategy ls shows',
      },
    ];
  const { found, faults } = await readStrategyFile(path, shown);
  const wrong = found === null ? faults : await trialFaults(found, shown);
  if (found !== null && wrong.length === 0) return found;
  return wrong.map(({ file, line, column, text }) => ({
    place: line === 0 ? file : `${file}:${line}:${column}`,
    why: text.startsWith(file) ? text.slice(file.length).replace(/^(:\d+:\d+)?: /, '') : text,
    remedy: '',
  }));
}
