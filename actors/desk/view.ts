/** The desk as one strategy may see it: its own holdings and orders, the last price, what it trades and its account's worth. */
import type { StrategyView } from '#engine/strategy/strategy.ts';
import type { Minor } from '#engine/values.ts';
import type { Accounts } from './accounts.ts';
import type { Core } from './core.ts';
import type { Markets } from './markets.ts';
import type { Orders } from './orders.ts';
import type { Deployed } from './strategies.ts';

export function viewOf(core: Core, markets: Markets, accounts: Accounts, orders: Orders, whose: () => Deployed): StrategyView {
  return {
    get at() {
      return core.at;
    },
    position(instrument) {
      const strategy = whose();
      return accounts.ledger.position(strategy.account.spec.id, strategy.id, instrument);
    },
    working(instrument) {
      const { id } = whose();
      let lots = 0;
      for (const order of orders.working) {
        if (order.strategy === id && order.market.definition.id === instrument)
          lots += order.side === 'buy' ? order.remaining : -order.remaining;
      }
      return lots;
    },
    orders(instrument) {
      const { id } = whose();
      return orders.working.filter((order) => order.strategy === id && order.market.definition.id === instrument).map((order) => order.id);
    },
    price(instrument) {
      return markets.byId.get(instrument)?.reference ?? null;
    },
    instrument(instrument) {
      return markets.byId.get(instrument)?.definition ?? null;
    },
    equity() {
      return accounts.equity(whose().account.book) as Minor;
    },
  };
}
