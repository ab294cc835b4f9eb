/** What held positions cost at the pure venue (stage 3): when an account is next charged, and the postings. The rates are its terms. */
import type { VenueSpec } from '#engine/execution/account.ts';
import { borrowCost, fundingAt, fundingCost, nextBorrow, nextFunding } from '#engine/portfolio/carry.ts';
import { value } from '#engine/portfolio/valuation.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Core } from './core.ts';
import type { Markets } from './markets.ts';

export type Charge = 'borrow' | 'funding';

/** By its terms as they are now. */
export function armCarry(core: Core, account: Account): void {
  armCharge(core, account, 'borrow');
  armCharge(core, account, 'funding');
}

export function armCharge({ deadlines, at }: Core, account: Account, why: Charge): void {
  const next = nextCharge(account.spec.pure, why, at);
  if (next === null) deadlines.cancel(account[why]);
  else deadlines.arm(account[why], next, at);
}

function nextCharge(pure: VenueSpec | null, why: Charge, at: number): number | null {
  if (why === 'borrow') return pure?.borrow === undefined ? null : nextBorrow(pure.borrow, at);
  return pure?.funding === undefined ? null : nextFunding(pure.funding, at);
}

/** Strategies in order of deployment, of each the instruments in order of definition; then what was charged is marked. */
export function chargeHeld(core: Core, accounts: Accounts, markets: Markets, account: Account, why: Charge): void {
  const { id, currency } = account.spec;
  const charged = account.strategyBooks.filter(({ strategy }) => {
    let any = false;
    for (const market of markets.all) {
      const instrument = market.definition.id;
      const lots = strategy === null ? 0 : accounts.ledger.position(id, strategy, instrument);
      const rate = lots === 0 ? null : rateOf(account, why, instrument, lots, core.at);
      if (strategy === null || rate === null) continue;
      const price = market.reference ?? accounts.ledger.lastFillPrice(id, strategy, instrument)!;
      const worth = value(market.unit, lots, price);
      const amount = why === 'borrow' ? borrowCost(worth, rate) : fundingCost(worth, rate);
      if (amount === 0n) continue;
      any = true;
      core.decide('PositionCharged', { account: id, strategy, instrument, why, lots, price, rate, amount });
      for (const posting of accounts.ledger.charge(id, strategy, instrument, currency, why, amount))
        core.decide('Posted', { account: id, strategy, instrument, currency, ...posting });
    }
    return any;
  });
  if (charged.length === 0) return;
  accounts.mark(account.book, why);
  for (const book of charged) accounts.mark(book, null);
}

/** Null: nothing is asked of this position now. */
function rateOf({ spec }: Account, why: Charge, instrument: string, lots: number, at: number): number | null {
  if (why === 'borrow') return lots < 0 ? (spec.pure?.borrow?.rate ?? null) : null;
  return fundingAt(spec.pure?.funding ?? [], at).find((row) => row.instrument === instrument)?.rate ?? null;
}
