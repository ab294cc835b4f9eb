/**
 * What nobody's strategy comes to hold closes what a strategy holds the other way (KERNEL §12.10): closed by hand at the venue, or by a
 * breaker, a position is gone, whoever opened it. Two fills at one price: positions move, money does not.
 */
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import type { Minor, StrategyId } from '#engine/values.ts';
import type { Account } from './accounts.ts';
import type { Market } from './markets.ts';
import type { Parts } from './parts.ts';

const NO_FEE = 0n as Minor;

export function setOff(parts: Parts, account: Account, market: Market, price: number): void {
  const { core, accounts, strategies } = parts;
  const { id, currency } = account.spec;
  const instrument = market.definition.id;
  const heldBy = (strategy: StrategyId): number => accounts.ledger.position(id, strategy, instrument);
  for (const { id: strategy } of strategies.all) {
    const [own, nobodys] = [heldBy(strategy), heldBy(NO_STRATEGY)];
    if (own * nobodys >= 0) continue;
    const lots = Math.min(Math.abs(own), Math.abs(nobodys));
    const found = { what: 'position', of: instrument, held: `${strategy} ${own}`, venue: `${NO_STRATEGY} ${nobodys}` } as const;
    core.decide('DifferenceFound', { account: id, ...found, resolution: `${lots} set off at ${price}` });
    for (const [of, side] of [
      [strategy, own > 0 ? 'sell' : 'buy'],
      [NO_STRATEGY, own > 0 ? 'buy' : 'sell'],
    ] as const) {
      const { postings } = accounts.ledger.fill(id, of, instrument, currency, market.unit, { side, lots, price, fee: NO_FEE });
      for (const posting of postings) core.decide('Posted', { account: id, strategy: of, instrument, currency, ...posting });
    }
    accounts.markStrategy(account, strategy);
    accounts.checkExposure('strategy', strategy);
  }
}
