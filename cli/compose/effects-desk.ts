/** The desk as the outbox may ask it, read right when it is asked. */
import type { Order } from '#actors/desk/orders.ts';
import type { Desk } from '#actors/desk.ts';
import type { EffectsDesk, HeldOrder } from '#engine/execution/effects.ts';

export function effectsDesk(desk: Desk): EffectsDesk {
  const { orders, accounts, gates, strategies } = desk.parts;
  return {
    order: (id) => {
      const order = orders.all.get(id);
      return order === undefined ? null : held(order);
    },
    held: (account) => [...orders.all.values()].filter((order) => order.account.spec.id === account).map(held),
    working: (account) => orders.working.filter((order) => order.account.spec.id === account).map(held),
    hasFill: (id, fill) => orders.all.get(id)?.fills.includes(fill) ?? false,
    closedFor: (id) => {
      const order = orders.all.get(id);
      if (order === undefined) return 'the desk does not hold it';
      const strategy = order.flatten ? undefined : strategies.byId.get(order.strategy); // a person's: its strategy may be stopped
      const scopes = [gates.global, order.account.gate, ...(strategy === undefined ? [] : [strategy.gate]), order.market.gate];
      for (const { scope, of, living } of scopes)
        if (living.value !== 'OPEN' && !(order.reducing && living.value === 'REDUCE_ONLY')) return `${scope} ${of} ${living.value}`;
      return null;
    },
    synced: (account) => accounts.byId.get(account)?.outside?.synced ?? false,
    session: (account) => accounts.byId.get(account)?.session.value ?? 'connecting',
  };
}

function held(order: Order): HeldOrder {
  const { lots, limit, stop, filled, cancelWanted } = order.living.context;
  return {
    order: order.id,
    account: order.account.spec.id,
    clientId: order.clientId,
    instrument: order.market.definition.id,
    side: order.side,
    type: order.type,
    state: order.living.value,
    ended: order.ended,
    lots,
    limit,
    stop,
    filled,
    reducing: order.reducing,
    reduceOnly: order.reduceOnly,
    adopted: order.requestAddress === null && order.living.value !== 'INTENT', // never asked of the venue by us
    expiresAt: order.expiresAt,
    terms: order.terms,
    cancelWanted,
    replacing: order.living.value === 'REPLACE_PENDING' ? order.replaceAddress : null,
  };
}
