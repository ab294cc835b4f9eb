/** The trial ledger under RETRACE_HOME, and what a backtest's settings count as. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TrialLedger, type Tried } from '#infra/runs/trials.ts';
import type { ForkChange } from '#replay/fork.ts';
import { deskHome } from '../compose/desk-home.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { namesOf } from './kept-strategies.ts';

export const trialsHere = (): TrialLedger => new TrialLedger(join(deskHome().path, 'trials'));

/** A part of a tape counts as the tape: who tries on January and then on February has tried twice. Another name is no new beginning. */
export const triedOf = ({ strategy, tapes }: BacktestSettings): Tried => ({
  strategy: namesOf(strategy.name)[0]!,
  tapes: tapes.map(({ hash }) => hash),
});

/** What makes a trial the same trial: what its data are and not what they are called, nor in which order they were named; and what a branch changed. */
export function trialIdOf(settings: BacktestSettings, changes: readonly ForkChange[] = []): string {
  const tapes = settings.tapes.map(({ hash, from, to }) => JSON.stringify([hash, from, to])).sort();
  const strategy = { ...settings.strategy, name: namesOf(settings.strategy.name)[0]! };
  return createHash('sha256')
    .update(JSON.stringify([{ ...settings, tapes, strategy }, changes]))
    .digest('hex');
}
