/** Plays a pulled source at a speed: a fact is given when its arrival has come. Speed Infinity: as fast as it is asked for. */
import { assert } from '#engine/assert.ts';
import { type Clock, sleep } from './clock.ts';
import type { PulledSource } from './pulled.ts';

/** How often a waiting source looks at the clock. */
export const LOOK_EVERY_US = 10_000;

/**
 * `fromUs` is the data's time at the moment of the first question. The answer is 'quiet' when `until()` has come and nothing before it;
 * `until` is asked at each look, so a deadline armed meanwhile is kept. `speed` may be read anew at each look.
 */
export function paced(source: PulledSource, clock: Clock, fromUs: number, speed: number | (() => number)): PulledSource {
  const now = typeof speed === 'number' ? () => speed : speed;
  let dataUs = fromUs;
  let lookedAt: number | null = null;
  const look = (): number => {
    const factor = now();
    assert(factor >= 0, `a speed of ${factor}`);
    const monotonic = clock.monotonicUs();
    if (lookedAt !== null && factor !== Infinity) dataUs += (monotonic - lookedAt) * factor;
    lookedAt = monotonic;
    return factor === Infinity ? Infinity : dataUs;
  };
  return {
    paced: true,
    cursor: () => source.cursor(),
    async next(maxNumbers, until = () => Infinity) {
      for (;;) {
        const reached = look();
        const bound = until();
        // At speed Infinity deadlines fire with the next fact, as from any source that is not played.
        if (reached === Infinity && bound !== -Infinity) {
          const chunk = await source.next(maxNumbers);
          if (chunk !== 'end' && chunk !== 'quiet') dataUs = Math.max(dataUs, lastArrival(chunk));
          return chunk;
        }
        const chunk = await source.next(maxNumbers, () => Math.min(Math.floor(reached) + 1, bound));
        if (chunk !== 'quiet') return chunk;
        if (bound <= reached) return 'quiet';
        await sleep(clock, LOOK_EVERY_US);
      }
    },
  };
}

type Given = Exclude<Awaited<ReturnType<PulledSource['next']>>, 'quiet' | 'end'>;

function lastArrival(chunk: Given): number {
  if (chunk.kind === 'inputs') return chunk.records.at(-1)?.at ?? 0;
  return chunk.blocks.reduce((last, { at, count }) => Math.max(last, at[count - 1] ?? 0), 0);
}
