// What meets what, in which order, and what is left of it; told as stories, with ticks and lots of 1 and no fees unless said.
import { describe, expect, test } from 'vitest';
import { Told, tell } from '#tests/venues/exchange-story.ts';

describe('taking', () => {
  test('a market order takes what is shown, and its rest is cancelled', () => {
    expect(tell(['quote 100/101 5', 'buy 3', 'buy 3', 'buy 1', 'sell 5'])).toMatchInlineSnapshot(`
      "
      quote 100/101 5            → —
      buy 3                      → #1 acked, #1 buy 3 at 101, #1 filled 3/3
      buy 3                      → #2 acked, #2 buy 2 at 101, #2 cancelled 2/3: no liquidity
      buy 1                      → #3 acked, #3 cancelled 0/1: no liquidity
      sell 5                     → #4 acked, #4 sell 5 at 100, #4 filled 5/5
      holds 0, cash 9995.00"
    `);
  });

  test('a limit order takes what crosses and rests with the rest', () => {
    expect(tell(['quote 100/101 5', 'buy 8 limit 101', 'buy 1 limit 99', 'sell 2 limit 103'])).toMatchInlineSnapshot(`
      "
      quote 100/101 5            → —
      buy 8 limit 101            → #1 acked, #1 buy 5 at 101
      buy 1 limit 99             → #2 acked
      sell 2 limit 103           → #3 acked
      holds 5, cash 9495.00"
    `);
  });

  test('our own orders on the other side are passed over', () => {
    expect(tell(['quote 100/110 5', 'sell 2 limit 105', 'buy 3', 'buy 1 limit 106'])).toMatchInlineSnapshot(`
      "
      quote 100/110 5            → —
      sell 2 limit 105           → #1 acked
      buy 3                      → #2 acked, #2 buy 3 at 110, #2 filled 3/3
      buy 1 limit 106            → #3 acked
      holds 3, cash 9670.00"
    `);
  });

  test('a seeded book is taken level by level, each further away', () => {
    const told = new Told({ cash: 100_000_00n });
    const before = told.symbol.book.levels('sell');
    expect(before.length).toBeGreaterThanOrEqual(5);
    const fills = told.do('buy 30').filter((line) => line.includes(' at '));
    const prices = fills.map((line) => Number(line.split(' at ')[1]));
    expect(prices.length).toBeGreaterThan(2);
    expect(prices).toEqual(before.slice(0, prices.length).map(({ ticks }) => ticks));
  });
});

describe('resting', () => {
  test('the best price first, then the oldest, up to what the trade brings', () => {
    expect(
      tell([
        'quote 90/110',
        'buy 2 limit 95',
        'buy 2 limit 97',
        'buy 2 limit 97',
        'print sell 3 at 97',
        'print sell 9 at 95',
        'print sell 1 at 91',
      ]),
    ).toMatchInlineSnapshot(`
      "
      quote 90/110               → —
      buy 2 limit 95             → #1 acked
      buy 2 limit 97             → #2 acked
      buy 2 limit 97             → #3 acked
      print sell 3 at 97         → #2 buy 2 at 97 as maker, #2 filled 2/2, #3 buy 1 at 97 as maker
      print sell 9 at 95         → #3 buy 1 at 97 as maker, #3 filled 2/2, #1 buy 2 at 95 as maker, #1 filled 2/2
      print sell 1 at 91         → —
      holds 6, cash 9422.00"
    `);
  });

  test('a trade of its own side, or beyond its price, leaves it', () => {
    expect(
      tell(['quote 90/110', 'buy 2 limit 95', 'print buy 3 at 95', 'print sell 3 at 96', 'print sell 3 at 95']),
    ).toMatchInlineSnapshot(`
      "
      quote 90/110               → —
      buy 2 limit 95             → #1 acked
      print buy 3 at 95          → —
      print sell 3 at 96         → —
      print sell 3 at 95         → #1 buy 2 at 95 as maker, #1 filled 2/2
      holds 2, cash 9810.00"
    `);
  });

  test('a quote that comes to its price fills it as maker, up to that level', () => {
    expect(
      tell(['quote 90/110', 'buy 5 limit 95', 'quote 90/95 2', 'quote 88/90 2', 'sell 4 limit 97', 'quote 99/120 9', 'buy 9']),
    ).toMatchInlineSnapshot(`
      "
      quote 90/110               → —
      buy 5 limit 95             → #1 acked
      quote 90/95 2              → #1 buy 2 at 95 as maker
      quote 88/90 2              → #1 buy 2 at 95 as maker
      sell 4 limit 97            → #2 acked
      quote 99/120 9             → #2 sell 4 at 97 as maker, #2 filled 4/4
      buy 9                      → #3 acked, #3 buy 9 at 120, #3 filled 9/9
      holds 9, cash 8928.00"
    `);
  });

  test('a replace keeps its place only when prices stay and it does not grow', () => {
    expect(
      tell([
        'quote 90/110',
        'buy 4 limit 95',
        'buy 4 limit 95',
        'replace 1 2',
        'print sell 3 at 95',
        'replace 2 6',
        'buy 2 limit 95',
        'print sell 4 at 95',
      ]),
    ).toMatchInlineSnapshot(`
      "
      quote 90/110               → —
      buy 4 limit 95             → #1 acked
      buy 4 limit 95             → #2 acked
      replace 1 2                → #1 replaced (working) 0/2
      print sell 3 at 95         → #1 buy 2 at 95 as maker, #1 filled 2/2, #2 buy 1 at 95 as maker
      replace 2 6                → #2 replaced (working) 1/6
      buy 2 limit 95             → #3 acked
      print sell 4 at 95         → #2 buy 4 at 95 as maker
      holds 7, cash 9335.00"
    `);
    expect(
      tell(['quote 90/110', 'buy 4 limit 95', 'buy 4 limit 95', 'replace 1 4 limit 94', 'replace 1 4 limit 95', 'print sell 5 at 95']),
    ).toMatchInlineSnapshot(`
      "
      quote 90/110               → —
      buy 4 limit 95             → #1 acked
      buy 4 limit 95             → #2 acked
      replace 1 4 limit 94       → #1 replaced (working) 0/4
      replace 1 4 limit 95       → #1 replaced (working) 0/4
      print sell 5 at 95         → #2 buy 4 at 95 as maker, #2 filled 4/4, #1 buy 1 at 95 as maker
      holds 5, cash 9525.00"
    `);
  });

  test('a replace to a crossing price takes; one to what is filled ends it', () => {
    expect(
      tell([
        'quote 100/101 5',
        'buy 4 limit 99',
        'print sell 1 at 99',
        'replace 1 4 limit 101',
        'buy 4 limit 99',
        'print sell 3 at 99',
        'replace 2 2',
        'replace 2 9',
      ]),
    ).toMatchInlineSnapshot(`
      "
      quote 100/101 5            → —
      buy 4 limit 99             → #1 acked
      print sell 1 at 99         → #1 buy 1 at 99 as maker
      replace 1 4 limit 101      → #1 replaced (working) 1/4, #1 buy 3 at 101, #1 filled 4/4
      buy 4 limit 99             → #2 acked
      print sell 3 at 99         → #2 buy 3 at 99 as maker
      replace 2 2                → #2 filled 3/3
      replace 2 9                → refused: not-working
      holds 7, cash 9301.00"
    `);
  });

  test('it expires at its time, and never trades after', () => {
    expect(
      tell(['quote 90/110', 'buy 2 limit 95 for 5', 'wait 4', 'print sell 1 at 95', 'wait 1', 'print sell 1 at 95', 'cancel 1']),
    ).toMatchInlineSnapshot(`
      "
      quote 90/110               → —
      buy 2 limit 95 for 5       → #1 acked
      wait 4                     → —
      print sell 1 at 95         → #1 buy 1 at 95 as maker
      wait 1                     → #1 expired 1/2: expireTime
      print sell 1 at 95         → —
      cancel 1                   → refused: not-working
      holds 1, cash 9905.00"
    `);
    expect(tell(['buy 2 limit 95 for 0'])).toMatchInlineSnapshot(`
      "
      buy 2 limit 95 for 0       → refused: expired
      holds 0, cash 10000.00"
    `);
  });
});

describe('stops', () => {
  test('a trade at or through the stop makes it a market order', () => {
    expect(
      tell(['quote 100/101 9', 'buy 4', 'sell 4 stop 95', 'print sell 1 at 96', 'quote 93/94 3', 'print sell 1 at 94']),
    ).toMatchInlineSnapshot(`
      "
      quote 100/101 9            → —
      buy 4                      → #1 acked, #1 buy 4 at 101, #1 filled 4/4
      sell 4 stop 95             → #2 acked
      print sell 1 at 96         → —
      quote 93/94 3              → —
      print sell 1 at 94         → #2 sell 3 at 93, #2 cancelled 3/4: no liquidity
      holds 1, cash 9875.00"
    `);
  });

  test('the takings of one set off the next, the oldest first', () => {
    expect(
      tell(['quote 100/101 9', 'buy 6', 'sell 2 stop 95', 'sell 2 stop 99', 'sell 2 stop 98', 'quote 97/98 4', 'print sell 1 at 98']),
    ).toMatchInlineSnapshot(`
      "
      quote 100/101 9            → —
      buy 6                      → #1 acked, #1 buy 6 at 101, #1 filled 6/6
      sell 2 stop 95             → #2 acked
      sell 2 stop 99             → #3 acked
      sell 2 stop 98             → #4 acked
      quote 97/98 4              → —
      print sell 1 at 98         → #3 sell 2 at 97, #3 filled 2/2, #4 sell 2 at 97, #4 filled 2/2
      holds 2, cash 9782.00"
    `);
  });

  test('one that margin no longer covers is rejected when it triggers', () => {
    expect(tell(['quote 100/101 900', 'buy 400 stop 105', 'pay -900000', 'print buy 1 at 105'])).toMatchInlineSnapshot(`
      "
      quote 100/101 900          → —
      buy 400 stop 105           → #1 acked
      pay -900000                → —
      print buy 1 at 105         → #1 rejected 0/400: insufficient-margin
      holds 0, cash 1000.00"
    `);
  });

  test('what was printed before it was accepted does not trigger it', () => {
    expect(
      tell(['quote 100/101 9', 'print buy 1 at 105', 'buy 1 stop 103', 'print buy 1 at 102', 'print buy 1 at 103']),
    ).toMatchInlineSnapshot(`
      "
      quote 100/101 9            → —
      print buy 1 at 105         → —
      buy 1 stop 103             → #1 acked
      print buy 1 at 102         → —
      print buy 1 at 103         → #1 buy 1 at 101, #1 filled 1/1
      holds 1, cash 9899.00"
    `);
  });
});

describe('rules', () => {
  test('reduce-only never adds: refused when there is nothing to reduce, cut when there is less', () => {
    expect(
      tell([
        ...['quote 100/101 99', 'sell 2 reducing', 'buy 3', 'buy 1 reducing', 'sell 5 reducing', 'sell 1 reducing'],
        ...['buy 3', 'sell 3 limit 105 reducing', 'sell 3 stop 95 reducing', 'print buy 9 at 105', 'print sell 1 at 95'],
      ]),
    ).toMatchInlineSnapshot(`
      "
      quote 100/101 99           → —
      sell 2 reducing            → refused: reduce-only
      buy 3                      → #1 acked, #1 buy 3 at 101, #1 filled 3/3
      buy 1 reducing             → refused: reduce-only
      sell 5 reducing            → #2 acked, #2 sell 3 at 100, #2 cancelled 3/5: reduce-only
      sell 1 reducing            → refused: reduce-only
      buy 3                      → #3 acked, #3 buy 3 at 101, #3 filled 3/3
      sell 3 limit 105 reducing  → #4 acked
      sell 3 stop 95 reducing    → #5 acked
      print buy 9 at 105         → #4 sell 3 at 105 as maker, #4 filled 3/3
      print sell 1 at 95         → #5 cancelled 0/3: reduce-only
      holds 0, cash 10009.00"
    `);
  });

  test('positions may be worth five times the equity; what shrinks one is never refused', () => {
    expect(
      tell(['quote 100/102 2000', 'buy 496', 'buy 495', 'buy 1', 'pay -980000', 'buy 1', 'sell 990', 'sell 10']),
    ).toMatchInlineSnapshot(`
      "
      quote 100/102 2000         → —
      buy 496                    → refused: insufficient-margin
      buy 495                    → #1 acked, #1 buy 495 at 102, #1 filled 495/495
      buy 1                      → refused: insufficient-margin
      pay -980000                → —
      buy 1                      → refused: insufficient-margin
      sell 990                   → #2 acked, #2 sell 990 at 100, #2 filled 990/990
      sell 10                    → refused: insufficient-margin
      holds -495, cash 48710.00"
    `);
  });

  test('too many lots are refused', () => {
    expect(tell(['quote 100/101', 'buy 10000001'])).toMatchInlineSnapshot(`
      "
      quote 100/101              → —
      buy 10000001               → refused: too-large
      holds 0, cash 10000.00"
    `);
  });

  test('a client id: free again when its order has ended, or never', () => {
    const lines = ['quote 100/101', 'buy 1 limit 90 as a', 'buy 1 limit 90 as a', 'cancel 1', 'buy 1 limit 90 as a', 'cancel all'];
    expect(tell(lines)).toMatchInlineSnapshot(`
      "
      quote 100/101              → —
      buy 1 limit 90 as a        → #1 acked
      buy 1 limit 90 as a        → refused: duplicate-id
      cancel 1                   → #1 cancelled 0/1: asked
      buy 1 limit 90 as a        → #2 acked
      cancel all                 → #2 cancelled 0/1: asked
      holds 0, cash 10000.00"
    `);
    expect(tell(lines, { ids: 'ever' })).toMatchInlineSnapshot(`
      "
      quote 100/101              → —
      buy 1 limit 90 as a        → #1 acked
      buy 1 limit 90 as a        → refused: duplicate-id
      cancel 1                   → #1 cancelled 0/1: asked
      buy 1 limit 90 as a        → refused: duplicate-id
      cancel all                 → —
      holds 0, cash 10000.00"
    `);
  });

  test('what has ended cannot be changed; what never was is not known', () => {
    expect(tell(['quote 100/101', 'buy 1', 'cancel 1', 'replace 1 3', 'cancel 2', 'replace 2 1'])).toMatchInlineSnapshot(`
      "
      quote 100/101              → —
      buy 1                      → #1 acked, #1 buy 1 at 101, #1 filled 1/1
      cancel 1                   → refused: not-working
      replace 1 3                → refused: not-working
      cancel 2                   → refused: unknown-order
      replace 2 1                → refused: unknown-order
      holds 1, cash 9899.00"
    `);
  });
});
