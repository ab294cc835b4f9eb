import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TimeUs } from '../values.ts';
import { BUY } from './approval-examples.ts';
import type { OrderAsked, RecentOrder } from './facts.ts';
import { RecentOrders } from './recent.ts';

const SECOND_US = 1_000_000;
const one = fc.record({
  afterUs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 700_000 }), fc.integer({ min: 999_999, max: 1_000_001 })),
  strategy: fc.constantFrom('a', 'b'),
  instrument: fc.constantFrom('x', 'y'),
  lots: fc.integer({ min: 1, max: 2 }),
  reducing: fc.boolean(),
  keepUs: fc.constantFrom(SECOND_US, SECOND_US, 3 * SECOND_US),
  isAdded: fc.boolean(),
});

test('what is counted and found is what looking through all of them counts and finds', () => {
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), fc.nat(60), (steps, restoredAt) => {
      let now = 5 * SECOND_US;
      let recent = new RecentOrders();
      let all: RecentOrder[] = [];
      for (const [i, { afterUs, strategy, instrument, lots, reducing, keepUs, isAdded }] of steps.entries()) {
        now += afterUs;
        const asked = { ...BUY, strategy, instrument, lots } as OrderAsked;
        if (i === restoredAt) recent = new RecentOrders(recent.orders);
        const counted = all.filter((order) => order.reducing === reducing && order.at > now - SECOND_US);
        expect(recent.lastSecond(asked, reducing, now as TimeUs)).toEqual({
          all: counted.length,
          own: counted.filter((order) => order.strategy === strategy).length,
          same: counted.filter((order) => order.instrument === instrument).length,
        });
        const twin = all.findLast((order) => order.strategy === strategy && order.instrument === instrument && order.lots === lots);
        expect(recent.newestTwin(asked)).toBe(twin?.at ?? null);
        if (!isAdded) continue;
        const { side, type, limit, stop } = BUY;
        const order = { at: now as TimeUs, strategy, instrument, side, type, lots, limit, stop, reducing } as RecentOrder;
        recent.add(order, keepUs);
        all = [...all.filter(({ at }) => at > now - keepUs), order];
        expect(recent.orders).toEqual(all);
      }
    }),
    { numRuns: 500 },
  );
});
