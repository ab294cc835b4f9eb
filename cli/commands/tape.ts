/** `retrace tape ls · show · check · from`: recorded data that backtests run over: what there is, what one holds, whether it is whole, a tape of a journal. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addTape(program: Command): Command {
  const tape = program.command('tape').description('look at tapes (recorded data) and make them of journals').helpCommand(false);
  tape.helpOption('-h, --help', 'what it does').addHelpText('after', '\nExample:\n  npx retrace tape ls');
  addCommand(tape, {
    usage: 'ls',
    about: 'all tapes under RETRACE_HOME/tapes',
    examples: [['tape ls', 'instrument, kind, facts, from and to']],
    run: async (asked) => (await import('../research/tape-answers.ts')).listTapes(asked),
  });
  addCommand(tape, {
    usage: 'show <tape>',
    about: 'what a tape holds, where it came from, its hash',
    examples: [['tape show btc-1m', '']],
    run: async (asked) => (await import('../research/tape-answers.ts')).showTape(asked),
  });
  addCommand(tape, {
    usage: 'check <tape>',
    about: 'read every fact through its checksums and derive the hash again; exit 1 says what is not so',
    examples: [['tape check btc-1m', 'changes nothing']],
    run: async (asked) => (await import('../research/tape-answers.ts')).checkNamed(asked),
  });
  addCommand(tape, {
    usage: 'from <journal>',
    about: "a tape of what a journal recorded of the market, under the journal's numbers",
    flags: [['--to <name>', "the tape's name (default: the journal's)"]],
    examples: [['tape from demo-7 --to monday', 'then: backtest ema-cross --tape monday']],
    run: makeFrom,
  });
  return tape;
}

async function makeFrom({ flags, args }: Asked): Promise<Answer> {
  const to = flags.text('to');
  if (to !== null && !/^[\w.-]{1,64}$/.test(to)) flags.fault('to', to, 'is not a name of letters, digits, points, dashes and underscores');
  flags.done('tape from');
  return (await import('../research/tape-answers.ts')).tapeFrom(args[0]!, to);
}
