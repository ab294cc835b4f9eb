// A desk that runs for thirty hours holds no more at the end than a day's orders: no timer, no name, no byte for each that is gone.
import { expect, test } from 'vitest';
import { SECOND_US } from '#engine/values.ts';
import { liveLong, type Sample } from './day-long.ts';

/** `npm run soak` asks for more. */
const HOURS = Number(process.env['LONG_HOURS'] ?? 30);
const EVERY_S = Number(process.env['LONG_EVERY_S'] ?? 30);
/** The first hours fill what is always full later. */
const WARM_HOURS = 3;
const RETIRED_FROM = 26;
/** The exchange in this process keeps each of its orders for ever, and so do we: an ended one here is 1.5 KB for a day. */
const BYTES_AN_ORDER = 2_500;
const NOISE_BYTES = 3e6;

test('thirty hours of orders, faults and lost lines leave nothing behind but the last day’s orders', { timeout: 3_600_000 }, async () => {
  const began = Date.now();
  const { samples, found, ...counts } = await liveLong({ seed: 7, hours: HOURS, everyUs: EVERY_S * SECOND_US });
  const table = samples.filter(({ hour }) => hour % 3 === 0 || hour === HOURS).map(line);
  console.log([`${HOURS} h in ${((Date.now() - began) / 1e3).toFixed(1)} s: ${JSON.stringify(counts)}`, ...table].join('\n'));
  expect(found).toEqual([]);
  expect(counts.fills).toBeGreaterThan(HOURS * 20);
  expect(counts.lost).toBeGreaterThan(0);

  const settled = samples.filter(({ hour }) => hour > WARM_HOURS);
  for (const { hour, working, link } of settled) {
    // at rest nothing is queued or under way
    expect({ hour, queued: link.queued, flying: link.flying }).toEqual({ hour, queued: 0, flying: 0 });
    expect(link.outstanding).toBeLessThanOrEqual(working);
    expect(link.windows).toBeLessThanOrEqual(working);
  }
  for (const { hour, orders, link } of samples) expect({ hour, names: link.names }).toEqual({ hour, names: orders });
  for (const { orders, link } of samples) expect(link.told).toBeLessThanOrEqual(orders);
  const most = (of: (sample: Sample) => number, among: readonly Sample[]) => Math.max(...among.map(of));
  const early = samples.filter(({ hour }) => hour <= WARM_HOURS);
  for (const of of [({ timers }: Sample) => timers, ({ handles }: Sample) => handles, ({ link }: Sample) => link.timers])
    expect(most(of, settled)).toBeLessThanOrEqual(most(of, early) + 3);

  const [first, last] = [settled[0], settled.at(-1)];
  if (first === undefined || last === undefined) return;
  expect(last.heap - first.heap).toBeLessThan((last.there - first.there) * BYTES_AN_ORDER + NOISE_BYTES);
  const after = samples.filter(({ hour }) => hour >= RETIRED_FROM);
  if (after.length < 2) return;
  // a day's orders are all there ever are
  expect(after.at(-1)!.heap - after[0]!.heap).toBeLessThan((after.at(-1)!.there - after[0]!.there) * BYTES_AN_ORDER + NOISE_BYTES / 2);
  expect(after.at(-1)!.retired).toBeGreaterThan(after[0]!.retired);
  expect(most(({ orders }) => orders, after)).toBeLessThan(after[0]!.orders * 1.2);
});

const line = ({ hour, heap, handles, timers, orders, working, retired, there, link }: Sample): string =>
  `hour ${hour}: ${(heap / 1e6).toFixed(1)} MB heap, ${handles} handles, ${timers} timers, ${orders} orders (${working} work), ${retired} retired, ` +
  `${there} there; link ${JSON.stringify(link)}`;
