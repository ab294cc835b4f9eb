/** The neighbours of a run: parameters a step away, prices a tick away. Makes them; plays and judges nothing. */
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

/** So many times as dear. A rebate shrinks. */
export const dearerFee = (fee: number, times: number): number => Math.round(fee < 0 ? fee / times : fee * times);

export function* jittered(frames: Iterable<MarketFrame>, seed: number, tape: number): Generator<MarketFrame> {
  const moved = jitter(seed, tape);
  for (const frame of frames) yield moved(frame);
}

/** Every fact a tick higher, a tick lower or where it was; all prices of one fact move together, and none falls below a tick. */
export function jitter(seed: number, tape: number): (frame: MarketFrame) => MarketFrame {
  const chance = randomStream(seed, `audit jitter ${tape}`);
  return (frame) => {
    const blocks = frame.blocks.map((block) => {
      const columns = PRICE_COLUMNS[block.kind];
      const values = block.values.map((column, place) => (columns.includes(place) ? column.slice() : column));
      for (let index = 0; index < block.count; index++) {
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
