/** The neighbours of a run: parameters a step away, prices a tick away, a venue that is dearer or slower. Makes them; plays and judges nothing. */
import type { VenueSpec } from '#engine/execution/account.ts';
import { LONGEST_LATENCY_US } from '#engine/execution/latency.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { randomStream } from '#engine/random.ts';
import type { Parameters, Strategy } from '#engine/strategy/strategy.ts';

/** A step is a tenth of the value, and of a whole number at least one. */
const STEP_OF = 10;
/** Says how much is traded, not when. */
const SIZES: readonly string[] = ['lots'];

export type Neighbours = Readonly<{ parameter: string; values: readonly number[] }>;

/** Values up to so many steps to either side, inside what the strategy takes. */
export function neighboursOf(strategy: Strategy, parameters: Parameters, steps: number): readonly Neighbours[] {
  return Object.entries(strategy.parameters).flatMap(([parameter, spec]): Neighbours[] => {
    const value = parameters[parameter];
    if ((spec.kind !== 'whole' && spec.kind !== 'number') || typeof value !== 'number' || SIZES.includes(parameter)) return [];
    const tenth = (value === 0 ? spec.most - spec.least : Math.abs(value)) / STEP_OF;
    const step = spec.kind === 'whole' ? Math.max(1, Math.round(tenth)) : tenth;
    const offsets = Array.from({ length: 2 * steps }, (_, index) => (index < steps ? index - steps : index - steps + 1));
    const values = offsets.map((offset) => value + offset * step).filter((other) => other >= spec.least && other <= spec.most);
    return values.length === 0 ? [] : [{ parameter, values }];
  });
}

/** Its fees so many times as dear, those of every tier. A rebate shrinks. */
export function dearer(venue: VenueSpec, times: number): VenueSpec {
  const fee = (was: number): number => Math.round(was < 0 ? was / times : was * times);
  const fees = ({ makerFee, takerFee }: Pick<VenueSpec, 'makerFee' | 'takerFee'>) => ({ makerFee: fee(makerFee), takerFee: fee(takerFee) });
  const { feeTiers } = venue;
  return {
    ...{ ...venue, ...fees(venue) },
    ...(feeTiers === undefined ? {} : { feeTiers: feeTiers.map((tier) => ({ ...tier, ...fees(tier) })) }),
  };
}

/** Of a venue that answers at once, so that a multiple of it says something. */
const LATENCY_UNIT_US = 100_000;

/** Its latency so many times as long, with what is drawn or recorded on top of it; 0: none of it. */
export function slower({ moreLatency, ...venue }: VenueSpec, times: number): VenueSpec {
  const unitUs = venue.latencyUs === 0 && moreLatency === undefined ? LATENCY_UNIT_US : venue.latencyUs;
  const late = { ...venue, latencyUs: times * unitUs };
  if (moreLatency === undefined || times === 0) return late;
  const longer = (us: number): number => Math.min(LONGEST_LATENCY_US, times * us);
  return {
    ...late,
    moreLatency:
      moreLatency.kind === 'seeded'
        ? { ...moreLatency, mostUs: longer(moreLatency.mostUs) }
        : { ...moreLatency, rows: moreLatency.rows.map(([from, us]) => [from, longer(us)] as const) },
  };
}

/** `200 ms`, `40 to 400 ms`, `recorded × 2`: how long a slower venue takes. */
export function delayText({ latencyUs, moreLatency }: VenueSpec, times: number): string {
  const ms = (us: number): number => us / 1000;
  if (moreLatency === undefined) return `${ms(latencyUs)} ms`;
  if (moreLatency.kind === 'seeded') return `${ms(latencyUs)} to ${ms(latencyUs + moreLatency.mostUs)} ms`;
  const isCut = moreLatency.rows.some(([, us]) => us === LONGEST_LATENCY_US);
  return `${latencyUs === 0 ? '' : `${ms(latencyUs)} ms and `}recorded × ${times}${isCut ? `, at most ${ms(LONGEST_LATENCY_US)} ms` : ''}`;
}

export function* jittered(frames: Iterable<MarketFrame>, seed: number, tape: number): Generator<MarketFrame> {
  const moved = jitter(seed, tape);
  for (const frame of frames) yield moved(frame);
}

/** Every fact behind a number a tick higher, a tick lower or where it was; all prices of one fact move together, and none falls below a tick. */
export function jitter(seed: number, tape: number, behind = 0): (frame: MarketFrame) => MarketFrame {
  const chance = randomStream(seed, `audit jitter ${tape}`);
  return (frame) => {
    if (frame.first + frame.count - 1 <= behind) return frame;
    const blocks = frame.blocks.map((block, owner) => {
      const columns = PRICE_COLUMNS[block.kind];
      const values = block.values.map((column, place) => (columns.includes(place) ? column.slice() : column));
      for (let index = 0; index < block.count; index++) {
        if (frame.first + frame.offsets[owner]![index]! <= behind) continue;
        const move = chance.below(3) - 1;
        if (move < 0 && columns.some((place) => values[place]![index]! <= 1)) continue;
        for (const place of columns) values[place]![index]! += move;
      }
      return { ...block, values };
    });
    return { ...frame, blocks };
  };
}

/** Where prices stand among the value columns. A book is left as it is: its levels have to go on meeting each other. */
const PRICE_COLUMNS: Readonly<Record<string, readonly number[]>> = { trade: [0], quote: [0, 2], bar: [0, 1, 2, 3], book: [] };
