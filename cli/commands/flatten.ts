/** `retrace flatten`: out of everything an account holds. */
import type { Command } from 'commander';
import { accountId } from '#engine/values.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { operatingFlags, operationOn, REDUCE_FLAGS, REDUCES } from '../operating.ts';

export const addFlatten = (program: Command): Command =>
  addCommand(program, {
    usage: 'flatten [account]',
    about: 'cancel what works and close at the market what an account holds; its strategies go on: pause them first if they shall not',
    flags: REDUCE_FLAGS,
    flagsNotTaken: REDUCES,
    examples: [['flatten main', 'out of everything']],
    run: runFlatten,
  });

async function runFlatten({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  flags.done('flatten');
  const { theOnly } = await import('../compose/gates-named.ts');
  const operation = await operationOn(asked);
  const known = operation.status.accounts.map(({ account }) => account);
  await operation.give({ do: 'Flatten', account: accountId(args[0] ?? theOnly(known, 'account')) });
  return operation.answer('npx retrace status');
}
