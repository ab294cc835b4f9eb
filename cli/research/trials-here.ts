/** The trial ledger under RETRACE_HOME, and what a backtest's settings count as. */
import { join } from 'node:path';
import { TrialLedger, type Tried } from '#infra/runs/trials.ts';
import { deskHome } from '../compose/desk-home.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { namesOf } from './kept-strategies.ts';

export const trialsHere = (): TrialLedger => new TrialLedger(join(deskHome().path, 'trials'));

/** A part of a tape counts as the tape: who tries on January and then on February has tried twice. Another name is no new beginning. */
export const triedOf = ({ strategy, tapes }: BacktestSettings): Tried => ({
  strategy: namesOf(strategy.name)[0]!,
  tapes: tapes.map(({ hash }) => hash),
});
