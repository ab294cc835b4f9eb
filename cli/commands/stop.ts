/** `retrace stop`: stop one strategy for good: as pause, but its id never runs again in this journal. */
import type { Command } from 'commander';
import { strategyId } from '#engine/values.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { operatingFlags, operationOn, REDUCE_FLAGS, REDUCES } from '../operating.ts';

export const addStop = (program: Command): Command =>
  addCommand(program, {
    usage: 'stop <strategy>',
    about:
      'stop one strategy for good: as pause, but its id never runs again in this journal; it goes on under another id, or with run --new',
    flags: REDUCE_FLAGS,
    flagsNotTaken: REDUCES,
    examples: [['stop ema-cross-BTC-USD', 'for good']],
    run: runStop,
  });

async function runStop({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  flags.done('stop');
  const strategy = strategyId(args[0]!);
  const operation = await operationOn(asked);
  await operation.give({ do: 'Stop', strategy });
  return operation.answer(`npx retrace status`);
}
