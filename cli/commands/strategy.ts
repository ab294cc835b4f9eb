/** `retrace strategy ls · show · check · new · diff`: strategies, bundled, shipped as documents, and kept. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addStrategy(program: Command): Command {
  const strategy = program.command('strategy').description('strategies: list, show, check, begin one, compare two').helpCommand(false);
  strategy.helpOption('-h, --help', 'what it does').addHelpText('after', '\nExample:\n  npx retrace strategy new mine');
  const answers = () => import('../research/strategy-answers.ts');
  addCommand(strategy, {
    usage: 'ls',
    about: 'all strategies there are, with their versions',
    examples: [['strategy ls', '']],
    run: async ({ flags }) => {
      flags.done('strategy ls');
      return (await answers()).listStrategies();
    },
  });
  addCommand(strategy, {
    usage: 'show <strategy>',
    about: 'what a strategy does, its parameters, its version; a document as it is kept',
    examples: [
      ['strategy show supertrend', 'by name'],
      ['strategy show mine.yaml', 'by file'],
    ],
    run: async ({ flags, args }) => {
      flags.done('strategy show');
      return (await answers()).showStrategy(args[0]!);
    },
  });
  addCommand(strategy, {
    usage: 'check <file...>',
    about: 'whether a document is right: every fault with its line, its column and the nearest right name; exit 1 when there is one',
    examples: [['strategy check mine.yaml', '']],
    run: async ({ flags, args }) => {
      flags.done('strategy check');
      return (await answers()).checkFiles(args);
    },
  });
  addCommand(strategy, {
    usage: 'new <name>',
    about: 'begin a strategy: writes <name>.yaml here, a document that runs, to be changed',
    flags: [['--like <strategy>', 'one of those that are shipped (default: ema-cross)']],
    examples: [['strategy new mine --like supertrend', 'then: strategy check mine.yaml']],
    run: begin,
  });
  addCommand(strategy, {
    usage: 'diff <strategy> <strategy>',
    about: 'in what two documents part, in words',
    examples: [['strategy diff ema-cross.yaml mine.yaml', '']],
    run: async ({ flags, args }) => {
      flags.done('strategy diff');
      return (await answers()).diffStrategies(args[0]!, args[1]!);
    },
  });
  return strategy;
}

async function begin({ flags, args }: Asked): Promise<Answer> {
  const like = flags.text('like') ?? 'ema-cross';
  const [name = ''] = args;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name))
    flags.faults.push(`${name}: a strategy's name is of small letters, digits and dashes, like my-trend`);
  flags.done('strategy new');
  return (await import('../research/strategy-answers.ts')).newStrategy(name, like);
}
