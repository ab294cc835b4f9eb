/** `retrace report` and `retrace compare`: what a run was worth, and in what two of them part. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addReport(program: Command): Command {
  addCommand(program, {
    usage: 'report <run>',
    about: 'what a run was worth: a summary here, and a page to open or send',
    flags: [
      ['--out <folder>', "where the files go (default: the run's own folder)"],
      ['--png', 'a picture too: equity, drawdown, candles with trades'],
      ['--dark', 'the picture on a dark ground'],
      ['--parquet', 'tables for Python too: equity, fills, trades, metrics'],
      ['--seed <n>', 'of the resampled trades (default 1)'],
      ['--gate-value', 'what each guard of the gate cost or saved: the run played once more without each that refused something'],
      ['--account <id>', 'whose money is told, of a recorded day with several accounts'],
    ],
    examples: [
      ['report ema-cross-1a2b3c4d', 'the summary, and report.html'],
      ['report ema-cross-1a2b3c4d --png --out ~/reports', 'with a picture'],
      ['report ema-cross-1a2b3c4d --json', 'every figure for a program'],
      ['report demo-7 --gate-value', 'a recorded day, and what its gate was worth'],
    ],
    run: report,
  });
  return addCommand(program, {
    usage: 'compare <run> <run>',
    about: 'two runs beside each other: what was asked, what was traded, where they part first',
    flags: [['--out <folder>', 'write a page there too']],
    examples: [['compare ema-cross-1a2b3c4d ema-cross-5e6f7a8b', '']],
    run: compare,
  });
}

async function report({ flags, args }: Asked): Promise<Answer> {
  const seed = flags.whole('seed', 0) ?? 1;
  const [gateValue, account] = [flags.flag('gate-value'), flags.text('account')];
  const [png, dark, parquet, out] = [flags.flag('png'), flags.flag('dark'), flags.flag('parquet'), flags.text('out')];
  flags.done('report');
  return (await import('../research/report-answers.ts')).reportRun(args[0]!, { png, dark, parquet, out, seed, gateValue, account });
}

async function compare({ flags, args }: Asked): Promise<Answer> {
  const out = flags.text('out');
  flags.done('compare');
  return (await import('../research/report-answers.ts')).compareNamed(args[0]!, args[1]!, out);
}
