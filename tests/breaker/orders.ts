// Orders at the local exchange far from its market, each told to the breaker before it is sent.
import type { Broker } from '#engine/execution/broker.ts';
import { plainTerms } from '#engine/execution/order-terms.ts';
import type { ClientOrderId, InstrumentId, OrderId, TimeUs } from '#engine/values.ts';
import type { BreakerClient } from '#infra/breaker/breaker-client.ts';

export const WINDOW_US = 2_000_000;
export const BTC = 'BTC-USD' as InstrumentId;

export async function placeOrders(broker: Broker, client: BreakerClient | null, count: number, prefix: string): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const outcomes = await Promise.all(
    names.map((name, i) => {
      const until = (Date.now() * 1000 + 10 * WINDOW_US) as TimeUs; // a machine may be busy with other things
      const clientId = name as ClientOrderId;
      client?.register({ account: broker.account, clientId, instrument: BTC, validUntil: until });
      client?.flush();
      const terms = {
        side: 'buy',
        type: 'limit',
        lots: 1,
        limit: 300_000 + i,
        stop: null,
        reduceOnly: false,
        expiresAt: null,
        terms: plainTerms(null),
      } as const;
      return broker.send({ order: `1.${i}` as OrderId, clientId, instrument: BTC, ...terms, until });
    }),
  );
  for (const outcome of outcomes) if (outcome.kind !== 'acked') throw new Error(`an order did not get there: ${JSON.stringify(outcome)}`);
  return names;
}
