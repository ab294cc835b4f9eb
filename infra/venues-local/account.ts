/** The one account: cash and positions, folded from fills and transfers alone, so that what it holds can be told again from the ledger. */
import { divideHalfEven } from '#engine/decimal.ts';
import type { Listing } from './listings.ts';
import type { VenueFill, VenueTransfer } from './orders.ts';

/** `open` holds what built the position and is still open, oldest first. */
type Holding = { lots: number; readonly open: { lots: number; ticks: number }[] };

export class Account {
  readonly #cash = new Map<string, bigint>();
  readonly #holdings = new Map<Listing, Holding>();

  /** Currencies are told from the first listing on, also with nothing in them. */
  know(currency: string): void {
    if (!this.#cash.has(currency)) this.#cash.set(currency, 0n);
  }

  move({ currency, amount }: Pick<VenueTransfer, 'currency' | 'amount'>): void {
    this.#cash.set(currency, (this.#cash.get(currency) ?? 0n) + amount);
  }

  book({ order: { listing, side }, lots, ticks, fee }: VenueFill): void {
    const notional = listing.notional(lots, ticks);
    this.move({ currency: listing.spec.currency, amount: (side === 'buy' ? -notional : notional) - fee });
    const holding = this.#holdings.get(listing) ?? { lots: 0, open: [] };
    this.#holdings.set(listing, holding);
    const sign = side === 'buy' ? 1 : -1;
    let left = lots;
    while (left > 0 && holding.lots * sign < 0) {
      const oldest = holding.open[0]!;
      const closed = Math.min(left, oldest.lots);
      left -= closed;
      oldest.lots -= closed;
      holding.lots += sign * closed;
      if (oldest.lots === 0) holding.open.shift();
    }
    if (left === 0) return;
    holding.lots += sign * left;
    const newest = holding.open.at(-1);
    if (newest?.ticks === ticks) newest.lots += left;
    else holding.open.push({ lots: left, ticks });
  }

  lotsOf(listing: Listing): number {
    return this.#holdings.get(listing)?.lots ?? 0;
  }

  cash(currency: string): bigint {
    return this.#cash.get(currency) ?? 0n;
  }

  balances(): readonly (readonly [currency: string, amount: bigint])[] {
    return [...this.#cash];
  }

  /** What is not flat, in the order it was first traded; the price is the average entry, half-even to a tick. */
  positions(): readonly Readonly<{ listing: Listing; lots: number; ticks: number }>[] {
    return [...this.#holdings]
      .filter(([, { lots }]) => lots !== 0)
      .map(([listing, { lots, open }]) => {
        const sum = open.reduce((total, part) => total + BigInt(part.lots) * BigInt(part.ticks), 0n);
        return { listing, lots, ticks: Number(divideHalfEven(sum, BigInt(Math.abs(lots)))) };
      });
  }
}
