/** Which strategies a demo is asked to deal out: those of this build, documents and programs, by name or by file. Says what does not fit a demo. */
import { MINUTE_US } from '#engine/values.ts';
import { instrumentsNeeded } from '#infra/config/run-strategies.ts';
import { Refused } from '../answer.ts';
import type { FoundStrategy } from '../research/kept-strategies.ts';
import { strategyNamed } from '../research/strategies.ts';
import { trialFaults } from '../research/strategy-trial.ts';
import { forRun } from './run-strategies.ts';

export type DemoStrategies = Readonly<{ found: readonly FoundStrategy[]; faults: readonly string[] }>;

/** `timeframeUs`: null where nobody asked for one. */
export async function demoStrategies(named: readonly string[], timeframeUs: number | null): Promise<DemoStrategies> {
  const found: FoundStrategy[] = [];
  const faults: string[] = [];
  for (const name of named) {
    try {
      const one = await strategyNamed(name);
      const wrong = [...unfit(name, one, timeframeUs), ...(await trialFaults(one, name)).map(({ text }) => text)];
      const other = found.find(({ strategy }) => strategy.name === one.strategy.name);
      if (other !== undefined && other.version !== one.version)
        wrong.push(`--strategy ${name}: another version of ${one.strategy.name} is asked for too; a demo trades one of a name`);
      faults.push(...wrong);
      found.push(one);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push(...error.lines.map((line) => `--strategy ${line}`));
    }
  }
  return { found, faults };
}

function unfit(named: string, found: FoundStrategy, timeframeUs: number | null): string[] {
  const { strategy, document } = found;
  const ownUs = document?.markets[0]?.timeframeUs ?? null;
  const needed = instrumentsNeeded({ timeframe: timeframeUs ?? MINUTE_US }, forRun(found));
  return [
    ...(needed > 1
      ? [`--strategy ${named}: trades ${needed} instruments, and a demo gives each strategy one: write a retrace.yaml for npx retrace run`]
      : []),
    ...(timeframeUs !== null && ownUs !== null && timeframeUs !== ownUs
      ? [`--timeframe: ${strategy.name} says its own, ${ownUs / 1e6} s; leave the flag out, or change the document`]
      : []),
  ];
}

/** Those that this build does not hold, by name. */
export function versionsOf(found: readonly FoundStrategy[]) {
  const own = found.filter(({ document, bundle }) => document !== null || bundle !== null);
  return own.length === 0 ? null : Object.fromEntries(own.map(({ strategy, version }) => [strategy.name, version]));
}
