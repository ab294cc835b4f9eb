/** The trial ledger under RETRACE_HOME, and what a backtest's settings count as. */
import { join } from 'node:path';
import { TrialLedger, type Tried } from '#infra/runs/trials.ts';
import { deskHome } from '../compose/desk-home.ts';
import type { BacktestSettings } from './backtest-settings.ts';

export const trialsHere = (): TrialLedger => new TrialLedger(join(deskHome().path, 'trials'));

/** A part of a tape counts as the tape: who tries on January and then on February has tried twice. */
export const triedOf = ({ strategy, tapes }: BacktestSettings): Tried => ({
  strategy: strategy.name,
  tapes: tapes.map(({ hash }) => hash),
});
