// Neighbours of a run are others in what is asked and in nothing else; a slower venue is slower for every order, a dearer one on every fill.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VenueSpec } from '#engine/execution/account.ts';
import { type FeeTier, tiersFault } from '#engine/execution/fee-tiers.ts';
import { delayUs, type LatencyRow, LONGEST_LATENCY_US, latencyFault, type MoreLatency } from '#engine/execution/latency.ts';
import { emaCross } from '#engine/strategy/ema-cross.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import { DAY_US } from '#engine/values.ts';
import { madeFrames, madeTrades } from '#tests/results/made-tape.ts';
import { dearer, delayText, jitter, jittered, neighboursOf, slower } from './variations.ts';

test('neighbours lie inside what a strategy takes, are others, and leave the size alone', () => {
  const parameters = { fast: 2, slow: 30, lots: 5 };
  const found = neighboursOf(emaCross as Strategy, parameters, 2);
  expect(found.map(({ parameter }) => parameter)).toEqual(expect.arrayContaining(['fast', 'slow']));
  expect(found.some(({ parameter }) => parameter === 'lots')).toBe(false);
  expect(found.find(({ parameter }) => parameter === 'slow')!.values).toEqual([24, 27, 33, 36]);
  for (const { parameter, values } of found) {
    const spec = emaCross.parameters[parameter] as { least: number; most: number };
    for (const value of values) expect(value >= spec.least && value <= spec.most && value !== parameters[parameter as 'fast']).toBe(true);
  }
});

test('jitter moves each price by at most a tick, some of them, the same for the same seed; and nothing else', () => {
  const block = madeTrades({ ticks: 900 });
  const prices = (seed: number) => [...jittered(madeFrames(block, 400), seed, 0)].flatMap(({ blocks }) => [...blocks[0]!.values[0]!]);
  const moves = prices(1).map((price, index) => price - block.values[0]![index]!);
  expect([...new Set(moves)].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
  expect(prices(1)).toEqual(prices(1));
  expect(prices(2)).not.toEqual(prices(1));
  const [frame] = [...jittered(madeFrames(block, 400), 1, 0)];
  expect(frame!.blocks[0]!.values[1]).toEqual(block.values[1]!.subarray(0, 400));
  expect(frame!.blocks[0]!.at).toBe(frame!.blocks[0]!.venueTime);
});

test('behind a number prices move, up to it none does, whatever the frames are cut into', () => {
  const block = madeTrades({ ticks: 900 });
  const prices = (frame: number, behind: number) =>
    [...madeFrames(block, frame)].map(jitter(1, 0, behind)).flatMap(({ blocks }) => [...blocks[0]!.values[0]!]);
  for (const behind of [0, 1, 399, 400, 401, 899, 900]) {
    const moved = prices(900, behind);
    expect(moved.slice(0, behind)).toEqual([...block.values[0]!.subarray(0, behind)]);
    if (behind < 890) expect(moved.slice(behind)).not.toEqual([...block.values[0]!.subarray(behind)]);
    expect(prices(400, behind)).toEqual(moved);
  }
});

const VENUE: VenueSpec = { latencyUs: 20_000, makerFee: -100, takerFee: 500, fills: 'lots', rejectAboveLots: null };
const us = fc.integer({ min: 1, max: 5_000_000 });
const seeded = fc.record({ kind: fc.constant('seeded' as const), seed: fc.nat(9), mostUs: us });
const recorded = fc
  .uniqueArray(fc.nat(DAY_US - 1), { minLength: 1, maxLength: 6 })
  .chain((times) =>
    fc
      .array(us, { minLength: times.length, maxLength: times.length })
      .map((more) => times.sort((a, b) => a - b).map((time, index): LatencyRow => [time, more[index]!])),
  )
  .map((rows): MoreLatency => ({ kind: 'recorded', rows }));

test('a slower venue is so many times as slow for each order, in what is drawn and recorded too', () => {
  fc.assert(
    fc.property(fc.oneof(seeded, recorded), fc.integer({ min: 0, max: DAY_US - 1 }), fc.nat(500), (moreLatency, at, order) => {
      const venue = { ...VENUE, moreLatency };
      const delayOf = (spec: VenueSpec) => delayUs(spec, `1.${order}`, at);
      for (const times of [2, 5]) {
        const late = slower(venue, times);
        // what is drawn is cut to whole µs once, and not in each of its parts
        expect(Math.abs(delayOf(late) - times * delayOf(venue))).toBeLessThan(moreLatency.kind === 'seeded' ? times : 1);
        expect(latencyFault(late.moreLatency!)).toBeNull();
        expect(delayText(late, times)).not.toBe(delayText(slower(venue, times + 1), times + 1));
      }
      expect([delayOf(slower(venue, 0)), delayText(slower(venue, 0), 0)]).toEqual([0, '0 ms']);
    }),
  );
});

test('no delay grows beyond the longest that a venue may have, and the row says where it was cut', () => {
  const mostUs = LONGEST_LATENCY_US - 1;
  for (const moreLatency of [
    { kind: 'seeded', seed: 1, mostUs },
    { kind: 'recorded', rows: [[0, mostUs]] },
  ] as const) {
    const late = slower({ ...VENUE, latencyUs: 0, moreLatency }, 5);
    expect(latencyFault(late.moreLatency!)).toBeNull();
    expect(delayText(late, 5)).toMatch(/60000 ms$/);
  }
});

test('a venue that answers at once is delayed by a unit; one that only draws its delays is not at once', () => {
  const moreLatency: MoreLatency = { kind: 'seeded', seed: 1, mostUs: 8_000 };
  expect(slower({ ...VENUE, latencyUs: 0 }, 2)).toEqual({ ...VENUE, latencyUs: 200_000 });
  expect(slower({ ...VENUE, latencyUs: 0, moreLatency }, 2)).toMatchObject({ latencyUs: 0, moreLatency: { mostUs: 16_000 } });
});

test('a dearer venue is dearer in every tier, a rebate smaller, and nothing else is another', () => {
  const fee = fc.integer({ min: -500, max: 5_000 });
  const tiers = fc.array(fc.record({ makerFee: fee, takerFee: fee }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fee, fee, tiers, (makerFee, takerFee, fees) => {
      const feeTiers = fees.map((each, index): FeeTier => ({ from: 1 + index, ...each }));
      const venue = { ...VENUE, makerFee, takerFee, feeTiers };
      const dear = dearer(venue, 2);
      const asked = [venue, ...feeTiers];
      for (const [index, paid] of [dear, ...dear.feeTiers!].entries())
        for (const side of ['makerFee', 'takerFee'] as const) {
          const was = asked[index]![side];
          expect(paid[side] === 2 * was || (was < 0 && Math.abs(2 * paid[side] - was) <= 1)).toBe(true);
        }
      expect(tiersFault(dear.feeTiers!)).toBeNull();
      expect({ ...dear, makerFee, takerFee, feeTiers }).toEqual(venue);
      expect(dear.feeTiers!.map(({ from }) => from)).toEqual(feeTiers.map(({ from }) => from));
    }),
  );
});
