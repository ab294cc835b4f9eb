/** An account as the desk sees it: its venue, its money, how its orders are answered. */
import type { BorrowTerms, FundingRow } from '../portfolio/carry.ts';
import type { AccountId } from '../values.ts';
import type { FeeTier } from './fee-tiers.ts';
import type { MoreLatency } from './latency.ts';
import type { VenueTakes } from './order-terms.ts';

export type Mode = 'BACKTEST' | 'PAPER' | 'LIVE';

/** How the pure venue answers. All figures are exact; nothing is drawn by chance. */
export type VenueSpec = Readonly<{
  /** From our cause to the venue's receipt; also for cancel and replace. */
  latencyUs: number;
  /** What is added to it (latency.ts). Absent: nothing. */
  moreLatency?: MoreLatency;
  /** Fees in hundredths of a basis point of the notional (5 bp = 500). */
  makerFee: number;
  takerFee: number;
  /** What they become as the account trades more (fee-tiers.ts), rising. Absent: never another. */
  feeTiers?: readonly FeeTier[];
  /** 'whole': an order fills whole at the first fact that reaches it. 'lots': it shares the fact's lots. */
  fills: 'whole' | 'lots';
  /** The venue rejects an order of more lots than this. */
  rejectAboveLots: number | null;
  // How much worse than the facts its fills are (docs/fill-models.md). Absent: not at all.
  /** 'touch', and absent: a price at a resting limit fills it, of a bar only one beyond. 'through': of every fact only one beyond. */
  limitFills?: 'touch' | 'through';
  /** Ticks, and basis points of the price, that a taker pays more. */
  slippageTicks?: number;
  slippageBp?: number;
  /** A spread where a fact knows none (trades and bars): a taker pays half of it. */
  spreadTicks?: number;
  /** With 'lots': of a fact's lots one order gets at most so many in a thousand. */
  volumePermille?: number;
  /** With 'lots': a taker eats the recorded book level by level, while it is known (held-book.ts). Absent: it fills by the fact alone. */
  walk?: 'book';
  // What positions cost while they are held (portfolio/carry.ts). Absent: nothing.
  borrow?: BorrowTerms;
  /** Rising by instant. */
  funding?: readonly FundingRow[];
}>;

/** How the desk deals with a venue that is not its own. */
export type OutsideSpec = Readonly<{
  /** A send or replace that has not left so long after it was decided stays home. */
  sendWindowUs: number;
  /** Orders at the venue that are nobody's here: watched, or watched and cancelled. */
  orphans: 'adopt' | 'cancel';
  /** Minor units by which cash may differ because the venue rounds its own way: booked as 'rounding'. */
  cashTolerance: bigint;
  /** What its venue understands; absent: OUTSIDE_TAKES. */
  takes?: VenueTakes;
}>;

export type AccountSpec = Readonly<{
  id: AccountId;
  mode: Mode;
  /** 'pure': the venue inside the desk. Any other name is an outside venue, which must be reconciled before it trades. */
  venue: string;
  /** Whose sessions bound its trading day. */
  calendar: string;
  currency: string;
  currencyScale: number;
  /** Opening cash in minor units. */
  cash: bigint;
  pure: VenueSpec | null;
  /** Absent in journals of the first version, which means OUTSIDE_STANDARD. */
  outside?: OutsideSpec | null;
}>;

export const OUTSIDE_STANDARD: OutsideSpec = { sendWindowUs: 2_000_000, orphans: 'adopt', cashTolerance: 0n };
