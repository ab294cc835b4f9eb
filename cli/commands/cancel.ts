/** `retrace cancel`: takes one order back. */
import type { Command } from 'commander';
import { orderId } from '#engine/values.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { operatingFlags, operationOn, REDUCE_FLAGS, REDUCES } from '../operating.ts';

export const addCancel = (program: Command): Command =>
  addCommand(program, {
    usage: 'cancel <order>',
    about: 'take one working order back, by its address',
    flags: REDUCE_FLAGS,
    flagsNotTaken: REDUCES,
    examples: [['cancel 8412077.3', 'as retrace status names it']],
    run: runCancel,
  });

async function runCancel({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  flags.done('cancel');
  const order = orderId(args[0]!);
  const operation = await operationOn(asked);
  await operation.give({ do: 'CancelOrder', order });
  return operation.answer('npx retrace status');
}
