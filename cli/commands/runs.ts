/** `retrace runs ls · tag · rm`: the catalogue of what was run over tapes. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addRuns(program: Command): Command {
  const runs = program.command('runs').description('the catalogue of backtests: list, tag, remove').helpCommand(false);
  runs.helpOption('-h, --help', 'what it does').addHelpText('after', '\nExample:\n  npx retrace runs ls --sort sharpe');
  addCommand(runs, {
    usage: 'ls',
    about: 'runs, newest last, or best first',
    flags: [
      ['--strategy <name>', 'only of this strategy'],
      ['--tape <name>', 'only over this tape'],
      ['--tag <word>', 'only with this tag'],
      ['--sort <by>', 'made (default), return, sharpe or drawdown: best first'],
      ['--last <n>', 'only so many (default 20)'],
    ],
    examples: [
      ['runs ls', 'the newest twenty'],
      ['runs ls --strategy ema-cross --sort sharpe --last 5', 'the best five of one strategy'],
    ],
    run: list,
  });
  addCommand(runs, {
    usage: 'tag <run> <word...>',
    about: 'words to find a run by; its earlier ones are replaced',
    examples: [['runs tag ema-cross-1a2b3c4d keep', '']],
    run: tag,
  });
  addCommand(runs, {
    usage: 'rm <run...>',
    about: 'remove runs from the catalogue, with their journals',
    examples: [['runs rm ema-cross-1a2b3c4d', 'the same backtest makes it again']],
    run: remove,
  });
  return runs;
}

async function list({ flags }: Asked): Promise<Answer> {
  const sort = flags.choice('sort', ['made', 'return', 'sharpe', 'drawdown']) ?? 'made';
  const last = flags.whole('last', 1, 1_000_000) ?? 20;
  flags.done('runs ls');
  const { listRuns } = await import('../research/run-answers.ts');
  return listRuns({ strategy: flags.text('strategy'), tape: flags.text('tape'), tag: flags.text('tag'), sort, last });
}

async function tag({ flags, args }: Asked): Promise<Answer> {
  flags.done('runs tag');
  return (await import('../research/run-answers.ts')).tagRun(args[0]!, args.slice(1));
}

async function remove({ flags, args }: Asked): Promise<Answer> {
  flags.done('runs rm');
  return (await import('../research/run-answers.ts')).removeRuns(args);
}
