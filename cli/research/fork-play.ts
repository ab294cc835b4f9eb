/** A branch of a backtest, played: its parent's settings over the same tapes, with the change where it takes hold. */

import { createHash } from 'node:crypto';
import type { InputRecord } from '#engine/inputs.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { Parameters } from '#engine/strategy/strategy.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { branchOf, type ForkChange, forkedPlain } from '#replay/fork.ts';
import { type Played, type Playing, parametersShown, playBacktest } from './backtest-play.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { catalogue } from './kept-strategies.ts';
import { tapeOf } from './tapes.ts';
import { moreLatencyText, tiersText } from './venue-asked.ts';

export type ForkSettings = Readonly<{ /** The run it is a branch of. */ parent: string; base: BacktestSettings; change: ForkChange }>;

export function forkId({ base, change }: ForkSettings): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([base, change]))
    .digest('hex');
  return `${change.strategy?.name ?? base.strategy.name}-fork-${hash.slice(0, 8)}`;
}

/** Null when it was stopped. */
export async function playFork(settings: ForkSettings, playing: Playing): Promise<Played | null> {
  const { parent, base, change } = settings;
  let inputs: readonly InputRecord[] = [];
  const played = await playBacktest(base, {
    ...playing,
    forked: (own) => {
      const branch = branchOf({ inputs: own, setUp: own.length, mark: null }, change, catalogue);
      inputs =
        branch.mark === null
          ? branch.inputs
          : branch.inputs.map((input) => branch.mark!.replaced.find(({ seq }) => seq === input.seq) ?? input);
      return { inputs: branch.inputs, manifest: { run: 'fork', forked: forkedPlain(parent, change, branch.mark) } };
    },
  });
  if (played === null) return null;
  const strategy = change.strategy?.name ?? base.strategy.name;
  return { ...played, result: { ...played.result, run: forkId(settings), strategy, parameters: parametersOfBranch(settings, inputs) } };
}

/** A branch of the catalogue, played again. */
export async function replayFork({ settings }: RunEntry): Promise<RunResult> {
  const fork = settings as ForkSettings;
  return (await playFork(fork, { tapes: fork.base.tapes.map(tapeOf) }))!.result;
}

/** Those of the strategy, and beside them whatever else is another in the branch. */
function parametersOfBranch({ base, change }: ForkSettings, inputs: readonly InputRecord[]): Parameters {
  const deployed = inputs.filter((input) => input.type === 'StrategyDeployed');
  const own = deployed.length === 1 || change.strategy !== null ? deployed[0]!.parameters : { ...parametersShown(base), ...change.set };
  return { ...(own as Parameters), ...changeShown(change) };
}

/** What is another in a branch beside its strategies' parameters, as a run shows what it was given. */
export function changeShown({ at, of, venue, limits, dropped, inside }: ForkChange): Parameters {
  return {
    ...(at === 0 ? {} : { 'fork at': at }),
    ...(of === null ? {} : { 'fork of': of }),
    ...(inside === null
      ? {}
      : { 'answered by': 'the venue inside', 'fee bp': inside.takerFee / 100, 'latency ms': inside.latencyUs / 1000 }),
    ...(venue.takerFee === undefined ? {} : { 'fee bp': venue.takerFee / 100 }),
    ...(venue.makerFee === undefined ? {} : { 'maker fee bp': venue.makerFee / 100 }),
    ...(venue.feeTiers === undefined ? {} : { 'fee tiers': venue.feeTiers === null ? 'none' : tiersText(venue.feeTiers) }),
    ...(venue.latencyUs === undefined ? {} : { 'latency ms': venue.latencyUs / 1000 }),
    ...(venue.moreLatency === undefined ? {} : { 'more latency': moreLatencyText(venue.moreLatency) }),
    ...Object.fromEntries(Object.entries(limits).map(([name, text]) => [`limit ${name}`, text])),
    ...(dropped.length === 0 ? {} : { dropped: dropped.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ') }),
  };
}
