import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VenueClock } from './skew.ts';

/** A venue whose clock is ours + skew, that reads it `wayUs` after the question and answers `backUs` later. */
function place(skewUs: number, ways: readonly (readonly [wayUs: number, backUs: number])[]) {
  let now = 1_000_000_000;
  let asked = 0;
  let set = 0;
  const clock = { wallUs: () => now + set, monotonicUs: () => now, after: () => () => {} };
  const venue = new VenueClock(clock, async () => {
    const [way, back] = ways[Math.min(asked, ways.length - 1)]!;
    asked += 1;
    now += way;
    const time = now + skewUs;
    now += back;
    return time;
  });
  return {
    venue,
    asked: () => asked,
    at: () => now,
    setClock: (us: number) => {
      set += us;
    },
  };
}

describe('the clock of a venue', () => {
  test('no end of ours is ever later at the venue, however the way there and back was split', async () => {
    const us = fc.integer({ min: 0, max: 3_000_000 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), us, us, async (skewUs, way, back) => {
        const { venue, at } = place(skewUs, [[way, back]]);
        await venue.measure();
        const until = at() + 500_000;
        const there = venue.lastThere(until);
        expect(there).toBeLessThanOrEqual(until + skewUs);
        expect(there).toBeGreaterThanOrEqual(until + skewUs - (way + back) - 10_001);
        expect(Math.abs(venue.there(until) - (until + skewUs))).toBeLessThanOrEqual((way + back) / 2 + 1);
      }),
    );
  });

  test('a slow answer is asked for again, and the quickest kept', async () => {
    const { venue, asked } = place(7_000, [
      [900_000, 100],
      [100, 100],
    ]);
    expect(await venue.measure()).toEqual({ skewUs: 7_000, tookUs: 200 });
    expect(asked()).toBe(2);
  });

  test('a wall clock of ours that was set since changes no end at the venue', async () => {
    const { venue, at, setClock } = place(7_000, [[10, 10]]);
    await venue.measure();
    const before = venue.lastThere(at() + 500_000);
    setClock(800_000);
    expect(venue.lastThere(at() + 800_000 + 500_000)).toBe(before);
  });

  test('an answer that came before the question was asked, by a clock set back, is not used', async () => {
    const { venue, asked } = place(0, [
      [0, -50_000],
      [10, 10],
    ]);
    expect(await venue.measure()).toEqual({ skewUs: 0, tookUs: 20 });
    expect(asked()).toBe(2);
    await expect(place(0, [[0, -50_000]]).venue.measure()).rejects.toThrow('set back');
  });
});
