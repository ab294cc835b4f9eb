/** `retrace init`: writes a commented retrace.yaml and .env.example for a venue. Overwrites nothing without --force. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addInit = (program: Command): Command =>
  addCommand(program, {
    usage: 'init',
    about: 'writes a commented retrace.yaml and .env.example for a venue',
    flags: [
      ['--venue <name>', 'paper (default): a synthetic market, filled inside; local: the exchange of `retrace exchange`'],
      ['--desk <name>', 'what the desk is called (default: my-desk)'],
      ['--folder <path>', 'where to write (default: this folder)'],
      ['--force', 'write over files that are there'],
    ],
    examples: [
      ['init', 'then look at retrace.yaml, and npx retrace run'],
      ['init --venue local --desk trial', 'a desk for the local exchange'],
    ],
    run: runInit,
  });

async function runInit({ flags }: Asked): Promise<Answer> {
  const venue = flags.choice('venue', ['paper', 'local'] as const) ?? 'paper';
  const desk = flags.text('desk') ?? 'my-desk';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(desk)) flags.fault('desk', desk, 'is not 1 to 64 letters, digits and . _ -');
  flags.done('init');
  const [{ initFiles }, { writeInit }] = await Promise.all([import('../compose/init-files.ts'), import('../compose/init-write.ts')]);
  return writeInit(initFiles(venue, desk), { venue, folder: flags.text('folder') ?? '.', force: flags.flag('force') });
}
