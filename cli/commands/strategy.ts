/** `retrace strategy ls · show · check · test · new · save · diff · rename`: strategies, bundled, in files, and kept. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addStrategy(program: Command): Command {
  const strategy = program
    .command('strategy')
    .description('strategies: list, show, check, test, begin one, keep, compare, rename')
    .helpCommand(false);
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
    about: 'what a strategy does, its parameters, its version; what is written, as it is kept',
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
    about: 'whether a strategy is right: every fault with its line, then a trial that restores it at every wake; exit 1 when there is one',
    examples: [
      ['strategy check mine.yaml', 'a document'],
      ['strategy check mine.ts', 'a program'],
    ],
    run: async ({ flags, args }) => {
      flags.done('strategy check');
      return (await import('../research/strategy-trial.ts')).checkFiles(args);
    },
  });
  addCommand(strategy, {
    usage: 'test <file...>',
    about: 'plays the stories beside a strategy (mine.story.yaml) and compares what it wants with what they expect; exit 1 when one fails',
    flags: [['--update', 'write what happens as what is expected']],
    examples: [
      ['strategy test mine.ts', 'the stories of mine.story.yaml'],
      ['strategy test mine.ts --update', 'after a change that is wanted; read the difference before it is kept'],
    ],
    run: async ({ flags, args }) => {
      flags.done('strategy test');
      return (await import('../research/story-answers.ts')).testStories(args, flags.flag('update'));
    },
  });
  addCommand(strategy, {
    usage: 'new <name>',
    about: 'begin a strategy: writes <name>.yaml here, a document that runs, to be changed, and a story of what it does',
    flags: [
      ['--like <strategy>', 'one of those that are shipped (default: ema-cross)'],
      ['--typescript', 'a program instead: <name>.ts'],
    ],
    examples: [
      ['strategy new mine --like supertrend', 'then: strategy check mine.yaml'],
      ['strategy new mine --typescript', 'then: strategy test mine.ts'],
    ],
    run: begin,
  });
  addCommand(strategy, {
    usage: 'diff <strategy> <strategy>',
    about: 'in what two documents part, in words; of two programs, the lines',
    examples: [
      ['strategy diff ema-cross.yaml mine.yaml', ''],
      ['strategy diff 1a2b3c4d mine.ts', 'a kept version and the file as it is now'],
    ],
    run: async ({ flags, args }) => {
      flags.done('strategy diff');
      return (await answers()).diffStrategies(args[0]!, args[1]!);
    },
  });
  addCommand(strategy, {
    usage: 'save <file>',
    about: 'keep a strategy under the hash of its bytes, as every run keeps it that it ran with',
    examples: [['strategy save mine.ts', '']],
    run: async ({ flags, args }) => {
      flags.done('strategy save');
      return (await answers()).saveStrategy(args[0]!);
    },
  });
  addCommand(strategy, {
    usage: 'rename <strategy> <name>',
    about: 'another name, for a file and its story or for what is kept; its runs, versions and tries stay its own',
    examples: [['strategy rename mine.yaml my-trend', '']],
    run: rename,
  });
  return strategy;
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const NAMED = "a strategy's name is of small letters, digits and dashes, like my-trend";

async function rename({ flags, args }: Asked): Promise<Answer> {
  const [from = '', to = ''] = args;
  if (!NAME.test(to)) flags.faults.push(`${to}: ${NAMED}`);
  flags.done('strategy rename');
  return (await import('../research/strategy-answers.ts')).renameStrategy(from, to);
}

async function begin({ flags, args }: Asked): Promise<Answer> {
  const like = flags.text('like') ?? 'ema-cross';
  const [name = ''] = args;
  if (!NAME.test(name)) flags.faults.push(`${name}: ${NAMED}`);
  flags.done('strategy new');
  return (await import('../research/strategy-begin.ts')).newStrategy(name, like, flags.flag('typescript'));
}
