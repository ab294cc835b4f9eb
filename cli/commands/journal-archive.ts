/** `retrace journal archive · restore`: closed segments into a folder that keeps them, and back. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addArchive = (journal: Command): Command =>
  addCommand(journal, {
    usage: 'archive <journal>',
    about: 'copy closed segments into an archive and verify each copy; with --remove the originals go; also while the desk runs',
    flags: [
      ['--to <folder>', 'the archive: a folder of its own, made when it is not there'],
      ['--keep <n>', 'how many of the newest segments stay out of it (default 1)'],
      ['--remove', 'remove each original once its copy is verified; without it nothing is removed'],
      ['--compress', 'store copies compressed (gzip)'],
    ],
    examples: [
      ['journal archive demo-7 --to /mnt/cold/demo-7', 'a verified copy of all but the newest segment'],
      ['journal archive demo-7 --to /mnt/cold/demo-7 --remove --keep 7', 'keep a week of days at hand, move the rest'],
      ['journal archive demo-7 --to /mnt/cold/demo-7 --compress --json', 'smaller, and one document'],
    ],
    run: runArchive,
  });

export const addRestore = (journal: Command): Command =>
  addCommand(journal, {
    usage: 'restore <archive>',
    about: 'bring segments back from an archive, each verified again; never overwrites',
    flags: [
      ['--to <folder>', "an empty folder, or the journal's own"],
      ['--from <n>', 'only the segments from the one that holds this number'],
      ['--to-number <n>', 'only the segments up to the one that holds this number'],
    ],
    examples: [
      ['journal restore /mnt/cold/demo-7 --to .retrace/journals/demo-7', 'back to where they were'],
      ['journal restore /mnt/cold/demo-7 --to march --from 90000 --to-number 120000', 'some of them, to look at'],
    ],
    run: runRestore,
  });

async function runArchive({ flags, args, json }: Asked): Promise<Answer> {
  const to = flags.text('to');
  if (to === null) flags.faults.push('--to <folder>: is missing');
  const keep = flags.whole('keep', 1) ?? 1;
  flags.done('journal archive');
  const { archiveNamed } = await import('../compose/archive-session.ts');
  return archiveNamed({ named: args[0]!, to: to!, keep, remove: flags.flag('remove'), compress: flags.flag('compress'), json });
}

async function runRestore({ flags, args, json }: Asked): Promise<Answer> {
  const to = flags.text('to');
  if (to === null) flags.faults.push('--to <folder>: is missing');
  const from = flags.whole('from', 0);
  const toNumber = flags.whole('to-number', 0);
  flags.done('journal restore');
  const { restoreNamed } = await import('../compose/archive-session.ts');
  return restoreNamed({ named: args[0]!, to: to!, from, toNumber, json });
}
