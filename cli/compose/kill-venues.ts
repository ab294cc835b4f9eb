/** Where a desk trades, as its configuration says: for a kill when no breaker of it answers. It asks the venue what it lists, nothing else. */
import type { Plain } from '#engine/record.ts';
import type { AccountId } from '#engine/values.ts';
import { readVenueKey } from '#infra/config/key-file.ts';
import { type BrokerSpec, openBroker } from './brokers.ts';
import type { DeskVenues } from './kill-desk.ts';
import { readRun } from './run-file.ts';
import { runInstruments } from './run-instruments.ts';
import { instrumentsAt } from './venue-instruments.ts';

const REQUEST_US = 2_000_000;

/** Throws when the configuration here is of another desk, or the venue does not answer. */
export async function venuesOf(desk: string | null): Promise<DeskVenues> {
  const read = readRun(null);
  const { config } = read;
  if (desk !== null && desk !== config.desk) throw new Error(`the configuration here is of desk ${config.desk}`);
  const { account } = config;
  const sendWindowUs = account.sendWindow ?? 0;
  if (account.venue === 'paper') return { desk: config.desk, brokers: [], sendWindowUs, openBroker };
  const key = readVenueKey(account, process.env);
  const told = await instrumentsAt(account.url!);
  if (told === null) throw new Error(`nobody answers at ${account.url}`);
  const spec: BrokerSpec = {
    venue: 'local',
    account: account.id as AccountId,
    url: account.url!,
    key: key.key.reveal(),
    secret: key.secret.reveal(),
    instruments: runInstruments(read, told),
    timeoutUs: REQUEST_US,
  };
  return { desk: config.desk, brokers: [{ account: spec.account, spec: spec as unknown as Plain }], sendWindowUs, openBroker };
}
