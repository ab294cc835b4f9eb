/** `retrace init`: writes a commented retrace.yaml and .env.example for a venue. Overwrites nothing without --force. */
import type { Command } from 'commander';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addInit = (program: Command): Command =>
  addCommand(program, {
    usage: 'init',
    about: 'writes a commented retrace.yaml and .env.example for a venue',
    flags: [
      ['--venue <name>', 'paper (default): a synthetic market, filled inside; local: the exchange of `retrace exchange`'],
      ['--url <address>', 'with venue local: where the exchange listens (default: http://127.0.0.1:7801)'],
      ['--desk <name>', 'what the desk is called (default: my-desk)'],
      ['--folder <path>', 'where to write (default: this folder)'],
      ['--force', 'write over files that are there'],
    ],
    examples: [
      ['init', 'then look at retrace.yaml, and npx retrace run'],
      ['init --venue local --desk trial', 'a desk for the local exchange'],
      ['init --venue local --url http://127.0.0.1:7805', 'for one that listens at another port'],
    ],
    run: runInit,
  });

async function runInit({ flags }: Asked): Promise<Answer> {
  const venue = flags.choice('venue', ['paper', 'local'] as const) ?? 'paper';
  const desk = flags.text('desk') ?? 'my-desk';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(desk)) flags.fault('desk', desk, 'is not 1 to 64 letters, digits and . _ -');
  const url = flags.text('url');
  if (url !== null && venue !== 'local') flags.fault('url', url, 'means nothing without --venue local');
  flags.done('init');
  const [{ initFiles }, { writeInit }] = await Promise.all([import('../compose/init-files.ts'), import('../compose/init-write.ts')]);
  const files = () => {
    try {
      return initFiles(venue, desk, url ?? undefined);
    } catch (error) {
      if (url === null || (error as Error).name !== 'BadRunConfig') throw error;
      throw new Refused(
        2,
        [`--url: is no address of an exchange: http on this machine, https elsewhere, without user, path and query`],
        'npx retrace init --help',
      );
    }
  };
  return writeInit(files(), { venue, folder: flags.text('folder') ?? '.', force: flags.flag('force') });
}
