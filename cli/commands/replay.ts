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
      ['--dashboard', 'in the browser, on the screens of a live desk: played, stepped and searched there'],
      ['--port <n>', 'with --dashboard: where it listens (default 4747, or the next that is free)'],
      ['--no-dashboard', 'terminal only (default)'],
    ],
    examples: [
      ['replay demo-7 --speed 20', 'watch it again, twenty times as fast'],
      ['replay demo-7 --from 00:05 --to 00:06', 'a minute of it'],
      ['replay demo-7 --dashboard', 'watch it in the browser'],
      ['replay demo-7 --json', 'only the result'],
    ],
    run: runReplay,
  });

async function runReplay({ flags, args, json }: Asked): Promise<Answer> {
  const speed = flags.speed('speed');
  const port = flags.whole('port', 0, 65_535);
  const dashboard = flags.flag('dashboard');
  if (port !== null && !dashboard) flags.fault('port', String(port), 'is for --dashboard');
  if (dashboard && flags.given('to')) flags.fault('to', flags.text('to') ?? '', 'is for the terminal: a page goes where it is told');
  flags.done('replay');
  if (dashboard) {
    const { watchReplay } = await import('../compose/replay-watched.ts');
    return watchReplay({ named: args[0]!, port, speed, from: flags.text('from') });
  }
  const { replayJournal } = await import('../compose/replay-session.ts');
  return replayJournal({ named: args[0]!, speed: speed ?? Number.POSITIVE_INFINITY, from: flags.text('from'), to: flags.text('to'), json });
}
