// The book against a plain map of prices: the same changes, the same answers; saved and loaded anywhere it goes on as if never stopped.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Side } from '../values.ts';
import { type Level, OrderBook } from './book.ts';

/** What is said of it: sort on every question. */
class PlainBook {
  readonly #sides: Readonly<Record<Side, Map<number, number>>> = { buy: new Map(), sell: new Map() };
  set(side: Side, price: number, lots: number): void {
    if (lots === 0) this.#sides[side].delete(price);
    else this.#sides[side].set(price, lots);
  }
  levels(side: Side): Level[] {
    return [...this.#sides[side]].sort(([a], [b]) => (side === 'buy' ? b - a : a - b));
  }
  walk(side: Side, wanted: number): Readonly<{ lots: number; cost: bigint; worst: number | null; levels: number }> {
    let [left, cost, levels] = [BigInt(wanted), 0n, 0];
    let worst: number | null = null;
    for (const [price, lots] of this.levels(side === 'buy' ? 'sell' : 'buy')) {
      if (left === 0n) break;
      const taken = left < BigInt(lots) ? left : BigInt(lots);
      cost += taken * BigInt(price);
      left -= taken;
      worst = price;
      levels += 1;
    }
    return { lots: Number(BigInt(wanted) - left), cost, worst, levels };
  }
}

type Change = Readonly<{ side: Side; price: number; lots: number }>;
const side = fc.constantFrom<Side>('buy', 'sell');
const change = (low: number, high: number, most: number): fc.Arbitrary<Change> =>
  fc.record({ side, price: fc.integer({ min: low, max: high }), lots: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: most })) });

const compare = (book: OrderBook, plain: PlainBook): void => {
  const [bids, asks] = [plain.levels('buy'), plain.levels('sell')];
  expect(book.save()).toEqual({ bids, asks });
  expect(book.bestBid).toBe(bids[0]?.[0] ?? null);
  expect(book.bestAsk).toBe(asks[0]?.[0] ?? null);
  expect(book.crossed).toBe(bids.length > 0 && asks.length > 0 && bids[0]![0] >= asks[0]![0]);
};

test('every change leaves what a map of prices holds, also below zero and far apart', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(change(-30, 30, 9), change(-1e12, 1e12, 1e9)), { maxLength: 400 }), (changes) => {
      const [book, plain] = [new OrderBook(), new PlainBook()];
      for (const { side, price, lots } of changes) {
        book.set(side, price, lots);
        plain.set(side, price, lots);
        expect(book.bids.lotsOf(price)).toBe(plain.levels('buy').find(([at]) => at === price)?.[1] ?? 0);
      }
      compare(book, plain);
    }),
    { numRuns: 150 },
  );
});

test('a walk takes what lies there and costs it exactly, also where the cost is more than 53 bits hold', () => {
  const great = change(-9e15, 9e15, Number.MAX_SAFE_INTEGER);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(change(1, 60, 500), great), { maxLength: 80 }),
      side,
      fc.maxSafeNat(),
      fc.nat(2000),
      (changes, by, far, near) => {
        const [book, plain] = [new OrderBook(), new PlainBook()];
        for (const { side, price, lots } of changes) {
          book.set(side, price, lots);
          plain.set(side, price, lots);
        }
        const before = book.save();
        for (const wanted of [far, near, 0]) expect(book.walk(by, wanted)).toEqual(plain.walk(by, wanted));
        expect(book.save()).toEqual(before);
      },
    ),
    { numRuns: 300 },
  );
});

test('saved, through JSON, and loaded anywhere it goes on as if it had never stopped', () => {
  fc.assert(
    fc.property(fc.array(change(-300, 300, 9), { minLength: 1, maxLength: 300 }), fc.nat(300), (changes, at) => {
      const never = new OrderBook();
      let restored = new OrderBook();
      changes.forEach(({ side, price, lots }, index) => {
        if (index === at % changes.length) {
          const saved = restored.save();
          restored = new OrderBook();
          restored.set('buy', 5, 5); // what it held before loading is gone
          restored.load(JSON.parse(JSON.stringify(saved)));
        }
        never.set(side, price, lots);
        restored.set(side, price, lots);
      });
      expect(restored.save()).toEqual(never.save());
      expect(restored.walk('buy', 77)).toEqual(never.walk('buy', 77));
    }),
    { numRuns: 100 },
  );
});

test('a cut keeps the best levels, and a cut side goes on', () => {
  fc.assert(
    fc.property(fc.array(change(1, 99, 9), { maxLength: 200 }), fc.nat(20), (changes, depth) => {
      const book = new OrderBook();
      for (const { side, price, lots } of changes) book.set(side, price, lots);
      const { bids, asks } = book.save();
      book.cut(depth);
      expect(book.save()).toEqual({ bids: bids.slice(0, depth), asks: asks.slice(0, depth) });
      book.set('buy', 1000, 3);
      expect(book.bids.levels(1)).toEqual([[1000, 3]]);
    }),
  );
});

test('what is no level, and what was not saved by a book, is refused', () => {
  const book = new OrderBook();
  expect(() => book.set('buy', 1.5, 1)).toThrow('whole ticks');
  expect(() => book.set('buy', 1, 0.5)).toThrow('whole lots');
  expect(() => book.set('buy', 1, -1)).toThrow('whole lots');
  expect(() => book.bids.priceAt(0)).toThrow('does not have');
  const [fine, worseFirst, twice, empty] = [
    [
      [9, 1],
      [8, 1],
    ],
    [
      [8, 1],
      [9, 1],
    ],
    [
      [9, 1],
      [9, 2],
    ],
    [[9, 0]],
  ] as unknown as Level[][];
  book.load({ bids: fine!, asks: [] });
  for (const bids of [worseFirst!, twice!, empty!]) expect(() => book.load({ bids, asks: [] })).toThrow('from its best level');
});
