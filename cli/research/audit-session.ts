/** A run of the catalogue on trial: plays it, its beginnings and its neighbours, and has them judged. Keeps nothing. */
import { minorText } from '#engine/decimal.ts';
import type { Minor } from '#engine/values.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { robustness } from '#replay/audit/robustness.ts';
import type { AuditRow } from '#replay/audit/row.ts';
import { Refused } from '../answer.ts';
import { backtestBench } from './audit-backtest.ts';
import { type AuditAsked, type AuditBench, Plays, QUICK, Stopped, WHOLE } from './audit-bench.ts';
import { branchBench } from './audit-branch.ts';
import { exactRows } from './audit-exact.ts';
import { variations } from './audit-variations.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { runNamed } from './run-answers.ts';

export type Audited = Readonly<{ entry: RunEntry; rows: readonly AuditRow[]; plays: number }>;

/** Null when it was stopped. `heard` is told what is being tried; false ends it. */
export async function auditRun(asked: AuditAsked, heard: (doing: string) => boolean): Promise<Audited | null> {
  const entry = runNamed(asked.run);
  const plays = new Plays(await benchOf(entry), heard);
  try {
    const effort = asked.quick ? QUICK : WHOLE;
    const own = await plays.play('the run itself', {});
    if (own.runHash !== entry.runHash)
      throw new Refused(
        1,
        [`${entry.id} does not come out as it was recorded: there is nothing to audit`],
        `npx retrace verify ${entry.id}`,
      );
    const exact = await exactRows(plays, effort, asked.seed);
    const played = await variations(plays, own, effort, asked);
    const money = (minor: number) => `${minorText(BigInt(Math.round(minor)) as Minor, own.currencyScale)} ${own.currency}`;
    return { entry, rows: [...exact, ...robustness(played, asked.thresholds, money)], plays: plays.count };
  } catch (error) {
    if (error instanceof Stopped) return null;
    throw error;
  }
}

async function benchOf(entry: RunEntry): Promise<AuditBench> {
  if (entry.kind === 'fork') return branchBench(entry);
  if (entry.kind === 'backtest') return backtestBench(entry.settings as BacktestSettings);
  throw new Refused(2, [`${entry.id} is a ${entry.kind}, and an audit is of a backtest or a branch`], 'npx retrace runs ls');
}
