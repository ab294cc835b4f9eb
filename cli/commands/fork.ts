/** `retrace fork`: what would have been different, from the beginning or from a number on. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import type { Flags } from '../flags.ts';

export const addFork = (program: Command): Command =>
  addCommand(program, {
    usage: 'fork <run>',
    about: 'the same run with one thing changed: where it parts first, why, and what that was worth',
    flags: [
      ['--at <moment>', 'the last number, or a time, up to which nothing is changed (default: from the beginning)'],
      ['--set <name=value>', 'a parameter of every strategy that has it; repeatable', 'repeatable'],
      ['--of <name>', 'only of this account, strategy or instrument (default: every strategy, every account)'],
      ['--strategy <name|file>', 'another strategy, or another version of it'],
      ['--fee <bp>', "taker's fee in basis points of the notional"],
      ['--maker-fee <bp>', "maker's fee"],
      ['--fee-tiers <table>', 'the fees of every tier, as a backtest takes them; none takes them away'],
      ['--latency <how>', 'from a decision to the venue, and for cancels: 100ms, or drawn or recorded as a backtest takes it'],
      [
        '--limit <name=value>',
        'a limit of the account (or of what --of names), like maxPositionLots=5, softDailyLoss=250, collarPermille=none; repeatable',
        'repeatable',
      ],
      ['--drop <from[-to]>', 'numbers that do not happen; repeatable', 'repeatable'],
      ['--inside', 'a day at an outside venue, answered by the venue inside the desk instead; stands by itself, with fees and latency'],
      ['--account <id>', 'whose money is told, where the run has several accounts'],
      ['--tag <word>', 'a word to find the branch by; repeatable', 'repeatable'],
    ],
    flagsNotTaken: { cash: 'a branch holds what its baseline holds; another cash is another backtest' },
    examples: [
      ['fork ema-cross-1a2b3c4d --set slow=30', 'another parameter from the beginning'],
      ['fork breakout-1a2b3c4d --set k=1 --at 2022-01-10T09:30:00Z', 'from a moment on'],
      ['fork ema-cross-1a2b3c4d --fee 10 --limit maxPositionLots=5 --json', 'a dearer venue and a limit, for a program'],
      ['fork demo-7 --set slow=30 --at 10:32', 'a recorded day, from that minute on'],
    ],
    run: runForkCommand,
  });

async function runForkCommand({ flags, args, json }: Asked): Promise<Answer> {
  const set = flags.pairs('set');
  const { venueChangeIn } = await import('../research/venue-asked.ts');
  const venue = venueChangeIn(flags);
  const dropped = droppedIn(flags);
  const [inside, account, of] = [flags.flag('inside'), flags.text('account'), flags.text('of')];
  flags.done('fork');
  const [{ runFork }, { forkAnswer }, { renewingLine }, { onStop }] = await Promise.all([
    import('../research/fork-session.ts'),
    import('../research/fork-answer.ts'),
    import('../screen/verdict.ts'),
    import('../compose/signals.ts'),
  ]);
  let stopped = false;
  const off = onStop(() => {
    stopped = true;
  });
  const line = renewingLine(json);
  const done = await runFork(
    {
      ...{ run: args[0]!, at: flags.text('at'), set, strategy: flags.text('strategy'), venue },
      ...{ limits: flags.list('limit'), dropped, inside, account, of, tags: flags.list('tag') },
    },
    (share) => {
      line.say(() => `${(100 * share).toFixed(0)} %`);
      return !stopped;
    },
  ).finally(() => {
    line.end();
    off();
  });
  return forkAnswer(done);
}

function droppedIn(flags: Flags): [number, number][] {
  return flags.list('drop').flatMap((text): [number, number][] => {
    const [, from, to = from] = /^(\d{1,14})(?:-(\d{1,14}))?$/.exec(text) ?? [];
    if (from !== undefined && Number(to) >= Number(from) && Number(from) > 0) return [[Number(from), Number(to)]];
    flags.fault('drop', text, 'is not a number like 1200 or numbers like 1200-1300');
    return [];
  });
}
