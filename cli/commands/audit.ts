/** `retrace audit`: a strategy's run on trial, question by question. Exit 1 when one of them is answered with no. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addAudit = (program: Command): Command =>
  addCommand(program, {
    usage: 'audit <run>',
    about: 'a backtest or a branch on trial: does it know the future, is its state whole, is its profit more than a coincidence',
    flags: [
      ['--quick', 'fewer cuts, seeds and neighbours: minutes become seconds, and it says less'],
      ['--seed <n>', 'chooses the cuts and moves the prices (default 1)'],
      ['--fee-times <n>', 'how many times as dear the dearer venue is (default 2)'],
      ['--best <percent>', 'of the trades, the best ones that are taken away (default 1)'],
      ['--kept <check=percent>', 'how much of the profit a check must leave; docs/trust.md lists them; repeatable', 'repeatable'],
    ],
    examples: [
      ['audit ema-cross-1a2b3c4d', 'every question'],
      ['audit ema-cross-1a2b3c4d --quick --json', 'soon, for a program'],
      ['audit ema-cross-1a2b3c4d --fee-times 3 --kept jitter=80', 'more severe'],
    ],
    run: runAudit,
  });

async function runAudit({ flags, args, json }: Asked): Promise<Answer> {
  const seed = flags.whole('seed', 0) ?? 1;
  const feeTimes = flags.decimal('fee-times', 2, 100n, 10_000n);
  const best = flags.decimal('best', 2, 1n, 5_000n);
  const kept = flags.pairs('kept');
  const [{ auditRun }, { auditAnswer }, { KEPT_CHECKS, STANDARD_THRESHOLDS }, { renewingLine }, { onStop }] = await Promise.all([
    import('../research/audit-session.ts'),
    import('../research/audit-answer.ts'),
    import('#replay/audit/thresholds.ts'),
    import('../screen/verdict.ts'),
    import('../compose/signals.ts'),
  ]);
  for (const [check, percent] of Object.entries(kept)) {
    if (!(KEPT_CHECKS as readonly string[]).includes(check))
      flags.fault('kept', `${check}=${percent}`, `is not of ${KEPT_CHECKS.join(', ')}`);
    else if (typeof percent !== 'number' || percent < -1000 || percent > 100)
      flags.fault('kept', `${check}=${percent}`, 'is not a percentage from -1000 to 100');
  }
  flags.done('audit');
  let stopped = false;
  const off = onStop(() => {
    stopped = true;
  });
  const line = renewingLine(json);
  const thresholds = {
    kept: { ...STANDARD_THRESHOLDS.kept, ...kept } as typeof STANDARD_THRESHOLDS.kept,
    feeTimes: feeTimes === null ? STANDARD_THRESHOLDS.feeTimes : Number(feeTimes) / 100,
    bestPercent: best === null ? STANDARD_THRESHOLDS.bestPercent : Number(best) / 100,
  };
  const done = await auditRun({ run: args[0]!, seed, quick: flags.flag('quick'), thresholds }, (doing) => {
    line.say(() => doing);
    return !stopped;
  }).finally(() => {
    line.end();
    off();
  });
  return auditAnswer(done);
}
