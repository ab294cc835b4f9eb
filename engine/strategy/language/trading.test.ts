// The position of a document, whatever the venue does and whenever it is restarted: one entry, and never more protection than position.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Intent } from '../strategy.ts';
import { type Example, strategyExample } from './document-examples.ts';
import { VenueExample } from './venue-example.ts';

const document = (more: { readonly [key: string]: Example }): Example => ({
  name: 'trader',
  about: 'enters on a rising bar',
  entries: { long: 'close > open', short: 'close < open' },
  sizing: { lots: 10 },
  ...more,
});
const venueOf = (more: { readonly [key: string]: Example }) => new VenueExample(strategyExample(document(more)).strategy);
const rise = (venue: VenueExample) => venue.bar(1_000, 1_010, 1_000, 1_010);
const still = (venue: VenueExample) => venue.bar(1_010, 1_010, 1_010, 1_010);

/** The first order with this reason. */
const order = (venue: VenueExample, why: string) => {
  const found = venue.orders.find((each) => each.why.startsWith(why));
  if (found === undefined) throw new Error(`no order ${why} among ${venue.orders.map((each) => each.why).join(', ')}`);
  return found;
};

describe('stories', () => {
  test('an entry in parts: the stop grows with it, trails, and is the end', () => {
    const venue = venueOf({ stop: { ticks: 20 }, trailing: { ticks: 30 } });
    rise(venue);
    venue.fill(order(venue, 'long'), 4, 1_011);
    venue.answer(order(venue, 'protective'));
    venue.fill(order(venue, 'long'), 6, 1_012);
    venue.answer(order(venue, 'protective'));
    venue.bar(1_012, 1_050, 1_012, 1_040);
    venue.answer(order(venue, 'protective'));
    venue.fill(order(venue, 'protective'), 10);
    still(venue);
    expect(venue.position).toBe(0);
    expect(venue.told).toMatchInlineSnapshot(`
      [
        "buy 10 market (long) open",
        "sell 4 stop 991 (protective stop)",
        "replace 7.2: 10 at 991 (protects what is held)",
        "replace 7.2: 10 at 1010 (stop follows)",
      ]
    `);
  });

  test('a target beside a stop is watched: the stop is cancelled first, then the position closed', () => {
    const venue = venueOf({ stop: { ticks: 20 }, target: { ticks: 15 } });
    rise(venue);
    venue.fill(order(venue, 'long'), 10, 1_010);
    venue.answer(order(venue, 'protective'));
    venue.trade(1_024);
    venue.trade(1_025);
    venue.answer(order(venue, 'protective'));
    venue.ring();
    venue.fill(order(venue, 'target'), 10, 1_025);
    expect(venue.position).toBe(0);
    expect(venue.told).toMatchInlineSnapshot(`
      [
        "buy 10 market (long) open",
        "sell 10 stop 990 (protective stop)",
        "cancel 7.2 (target)",
        "sell 10 market (target)",
      ]
    `);
  });

  test('a target alone rests as a limit order', () => {
    const venue = venueOf({ target: { percent: 2 } });
    rise(venue);
    venue.fill(order(venue, 'long'), 10, 1_010);
    expect(venue.told.at(-1)).toBe('sell 10 limit 1030 (protective limit)');
  });

  test('a stop refused as reduce-only, because another strategy holds the opposite, is asked for plainly within a moment', () => {
    const venue = venueOf({ stop: { ticks: 20 } });
    rise(venue);
    venue.refuses = true;
    venue.fill(order(venue, 'long'), 10, 1_010);
    venue.refuses = false;
    venue.ring();
    expect(venue.told.slice(-2)).toEqual(['sell 10 stop 990 (protective stop)', 'sell 10 stop 990 (protective stop) open']);
    expect(venue.at % 60_000_000).toBeLessThan(1_000_000);
  });

  test('a time stop in bars, and the rest after it', () => {
    const venue = venueOf({ entries: { long: 'close > open' }, time_stop: { bars: 2 }, cooldown: { bars: 3 } });
    rise(venue);
    venue.fill(order(venue, 'long'), 10, 1_010);
    still(venue);
    expect(venue.orders).toEqual([]);
    still(venue);
    venue.fill(order(venue, 'time is up'), 10, 1_010);
    const before = venue.told.length;
    rise(venue);
    rise(venue);
    expect(venue.told.length).toBe(before);
    expect(venue.newest.conditions).toContainEqual({
      name: 'cooled down',
      holds: false,
      numbers: [
        ['passed', 2],
        ['needed', 3],
      ],
    });
    rise(venue);
    expect(venue.told.at(-1)).toBe('buy 10 market (long) open');
  });

  test('a time stop by the clock, and the end of the session, wake it between bars', () => {
    const venue = venueOf({ time_stop: { after: '90s' } });
    rise(venue);
    venue.fill(order(venue, 'long'), 10, 1_010);
    venue.ring();
    expect(venue.told.at(-1)).toBe('sell 10 market (time is up)');

    const day = venueOf({ sessions: { utc: ['00:00-00:05'], flat_before: '30s' } });
    rise(day);
    day.fill(order(day, 'long'), 10, 1_010);
    day.ring();
    expect(day.told.at(-1)).toBe('sell 10 market (the session ends)');
    expect(day.at % 86_400_000_000).toBe(270_000_000);
    day.fill(order(day, 'the session'), 10, 1_010);
    for (let i = 0; i < 5; i += 1) rise(day);
    expect(day.told.at(-1)).toBe('sell 10 market (the session ends)');
  });

  test('lots by risk: equity × percent ÷ (ticks to the stop × worth of a tick)', () => {
    const venue = venueOf({ sizing: { risk_percent: 1 }, stop: { ticks: 33 } });
    rise(venue); // 10 000.00 × 1 % = 100.00; a lot loses 0.33
    expect(venue.told).toEqual(['buy 303 market (long) open']);
    const capped = venueOf({ sizing: { risk_percent: 1, most: 50 }, stop: { ticks: 33 } });
    rise(capped);
    expect(capped.told).toEqual(['buy 50 market (long) open']);
    const poor = venueOf({ sizing: { risk_percent: 1 }, stop: { ticks: 33 } });
    poor.equity = 10n;
    rise(poor);
    expect(poor.told).toEqual([]);
    expect(poor.newest.conditions).toContainEqual({
      name: 'order known',
      holds: false,
      numbers: [
        ['lots', 0],
        ['stop', 33],
        ['target', 'none'],
      ],
    });
  });

  test('a level on the wrong side of the price, and both sides at once, make no entry', () => {
    const venue = venueOf({ stop: { at: 'close + 5' } });
    rise(venue);
    expect(venue.told).toEqual([]);
    const both = venueOf({ entries: { long: 'close > 1', short: 'close > 1' } });
    rise(both);
    expect(both.told).toEqual([]);
    expect(both.newest.conditions.map(({ name, holds }) => [name, holds])).toContainEqual(['one side only', false]);
  });

  test('says each clause with what it compared, also when nothing follows', () => {
    const venue = new VenueExample(
      strategyExample(document({ entries: { long: 'cross_above(close, sma(close, 3)) and not (rsi(close, 2) > 70)' } })).strategy,
    );
    for (let i = 0; i < 4; i += 1) still(venue);
    expect(venue.newest.conditions.slice(0, 2)).toMatchInlineSnapshot(`
      [
        {
          "holds": false,
          "name": "enter long: cross_above(close, sma(close, 3))",
          "numbers": [
            [
              "close",
              1010,
            ],
            [
              "sma(close, 3)",
              1010,
            ],
          ],
        },
        {
          "holds": true,
          "name": "enter long: not rsi(close, 2) > 70",
          "numbers": [
            [
              "rsi(close, 2)",
              0,
            ],
          ],
        },
      ]
    `);
  });
});

// ── whatever happens ──

type Step = Readonly<{ do: string; which: number; lots: number; move: number; refuses: boolean; restart: boolean }>;
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('bar', 'bar', 'fill', 'fill', 'fill', 'answer', 'answer', 'answer', 'ring', 'trade', 'end', 'person', 'both'),
  which: fc.nat(5),
  lots: fc.integer({ min: 1, max: 12 }),
  move: fc.integer({ min: -15, max: 15 }),
  refuses: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  restart: fc.boolean(),
});
const part = (key: string, value: Example) => fc.constantFrom<{ readonly [key: string]: Example }>({}, { [key]: value });
const anyDocument = fc
  .tuple(
    part('stop', { ticks: 20 }),
    part('target', { ticks: 15 }),
    part('trailing', { ticks: 25 }),
    part('exits', { long: 'close < open - 8', short: 'close > open + 8' }),
    part('time_stop', { bars: 4 }),
    part('cooldown', { bars: 1 }),
  )
  .map((parts) => Object.assign({}, ...parts) as { readonly [key: string]: Example });

const isEntry = (why: string): boolean => why === 'long' || why === 'short';

/** The laws of what is wanted after one fact. */
function law(venue: VenueExample, intents: readonly Intent[]): void {
  const { position, orders } = venue;
  const asked = intents.filter((intent): intent is Intent & { do: 'order' } => intent.do === 'order');
  expect(asked.length).toBeLessThanOrEqual(1);
  for (const { side, lots, why } of asked) {
    if (isEntry(why)) {
      expect(position).toBe(0);
      expect(orders).toEqual([]);
    } else {
      const rests = orders.filter((other) => !isEntry(other.why) && other.side === side);
      expect(side).toBe(position > 0 ? 'sell' : 'buy');
      expect(lots + rests.reduce((sum, other) => sum + other.lots - other.filled, 0)).toBeLessThanOrEqual(Math.abs(position));
    }
  }
  // what rests of ours and is more than the position is cancelled or made smaller in the fact that shows it
  for (const resting of orders.filter((other) => !isEntry(other.why))) {
    const reduces = position !== 0 && position > 0 === (resting.side === 'sell');
    const room = reduces ? Math.abs(position) : 0;
    if (resting.lots - resting.filled <= room) continue;
    const mended = intents.some(
      (intent) =>
        (intent.do === 'cancel' && intent.order === resting.id) ||
        (intent.do === 'replace' && intent.order === resting.id && intent.lots - resting.filled <= room),
    );
    expect(mended).toBe(true);
  }
}

function play(venue: VenueExample, steps: readonly Step[]): void {
  for (const { do: what, which, lots, move, refuses, restart } of steps) {
    if (restart) venue.restart();
    venue.refuses = refuses;
    const chosen = venue.orders[which % Math.max(1, venue.orders.length)];
    if (what === 'bar')
      venue.bar(venue.price, venue.price + Math.max(0, move) + 1, venue.price + Math.min(0, move) - 1, venue.price + move);
    else if (what === 'ring') venue.ring();
    else if (what === 'trade') venue.trade(venue.price + move);
    else if (what === 'person') venue.position -= Math.sign(venue.position) * Math.min(lots, Math.abs(venue.position));
    else if (chosen === undefined) continue;
    else if (what === 'fill') venue.fill(chosen, lots, venue.price + move);
    else if (what === 'both')
      venue.barWithFill(chosen, lots, venue.price + Math.max(0, move) + 1, venue.price + Math.min(0, move) - 1, venue.price + move);
    else if (what === 'answer') venue.answer(chosen);
    else if (isEntry(chosen.why)) venue.end(chosen);
  }
  venue.refuses = false;
}

/** A bar, and then every order is answered and every alarm rings until nothing more is asked for. */
function settled(venue: VenueExample): void {
  still(venue);
  for (let round = 0; round < 40; round += 1) {
    for (const each of [...venue.orders]) {
      venue.answer(each);
      if (each.type === 'market' && each.live && venue.orders.includes(each)) venue.fill(each, each.lots);
    }
    venue.ring();
  }
}

describe('whatever the venue does, and wherever it is restarted', () => {
  test('one entry at a time, no protection larger than the position, and none larger is asked for', () => {
    let entries = 0;
    let protections = 0;
    fc.assert(
      fc.property(anyDocument, fc.array(step, { minLength: 30, maxLength: 120 }), (more, steps) => {
        const venue = venueOf(more);
        venue.judged = (intents) => {
          law(venue, intents);
          for (const intent of intents) if (intent.do === 'order') isEntry(intent.why) ? entries++ : protections++;
        };
        play(venue, steps);
      }),
      { numRuns: 600 },
    );
    expect(Math.min(entries, protections)).toBeGreaterThan(500);
  });

  test('when the venue has answered, what is held is protected whole, or closed', () => {
    let held = 0;
    fc.assert(
      fc.property(anyDocument, fc.array(step, { minLength: 30, maxLength: 120 }), (more, steps) => {
        const venue = venueOf(more);
        play(venue, steps);
        settled(venue);
        const { position, orders } = venue;
        const rests = orders.filter((each) => !isEntry(each.why));
        if (position === 0) {
          expect(orders).toEqual([]);
          return;
        }
        held += 1;
        if (!('stop' in more || 'target' in more || 'trailing' in more)) return;
        expect(rests.map(({ side, lots, filled }) => [side, lots - filled])).toEqual([[position > 0 ? 'sell' : 'buy', Math.abs(position)]]);
      }),
      { numRuns: 500 },
    );
    expect(held).toBeGreaterThan(50);
  });

  test('restarting after any event changes nothing that is asked for', () => {
    fc.assert(
      fc.property(anyDocument, fc.array(step, { minLength: 30, maxLength: 100 }), (more, steps) => {
        const [one, other] = [venueOf(more), venueOf(more)];
        play(
          one,
          steps.map((each) => ({ ...each, restart: false })),
        );
        play(
          other,
          steps.map((each) => ({ ...each, restart: true })),
        );
        expect(other.told).toEqual(one.told);
      }),
      { numRuns: 200 },
    );
  });
});
