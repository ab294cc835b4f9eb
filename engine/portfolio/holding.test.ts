import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssertionFailed } from '../assert.ts';
import { pow10 } from '../decimal.ts';
import type { Minor } from '../values.ts';
import { applyFill, type Fill, FLAT, type Holding } from './holding.ts';
import { unitOf } from './valuation.ts';

const CENT = unitOf({ tick: '0.01', lot: '1', multiplier: '1', currencyScale: 2 }); // a tick of a lot is a cent
const ODD = unitOf({ tick: '0.05', lot: '0.001', multiplier: '12.5', currencyScale: 2 });
const fill = (side: 'buy' | 'sell', lots: number, price: number, fee = 0n): Fill => ({ side, lots, price, fee: fee as Minor });
const held = (lots: number, cost: bigint): Holding => ({ lots, cost: cost as Minor });
const books = (filled: ReturnType<typeof applyFill>) => filled.postings.map(({ book, amount, why }) => `${book} ${amount} ${why}`);

test('a buy moves cash into inventory; its fee moves cash into fees', () => {
  const bought = applyFill(FLAT, fill('buy', 3, 100, 2n), CENT);
  expect(books(bought)).toEqual(['cash -300 fill', 'inventory 300 fill', 'cash -2 fee', 'fees 2 fee']);
  expect(bought.holding).toEqual(held(3, 300n));
  expect(bought).toMatchObject({ realised: 0n, cash: -300n, atto: 0n });
});

test('a part closes at average cost, half-even, and the last part takes what is left', () => {
  const half = applyFill(held(3, 100n), fill('sell', 1, 40), CENT);
  expect(books(half)).toEqual(['cash 40 fill', 'inventory -33 fill', 'realised -7 fill']);
  const rest = applyFill(half.holding, fill('sell', 2, 40), CENT);
  expect(books(rest)).toEqual(['cash 80 fill', 'inventory -67 fill', 'realised -13 fill']);
  expect(rest.holding).toEqual(FLAT);
  expect(half.realised + rest.realised).toBe(20n);
});

test('a reversal closes first and opens with the rest, in one cash leg', () => {
  const turned = applyFill(held(2, 200n), fill('sell', 5, 110), CENT);
  expect(books(turned)).toEqual(['cash 550 fill', 'inventory -530 fill', 'realised -20 fill']);
  expect(turned.holding).toEqual(held(-3, -330n));
  expect(turned.realised).toBe(20n);
  expect(books(applyFill(turned.holding, fill('buy', 3, 120), CENT))).toEqual(['cash -360 fill', 'inventory 330 fill', 'realised 30 fill']);
});

test('a reversal below a minor unit rounds the part closed and gives the rest of the leg to the part opened', () => {
  const turned = applyFill(held(8, 10n), fill('sell', 24, 3), ODD); // leg 4.5 → 4; closed 1.5 → 2; opened 4 − 2
  expect(turned).toMatchObject({ cash: 4n, realised: -8n, holding: held(-16, -2n), atto: 5n * pow10(15) });
});

test('zero amounts are not posted, negative prices and rebates are', () => {
  expect(books(applyFill(FLAT, fill('buy', 1, 0), CENT))).toEqual([]);
  expect(books(applyFill(FLAT, fill('buy', 2, -5, -1n), CENT))).toEqual([
    'cash 10 fill',
    'inventory -10 fill',
    'cash 1 fee',
    'fees -1 fee',
  ]);
  expect(() => applyFill(FLAT, fill('buy', 0, 1), CENT)).toThrow(AssertionFailed);
  expect(() => applyFill(FLAT, fill('buy', 1, 0.5), CENT)).toThrow(AssertionFailed);
});

const units = fc.constantFrom(
  CENT,
  ODD,
  unitOf({ tick: '0.00000001', lot: '0.001', multiplier: '1', currencyScale: 2 }),
  unitOf({ tick: '0.25', lot: '1', multiplier: '50', currencyScale: 0 }),
);
const fills = fc.array(
  fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    lots: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 10_000_000 })),
    price: fc.oneof(fc.integer({ min: -50, max: 500 }), fc.integer({ min: 1, max: 10_000_000_000 })),
    fee: fc.bigInt({ min: -5n, max: 50n }).map((fee) => fee as Minor),
  }),
  { maxLength: 40 },
);

test('whatever the fills: postings sum to zero, a closed position costs nothing, and legs with their remainders are exact', () => {
  fc.assert(
    fc.property(units, fills, (unit, list) => {
      let holding = FLAT;
      let cash = 0n;
      let realised = 0n;
      let attos = 0n;
      let exact = 0n;
      for (const one of [...list, null]) {
        // the last fill closes whatever is open
        if (one === null && holding.lots === 0) break;
        const next = one ?? fill(holding.lots > 0 ? 'sell' : 'buy', Math.abs(holding.lots), 77);
        const filled = applyFill(holding, next, unit);
        expect(filled.postings.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
        const inventory = filled.postings.filter(({ book }) => book === 'inventory').reduce((sum, { amount }) => sum + amount, 0n);
        expect(filled.holding.cost - holding.cost).toBe(inventory);
        if (filled.holding.lots === 0) expect(filled.holding.cost).toBe(0n);
        holding = filled.holding;
        cash += filled.cash;
        realised += filled.realised;
        attos += filled.atto;
        exact -= BigInt(next.side === 'buy' ? next.lots : -next.lots) * BigInt(next.price) * unit.numerator;
      }
      expect(holding).toEqual(FLAT);
      expect(realised).toBe(cash); // flat again: what was gained is what the cash legs brought
      expect(cash * pow10(18 - unit.currencyScale) + attos).toBe(exact * pow10(18 - unit.scale));
    }),
    { numRuns: 500 },
  );
});
