/** Where an outside venue and the desk differed, in the units of a person. */
import { expect, test } from 'vitest';
import { logDecision } from '#cli/log.ts';
import type { DecisionBody } from '#engine/decisions.ts';
import { tell } from '#replay/tell.ts';
import { Measures } from '#replay/words.ts';
import { production, step } from '../agreement/compare.ts';
import { adventure } from '../reference/adventure.ts';

const measures = new Measures(
  new Map([['ETH-USD', { tick: '0.01', lot: '0.001', currencyScale: 2, currency: 'USD' } as never]]),
  new Map([['main', { currency: 'USD', currencyScale: 2 }]]),
  new Map(),
);

test.each<[DecisionBody<'DifferenceFound'>['what'], string, string, string, string, string]>([
  [
    ...(['fill', 'ETH-USD|6', 'none', 'buy 5 at 300084', "booked to 'none'"] as const),
    "fill 6: here none, there buy 0.005 ETH-USD at 3000.84; booked to 'none'",
  ],
  [
    ...(['fill', 'ETH-USD|a|b', 'none', '5 at 300084', 'booked to 8.3'] as const),
    'fill a|b: here none, there 0.005 ETH-USD at 3000.84; booked to 8.3',
  ],
  [
    ...(['fill', '6', 'none', 'buy 5 at 300084', "booked to 'none'"] as const),
    "fill 6: here none, there buy 5 at 300084; booked to 'none'",
  ],
  [...(['position', 'ETH-USD', '0', '-5', 'taken over'] as const), 'position ETH-USD: here 0.000, there -0.005; taken over'],
  [...(['position', 'ETH-USD', 'none', 'x', 'of another version'] as const), 'position ETH-USD: here none, there x; of another version'],
  [...(['balance', 'USD', 'none', '-150', 'booked: interest'] as const), 'balance USD: here none, there -1.50 USD; booked: interest'],
  [...(['order', '8.3', 'UNKNOWN', 'none', 'never existed'] as const), 'order 8.3: here UNKNOWN, there none; never existed'],
])('%s %s', (what, of, held, venue, resolution, said) => {
  const decision = {
    type: 'DifferenceFound',
    cause: 9,
    index: 0,
    at: 1_767_571_200_000_000,
    account: 'main',
    what,
    of,
    held,
    venue,
    resolution,
  };
  expect(tell(decision as never, measures).what).toBe(`main and its venue differed in ${said}`);
});

test('what was set off is told by whose it was', () => {
  const found = { what: 'position', of: 'ETH-USD', held: 's 1 20', venue: 'none -30', resolution: '20 set off at 300246' };
  const decision = { type: 'DifferenceFound', cause: 9, index: 0, at: 1_767_571_200_000_000, account: 'main', ...found };
  expect(tell(decision as never, measures).what).toBe(
    'main: 0.020 ETH-USD of what s 1 0.020 and none -0.030 held was set off at 3002.46: closed without an order of ours',
  );
});

const PLAIN = { timeInForce: 'GTC', postOnly: false, trail: null, bracket: null, oco: null, protects: null } as const;

test.each<[Partial<DecisionBody<'OrderQualified'>>, string]>([
  [{ timeInForce: 'IOC' }, 'takes what the first fact gives it, and the rest ends'],
  [{ timeInForce: 'FOK' }, 'takes all of it from the first fact, or nothing'],
  [{ timeInForce: 'GTD', postOnly: true }, 'works until it expires and is rejected should it take'],
  [{ trail: 12 }, 'works until it is cancelled and has a stop that follows the best price by 12 ticks'],
  [
    { bracket: { stop: 299_000, target: null }, oco: 'out' },
    'works until it is cancelled, asks for a stop at 2990.00 as it fills and stands with the group out, of which one is filled',
  ],
  [{ protects: '8.3' }, 'works until it is cancelled and protects fill 8.3'],
])('an order that says more: %o', (more, said) => {
  const of = { order: '7.1', account: 'main', strategy: 's', instrument: 'ETH-USD' };
  const decision = { type: 'OrderQualified', cause: 7, index: 2, at: 1_767_571_200_000_000, ...of, ...PLAIN, ...more };
  expect(tell(decision as never, measures).what).toBe(`order 7.1 ${said}`);
});

test.each([
  [{ why: 'borrow', lots: -5, amount: 150n }, 'borrowing -0.005 ETH-USD at 3000.00 cost s 1.50'],
  [{ why: 'funding', lots: 5, amount: -150n }, 'the funding of 0.005 ETH-USD at 3000.00 brought s 1.50'],
])('a position that is charged: %o', (more, said) => {
  const of = { account: 'main', strategy: 's', instrument: 'ETH-USD', price: 300_000, rate: 1 };
  const decision = { type: 'PositionCharged', cause: 7, index: 2, at: 1_767_571_200_000_000, ...of, ...more };
  expect(tell(decision as never, measures).what).toBe(`${said} USD`);
});

test('every decision of a day with every kind of order has its sentence', () => {
  const told = new Set<string>();
  const desk = production((decision) => {
    expect(tell(decision, measures).what).toMatch(/\S/);
    expect(logDecision(decision, measures)?.what).not.toBe('');
    told.add(decision.type);
  });
  for (const one of adventure(3, 20)) step(desk, one);
  expect(told).toContain('OrderQualified');
});
