/** `retrace doctor`: what this machine lacks, and what to do about it. Changes nothing but a scratch file it removes. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addDoctor = (program: Command): Command =>
  addCommand(program, {
    usage: 'doctor',
    about: 'whether this machine can run a desk: Node, disk, clock, data folder, locks; what to fix',
    examples: [['doctor', 'exit 1 when something must be fixed']],
    run: runDoctor,
  });

async function runDoctor({ flags }: Asked): Promise<Answer> {
  flags.done('doctor');
  const [{ examine }, { deskHome }, { coloursFor }] = await Promise.all([
    import('../compose/examine.ts'),
    import('../compose/desk-home.ts'),
    import('../screen/terminal.ts'),
  ]);
  const checks = await examine(deskHome());
  const { green, yellow, red } = coloursFor(process.stdout);
  const marks = { good: green('good'), warning: yellow('warn'), bad: red('bad ') };
  const bad = checks.filter(({ verdict }) => verdict === 'bad');
  return {
    ok: bad.length === 0,
    fields: { checks },
    text: [
      ...checks.flatMap(({ name, verdict, found, fix }) => [
        `${marks[verdict]}  ${name.padEnd(12)} ${found}`,
        ...(fix === null ? [] : [`      ${''.padEnd(12)} → ${fix}`]),
      ]),
      bad.length === 0 ? 'next: npx retrace demo' : `next: fix what is marked bad, then npx retrace doctor`,
    ],
  };
}
