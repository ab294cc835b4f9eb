/** `retrace disarm`: the ceremony after a kill. Whoever lifts it names the kill, so that no other one is lifted by mistake. */
import type { Command } from 'commander';
import { seqOf } from '#engine/values.ts';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { OPERATE_FLAGS, operatingFlags, operationOn } from '../operating.ts';

export const addDisarm = (program: Command): Command =>
  addCommand(program, {
    usage: 'disarm',
    about: 'lift a kill by naming its number; nothing trades until the desk is armed again',
    flags: [['--kill <number>', 'the number of the kill; retrace status tells it'], ...OPERATE_FLAGS],
    examples: [['disarm --kill 84120', 'lifts that kill and no other']],
    run: runDisarm,
  });

async function runDisarm({ flags }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  const kill = flags.whole('kill', 0);
  if (!flags.given('kill')) flags.faults.push('--kill: is missing: the number of the kill to lift, as npx retrace status tells it');
  flags.done('disarm');
  const operation = await operationOn(asked);
  await operation.give({ do: 'Disarm', killedAt: seqOf(kill!) });
  return operation.answer('npx retrace arm');
}
