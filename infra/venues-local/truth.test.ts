// Money to the last digit, judged by other arithmetic; and the ledger, which gives the same exchange after any prefix, torn or whole.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN, Told } from '#tests/venues/exchange-story.ts';
import { Exchange } from './exchange.ts';
import { ExchangeState, type LedgerEntry } from './exchange-state.ts';

/** A listing whose every fill needs rounding. */
const ROUNDING = { ...PLAIN, tick: '0.05', lot: '0.003', multiplier: '0.7', makerFee: 137, takerFee: 411, homeTicks: 2_000 };

const price = fc.integer({ min: 1_900, max: 2_100 }).map((ticks) => (ticks * 0.05).toFixed(2));
const lots = fc.integer({ min: 1, max: 9_000 }).map((count) => (count * 0.003).toFixed(3));
const side = fc.constantFrom('buy', 'sell');
const id = fc.integer({ min: 1, max: 12 });
const anyLine = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1_900, max: 2_090 }), fc.integer({ min: 1, max: 10 }), lots, lots)
    .map(([bid, gap, bidLots, askLots]) => `quote ${(bid * 0.05).toFixed(2)}/${((bid + gap) * 0.05).toFixed(2)} ${bidLots}/${askLots}`),
  fc.tuple(side, lots, price).map(([s, q, p]) => `print ${s} ${q} at ${p}`),
  fc.tuple(side, lots).map(([s, q]) => `${s} ${q}`),
  fc
    .tuple(side, lots, fc.constantFrom('limit', 'stop'), price, fc.constantFrom('', ' reducing', ' for 3', ' as a'))
    .map(([s, q, type, p, more]) => `${s} ${q} ${type} ${p}${more}`),
  fc.tuple(id, lots, price).map(([n, q, p]) => `replace ${n} ${q} limit ${p}`),
  id.map((n) => `cancel ${n}`),
  fc.constantFrom('wait 1', 'cancel all', 'step', 'pay 12345', 'pay -12345'),
);
const anyStory = fc.array(anyLine, { minLength: 1, maxLength: 40 });

/** Only orders that have such a price are so replaced: the door refuses the others before the exchange sees them. */
function play(told: Told, line: string): void {
  const [verb, name] = line.split(' ');
  if (verb === 'replace' && told.exchange.state.orders[Number(name) - 1]?.type !== 'limit') return;
  told.do(line);
}

describe('money', () => {
  test('balance = transfers − notionals − fees, each rounded once, half to even', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const told = new Told({ listing: ROUNDING });
        for (const line of story) play(told, line);
        let [cash, held] = [0n, 0n];
        for (const entry of told.log.entries()) {
          if (entry.what === 'transfer') cash += BigInt((entry['transfer'] as { amount: string }).amount.replace('.', ''));
          if (entry.what !== 'fill') continue;
          const { side: s, quantity, price: p, fee, maker } = entry['fill'] as Record<string, string> & { maker: boolean };
          // in units of 10⁻³ lots × 10⁻² price × 10⁻¹ multiplier: 10⁻⁶; a cent is 10⁴ of them
          const product = BigInt(quantity!.replace('.', '')) * BigInt(p!.replace('.', '')) * 7n;
          const notional = halfEven(product, 10_000n);
          expect(BigInt(fee!.replace('.', ''))).toBe(halfEven(product * (maker ? 137n : 411n), 10_000n * 1_000_000n));
          cash += (s === 'buy' ? -notional : notional) - BigInt(fee!.replace('.', ''));
          held += BigInt(quantity!.replace('.', '')) * (s === 'buy' ? 1n : -1n);
        }
        expect(told.exchange.state.account.cash('USD')).toBe(cash);
        expect(BigInt(told.exchange.state.account.lotsOf(told.listing)) * 3n).toBe(held);
      }),
      { numRuns: 150 },
    );
  });

  test('no order is filled beyond its quantity, none is worse than its limit, nothing rests crossed', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const told = new Told({ listing: ROUNDING });
        for (const line of story) {
          play(told, line);
          const { orders, fills, working } = told.exchange.state;
          const { book } = told.symbol;
          for (const order of orders) {
            const own = order.fills.map((fill) => fills[fill - 1]!);
            expect(own.reduce((sum, fill) => sum + fill.lots, 0)).toBe(order.filled);
            expect(order.filled).toBeLessThanOrEqual(order.lots);
            expect(order.state === 'filled').toBe(order.filled === order.lots);
            expect(working.has(order.id)).toBe(order.state === 'working');
          }
          for (const s of ['buy', 'sell'] as const) {
            const best = book.met(s, null);
            if (best !== null) expect(book.resting(s, best.ticks)).toBeNull();
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the ledger', () => {
  test('read back, it gives the same exchange, after any calls', () => {
    fc.assert(
      fc.property(anyStory, fc.integer({ min: 0, max: 40 }), (story, cut) => {
        const told = new Told({ listing: ROUNDING });
        const unstepped = story.filter((line) => line !== 'step'); // a step is no entry: where the market stands is noted now and then
        for (const line of unstepped.slice(0, cut)) play(told, line);
        const restarted = replayed(told.log.entries());
        expect(told.truth(restarted)).toEqual(told.truth());
        // and both go on alike
        const twin = new Told({ listing: ROUNDING });
        twin.log.lines.splice(0, Number.POSITIVE_INFINITY, ...told.log.lines);
        Object.assign(twin, { exchange: exchangeOn(twin, restarted), listing: restarted.listings.get('X'), now: told.now });
        for (const line of unstepped.slice(cut)) {
          play(told, line);
          play(twin, line);
        }
        expect(twin.truth()).toEqual(told.truth());
      }),
      { numRuns: 150 },
    );
  });

  test('cut after any entry, it opens: no market order waits, nothing is crossed, the fills that were written stand', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(), (story, at) => {
        const told = new Told({ listing: ROUNDING });
        for (const line of story) play(told, line);
        const entries = told.log.entries();
        const kept = entries.slice(0, Math.max(2, at % (entries.length + 1)));
        const state = replayed(kept);
        const twin = new Told({ listing: ROUNDING });
        exchangeOn(twin, state).recover();
        expect([...state.working.values()].every(({ type }) => type !== 'market')).toBe(true);
        const { book } = state.symbols.get('X')!;
        for (const s of ['buy', 'sell'] as const) {
          const best = book.met(s, null);
          if (best !== null) expect(book.resting(s, best.ticks)).toBeNull();
        }
        const keptFills = kept.filter(({ what }) => what === 'fill').length;
        expect(state.fills.slice(0, keptFills).map((fill) => fill.id)).toEqual(Array.from({ length: keptFills }, (_, index) => index + 1));
      }),
      { numRuns: 150 },
    );
  });
});

function replayed(entries: readonly LedgerEntry[]): ExchangeState {
  const state = new ExchangeState();
  for (const entry of entries) state.replay(entry);
  return state;
}

const exchangeOn = (told: Told, state: ExchangeState): Exchange =>
  new Exchange({ state, log: told.log, clock: () => told.now, tell: () => {}, ids: 'working' });

/** By other means than the engine's: compares twice the remainder. */
function halfEven(numerator: bigint, denominator: bigint): bigint {
  const down = numerator / denominator;
  const twice = (numerator - down * denominator) * 2n;
  return twice > denominator || (twice === denominator && down % 2n === 1n) ? down + 1n : down;
}
