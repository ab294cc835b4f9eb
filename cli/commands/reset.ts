/** `retrace reset`: a paper account begins again with so much cash; its history stays in the journal. */
import type { Command } from 'commander';
import { accountId } from '#engine/values.ts';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { unitsOf } from '../flags.ts';
import { OPERATE_FLAGS, operatingFlags, operationOn } from '../operating.ts';

export const addReset = (program: Command): Command =>
  addCommand(program, {
    usage: 'reset [account]',
    about: 'a paper account that holds nothing begins again with so much cash; what it did before stays recorded',
    flags: [['--cash <amount>', "in the account's currency"], ...OPERATE_FLAGS],
    examples: [['reset main --cash 100000', 'as if it were new']],
    run: runReset,
  });

async function runReset({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  const cash = flags.text('cash');
  if (cash === null) flags.faults.push('--cash: is missing: what the account begins again with');
  flags.done('reset');
  const { theOnly } = await import('../compose/gates-named.ts');
  const operation = await operationOn(asked);
  const { accounts } = operation.status;
  const paper = accounts.filter(({ mode }) => mode !== 'LIVE').map(({ account }) => account);
  const named = accountId(args[0] ?? theOnly(paper, 'paper account'));
  const { scale, currency } = accounts.find(({ account }) => account === named) ?? { scale: 2, currency: '' };
  const units = unitsOf(cash!, scale);
  if (units === null || units < 0n)
    throw new Refused(
      2,
      [`--cash ${cash}: is not an amount of ${currency} with at most ${scale} digits after the point`],
      'npx retrace reset --help',
    );
  await operation.give({ do: 'Reset', account: named, cash: units });
  return operation.answer('npx retrace status');
}
