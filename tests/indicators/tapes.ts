// Made-up bars for the laws of indicators: a seed decides every number.
import { randomStream } from '#engine/random.ts';
import type { Columns } from './plain-formulas.ts';

export type Mood = 'walk' | 'whole' | 'still' | 'jumps' | 'untraded';
export const MOODS: readonly Mood[] = ['walk', 'whole', 'still', 'jumps', 'untraded'];

/** walk: prices around 100 · whole: few small whole numbers, many equal · still: one price · jumps: a millionfold up or down at times ·
 * untraded: no volume in most bars. `series` is the close but for sessions, which `sessions` gives; `second` walks on its own. */
export function tapeOf(seed: number, mood: Mood, bars: number): Columns {
  const stream = randomStream(seed, `bars ${mood}`);
  const real = () => stream.u32() / 4294967296;
  const columns = { series: [], second: [], open: [], high: [], low: [], close: [], volume: [] } as Record<keyof Columns, number[]>;
  let price = 100;
  let other = 50;
  for (let i = 0; i < bars; i += 1) {
    const open = price;
    if (mood === 'whole') price = Math.max(90, Math.min(110, price + Math.floor(real() * 5) - 2));
    else if (mood !== 'still') price = Math.max(20, price + (real() - 0.5) * 4);
    if (mood === 'jumps' && real() < 0.1) price = real() < 0.5 ? price * 1e6 : Math.max(20, price / 1e6);
    const wick = mood === 'still' ? 0 : mood === 'whole' ? Math.floor(real() * 3) : real() * 1.5;
    const tail = mood === 'still' ? 0 : mood === 'whole' ? Math.floor(real() * 3) : real() * 1.5;
    other += mood === 'still' ? 0 : real() - 0.5;
    columns.open.push(open);
    columns.close.push(price);
    columns.series.push(price);
    columns.second.push(other);
    columns.high.push(Math.max(open, price) + wick);
    columns.low.push(Math.min(open, price) - tail);
    columns.volume.push(mood === 'untraded' && real() < 0.8 ? 0 : Math.floor(real() * 1000));
  }
  return columns;
}

/** Numbers of sessions of a few bars each. */
export function sessions(seed: number, bars: number): number[] {
  const stream = randomStream(seed, 'sessions');
  let session = 20_000;
  return Array.from({ length: bars }, () => {
    if (stream.u32() % 7 === 0) session += 1;
    return session;
  });
}
