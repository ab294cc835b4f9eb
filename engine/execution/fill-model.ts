/** How a venue without a book of its own makes a fill worse than the fact that allowed it: whole ticks and lots, rounded against the trader. No chance in it. */
import type { Side } from '../values.ts';
import type { VenueSpec } from './account.ts';

export type Worse = Pick<VenueSpec, 'slippageTicks' | 'slippageBp' | 'spreadTicks'>;

/** What a taker pays for what stands at `price`; never beyond its limit. A quote has its spread in it already. */
export function takerPrice(
  { side, limit }: Readonly<{ side: Side; limit: number | null }>,
  price: number,
  kind: 'trade' | 'quote' | 'bar',
  { slippageTicks = 0, slippageBp = 0, spreadTicks = 0 }: Worse,
): number {
  const half = kind === 'quote' ? 0 : Math.ceil(spreadTicks / 2);
  const worse = half + slippageTicks + partOf(price, slippageBp);
  if (side === 'buy') return limit === null ? price + worse : Math.min(limit, price + worse);
  return limit === null ? price - worse : Math.max(limit, price - worse);
}

/** Basis points of the size of a price, rounded up to a tick. */
function partOf(price: number, bp: number): number {
  return bp === 0 ? 0 : Number((BigInt(Math.abs(price)) * BigInt(bp) + 9_999n) / 10_000n);
}

/** How many of a fact's lots one order may have. */
export const shareOf = (lots: number, { volumePermille }: Pick<VenueSpec, 'volumePermille'>): number =>
  volumePermille === undefined ? lots : Math.floor((lots * volumePermille) / 1000);
