/** Laws of the fill model: never better for the trader, never beyond a limit; and the page that describes it names every term. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VenueSpec } from './account.ts';
import { shareOf, takerPrice } from './fill-model.ts';

const worse = fc.record({
  slippageTicks: fc.integer({ min: 0, max: 50 }),
  slippageBp: fc.integer({ min: 0, max: 10_000 }),
  spreadTicks: fc.integer({ min: 0, max: 50 }),
});
const kind = fc.constantFrom('trade', 'quote', 'bar');
const price = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
const market = { side: 'buy', limit: null } as const;

test('a taker never fills at a better price than the fact, and loses at least what each part says', () => {
  fc.assert(
    fc.property(price, kind, worse, (at, from, model) => {
      const lost = takerPrice(market, at, from, model) - at;
      const spread = from === 'quote' ? 0 : model.spreadTicks;
      expect((lost - model.slippageTicks) * 2).toBeGreaterThanOrEqual(spread);
      expect((lost - model.slippageTicks) * 10_000).toBeGreaterThanOrEqual(Math.abs(at) * model.slippageBp);
      // rounded up once each, and no further
      expect(lost).toBeLessThan(spread / 2 + model.slippageTicks + (Math.abs(at) * model.slippageBp) / 10_000 + 2);
    }),
  );
});

test('a seller loses as much as a buyer', () => {
  fc.assert(
    fc.property(price, kind, worse, (at, from, model) => {
      expect(at - takerPrice({ side: 'sell', limit: null }, at, from, model)).toBe(takerPrice(market, at, from, model) - at);
    }),
  );
});

test('a limit is the end of it', () => {
  fc.assert(
    fc.property(price, fc.integer({ min: 0, max: 100 }), kind, worse, (at, room, from, model) => {
      const free = takerPrice(market, at, from, model);
      expect(takerPrice({ side: 'buy', limit: at + room }, at, from, model)).toBe(free > at + room ? at + room : free);
      expect(takerPrice({ side: 'sell', limit: at - room }, at, from, model)).toBeGreaterThanOrEqual(at - room);
    }),
  );
});

test('without terms the fact is the price, and its lots are the share', () => {
  fc.assert(
    fc.property(price, kind, fc.nat(), (at, from, lots) => {
      expect([takerPrice(market, at, from, {}), shareOf(lots, {})]).toEqual([at, lots]);
    }),
  );
});

test('a share is rounded against the trader', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000_000 }), fc.integer({ min: 1, max: 1000 }), (lots, volumePermille) => {
      const exact = BigInt(lots) * BigInt(volumePermille);
      const share = BigInt(shareOf(lots, { volumePermille }));
      expect(share * 1000n <= exact && exact < (share + 1n) * 1000n).toBe(true);
    }),
  );
});

test('docs/fill-models.md says of each term of a venue what it assumes', () => {
  const terms = {
    ...{ latencyUs: 0, moreLatency: 0, makerFee: 0, takerFee: 0, feeTiers: 0, fills: 0, rejectAboveLots: 0 },
    ...{ limitFills: 0, slippageTicks: 0, slippageBp: 0, spreadTicks: 0, volumePermille: 0, walk: 0, borrow: 0, funding: 0 },
  } satisfies Record<keyof VenueSpec, 0>;
  const page = readFileSync(new URL('../../docs/fill-models.md', import.meta.url), 'utf8');
  const described = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
  expect(described.sort()).toEqual(Object.keys(terms).sort());
});
