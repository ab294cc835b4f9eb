/**
 * `retrace tape ls · show · check · book · from · bars`: recorded data that backtests run over: what there is, what one holds, whether it is
 * whole, the order book at a moment, a tape of a journal, a tape of bars of a tape's trades.
 */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import type { Flags } from '../flags.ts';

export function addTape(program: Command): Command {
  const tape = program
    .command('tape')
    .description('look at tapes (recorded data) and make them of journals and of other tapes')
    .helpCommand(false);
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
  addCommand(tape, {
    usage: 'book <tape>',
    about: 'the order book that its changes make, as it was known at a moment; exit 1 where it is not known',
    flags: [
      ['--at <time>', 'the moment, by arrival (default: the end of the tape)'],
      ['--depth <n>', 'levels a side (default 10)'],
      ['--stream <n>', 'which of its streams, as tape show lists them (default: the only book)'],
    ],
    examples: [['tape book xrp-book --at 2024-12-01T00:00:03Z', 'from the last snapshot before it']],
    run: showBook,
  });
  addCommand(tape, {
    usage: 'bars <tape>',
    about: 'a new tape of bars made of the trades of one, for backtests',
    flags: [
      ['--by <what>', 'ticks:1000 (trades), volume:50, dollars:1000000 (of its currency) or time:5m: what ends a bar'],
      ['--heikin-ashi', 'with Heikin-Ashi bars beside them, which strategies then hear; of a tape of bars, without --by'],
      ['--to <name>', "the new tape's name"],
      ['--stream <n>', 'which of its streams, as tape show lists them (default: the only trades, or the only bars)'],
    ],
    examples: [
      ['tape bars btc-trades --by volume:50 --to btc-50', 'then: backtest ema-cross --tape btc-50'],
      ['tape bars btc-1m --heikin-ashi --to btc-ha', 'of bars; orders are filled by the bars themselves'],
    ],
    run: makeBars,
  });
  return tape;
}

async function makeFrom({ flags, args }: Asked): Promise<Answer> {
  const to = nameIn(flags);
  flags.done('tape from');
  return (await import('../research/tape-answers.ts')).tapeFrom(args[0]!, to);
}

async function showBook({ flags, args }: Asked): Promise<Answer> {
  const { momentIn } = await import('../research/moments.ts');
  const asked = {
    tape: args[0]!,
    at: momentIn(flags, 'at'),
    depth: flags.whole('depth', 1, 100_000) ?? 10,
    stream: flags.whole('stream', 1, 10_000),
  };
  flags.done('tape book');
  return (await import('../research/book-answer.ts')).bookOf(asked);
}

async function makeBars({ flags, args }: Asked): Promise<Answer> {
  const [to, by, heikinAshi] = [nameIn(flags), flags.text('by'), flags.flag('heikin-ashi')];
  if (to === null && !flags.given('to')) flags.faults.push('--to: is missing: the name of the new tape');
  if (by === null && !heikinAshi)
    flags.faults.push('--by: is missing: what ends a bar, like ticks:1000, volume:50, dollars:1000000 or time:5m');
  const stream = flags.whole('stream', 1, 10_000);
  flags.done('tape bars');
  return (await import('../research/bar-tape.ts')).makeBarTape({ tape: args[0]!, to: to!, by, heikinAshi, stream });
}

function nameIn(flags: Flags): string | null {
  const to = flags.text('to');
  if (to !== null && !/^[\w.-]{1,64}$/.test(to)) flags.fault('to', to, 'is not a name of letters, digits, points, dashes and underscores');
  return to;
}
