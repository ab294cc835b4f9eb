/** The one place that knows which adapter speaks to which venue. What an adapter needs travels as plain data, also to the breaker's process. */
import type { Broker } from '#engine/execution/broker.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Plain } from '#engine/record.ts';
import type { AccountId } from '#engine/values.ts';
import { openLocalBroker } from '#infra/brokers/local/broker.ts';
import { realClock } from '#streams/clock.ts';

/** Holds the key in the open: it is handed over in memory and between our own processes, and never written down. */
export type BrokerSpec = Readonly<{
  venue: 'local';
  account: AccountId;
  url: string;
  key: string;
  secret: string;
  instruments: readonly Instrument[];
  timeoutUs: number;
}>;

export function brokerFor({ account, url, key, secret, instruments, timeoutUs }: BrokerSpec): Broker {
  return openLocalBroker({ account, url, key, secret: { reveal: () => secret }, instruments, timeoutUs, clock: realClock });
}

export const openBroker = async (spec: Plain): Promise<Broker> => brokerFor(spec as unknown as BrokerSpec);
