/** `retrace replay`: a recorded journal through the same desk, at any speed, with the screen it had when it was live. Writes nothing. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addReplay = (program: Command): Command =>
  addCommand(program, {
    usage: 'replay <journal>',
    about: 'a recorded journal through the same desk, at any speed; prints the hashes it comes to',
    flags: [
      ['--speed <x>', 'market time against the clock: 1, 60, max (default max)'],
      ['--ticks <n>', 'stop after n ticks'],
      ['--no-dashboard', 'terminal only'],
    ],
    examples: [
      ['replay demo-7 --speed 20', 'watch it again, twenty times as fast'],
      ['replay demo-7 --json', 'only the result'],
    ],
    run: runReplay,
  });

async function runReplay({ flags, args, json }: Asked): Promise<Answer> {
  const speed = flags.speed('speed') ?? Number.POSITIVE_INFINITY;
  const ticks = flags.whole('ticks', 1);
  flags.done('replay');
  const { replayJournal } = await import('../compose/replay-session.ts');
  return replayJournal({ named: args[0]!, speed, ticks: ticks ?? Number.POSITIVE_INFINITY, json });
}
