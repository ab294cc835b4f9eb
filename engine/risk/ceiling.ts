/**
 * What no configuration may exceed: bounds in code above the limits a person writes (C15). Raising one is a change of this file, reviewed
 * as code, never a line in a file beside the desk. Judges limits; sets none.
 */
import { pow10 } from '../decimal.ts';
import { MINUTE_US, SECOND_US } from '../values.ts';
import type { Limits } from './limits.ts';

/** Money is in whole units of the account's currency, whatever its scale. */
export const CEILING = {
  collarPermille: 200,
  maxOrderLots: 1_000_000_000,
  maxOrderNotional: 10_000_000n,
  maxPositionLots: 1_000_000_000,
  softDailyLoss: 10_000_000n,
  hardDailyLoss: 10_000_000n,
  maxDrawdown: 10_000_000n,
  ordersPerSecond: 100,
  /** A longer window only refuses more; an hour is where it stops being about duplicates. */
  duplicateUs: 60 * MINUTE_US,
  staleUs: MINUTE_US,
} as const satisfies Readonly<Record<keyof Limits, number | bigint>>;

/** How long after its decision an order may still leave, and by how much cash may differ unseen (whole units of the currency). */
export const SEND_WINDOW_US = { least: SECOND_US / 100, most: 10 * SECOND_US } as const;
export const CASH_TOLERANCE = 1n;
/** Without each of these an account trades for real money unguarded. */
export const LIVE_NEEDS = ['maxOrderNotional', 'maxPositionLots', 'hardDailyLoss', 'collarPermille'] as const satisfies (keyof Limits)[];

/** One limit beyond what the code allows; money in minor units. */
export type AboveCeiling = Readonly<{ limit: keyof Limits; asked: number | bigint; most: number | bigint }>;

/** Which limits stand above their ceiling, with both numbers; [] when none does. A limit that is not set is judged by LIVE_NEEDS, not here. */
export function aboveCeiling(limits: Limits, currencyScale: number): AboveCeiling[] {
  const above: AboveCeiling[] = [];
  for (const limit of Object.keys(CEILING) as (keyof Limits)[]) {
    const asked = limits[limit];
    if (asked === null) continue;
    const ceiling = CEILING[limit];
    const most = typeof ceiling === 'bigint' ? ceiling * pow10(currencyScale) : ceiling;
    if (!(asked <= most)) above.push({ limit, asked, most });
  }
  return above;
}

/** Of what live trading needs, that which binds some order of an instrument in none of its scopes. Loss limits of an instrument bind nothing. */
export function missingForLive(global: Limits, account: Limits, instruments: readonly Limits[]): (keyof Limits)[] {
  return LIVE_NEEDS.filter((limit) => {
    if (global[limit] !== null || account[limit] !== null) return false;
    return limit === 'hardDailyLoss' || instruments.length === 0 || instruments.some((of) => of[limit] === null);
  });
}
