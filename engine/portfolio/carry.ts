/** What a position costs while it is held: borrowing what was sold short, and the funding of perpetuals. Says when and how much; books nothing. */
import { divideHalfEven } from '../decimal.ts';
import { DAY_US, type Minor } from '../values.ts';

/** Of a short position's worth, once a day at this time of day (UTC); the rate is a year's, in hundredths of a basis point. */
export type BorrowTerms = Readonly<{ rate: number; timeOfDayUs: number }>;
/** At this instant longs pay shorts so many hundred-millionths of their position's worth; below 0 shorts pay longs. */
export type FundingRow = Readonly<{ instrument: string; at: number; rate: number }>;

export const MOST_FUNDING_ROWS = 10_000;
const MOST_BORROW_RATE = 10_000_000; // tenfold in a year
const MOST_FUNDING_RATE = 100_000_000; // all of it
const BORROW_PARTS = 1_000_000n * 365n;
const FUNDING_PARTS = 100_000_000n;

/** For one day; `worth` is the position's, short or long. */
export function borrowCost(worth: Minor, rate: number): Minor {
  return divideHalfEven((worth < 0n ? -worth : worth) * BigInt(rate), BORROW_PARTS) as Minor;
}

/** Above 0 where the holder pays. `worth` has the sign of the position. */
export function fundingCost(worth: Minor, rate: number): Minor {
  return divideHalfEven(worth * BigInt(rate), FUNDING_PARTS) as Minor;
}

/** The first instant behind this one at that time of day. */
export function nextBorrow({ timeOfDayUs }: BorrowTerms, at: number): number {
  const today = Math.floor(at / DAY_US) * DAY_US + timeOfDayUs;
  return today > at ? today : today + DAY_US;
}

/** The first instant of the table behind this one; null: there is none. */
export function nextFunding(rows: readonly FundingRow[], at: number): number | null {
  const first = firstFrom(rows, at + 1);
  return first === rows.length ? null : rows[first].at;
}

export function fundingAt(rows: readonly FundingRow[], at: number): readonly FundingRow[] {
  return rows.slice(firstFrom(rows, at), firstFrom(rows, at + 1));
}

function firstFrom(rows: readonly FundingRow[], at: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle].at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is wrong with them, or null. */
export function borrowFault({ rate, timeOfDayUs }: BorrowTerms): string | null {
  if (!whole(rate, 0, MOST_BORROW_RATE))
    return `borrow: rate: ${rate} is not whole hundredths of a basis point from 0 to ${MOST_BORROW_RATE}`;
  return whole(timeOfDayUs, 0, DAY_US - 1) ? null : `borrow: timeOfDayUs: ${timeOfDayUs} is not a time of day in whole µs`;
}

export function fundingFault(rows: readonly FundingRow[]): string | null {
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MOST_FUNDING_ROWS) return `funding: give 1 to ${MOST_FUNDING_ROWS} rows`;
  let before: FundingRow | null = null;
  for (const row of rows) {
    const { instrument, at, rate } = row;
    if (typeof instrument !== 'string' || instrument === '') return 'funding: instrument: is missing';
    if (!whole(at, 0, Number.MAX_SAFE_INTEGER)) return `funding: ${instrument}: at: ${at} is not whole µs since 1970`;
    if (!whole(rate, -MOST_FUNDING_RATE, MOST_FUNDING_RATE))
      return `funding: ${instrument}: rate: ${rate} is not whole hundred-millionths from -${MOST_FUNDING_RATE} to ${MOST_FUNDING_RATE}`;
    if (before !== null && (at < before.at || (at === before.at && instrument <= before.instrument)))
      return `funding: ${instrument} at ${at}: rows rise by their instant, those of one instant by instrument, each once`;
    before = row;
  }
  return null;
}

const whole = (value: number, least: number, most: number): boolean => Number.isSafeInteger(value) && value >= least && value <= most;
