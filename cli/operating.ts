/** The flags of every command that moves a running desk; what runs behind them is loaded when one is given. */
import type { CommandSpec } from './command.ts';
import type { Operation } from './compose/operate.ts';
import type { Flags } from './flags.ts';

type FlagsOf = NonNullable<CommandSpec['flags']>;

/** Of commands that take risk away: they are done whatever their giver saw. */
export const REDUCE_FLAGS: FlagsOf = [
  ['--desk <name>', 'which desk, when several run'],
  ['--key <text>', 'this very command asked twice with the same key is done once (default: a new key each time)'],
];
/** Of all others. */
export const OPERATE_FLAGS: FlagsOf = [
  ...REDUCE_FLAGS,
  ['--saw <n>', 'refuse if it changed after this number (default: the number of now)'],
];
/** Given to a command that does not take it: why not. */
export const REDUCES = { saw: 'this command takes risk away, so it is done whatever was seen and is never refused as stale' } as const;

export type Operating = Readonly<{ desk: string | null; key: string | null; saw: number | null }>;

/** With room for what tells several commands of one key apart. */
const MOST_KEY = 100;

export function operatingFlags(flags: Flags): Operating {
  const key = flags.text('key');
  if (key !== null && (key.length === 0 || key.length > MOST_KEY))
    flags.fault('key', key.slice(0, 20), `is not 1 to ${MOST_KEY} characters`);
  return { desk: flags.text('desk'), key, saw: flags.whole('saw', 0) };
}

/** The desk, looked at. */
export async function operationOn(asked: Operating): Promise<Operation> {
  const { openOperation } = await import('./compose/operate.ts');
  return openOperation(asked);
}
