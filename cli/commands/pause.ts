/** `retrace pause`: no new risk from a strategy until it is resumed: its orders are cancelled, what protects its position stays. */
import type { Command } from 'commander';
import { strategyId } from '#engine/values.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { operatingFlags, operationOn, REDUCE_FLAGS, REDUCES } from '../operating.ts';

export const addPause = (program: Command): Command =>
  addCommand(program, {
    usage: 'pause <strategy>',
    about: 'no new risk from a strategy until it is resumed: its orders are cancelled, what protects its position stays',
    flags: REDUCE_FLAGS,
    flagsNotTaken: REDUCES,
    examples: [['pause ema-cross-BTC-USD', 'until npx retrace resume']],
    run: runPause,
  });

async function runPause({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  flags.done('pause');
  const strategy = strategyId(args[0]!);
  const operation = await operationOn(asked);
  await operation.give({ do: 'Pause', strategy });
  return operation.answer(`npx retrace resume ${strategy}, when it shall go on`);
}
