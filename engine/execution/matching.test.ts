/** Laws of matching: what a scan passes over changes nothing, and no order fills where its terms forbid it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrderType } from '../decisions.ts';
import { followFact, Levels, placeTrail, type Resting, reach, type VenueFact } from './matching.ts';
import { plainTerms } from './order-terms.ts';

const price = fc.integer({ min: 90, max: 110 });
const side = fc.constantFrom('buy', 'sell');

const tick: fc.Arbitrary<VenueFact> = fc
  .record({
    kind: fc.constantFrom('trade', 'quote'),
    at: price,
    spread: fc.integer({ min: 1, max: 4 }),
    lots: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ kind, at, spread, lots }) => {
    const ask = kind === 'quote' ? at + spread : at;
    return { kind, buyPrice: ask, sellPrice: at, high: at, low: at, buyLots: lots, sellLots: lots };
  });
const bar: fc.Arbitrary<VenueFact> = fc
  .record({ open: price, up: fc.integer({ min: 0, max: 8 }), down: fc.integer({ min: 0, max: 8 }) })
  .map(({ open, up, down }) => ({
    ...{ kind: 'bar', buyPrice: open, sellPrice: open, high: open + up, low: open - down, buyLots: 9, sellLots: 9 },
  }));

const resting: fc.Arbitrary<Resting> = fc
  .record({
    side,
    type: fc.constantFrom<OrderType>('market', 'limit', 'stop', 'stop-limit', 'trailing'),
    limit: price,
    stop: price,
    trail: fc.integer({ min: 1, max: 6 }),
    fresh: fc.boolean(),
    triggered: fc.boolean(),
    postOnly: fc.boolean(),
  })
  .map(({ type, limit, stop, trail, triggered, postOnly, ...rest }) => ({
    ...rest,
    type,
    terms: { ...plainTerms(null), postOnly: postOnly && type === 'limit', trail: type === 'trailing' ? trail : null },
    limit: type === 'limit' || type === 'stop-limit' ? limit : null,
    stop: type === 'market' || type === 'limit' ? null : stop,
    triggered: triggered && type !== 'market' && type !== 'limit',
    arrival: 1,
    sortKey: 'a',
    remaining: () => 5,
  }));

/** Of those, what a level describes: examined before, and no market order. */
const levelled = resting
  .filter(({ type, triggered }) => type !== 'market' && (!triggered || type === 'stop-limit'))
  .map((order) => ({ ...order, fresh: false }));

test('a tick that the levels pass over reaches no order and moves no stop', () => {
  fc.assert(
    fc.property(fc.array(levelled, { minLength: 1, maxLength: 3 }), fc.array(tick, { maxLength: 30 }), (orders, ticks) => {
      const levels = new Levels();
      for (const order of orders) levels.add(order);
      expect(levels.always).toBe(false);
      for (const fact of ticks) {
        const asks = Float64Array.of(fact.buyPrice);
        if (levels.nextQuote(Float64Array.of(fact.sellPrice), asks, 0, 1) === 0) continue;
        for (const order of orders) {
          const before = order.stop;
          expect(reach(order, fact)).toBeNull();
          followFact(order, fact);
          expect(order.stop).toBe(before);
        }
      }
    }),
  );
});

test('nothing fills beyond its limit, and what is post-only never takes', () => {
  fc.assert(
    fc.property(resting, fc.oneof(tick, bar), (order, fact) => {
      const hit = reach(order, fact);
      if (hit === null || hit.price === null) return;
      if (order.limit !== null) expect(order.side === 'buy' ? hit.price <= order.limit : hit.price >= order.limit).toBe(true);
      if (order.terms.postOnly) expect(hit.maker).toBe(true);
    }),
  );
});

test('a trailing stop stands behind the best price there was, and never goes back', () => {
  fc.assert(
    fc.property(side, fc.integer({ min: 1, max: 6 }), fc.array(tick, { minLength: 1, maxLength: 40 }), (which, trail, ticks) => {
      const order: Resting = {
        ...{ side: which, type: 'trailing', terms: { ...plainTerms(null), trail }, limit: null, stop: null, triggered: false },
        ...{ fresh: true, arrival: 1, sortKey: 'a', remaining: () => 5 },
      };
      const met: number[] = [];
      for (const fact of ticks) {
        met.push(which === 'buy' ? fact.buyPrice : fact.sellPrice);
        placeTrail(order, fact);
        const best = which === 'buy' ? Math.min(...met.slice(0, -1)) + trail : Math.max(...met.slice(0, -1)) - trail;
        const last = met.at(-1)!;
        const isReached = met.length > 1 && (which === 'buy' ? last >= best : last <= best);
        expect(reach(order, fact) !== null).toBe(isReached);
        if (isReached) return;
        followFact(order, fact);
        expect(order.stop).toBe(which === 'buy' ? Math.min(...met) + trail : Math.max(...met) - trail);
      }
    }),
  );
});

test('inside a bar the worst price comes before the best: the bar that could have raised the stop meets it where it was', () => {
  fc.assert(
    fc.property(bar, fc.integer({ min: 1, max: 6 }), (fact, trail) => {
      const order: Resting = {
        ...{ side: 'sell', type: 'trailing', terms: { ...plainTerms(null), trail }, limit: null, stop: null, triggered: false },
        ...{ fresh: true, arrival: 1, sortKey: 'a', remaining: () => 5 },
      };
      placeTrail(order, fact);
      const hit = reach(order, fact);
      if (fact.low <= fact.sellPrice - trail) expect(hit?.price).toBe(fact.sellPrice - trail);
      else expect(hit).toBeNull();
    }),
  );
});
