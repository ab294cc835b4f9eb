/**
 * What nobody's strategy trades closes what strategies hold the other way (KERNEL §12.10): closed by hand at the venue, or by a breaker, a
 * position is gone, whoever opened it. Two fills at one price: positions move, money does not.
 */
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import type { Minor, StrategyId } from '#engine/values.ts';
import type { Account } from './accounts.ts';
import { fitToPosition } from './links.ts';
import type { Market } from './markets.ts';
import type { Parts } from './parts.ts';

const NO_FEE = 0n as Minor;

/** A trade of 'none', as booked; `price`: what it is set off at. */
type Traded = Readonly<{ side: 'buy' | 'sell'; lots: number; price: number }>;

export function setOff(parts: Parts, account: Account, market: Market, { side, lots: traded, price }: Traded): void {
  const { core, accounts, strategies } = parts;
  const { id, currency } = account.spec;
  const instrument = market.definition.id;
  const heldBy = (strategy: StrategyId): number => accounts.ledger.position(id, strategy, instrument);
  const sign = side === 'buy' ? 1 : -1;
  // what closed a position of nobody's own is used up
  let left = Math.min(traded, Math.max(0, sign * heldBy(NO_STRATEGY)));
  for (const { id: strategy } of strategies.all) {
    const own = heldBy(strategy);
    const lots = Math.min(left, Math.max(0, -sign * own));
    if (lots === 0) continue;
    left -= lots;
    const found = { what: 'position', of: instrument, held: `${strategy} ${own}`, venue: `${NO_STRATEGY} ${heldBy(NO_STRATEGY)}` } as const;
    core.decide('DifferenceFound', { account: id, ...found, resolution: `${lots} set off at ${price}` });
    for (const [of, its] of [
      [strategy, side],
      [NO_STRATEGY, side === 'buy' ? 'sell' : 'buy'],
    ] as const) {
      const { postings } = accounts.ledger.fill(id, of, instrument, currency, market.unit, { side: its, lots, price, fee: NO_FEE });
      for (const posting of postings) core.decide('Posted', { account: id, strategy: of, instrument, currency, ...posting });
    }
    accounts.markStrategy(account, strategy);
    accounts.checkExposure('strategy', strategy);
    if (own === -sign * lots) cancelProtection(parts, account, market, strategy);
    else fitToPosition(parts, { account, strategy, market }, ({ reducing }) => reducing);
  }
}

/** What protected a position that is gone would close somebody else's: it fills no more while the cancel is on its way. */
function cancelProtection({ orders, trading }: Parts, account: Account, market: Market, strategy: StrategyId): void {
  for (const order of orders.working)
    if (order.account === account && order.market === market && order.strategy === strategy && order.reducing) {
      order.owed = order.remaining;
      trading.askCancel(order, 'set off');
    }
}
