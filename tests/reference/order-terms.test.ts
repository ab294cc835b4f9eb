/** What an order may say of itself, told as stories to both desks: time in force, post-only, stop-limit, trailing stops. */
import { describe, expect, test } from 'vitest';
import { story } from './story.ts';

const OPEN = `
  instrument BTC
  account A
  arm
  deploy S BTC/1m`;
const ORDERS = ['OrderRefused', 'OrderApproved', 'OrderQualified', 'VenueReported', 'OrderFilled'] as const;
/** One script at the first close, decided on a trade at 100. */
const told = (script: string, facts: string, open = OPEN): string =>
  story(
    `${open}
     on bars @1m: ${script}
     trade BTC 100 x5 @1s
     ${facts}`,
    ORDERS,
  );

describe('at once', () => {
  test('IOC takes what the first fact after its arrival gives, and the rest expires', () => {
    expect(told('buy BTC 3 limit=101 tif=IOC', 'trade BTC 101 x2 @1m')).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=3 limit=101 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=IOC postOnly=false
      5.7 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.3 instrument=BTC report={Filled fill=6.0 lots=2 price=101 fee=0 maker=false}
      6.1 +60s OrderFilled order=5.3 instrument=BTC side=buy lots=2 price=101 fee=0 maker=false late=false position=2 realised=0
      6.5 +60s VenueReported order=5.3 instrument=BTC report={Expired}"
    `);
  });

  test('one that the first fact does not reach expires with it, a market order too', () => {
    expect(told('buy BTC 3 limit=101 tif=IOC, buy BTC 9 tif=IOC', 'trade BTC 102 x4 @1m')).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=3 limit=101 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=IOC postOnly=false
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=market lots=9 reducing=false why=script
      5.6 +60s OrderQualified order=5.5 instrument=BTC timeInForce=IOC postOnly=false
      5.11 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.13 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.5 instrument=BTC report={Filled fill=6.0 lots=4 price=102 fee=0 maker=false}
      6.1 +60s OrderFilled order=5.5 instrument=BTC side=buy lots=4 price=102 fee=0 maker=false late=false position=4 realised=0
      6.5 +60s VenueReported order=5.3 instrument=BTC report={Expired}
      6.7 +60s VenueReported order=5.5 instrument=BTC report={Expired}"
    `);
  });

  test('FOK takes all or nothing, and what it does not take is left to the next', () => {
    expect(told('buy BTC 6 limit=102 tif=FOK, buy BTC 5 limit=101 tif=FOK', 'trade BTC 100 x5 @1m')).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=6 limit=102 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=FOK postOnly=false
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=limit lots=5 limit=101 reducing=false why=script
      5.6 +60s OrderQualified order=5.5 instrument=BTC timeInForce=FOK postOnly=false
      5.11 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.13 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.5 instrument=BTC report={Filled fill=6.0 lots=5 price=100 fee=0 maker=false}
      6.2 +60s OrderFilled order=5.5 instrument=BTC side=buy lots=5 price=100 fee=0 maker=false late=false position=5 realised=0
      6.6 +60s VenueReported order=5.3 instrument=BTC report={Expired}"
    `);
  });

  test('of a bar only the open counts', () => {
    const bar = 'bar BTC 1m 101 106 95 102 x50 vt=1m @2m';
    expect(told('buy BTC 3 limit=100 tif=IOC, buy BTC 3 limit=101 tif=FOK', bar)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=3 limit=100 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=IOC postOnly=false
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=limit lots=3 limit=101 reducing=false why=script
      5.6 +60s OrderQualified order=5.5 instrument=BTC timeInForce=FOK postOnly=false
      5.11 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.13 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      6.2 +120s VenueReported order=5.5 instrument=BTC report={Filled fill=6.0 lots=3 price=101 fee=0 maker=false}
      6.4 +120s OrderFilled order=5.5 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0
      6.8 +120s VenueReported order=5.3 instrument=BTC report={Expired}"
    `);
  });

  test('a fact of the other kind decides it too; one of another source does not', () => {
    expect(
      told(
        'buy BTC 3 limit=101 tif=FOK',
        'trade BTC 100 x5 source=y @1m\n quote BTC 100x9 102x9 @1m+1s\n trade BTC 100 x5 @1m+2s',
        OPEN.replace('BTC\n', 'BTC sources=x,y\n'),
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=3 limit=101 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=FOK postOnly=false
      5.7 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      7.0 +61s VenueReported order=5.3 instrument=BTC report={Expired}"
    `);
  });
});

describe('post-only', () => {
  test('one that would take is rejected: by the quote, or by the last price where there is none', () => {
    expect(told('buy BTC 3 limit=100 post, buy BTC 3 limit=99 post', 'trade BTC 100 x5 @1m')).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=3 limit=100 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=true
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=limit lots=3 limit=99 reducing=false why=script
      5.6 +60s OrderQualified order=5.5 instrument=BTC timeInForce=GTC postOnly=true
      5.11 +60s VenueReported order=5.3 instrument=BTC report={Rejected reason=would take}
      5.13 +60s VenueReported order=5.5 instrument=BTC report={Acked}"
    `);
    expect(
      told('sell BTC 3 limit=98 post, sell BTC 3 limit=99 post', 'quote BTC 98x1 102x1 @2s\n trade BTC 99 x5 @1m'),
    ).toMatchInlineSnapshot(`
      "6.2 +60s OrderApproved order=6.2 instrument=BTC side=sell orderType=limit lots=3 limit=98 reducing=false why=script
      6.3 +60s OrderQualified order=6.2 instrument=BTC timeInForce=GTC postOnly=true
      6.4 +60s OrderApproved order=6.4 instrument=BTC side=sell orderType=limit lots=3 limit=99 reducing=false why=script
      6.5 +60s OrderQualified order=6.4 instrument=BTC timeInForce=GTC postOnly=true
      6.10 +60s VenueReported order=6.2 instrument=BTC report={Rejected reason=would take}
      6.12 +60s VenueReported order=6.4 instrument=BTC report={Acked}
      7.0 +60s VenueReported order=6.4 instrument=BTC report={Filled fill=7.0 lots=3 price=99 fee=0 maker=true}
      7.2 +60s OrderFilled order=6.4 instrument=BTC side=sell lots=3 price=99 fee=0 maker=true late=false position=-3 realised=0"
    `);
  });

  test('it is maker from its first fact, at its limit', () => {
    expect(told('buy BTC 3 limit=99 post, buy BTC 3 limit=99', 'trade BTC 97 x9 @1m')).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=3 limit=99 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=true
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=limit lots=3 limit=99 reducing=false why=script
      5.10 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.12 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.3 instrument=BTC report={Filled fill=6.0 lots=3 price=99 fee=0 maker=true}
      6.2 +60s OrderFilled order=5.3 instrument=BTC side=buy lots=3 price=99 fee=0 maker=true late=false position=3 realised=0
      6.6 +60s VenueReported order=5.5 instrument=BTC report={Filled fill=6.1 lots=3 price=97 fee=0 maker=false}
      6.8 +60s OrderFilled order=5.5 instrument=BTC side=buy lots=3 price=97 fee=0 maker=false late=false position=6 realised=0"
    `);
  });

  test('a replacement that would take is rejected, and the order stays', () => {
    expect(
      told('buy BTC 3 limit=98 post', 'trade BTC 99 x1 @1m\n trade BTC 98 x1 @2m\n', `${OPEN}\n on bars @2m: replace BTC lots=3 limit=99`),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=3 limit=98 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=true
      5.7 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      6.4 +120s VenueReported order=5.3 instrument=BTC report={ReplaceRejected reason=would take}
      7.0 +120s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=1 price=98 fee=0 maker=true}
      7.1 +120s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=98 fee=0 maker=true late=false position=1 realised=0"
    `);
  });
});

describe('stop-limit', () => {
  test('its stop reached within its limit, it takes', () => {
    expect(
      told('buy BTC 3 stop=103 limit=104', 'trade BTC 102 x9 @1m\n trade BTC 104 x2 @1m+1s\n trade BTC 104 x9 @1m+2s'),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=stop-limit lots=3 limit=104 stop=103 reducing=false why=script
      5.6 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      7.0 +61s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=2 price=104 fee=0 maker=false}
      7.1 +61s OrderFilled order=5.3 instrument=BTC side=buy lots=2 price=104 fee=0 maker=false late=false position=2 realised=0
      8.0 +62s VenueReported order=5.3 instrument=BTC report={Filled fill=8.0 lots=1 price=104 fee=0 maker=true}
      8.2 +62s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=104 fee=0 maker=true late=false position=3 realised=0"
    `);
  });

  test('its stop reached beyond its limit, it rests', () => {
    expect(told('buy BTC 3 stop=103 limit=104', 'trade BTC 105 x9 @1m\n trade BTC 103 x9 @1m+1s')).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=stop-limit lots=3 limit=104 stop=103 reducing=false why=script
      5.6 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      7.0 +61s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=3 price=104 fee=0 maker=true}
      7.2 +61s OrderFilled order=5.3 instrument=BTC side=buy lots=3 price=104 fee=0 maker=true late=false position=3 realised=0"
    `);
  });

  test('against bars: at the worse of stop and open, or not in that bar', () => {
    const bars =
      'bar BTC 1m 101 106 100 102 x50 vt=1m @2m\n bar BTC 1m 108 109 103 104 x50 vt=2m @3m\n bar BTC 1m 106 107 103 104 x50 vt=3m @4m';
    expect(told('buy BTC 3 stop=105 limit=107, sell BTC 3 stop=95 limit=94', bars)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=stop-limit lots=3 limit=107 stop=105 reducing=false why=script
      5.4 +60s OrderApproved order=5.4 instrument=BTC side=sell orderType=stop-limit lots=3 limit=94 stop=95 reducing=false why=script
      5.9 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.11 +60s VenueReported order=5.4 instrument=BTC report={Acked}
      6.2 +120s VenueReported order=5.3 instrument=BTC report={Filled fill=6.0 lots=3 price=105 fee=0 maker=false}
      6.4 +120s OrderFilled order=5.3 instrument=BTC side=buy lots=3 price=105 fee=0 maker=false late=false position=3 realised=0"
    `);
    expect(told('buy BTC 3 stop=107 limit=107', bars)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=stop-limit lots=3 limit=107 stop=107 reducing=false why=script
      5.6 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      8.1 +240s VenueReported order=5.3 instrument=BTC report={Filled fill=8.0 lots=3 price=107 fee=0 maker=true}
      8.3 +240s OrderFilled order=5.3 instrument=BTC side=buy lots=3 price=107 fee=0 maker=true late=false position=3 realised=0"
    `);
  });
});

describe('trailing', () => {
  test('it follows the price up and triggers at the distance', () => {
    expect(
      told(
        'sell BTC 3 trail=3',
        'trade BTC 100 x1 @1m\n trade BTC 98 x1 @1m+1s\n trade BTC 105 x1 @1m+2s\n trade BTC 103 x1 @1m+3s\n trade BTC 102 x9 @1m+4s',
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=sell orderType=trailing lots=3 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=false trail=3
      5.7 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      10.0 +64s VenueReported order=5.3 instrument=BTC report={Filled fill=10.0 lots=3 price=102 fee=0 maker=false}
      10.2 +64s OrderFilled order=5.3 instrument=BTC side=sell lots=3 price=102 fee=0 maker=false late=false position=-3 realised=0"
    `);
  });

  test('against a bar the adverse extreme comes first', () => {
    expect(
      told('sell BTC 3 trail=5, buy BTC 3 trail=5', 'bar BTC 1m 100 104 96 103 x50 vt=1m @2m\n bar BTC 1m 103 112 99 111 x50 vt=2m @3m'),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=sell orderType=trailing lots=3 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=false trail=5
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=trailing lots=3 reducing=false why=script
      5.6 +60s OrderQualified order=5.5 instrument=BTC timeInForce=GTC postOnly=false trail=5
      5.11 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.13 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      7.1 +180s VenueReported order=5.5 instrument=BTC report={Filled fill=7.0 lots=3 price=103 fee=0 maker=false}
      7.3 +180s OrderFilled order=5.5 instrument=BTC side=buy lots=3 price=103 fee=0 maker=false late=false position=3 realised=0
      7.7 +180s VenueReported order=5.3 instrument=BTC report={Filled fill=7.1 lots=3 price=99 fee=0 maker=false}
      7.9 +180s OrderFilled order=5.3 instrument=BTC side=sell lots=3 price=99 fee=0 maker=false late=false position=0 realised=-1200"
    `);
  });

  test('a replacement changes its lots and leaves its stop where it has come to', () => {
    expect(
      told(
        'sell BTC 3 trail=3',
        'trade BTC 110 x1 @1m\n trade BTC 108 x1 @2m\n trade BTC 108 x1 @2m+1s\n trade BTC 107 x9 @2m+2s',
        `${OPEN}\n on bars @2m: replace BTC lots=2`,
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=sell orderType=trailing lots=3 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=false trail=3
      5.7 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      6.4 +120s VenueReported order=5.3 instrument=BTC report={Replaced lots=2 limit=null stop=null}
      9.0 +122s VenueReported order=5.3 instrument=BTC report={Filled fill=9.0 lots=2 price=107 fee=0 maker=false}
      9.2 +122s OrderFilled order=5.3 instrument=BTC side=sell lots=2 price=107 fee=0 maker=false late=false position=-2 realised=0"
    `);
  });
});

test('what an outside venue does not take is refused by name, before anything is sent', () => {
  const desk = `
    instrument BTC
    account B venue=sim
    arm
    ready B
    reconciled B
    deploy S BTC/1m account=B`;
  expect(
    told('buy BTC 1 trail=3, buy BTC 1 limit=99 tif=IOC, buy BTC 1 limit=99 post, buy BTC 1 stop=104', '', desk),
  ).toMatchInlineSnapshot(`""`);
});

describe('worse fills', () => {
  const worse = (terms: string): string => OPEN.replace('account A', `account A ${terms}`);

  test('spread, slippage and share: a taker pays up to its limit, a maker nothing', () => {
    expect(
      told(
        'buy BTC 4, buy BTC 4 limit=103, buy BTC 4 limit=99',
        'trade BTC 100 x16 @1m\n quote BTC 101x9 102x9 @1m+1s\n trade BTC 98 x16 @1m+2s',
        worse('slip=1 slipbp=50 spread=3 share=125'),
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=market lots=4 reducing=false why=script
      5.4 +60s OrderApproved order=5.4 instrument=BTC side=buy orderType=limit lots=4 limit=103 reducing=false why=script
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=limit lots=4 limit=99 reducing=false why=script
      5.12 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.14 +60s VenueReported order=5.4 instrument=BTC report={Acked}
      5.16 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.3 instrument=BTC report={Filled fill=6.0 lots=2 price=104 fee=0 maker=false}
      6.1 +60s OrderFilled order=5.3 instrument=BTC side=buy lots=2 price=104 fee=0 maker=false late=false position=2 realised=0
      6.5 +60s VenueReported order=5.4 instrument=BTC report={Filled fill=6.1 lots=2 price=103 fee=0 maker=false}
      6.6 +60s OrderFilled order=5.4 instrument=BTC side=buy lots=2 price=103 fee=0 maker=false late=false position=4 realised=0
      7.0 +61s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=1 price=104 fee=0 maker=false}
      7.1 +61s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=104 fee=0 maker=false late=false position=5 realised=0
      7.5 +61s VenueReported order=5.4 instrument=BTC report={Filled fill=7.1 lots=1 price=103 fee=0 maker=true}
      7.6 +61s OrderFilled order=5.4 instrument=BTC side=buy lots=1 price=103 fee=0 maker=true late=false position=6 realised=0
      8.0 +62s VenueReported order=5.3 instrument=BTC report={Filled fill=8.0 lots=1 price=102 fee=0 maker=false}
      8.2 +62s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=102 fee=0 maker=false late=false position=7 realised=0
      8.6 +62s VenueReported order=5.4 instrument=BTC report={Filled fill=8.1 lots=1 price=103 fee=0 maker=true}
      8.8 +62s OrderFilled order=5.4 instrument=BTC side=buy lots=1 price=103 fee=0 maker=true late=false position=8 realised=0
      8.12 +62s VenueReported order=5.5 instrument=BTC report={Filled fill=8.2 lots=2 price=99 fee=0 maker=true}
      8.13 +62s OrderFilled order=5.5 instrument=BTC side=buy lots=2 price=99 fee=0 maker=true late=false position=10 realised=0"
    `);
  });

  test('through: a resting limit waits for a price beyond it, a fresh one does not', () => {
    expect(
      told(
        'buy BTC 1 limit=99, sell BTC 1 limit=100',
        'trade BTC 100 x9 @1m\n trade BTC 99 x9 @1m+1s\n trade BTC 98 x9 @1m+2s',
        worse('limits=through'),
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=1 limit=99 reducing=false why=script
      5.4 +60s OrderApproved order=5.4 instrument=BTC side=sell orderType=limit lots=1 limit=100 reducing=false why=script
      5.9 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.11 +60s VenueReported order=5.4 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.4 instrument=BTC report={Filled fill=6.0 lots=1 price=100 fee=0 maker=false}
      6.2 +60s OrderFilled order=5.4 instrument=BTC side=sell lots=1 price=100 fee=0 maker=false late=false position=-1 realised=0
      8.0 +62s VenueReported order=5.3 instrument=BTC report={Filled fill=8.0 lots=1 price=99 fee=0 maker=true}
      8.2 +62s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=99 fee=0 maker=true late=false position=0 realised=100"
    `);
  });

  test('all or nothing counts with the share', () => {
    expect(told('buy BTC 3 tif=FOK, buy BTC 2 tif=FOK', 'trade BTC 100 x10 @1m', worse('share=250'))).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=market lots=3 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=FOK postOnly=false
      5.5 +60s OrderApproved order=5.5 instrument=BTC side=buy orderType=market lots=2 reducing=false why=script
      5.6 +60s OrderQualified order=5.5 instrument=BTC timeInForce=FOK postOnly=false
      5.11 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.13 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.5 instrument=BTC report={Filled fill=6.0 lots=2 price=100 fee=0 maker=false}
      6.2 +60s OrderFilled order=5.5 instrument=BTC side=buy lots=2 price=100 fee=0 maker=false late=false position=2 realised=0
      6.6 +60s VenueReported order=5.3 instrument=BTC report={Expired}"
    `);
  });
});
