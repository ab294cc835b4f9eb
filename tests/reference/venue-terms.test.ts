/** What a pure venue's terms say beyond how a fact fills, told as stories to both desks: tiers of fees, delays of its own, what positions cost while they are held. */
import { describe, expect, test } from 'vitest';
import { story } from './story.ts';

describe('tiers of fees', () => {
  const OPEN = `
    instrument BTC tick=1 lot=1
    account A maker=100 taker=10000 tiers=1000/50/5000,2000/0/1000
    arm
    deploy S BTC/1m`;
  /** 5 lots at 200 are worth 1000. */
  const bought = (...at: readonly string[]): string =>
    at.map((time) => `on bars @${time}: buy BTC 5\n trade BTC 200 x9 @${time}-1s\n trade BTC 200 x9 @${time}+1s`).join('\n');

  test("a day's fills count from the next day on, for thirty days", () => {
    // the story begins at 20:55 UTC: 5h is the day after, 727h day 31, 748h day 32
    expect(story(`${OPEN}\n${bought('1h', '2h', '5h', '6h', '727h', '748h')}`, ['FeeTierMoved', 'OrderFilled'])).toMatchInlineSnapshot(`
      "6.2 +3601s OrderFilled order=5.3 instrument=BTC side=buy lots=5 price=200 fee=1000 maker=false late=false position=5 realised=0
      8.2 +7201s OrderFilled order=7.3 instrument=BTC side=buy lots=5 price=200 fee=1000 maker=false late=false position=10 realised=0
      10.0 +18001s FeeTierMoved from=0 to=2 traded=200000
      10.3 +18001s OrderFilled order=9.3 instrument=BTC side=buy lots=5 price=200 fee=100 maker=false late=false position=15 realised=0
      12.2 +21601s OrderFilled order=11.3 instrument=BTC side=buy lots=5 price=200 fee=100 maker=false late=false position=20 realised=0
      14.2 +2617201s OrderFilled order=13.3 instrument=BTC side=buy lots=5 price=200 fee=100 maker=false late=false position=25 realised=0
      16.0 +2692801s FeeTierMoved from=2 to=1 traded=100000
      16.3 +2692801s OrderFilled order=15.3 instrument=BTC side=buy lots=5 price=200 fee=500 maker=false late=false position=30 realised=0"
    `);
  });

  test('other terms forget what was traded', () => {
    const plain = 'account A taker=7000 @5h+2s';
    const tiered = 'account A taker=6000 tiers=1000/50/5000 @5h+3s';
    expect(
      story(`${OPEN}\n${bought('1h', '5h')}\n${plain}\n${tiered}\n${bought('6h', '29h')}`, ['FeeTierMoved', 'OrderFilled']),
    ).toMatchInlineSnapshot(`
      "6.2 +3601s OrderFilled order=5.3 instrument=BTC side=buy lots=5 price=200 fee=1000 maker=false late=false position=5 realised=0
      8.0 +18001s FeeTierMoved from=0 to=1 traded=100000
      8.3 +18001s OrderFilled order=7.3 instrument=BTC side=buy lots=5 price=200 fee=500 maker=false late=false position=10 realised=0
      12.2 +21601s OrderFilled order=11.3 instrument=BTC side=buy lots=5 price=200 fee=600 maker=false late=false position=15 realised=0
      14.0 +104401s FeeTierMoved from=0 to=1 traded=100000
      14.3 +104401s OrderFilled order=13.3 instrument=BTC side=buy lots=5 price=200 fee=500 maker=false late=false position=20 realised=0"
    `);
  });
});

describe('latency', () => {
  const told = (terms: string): string =>
    story(
      `instrument BTC
       account A ${terms}
       arm
       deploy S BTC/1m
       on bars @1m: buy BTC 1, buy BTC 1 limit=90
       on bars @2m: cancel BTC 0
       trade BTC 100 x5 @1s
       trade BTC 100 x5 @1m
       trade BTC 100 x5 @1m+1s
       trade BTC 100 x5 @2m
       wait @3m`,
      ['OrderRequested', 'VenueReported'],
    );

  test('a recorded one is that of the time of day at which the request is made', () => {
    // the story begins at 20:55:00 UTC
    expect(told('latency=1ms more=recorded/9h/10ms/20h+57m/80ms')).toMatchInlineSnapshot(`
      "5.6 +60s OrderRequested order=5.3 instrument=BTC action=send why=script lots=1
      5.8 +60s OrderRequested order=5.4 instrument=BTC action=send why=script lots=1 limit=90
      6.0 +60.011s VenueReported order=5.3 instrument=BTC report={Acked}
      6.2 +60.011s VenueReported order=5.4 instrument=BTC report={Acked}
      7.0 +61s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=1 price=100 fee=0 maker=false}
      7.10 +120s OrderRequested order=5.4 instrument=BTC action=cancel why=script
      8.0 +120.081s VenueReported order=5.4 instrument=BTC report={Cancelled}"
    `);
  });

  test('a seeded one is the same for all that an order asks, and another for another order', () => {
    expect(told('latency=20ms more=seeded/800ms/7')).toMatchInlineSnapshot(`
      "5.6 +60s OrderRequested order=5.3 instrument=BTC action=send why=script lots=1
      5.8 +60s OrderRequested order=5.4 instrument=BTC action=send why=script lots=1 limit=90
      6.0 +60.053946s VenueReported order=5.4 instrument=BTC report={Acked}
      6.2 +60.322383s VenueReported order=5.3 instrument=BTC report={Acked}
      7.0 +61s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=1 price=100 fee=0 maker=false}
      7.10 +120s OrderRequested order=5.4 instrument=BTC action=cancel why=script
      8.0 +120.053946s VenueReported order=5.4 instrument=BTC report={Cancelled}"
    `);
  });
});

describe('what is held', () => {
  const told = (terms: string, side: 'buy' | 'sell', ...facts: readonly string[]): string =>
    story(
      `instrument BTC
       account A ${terms}
       arm
       deploy S BTC/1m
       on bars @1m: ${side} BTC 5
       trade BTC 200 x9 @1s
       trade BTC 200 x9 @1m
       ${facts.join('\n')}`,
      ['PositionCharged', 'Posted', 'EquityMarked'],
    )
      .split('\n')
      .filter((line) => /PositionCharged|borrow|funding/.test(line))
      .join('\n');

  test('a short position pays a day of borrowing at its last price, a long one nothing', () => {
    // the story begins at 20:55 UTC: 21:00 is 5m later; 5 lots at 300 are 1500, of which 36.5 % a year are 1.50 a day
    const facts = ['trade BTC 300 x1 @4m', 'wait @2d'];
    expect(told('borrow=365000/21h', 'sell', ...facts)).toMatchInlineSnapshot(`
      "7.2 +300s PositionCharged instrument=BTC why=borrow lots=-5 price=300 rate=365000 amount=150
      7.3 +300s Posted instrument=BTC book=cash amount=-150 why=borrow
      7.4 +300s Posted instrument=BTC book=borrow amount=150 why=borrow
      7.5 +300s EquityMarked equity=9949850 peak=10000000 drawdown=50150 dayLoss=50150 why=borrow
      7.9 +86700s PositionCharged instrument=BTC why=borrow lots=-5 price=300 rate=365000 amount=150
      7.10 +86700s Posted instrument=BTC book=cash amount=-150 why=borrow
      7.11 +86700s Posted instrument=BTC book=borrow amount=150 why=borrow
      7.12 +86700s EquityMarked equity=9949700 peak=10000000 drawdown=50300 dayLoss=50300 why=borrow"
    `);
    expect(told('borrow=365000/21h', 'buy', ...facts)).toBe('');
  });

  test('funding goes from longs to shorts where the rate is above 0, and the other way below', () => {
    const terms = 'funding=BTC/0s/900000,BTC/1h/100000,ETH/2h/100000,BTC/3h/-200000';
    expect(told(terms, 'buy', 'wait @1d')).toMatchInlineSnapshot(`
      "6.10 +3600s PositionCharged instrument=BTC why=funding lots=5 price=200 rate=100000 amount=100
      6.11 +3600s Posted instrument=BTC book=cash amount=-100 why=funding
      6.12 +3600s Posted instrument=BTC book=funding amount=100 why=funding
      6.13 +3600s EquityMarked equity=9999900 peak=10000000 drawdown=100 dayLoss=100 why=funding
      6.14 +10800s PositionCharged instrument=BTC why=funding lots=5 price=200 rate=-200000 amount=-200
      6.15 +10800s Posted instrument=BTC book=cash amount=200 why=funding
      6.16 +10800s Posted instrument=BTC book=funding amount=-200 why=funding
      6.17 +10800s EquityMarked equity=10000100 peak=10000100 drawdown=0 dayLoss=-100 why=funding"
    `);
    expect(told(terms, 'sell', 'wait @1d')).toMatchInlineSnapshot(`
      "6.10 +3600s PositionCharged instrument=BTC why=funding lots=-5 price=200 rate=100000 amount=-100
      6.11 +3600s Posted instrument=BTC book=cash amount=100 why=funding
      6.12 +3600s Posted instrument=BTC book=funding amount=-100 why=funding
      6.13 +3600s EquityMarked equity=10000100 peak=10000100 drawdown=0 dayLoss=-100 why=funding
      6.14 +10800s PositionCharged instrument=BTC why=funding lots=-5 price=200 rate=-200000 amount=200
      6.15 +10800s Posted instrument=BTC book=cash amount=-200 why=funding
      6.16 +10800s Posted instrument=BTC book=funding amount=200 why=funding
      6.17 +10800s EquityMarked equity=9999900 peak=10000100 drawdown=200 dayLoss=100 why=funding"
    `);
  });

  test('other terms begin at once', () => {
    expect(told('borrow=365000/21h', 'sell', 'account A borrow=730000/21h+30m @6m', 'account A @1d', 'wait @3d')).toMatchInlineSnapshot(`
      "6.10 +300s PositionCharged instrument=BTC why=borrow lots=-5 price=200 rate=365000 amount=100
      6.11 +300s Posted instrument=BTC book=cash amount=-100 why=borrow
      6.12 +300s Posted instrument=BTC book=borrow amount=100 why=borrow
      6.13 +300s EquityMarked equity=9999900 peak=10000000 drawdown=100 dayLoss=100 why=borrow
      7.1 +2100s PositionCharged instrument=BTC why=borrow lots=-5 price=200 rate=730000 amount=200
      7.2 +2100s Posted instrument=BTC book=cash amount=-200 why=borrow
      7.3 +2100s Posted instrument=BTC book=borrow amount=200 why=borrow
      7.4 +2100s EquityMarked equity=9999700 peak=10000000 drawdown=300 dayLoss=300 why=borrow"
    `);
  });
});
