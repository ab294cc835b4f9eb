/** What a pure venue's terms say beyond how a fact fills, told as stories to both desks: tiers of fees, delays of its own. */
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
