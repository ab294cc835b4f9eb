/** Takers that walk the recorded book (kernel §12.13), told as stories to both desks. */
import { describe, expect, test } from 'vitest';
import { story } from './story.ts';

const BOOK = `
  book BTC bid 99 x4 snapshot @10s
  book BTC bid 98 x9 snapshot @10s
  book BTC ask 101 x3 snapshot @10s
  book BTC ask 102 x2 snapshot @10s
  book BTC ask 105 x9 snapshot @10s`;

/** Minute bars wake the strategy at 1m; the first trade behind it is what reaches its orders. */
const told = (order: string, facts: string, terms = 'walk=book', book = BOOK): string =>
  story(
    `instrument BTC
     account A ${terms}
     arm
     deploy S BTC/1m
     on bars @1m: ${order}
     trade BTC 100 x1 @1s
     ${book}
     trade BTC 100 x1 @1m
     ${facts}`,
    ['OrderFilled', 'VenueReported'],
  )
    .split('\n')
    .filter((line) => !line.includes('report={Filled'))
    .join('\n');

describe('a market order', () => {
  test('eats level by level, a fill each, and waits for the rest', () => {
    expect(told('buy BTC 16', 'trade BTC 100 x1 @1m+1s\n book BTC ask 103 x6 @1m+2s\n trade BTC 100 x1 @1m+3s')).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.1 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      11.6 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=2 price=102 fee=0 maker=false late=false position=5 realised=0
      11.11 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=9 price=105 fee=0 maker=false late=false position=14 realised=0
      14.2 +63s OrderFilled order=10.2 instrument=BTC side=buy lots=2 price=103 fee=0 maker=false late=false position=16 realised=0"
    `);
  });

  test('what a fill took of a level is gone until the level is told anew, and then only of that level', () => {
    expect(
      told(
        'buy BTC 3, buy BTC 4',
        'trade BTC 100 x1 @1m+1s\n book BTC ask 101 x2 @1m+2s\n on bars @2m: buy BTC 4\n trade BTC 100 x1 @2m\n trade BTC 100 x1 @2m+1s',
      ),
    ).toMatchInlineSnapshot(`
      "10.8 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      10.10 +60s VenueReported order=10.3 instrument=BTC report={Acked}
      11.2 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      11.7 +60s OrderFilled order=10.3 instrument=BTC side=buy lots=2 price=102 fee=0 maker=false late=false position=5 realised=0
      11.13 +60s OrderFilled order=10.3 instrument=BTC side=buy lots=2 price=105 fee=0 maker=false late=false position=7 realised=0
      13.5 +120s VenueReported order=13.2 instrument=BTC report={Acked}
      14.1 +120s OrderFilled order=13.2 instrument=BTC side=buy lots=2 price=101 fee=0 maker=false late=false position=9 realised=0
      14.7 +120s OrderFilled order=13.2 instrument=BTC side=buy lots=2 price=105 fee=0 maker=false late=false position=11 realised=0"
    `);
  });

  test('gets at most its share of each level, and pays the slippage on each', () => {
    expect(told('buy BTC 3', 'trade BTC 100 x1 @1m+1s', 'walk=book share=500 slip=1 spread=4')).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.1 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=1 price=102 fee=0 maker=false late=false position=1 realised=0
      11.6 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=1 price=103 fee=0 maker=false late=false position=2 realised=0
      11.12 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=1 price=106 fee=0 maker=false late=false position=3 realised=0"
    `);
  });

  test('fills by the fact where the book is not known: before a snapshot, behind a gap, behind a lost source', () => {
    const facts = 'trade BTC 100 x9 @1m+1s';
    expect(told('buy BTC 2', facts, 'walk=book', 'book BTC ask 101 x3 @10s')).toMatchInlineSnapshot(`
      "6.5 +60s VenueReported order=6.2 instrument=BTC report={Acked}
      7.1 +60s OrderFilled order=6.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=1 realised=0
      8.2 +61s OrderFilled order=6.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=2 realised=0"
    `);
    expect(told('buy BTC 2', facts, 'walk=book', `${BOOK}\n book BTC ask 103 x1 gap @11s`)).toMatchInlineSnapshot(`
      "11.5 +60s VenueReported order=11.2 instrument=BTC report={Acked}
      12.1 +60s OrderFilled order=11.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=1 realised=0
      13.2 +61s OrderFilled order=11.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=2 realised=0"
    `);
    expect(
      told('buy BTC 2', facts, 'walk=book', `${BOOK}\n lost x @11s\n trade BTC 100 x1 @12s\n trade BTC 100 x1 @20s`),
    ).toMatchInlineSnapshot(`
      "13.6 +60s VenueReported order=13.3 instrument=BTC report={Acked}
      14.1 +60s OrderFilled order=13.3 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=1 realised=0
      15.2 +61s OrderFilled order=13.3 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=2 realised=0"
    `);
    expect(told('buy BTC 2', facts, 'walk=book', `${BOOK}\n book BTC ask 103 x-1 @11s`)).toMatchInlineSnapshot(`
      "11.5 +60s VenueReported order=11.2 instrument=BTC report={Acked}
      12.1 +60s OrderFilled order=11.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=1 realised=0
      13.2 +61s OrderFilled order=11.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=2 realised=0"
    `);
  });

  test('stays empty-handed where nothing lies on the other side of a known book', () => {
    expect(told('buy BTC 2', 'trade BTC 100 x9 @1m+1s', 'walk=book', 'book BTC bid 99 x4 snapshot @10s')).toMatchInlineSnapshot(
      `"6.5 +60s VenueReported order=6.2 instrument=BTC report={Acked}"`,
    );
  });
});

describe('other orders', () => {
  test('a limit takes what lies within it, and rests as a maker with what is left', () => {
    expect(told('buy BTC 9 limit=102', 'trade BTC 110 x1 @1m+1s\n trade BTC 102 x9 @1m+2s')).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.1 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      11.6 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=2 price=102 fee=0 maker=false late=false position=5 realised=0
      13.2 +62s OrderFilled order=10.2 instrument=BTC side=buy lots=4 price=102 fee=0 maker=true late=false position=9 realised=0"
    `);
  });

  test('a limit that the best level does not reach rests, whatever the trade says', () => {
    expect(told('buy BTC 1 limit=100', 'trade BTC 99 x9 @1m+1s\n trade BTC 99 x9 @1m+2s')).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      12.2 +61s OrderFilled order=10.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=true late=false position=1 realised=0"
    `);
  });

  test('a stop is reached by the trade, and eats the book', () => {
    expect(told('sell BTC 6 stop=95', 'trade BTC 96 x9 @1m+1s\n trade BTC 95 x1 @1m+2s')).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      13.1 +62s OrderFilled order=10.2 instrument=BTC side=sell lots=4 price=99 fee=0 maker=false late=false position=-4 realised=0
      13.7 +62s OrderFilled order=10.2 instrument=BTC side=sell lots=2 price=98 fee=0 maker=false late=false position=-6 realised=0"
    `);
  });

  test('FOK fills whole from the levels within its limit, or not at all; IOC takes what is there', () => {
    const facts = 'trade BTC 100 x9 @1m+1s';
    expect(told('buy BTC 6 limit=102 tif=FOK', facts)).toMatchInlineSnapshot(`
      "10.6 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.0 +60s VenueReported order=10.2 instrument=BTC report={Expired}"
    `);
    expect(told('buy BTC 5 limit=102 tif=FOK', facts)).toMatchInlineSnapshot(`
      "10.6 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.1 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      11.7 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=2 price=102 fee=0 maker=false late=false position=5 realised=0"
    `);
    expect(told('buy BTC 6 limit=102 tif=IOC', facts)).toMatchInlineSnapshot(`
      "10.6 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.1 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      11.6 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=2 price=102 fee=0 maker=false late=false position=5 realised=0
      11.10 +60s VenueReported order=10.2 instrument=BTC report={Expired}"
    `);
  });

  test('post-only looks at the best level, not at the last trade', () => {
    expect(told('buy BTC 1 limit=100 post, buy BTC 1 limit=101 post', 'trade BTC 99 x9 @1m+1s')).toMatchInlineSnapshot(`
      "10.10 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      10.12 +60s VenueReported order=10.4 instrument=BTC report={Rejected reason=would take}
      11.2 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=1 price=100 fee=0 maker=true late=false position=1 realised=0"
    `);
  });

  test('bars fill as ever', () => {
    expect(told('buy BTC 5 stop=103', 'bar BTC 1m 100 104 99 103 x50 @2m vt=1m')).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      12.3 +120s OrderFilled order=10.2 instrument=BTC side=buy lots=5 price=103 fee=0 maker=false late=false position=5 realised=0"
    `);
  });

  test('accounts eat for themselves: one that walks not at all, and two that meet the same book', () => {
    const others = 'walk=book\n account B walk=book\n account C\n deploy T BTC/1m account=B\n deploy U BTC/1m account=C';
    expect(told('buy BTC 4', 'trade BTC 100 x9 @1m+1s', others)).toMatchInlineSnapshot(`
      "14.13 +60s VenueReported order=14.4 instrument=BTC report={Acked}
      14.15 +60s VenueReported order=14.5 instrument=BTC report={Acked}
      14.17 +60s VenueReported order=14.6 instrument=BTC report={Acked}
      15.1 +60s OrderFilled order=14.4 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      15.7 +60s OrderFilled order=14.4 instrument=BTC side=buy lots=1 price=102 fee=0 maker=false late=false position=4 realised=0
      15.12 +60s OrderFilled order=14.5 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      15.18 +60s OrderFilled order=14.5 instrument=BTC side=buy lots=1 price=102 fee=0 maker=false late=false position=4 realised=0
      15.23 +60s OrderFilled order=14.6 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=false position=1 realised=0
      16.2 +61s OrderFilled order=14.6 instrument=BTC side=buy lots=3 price=100 fee=0 maker=false late=false position=4 realised=0"
    `);
  });

  test('other terms forget what was taken, and without any that walk the book is dropped', () => {
    const again = 'on bars @2m: buy BTC 3\n account A walk=book @1m+5s\n trade BTC 100 x9 @2m';
    expect(told('buy BTC 3', again)).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.2 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      12.6 +120s VenueReported order=12.3 instrument=BTC report={Acked}
      13.2 +120s OrderFilled order=12.3 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=6 realised=0"
    `);
    const dropped = 'on bars @2m: buy BTC 3\n account A @1m+5s\n account A walk=book @1m+6s\n trade BTC 100 x9 @2m';
    expect(told('buy BTC 3', dropped)).toMatchInlineSnapshot(`
      "10.5 +60s VenueReported order=10.2 instrument=BTC report={Acked}
      11.2 +60s OrderFilled order=10.2 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      13.6 +120s VenueReported order=13.3 instrument=BTC report={Acked}
      14.2 +120s OrderFilled order=13.3 instrument=BTC side=buy lots=3 price=100 fee=0 maker=false late=false position=6 realised=0"
    `);
  });

  test('an entry that turns a position as it walks is protected once for what it holds then', () => {
    const bracket = (facts: string): string =>
      story(
        `instrument BTC
         account A walk=book
         arm
         deploy S BTC/1m
         on bars @1m: sell BTC 3
         on bars @2m: buy BTC 10 bstop=90
         trade BTC 100 x1 @1s
         book BTC bid 99 x9 snapshot @10s
         book BTC ask 101 x3 snapshot @10s
         book BTC ask 102 x7 snapshot @10s
         trade BTC 100 x1 @1m
         ${facts}`,
        ['OrderFilled', 'OrderApproved', 'OrderRefused', 'Alerted'],
      );
    expect(bracket('trade BTC 100 x1 @2m')).toMatchInlineSnapshot(`
      "8.2 +60s OrderApproved order=8.2 instrument=BTC side=sell orderType=market lots=3 reducing=false why=script
      9.2 +60s OrderFilled order=8.2 instrument=BTC side=sell lots=3 price=99 fee=0 maker=false late=false position=-3 realised=0
      9.9 +120s OrderApproved order=9.9 instrument=BTC side=buy orderType=market lots=10 reducing=false why=script
      10.1 +120s OrderFilled order=9.9 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=0 realised=-600
      10.8 +120s OrderFilled order=9.9 instrument=BTC side=buy lots=7 price=102 fee=0 maker=false late=false position=7 realised=0
      10.14 +120s OrderApproved order=10.14 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=bracket stop
      10.16 +120s OrderApproved order=10.16 instrument=BTC side=sell orderType=stop lots=4 stop=90 reducing=true why=bracket stop"
    `);
  });
});
