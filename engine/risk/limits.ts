/** The limits of a scope. null means "no limit of this kind here"; the tightest of an order's scopes decides. */
import type { Minor } from '../values.ts';

export type Limits = Readonly<{
  /** Furthest an order's price may lie from the last reference, in permille. */
  collarPermille: number | null;
  maxOrderLots: number | null;
  maxOrderNotional: Minor | null;
  /** Largest absolute position, working and unknown orders counted at their worst. */
  maxPositionLots: number | null;
  /** Loss since the session's start that stops new risk (REDUCE_ONLY until the next session). */
  softDailyLoss: Minor | null;
  /** …and that halts until a human acknowledges. */
  hardDailyLoss: Minor | null;
  /** Fall of equity from its peak that halts. */
  maxDrawdown: Minor | null;
  /** Orders a second (token bucket on the engine's clock, one second deep). */
  ordersPerSecond: number | null;
  /** The same instrument, side, lots and price again inside this window is a duplicate. */
  duplicateUs: number | null;
  /** An opening order needs a tick not older than this. */
  staleUs: number | null;
}>;

export const NO_LIMITS: Limits = {
  collarPermille: null,
  maxOrderLots: null,
  maxOrderNotional: null,
  maxPositionLots: null,
  softDailyLoss: null,
  hardDailyLoss: null,
  maxDrawdown: null,
  ordersPerSecond: null,
  duplicateUs: null,
  staleUs: null,
};
