// A desk's process with a breaker: places orders, says so, and on demand never gets another turn.
import { BreakerClient } from '#infra/breaker/breaker-client.ts';
import type { BreakerConfig } from '#infra/breaker/messages.ts';
import { openBroker } from '../../cli/compose/brokers.ts';
import { placeOrders } from './orders.ts';

export type ParentAsked = Readonly<{ do: 'start'; program: string; config: BreakerConfig; orders: number }> | Readonly<{ do: 'spin' }>;

process.on('message', async (asked: ParentAsked) => {
  if (asked.do === 'spin') {
    process.send?.({ spinning: true }, () => {
      for (;;); // the desk's thread, lost
    });
    return;
  }
  const { program, config, orders } = asked;
  const client = new BreakerClient({ program, config, onKilled: () => {}, onTrouble: (why) => void process.send?.({ trouble: why }) });
  await client.start();
  const broker = await openBroker({ ...(config.brokers[0]!.spec as object), timeoutUs: 5_000_000 });
  await broker.open(() => {});
  await placeOrders(broker, client, orders, 'p');
  await broker.close();
  process.send?.({ ready: true, breaker: client.pid, socket: client.socket });
});
