/** Money that comes or goes without a trade: deposits, adjustments, a paper account's new beginning. Every one is two postings. */
import { NO_INSTRUMENT, NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import type { AccountId, Minor } from '#engine/values.ts';
import type { Account } from './accounts.ts';
import type { Parts } from './parts.ts';

export function postDeposit({ core, accounts }: Parts, account: AccountId, currency: string, amount: bigint, why: string): void {
  for (const posting of accounts.ledger.deposit(account, currency, amount as Minor, why))
    core.decide('Posted', { account, strategy: NO_STRATEGY, instrument: NO_INSTRUMENT, currency, ...posting });
}

/** Money brought in or taken out is neither gain nor loss. */
export function adjustBalance(parts: Parts, account: Account, currency: string, amount: bigint, why: string): void {
  postDeposit(parts, account.spec.id, currency, amount, why);
  if (currency === account.spec.currency) parts.accounts.shift(account.book, amount);
}
