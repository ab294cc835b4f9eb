/** `retrace resume`: let a paused strategy go on. */
import type { Command } from 'commander';
import { strategyId } from '#engine/values.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { OPERATE_FLAGS, operatingFlags, operationOn } from '../operating.ts';

export const addResume = (program: Command): Command =>
  addCommand(program, {
    usage: 'resume <strategy>',
    about: 'let a paused strategy go on',
    flags: OPERATE_FLAGS,
    examples: [['resume ema-cross-BTC-USD', 'its gate opens again']],
    run: runResume,
  });

async function runResume({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  flags.done('resume');
  const strategy = strategyId(args[0]!);
  const operation = await operationOn(asked);
  await operation.give({ do: 'Resume', strategy });
  return operation.answer(`npx retrace status`);
}
