/** What an account pays by how much it traded in the days before: the tier of a day, from whole days alone. Books nothing. */
import { DAY_US, type Minor } from '../values.ts';

/** Reached by so much traded, in whole units of the account's currency; fees in hundredths of a basis point. */
export type FeeTier = Readonly<{ from: number; makerFee: number; takerFee: number }>;

/** Whole days of UTC before the one that pays; its own counts from the next on. */
export const TIER_DAYS = 30;
export const MOST_TIERS = 50;
export const MOST_TIER_FROM = 1_000_000_000_000;

export const dayOf = (at: number): number => Math.floor(at / DAY_US);

type DayTraded = readonly [day: number, worth: bigint];

/** What an account has traded, and the tier of its newest fill. */
export class Turnover {
  /** 0: below every tier. */
  tier = 0;
  /** Days with a fill, rising: those that may still matter. */
  days: readonly DayTraded[] = [];

  /** Traded in the days that decide the tier of this one. */
  before(day: number): bigint {
    let sum = 0n;
    for (const [each, worth] of this.days) if (each >= day - TIER_DAYS && each < day) sum += worth;
    return sum;
  }

  add(day: number, notional: Minor): void {
    const worth = notional < 0n ? -notional : notional;
    const newest = this.days.at(-1);
    const earlier = newest?.[0] === day ? this.days.slice(0, -1) : this.days;
    const own = newest?.[0] === day ? newest[1] + worth : worth;
    this.days = [...earlier.filter(([each]) => each >= day - TIER_DAYS), [day, own]];
  }

  forget(): void {
    this.tier = 0;
    this.days = [];
  }
}

/** How many tiers so much has reached. */
export function tierOf(tiers: readonly FeeTier[], traded: bigint, currencyScale: number): number {
  const unit = 10n ** BigInt(currencyScale);
  return tiers.filter(({ from }) => traded >= BigInt(from) * unit).length;
}

/** What is wrong with a table, or null. */
export function tiersFault(tiers: readonly FeeTier[]): string | null {
  if (!Array.isArray(tiers) || tiers.length === 0 || tiers.length > MOST_TIERS)
    return `feeTiers: give 1 to ${MOST_TIERS}, or leave them out`;
  let before = 0;
  for (const { from, makerFee, takerFee } of tiers) {
    if (!Number.isSafeInteger(from) || from <= before || from > MOST_TIER_FROM)
      return `feeTiers: from: ${from} is not a whole amount of the currency above ${before}, at most ${MOST_TIER_FROM}`;
    if (!Number.isSafeInteger(makerFee) || !Number.isSafeInteger(takerFee))
      return `feeTiers: from ${from}: makerFee and takerFee are whole hundredths of a basis point`;
    before = from;
  }
  return null;
}
