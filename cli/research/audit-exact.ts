/** The two exact questions: whether a run knows its future, and whether its state is whole. */
import { cutsOf, lookahead } from '#replay/audit/lookahead.ts';
import type { AuditRow } from '#replay/audit/row.ts';
import { stateHonesty } from '#replay/audit/state-honesty.ts';
import { wholeOf } from '#replay/audit/trial.ts';
import type { Effort, Plays } from './audit-bench.ts';

export async function exactRows(plays: Plays, effort: Effort, seed: number): Promise<readonly AuditRow[]> {
  const trial = await plays.bench.trial();
  await plays.goOn('what it decided');
  const whole = wholeOf(trial);
  const cuts = cutsOf(whole, effort.cuts, seed);
  await plays.goOn('prefixes');
  const seen = await lookahead(trial, whole, cuts, (done) => plays.goOn(`prefix ${done} of ${cuts.length}`));
  await plays.goOn('saved and restored');
  return [
    seen,
    stateHonesty(
      trial,
      whole,
      cutsOf(whole, effort.restores, seed + 1).filter((number) => number > plays.bench.parted),
    ),
  ];
}
