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
      ['--from <when>', 'begin behind this number or time; what lies before is taken at full speed'],
      ['--to <when>', 'stop at this number or time'],
      ['--no-dashboard', 'terminal only'],
    ],
    examples: [
      ['replay demo-7 --speed 20', 'watch it again, twenty times as fast'],
      ['replay demo-7 --from 00:05 --to 00:06', 'a minute of it'],
      ['replay demo-7 --json', 'only the result'],
    ],
    run: runReplay,
  });

async function runReplay({ flags, args, json }: Asked): Promise<Answer> {
  const speed = flags.speed('speed') ?? Number.POSITIVE_INFINITY;
  flags.done('replay');
  const { replayJournal } = await import('../compose/replay-session.ts');
  return replayJournal({ named: args[0]!, speed, from: flags.text('from'), to: flags.text('to'), json });
}
