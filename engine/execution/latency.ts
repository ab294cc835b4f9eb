/** How long an order's request takes to the pure venue: always the same, drawn for the order, or as it was at that time of day. */
import { randomStream } from '../random.ts';
import { DAY_US } from '../values.ts';
import type { VenueSpec } from './account.ts';

/**
 * What is added to latencyUs. 'seeded': a delay of the order's own, from 0 to below mostUs; half of the orders wait less than an
 * eighth of it, half of the others less than two eighths, and so on. 'recorded': by the time of day (UTC) at which it is requested.
 */
export type MoreLatency =
  | Readonly<{ kind: 'seeded'; seed: number; mostUs: number }>
  | Readonly<{ kind: 'recorded'; rows: readonly LatencyRow[] }>;
/** In force from this time of day until the next row's, the last of a day until the first of the next. */
export type LatencyRow = readonly [timeOfDayUs: number, moreUs: number];

export const LONGEST_LATENCY_US = 60_000_000;
export const MOST_LATENCY_ROWS = 10_000;

export function delayUs({ latencyUs, moreLatency }: Pick<VenueSpec, 'latencyUs' | 'moreLatency'>, order: string, at: number): number {
  if (moreLatency === undefined) return latencyUs;
  if (moreLatency.kind === 'seeded') return latencyUs + drawn(moreLatency.mostUs, moreLatency.seed, order);
  return latencyUs + inForce(moreLatency.rows, at % DAY_US);
}

const EIGHTHS = 8;
const PARTS = 65_536; // of an eighth

/** By the seed and the order's address alone, so that nothing else that happens moves it. */
function drawn(mostUs: number, seed: number, order: string): number {
  const word = randomStream(seed, `latency ${order}`).u32();
  let eighth = 0; // the zeros in front of the word: each further one is half as likely
  for (let least = 2_147_483_648; word < least && eighth < EIGHTHS - 1; least /= 2) eighth += 1;
  return Math.floor((mostUs * (eighth * PARTS + (word % PARTS))) / (EIGHTHS * PARTS)); // below 2^45
}

function inForce(rows: readonly LatencyRow[], timeOfDay: number): number {
  let [low, high] = [0, rows.length]; // how many begin at or before it
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle][0] <= timeOfDay) low = middle + 1;
    else high = middle;
  }
  return rows[low === 0 ? rows.length - 1 : low - 1][1];
}

/** What is wrong with it, or null. */
export function latencyFault(more: MoreLatency): string | null {
  const within = (us: number, least = 0): boolean => Number.isSafeInteger(us) && us >= least && us <= LONGEST_LATENCY_US;
  switch (more.kind) {
    case 'seeded':
      if (!within(more.mostUs, 1)) return `moreLatency: mostUs: ${more.mostUs} is not whole µs from 1 to ${LONGEST_LATENCY_US}`;
      return Number.isSafeInteger(more.seed) && more.seed >= 0
        ? null
        : `moreLatency: seed: ${more.seed} is not a whole number of at least 0`;
    case 'recorded': {
      if (!Array.isArray(more.rows) || more.rows.length === 0 || more.rows.length > MOST_LATENCY_ROWS)
        return `moreLatency: rows: give 1 to ${MOST_LATENCY_ROWS}`;
      let before = -1;
      for (const [timeOfDay, us] of more.rows) {
        if (!Number.isSafeInteger(timeOfDay) || timeOfDay <= before || timeOfDay >= DAY_US)
          return `moreLatency: rows: ${timeOfDay} is not a time of day in whole µs after the one before it`;
        if (!within(us)) return `moreLatency: rows: ${us} is not whole µs from 0 to ${LONGEST_LATENCY_US}`;
        before = timeOfDay;
      }
      return null;
    }
    default:
      return `moreLatency: kind: ${JSON.stringify((more as { kind: unknown }).kind)} is not one of seeded, recorded`;
  }
}
