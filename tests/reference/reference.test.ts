/** §12 of docs/kernel.md told as stories, with the reference desk. Each snapshot is a rule; a changed rule reads as a diff. */
import { describe, expect, test } from 'vitest';
import { sliceFrame } from '#engine/market/blocks.ts';
import { ADVENTURE_DESK, adventure, type Step } from './adventure.ts';
import { ReferenceDesk } from './desk.ts';
import { lineOf, nodeDigest, STORY_START, story, tell } from './story.ts';
import { testCatalogue } from './strategies.ts';

/** BTC at one source x, an account A at the pure venue, everything open, a strategy S on one-minute candles. */
const OPEN = `
  instrument BTC
  account A
  arm
  deploy S BTC/1m`;
const ORDERS = ['StrategyWoke', 'OrderRefused', 'OrderApproved', 'VenueReported', 'OrderMoved', 'OrderFilled'] as const;
const MONEY = ['OrderFilled', 'Posted', 'EquityMarked'] as const;

describe('candles', () => {
  test('the trade that shows the border fills what the close decided, at zero latency', () => {
    const told = story(
      `${OPEN}
       on bars @1m: buy BTC 3
       trade BTC 100 x5 @1s
       trade BTC 104 x2 @59s
       trade BTC 110 x4 @1m`,
      ['CandleClosed', ...ORDERS],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.0 +60s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=104 low=100 close=104 volume=7 trades=2 complete=true by=deadline
      6.1 +60s StrategyWoke why=bars end=+60s absent=0 intents=1
      6.2 +60s OrderApproved order=6.2 instrument=BTC side=buy orderType=market lots=3 reducing=false why=script
      6.3 +60s OrderMoved order=6.2 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      6.5 +60s VenueReported order=6.2 instrument=BTC report={Acked}
      6.6 +60s OrderMoved order=6.2 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      7.0 +60s VenueReported order=6.2 instrument=BTC report={Filled fill=7.0 lots=3 price=110 fee=0 maker=false}
      7.1 +60s OrderMoved order=6.2 instrument=BTC from=LIVE to=FILLED why=Filled filled=3 remaining=0
      7.2 +60s OrderFilled order=6.2 instrument=BTC side=buy lots=3 price=110 fee=0 maker=false late=false position=3 realised=0
      7.6 +60s StrategyWoke why=fill absent=0 intents=0"
    `);
  });

  test('a late source: the first tick past the border closes it, before that tick', () => {
    const told = story(
      `${OPEN.replace('BTC\n', 'BTC lateness=5s\n')}
       on bars @1m: buy BTC 3
       trade BTC 100 x5 @1s
       trade BTC 110 x4 @1m+1s`,
      ['CandleClosed', 'StrategyWoke', 'OrderApproved', 'VenueReported', 'OrderFilled'],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.0 +61s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=tick
      6.1 +61s StrategyWoke why=bars end=+60s absent=0 intents=1
      6.2 +61s OrderApproved order=6.2 instrument=BTC side=buy orderType=market lots=3 reducing=false why=script
      6.5 +61s VenueReported order=6.2 instrument=BTC report={Acked}"
    `);
  });

  test('a late tick amends inside grace and is counted after it; neither is re-folded', () => {
    const told = story(
      `${OPEN.replace('BTC\n', 'BTC lateness=1s grace=3s\n')}
       trade BTC 100 x5 @1s
       trade BTC 101 x1 @1m+1s vt=1m
       trade BTC 90 x2 @1m+2s vt=59s
       trade BTC 91 x2 @1m+5s vt=59s`,
      ['CandleClosed', 'CandleAmended', 'TickTooLate', 'CandlesMoved', 'StrategyWoke', 'FeedMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.0 +1s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      5.1 +61s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      5.2 +61s CandlesMoved instrument=BTC from=forming to=grace why=ClosedIntoGrace
      5.3 +61s StrategyWoke why=bars end=+60s absent=0 intents=0
      7.0 +62s CandleAmended instrument=BTC start=+0s end=+60s version=2 open=100 high=100 low=90 close=100 volume=7 trades=2
      7.1 +64s CandlesMoved instrument=BTC from=grace to=forming why=GraceOver
      8.0 +65s TickTooLate instrument=BTC venueTime=+59s count=1"
    `);
  });

  test('an interval without trades makes no candle, and a flat one where the source says so', () => {
    const facts = 'trade BTC 100 x5 @1s\n trade BTC 101 x1 @3m+1s\n wait @4m';
    expect(story(`${OPEN}\n${facts}`, ['CandleClosed', 'CandlesMoved', 'StrategyWoke'])).toMatchInlineSnapshot(`
      "5.0 +1s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      5.1 +60s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      5.2 +60s StrategyWoke why=bars end=+60s absent=0 intents=0
      5.3 +120s CandlesMoved instrument=BTC from=forming to=idle why=Emptied
      6.0 +181s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      6.1 +240s CandleClosed instrument=BTC start=+180s end=+240s open=101 high=101 low=101 close=101 volume=1 trades=1 complete=true by=deadline
      6.2 +240s StrategyWoke why=bars end=+240s absent=0 intents=0"
    `);
    expect(
      story(`${OPEN.replace('BTC\n', 'BTC flat=yes\n')}\n${facts}`, ['CandleClosed', 'CandlesMoved', 'StrategyWoke']),
    ).toMatchInlineSnapshot(`
      "5.0 +1s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      5.1 +60s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      5.2 +60s StrategyWoke why=bars end=+60s absent=0 intents=0
      5.3 +120s CandleClosed instrument=BTC start=+60s end=+120s open=100 high=100 low=100 close=100 volume=0 trades=0 complete=true by=deadline
      5.4 +120s StrategyWoke why=bars end=+120s absent=0 intents=0
      5.5 +180s CandleClosed instrument=BTC start=+120s end=+180s open=100 high=100 low=100 close=100 volume=0 trades=0 complete=true by=deadline
      5.6 +180s StrategyWoke why=bars end=+180s absent=0 intents=0
      6.0 +240s CandleClosed instrument=BTC start=+180s end=+240s open=101 high=101 low=101 close=101 volume=1 trades=1 complete=true by=deadline
      6.1 +240s StrategyWoke why=bars end=+240s absent=0 intents=0"
    `);
  });

  test('a larger timeframe folds closed candles of the smaller one, and both wake the strategy once', () => {
    const told = story(
      `instrument BTC
       account A
       arm
       deploy S BTC/1m BTC/5m
       trade BTC 100 x5 @1s
       trade BTC 120 x1 @1m+30s
       trade BTC 90 x1 @4m+30s
       wait @5m`,
      ['CandleClosed', 'CandlesMoved', 'StrategyWoke'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.0 +1s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      5.1 +60s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      5.2 +60s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      5.3 +60s StrategyWoke why=bars end=+60s absent=0 intents=0
      6.0 +120s CandleClosed instrument=BTC start=+60s end=+120s open=120 high=120 low=120 close=120 volume=1 trades=1 complete=true by=deadline
      6.1 +120s StrategyWoke why=bars end=+120s absent=0 intents=0
      6.2 +180s CandlesMoved instrument=BTC from=forming to=idle why=Emptied
      7.0 +270s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      7.1 +300s CandleClosed instrument=BTC start=+240s end=+300s open=90 high=90 low=90 close=90 volume=1 trades=1 complete=true by=deadline
      7.2 +300s CandleClosed instrument=BTC start=+0s end=+300s open=100 high=120 low=90 close=90 volume=7 trades=3 complete=true by=deadline
      7.3 +300s StrategyWoke why=bars end=+300s absent=0 intents=0"
    `);
  });

  test('with one of two absent the strategy wakes at its own deadline', () => {
    const told = story(
      `instrument BTC lateness=1s
       instrument ETH lateness=2s
       account A
       arm
       deploy S BTC/1m ETH/1m
       trade BTC 100 x5 @1s
       trade ETH 10 x5 @1m+1s
       trade BTC 101 x5 @1m+2s
       wait @3m`,
      ['CandleClosed', 'StrategyWoke'],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.1 +61s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      7.1 +62s StrategyWoke why=bars end=+60s absent=1 intents=0
      8.0 +121s CandleClosed instrument=BTC start=+60s end=+120s open=101 high=101 low=101 close=101 volume=5 trades=1 complete=true by=deadline
      8.1 +122s CandleClosed instrument=ETH start=+60s end=+120s open=10 high=10 low=10 close=10 volume=5 trades=1 complete=true by=deadline
      8.2 +122s StrategyWoke why=bars end=+120s absent=0 intents=0"
    `);
  });

  test('a bar closes its candle at once', () => {
    const told = story(
      `${OPEN}
       on bars @1m: buy BTC 1
       bar BTC 1m 100 110 90 105 x50 @1m vt=0s
       bar BTC 1m 105 120 104 118 x50 @2m vt=1m
       bar BTC 1m 105 120 104 118 x50 @2m+1s vt=0s`,
      ['CandleClosed', 'TickTooLate', 'FeedMoved', 'StrategyWoke', 'OrderFilled'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.0 +60s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=110 low=90 close=105 volume=50 trades=0 complete=true by=bar
      5.2 +60s StrategyWoke why=bars end=+60s absent=0 intents=1
      6.0 +120s CandleClosed instrument=BTC start=+60s end=+120s open=105 high=120 low=104 close=118 volume=50 trades=0 complete=true by=bar
      6.3 +120s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=105 fee=0 maker=false late=false position=1 realised=0
      6.7 +120s StrategyWoke why=bars end=+120s absent=0 intents=0
      6.8 +120s StrategyWoke why=fill absent=0 intents=0
      7.0 +121s FeedMoved instrument=BTC from=HEALTHY to=DEGRADED why=Faulted:time-back numbers=[heardAt:+121s lag:0 faults:1]
      7.2 +121s TickTooLate instrument=BTC venueTime=+0s count=1"
    `);
  });

  test('a gap marks the open candle incomplete', () => {
    const told = story(
      `${OPEN}
       trade BTC 100 x5 @1s seq=1
       trade BTC 101 x5 @2s seq=4
       trade BTC 102 x5 @1m+1s seq=5
       wait @2m`,
      ['FeedMoved', 'CandlesMoved', 'CandleClosed'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.0 +1s CandlesMoved instrument=BTC from=idle to=forming why=Formed
      6.0 +2s FeedMoved instrument=BTC from=HEALTHY to=DEGRADED why=Faulted:gap numbers=[heardAt:+2s lag:0 faults:1]
      6.2 +2s CandlesMoved instrument=BTC from=forming to=gap why=Gapped
      6.3 +3s FeedMoved instrument=BTC from=DEGRADED to=HEALTHY why=Settled numbers=[heardAt:+2s lag:0 faults:0]
      6.5 +60s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=101 low=100 close=101 volume=10 trades=2 complete=false by=deadline
      6.6 +60s CandlesMoved instrument=BTC from=gap to=forming why=Mended
      7.0 +120s CandleClosed instrument=BTC start=+60s end=+120s open=102 high=102 low=102 close=102 volume=5 trades=1 complete=true by=deadline"
    `);
  });
});

describe('feeds', () => {
  const FEED = ['TickRejected', 'FeedMoved', 'GateMoved'] as const;

  test('duplicate, absurd and crossed ticks are rejected, and the gate follows the feed', () => {
    const told = story(
      `instrument BTC absurd=100 settle=10s faults=3
       trade BTC 100 x1 @1s seq=1
       trade BTC 100 x1 @2s seq=1
       trade BTC 150 x1 @3s seq=2
       quote BTC 101x1 101x1 @4s
       wait @14s`,
      FEED,
    );
    expect(told).toMatchInlineSnapshot(`
      "3.0 +2s TickRejected instrument=BTC fault=duplicate numbers=[venueSeq:1 newest:1]
      3.1 +2s FeedMoved instrument=BTC from=HEALTHY to=DEGRADED why=Faulted:duplicate numbers=[heardAt:+2s lag:0 faults:1]
      3.2 +2s GateMoved scope=instrument of=BTC from=OPEN to=REDUCE_ONLY why=Restricted:feed-degraded reasons=[feed-degraded:x]
      4.0 +3s TickRejected instrument=BTC fault=absurd numbers=[venueTime:+3s value:150]
      5.0 +4s TickRejected instrument=BTC fault=crossed numbers=[bid:101 ask:101]
      5.1 +4s FeedMoved instrument=BTC from=DEGRADED to=DOWN why=Faulted:crossed numbers=[heardAt:+4s lag:0 faults:3]
      5.2 +4s GateMoved scope=instrument of=BTC from=REDUCE_ONLY to=CANCEL_ONLY why=Restricted:feed-down reasons=[feed-degraded:x feed-down:x]
      5.3 +14s FeedMoved instrument=BTC from=DOWN to=HEALTHY why=Settled numbers=[heardAt:+4s lag:0 faults:0]
      5.4 +14s GateMoved scope=instrument of=BTC from=CANCEL_ONLY to=OPEN why=Cleared:feed-down"
    `);
  });

  test('a true jump is believed after as many absurd ticks as shut the feed', () => {
    const told = story(
      `instrument BTC absurd=100 settle=10s faults=2
       trade BTC 100 x1 @1s
       trade BTC 200 x1 @2s
       trade BTC 201 x1 @3s
       trade BTC 202 x1 @4s`,
      ['TickRejected', 'FeedMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "3.0 +2s TickRejected instrument=BTC fault=absurd numbers=[venueTime:+2s value:200]
      3.1 +2s FeedMoved instrument=BTC from=HEALTHY to=DEGRADED why=Faulted:absurd numbers=[heardAt:+2s lag:0 faults:1]
      4.0 +3s TickRejected instrument=BTC fault=absurd numbers=[venueTime:+3s value:201]
      4.1 +3s FeedMoved instrument=BTC from=DEGRADED to=DOWN why=Faulted:absurd numbers=[heardAt:+3s lag:0 faults:2]"
    `);
  });

  test('silence in a session is an alarm; a closed market is not', () => {
    const told = story(
      `instrument XYZ silent=2m settle=1s calendar=NYSE
       trade XYZ 100 x1 @1s
       trade XYZ 100 x1 @2s
       wait @2m+2s
       trade XYZ 100 x1 @4m
       wait @17h+36m+59s
       wait @17h+37m`,
      FEED,
    );
    expect(told).toMatchInlineSnapshot(`
      "2.0 +1s FeedMoved instrument=XYZ from=DOWN to=DEGRADED why=Heard numbers=[heardAt:+1s lag:0 faults:0]
      2.1 +1s GateMoved scope=instrument of=XYZ from=CANCEL_ONLY to=REDUCE_ONLY why=Cleared:feed-down reasons=[feed-degraded:x]
      2.2 +2s FeedMoved instrument=XYZ from=DEGRADED to=HEALTHY why=Settled numbers=[heardAt:+1s lag:0 faults:0]
      2.3 +2s GateMoved scope=instrument of=XYZ from=REDUCE_ONLY to=OPEN why=Cleared:feed-degraded
      3.0 +122s FeedMoved instrument=XYZ from=HEALTHY to=DOWN why=Silent numbers=[heardAt:+2s lag:0 faults:0]
      3.1 +122s GateMoved scope=instrument of=XYZ from=OPEN to=CANCEL_ONLY why=Restricted:feed-down reasons=[feed-down:x]
      4.0 +240s FeedMoved instrument=XYZ from=DOWN to=DEGRADED why=Heard numbers=[heardAt:+240s lag:0 faults:0]
      4.1 +240s GateMoved scope=instrument of=XYZ from=CANCEL_ONLY to=REDUCE_ONLY why=Cleared:feed-down reasons=[feed-degraded:x]
      4.2 +241s FeedMoved instrument=XYZ from=DEGRADED to=HEALTHY why=Settled numbers=[heardAt:+240s lag:0 faults:0]
      4.3 +241s GateMoved scope=instrument of=XYZ from=REDUCE_ONLY to=OPEN why=Cleared:feed-degraded
      4.4 +63420s FeedMoved instrument=XYZ from=HEALTHY to=DOWN why=Silent numbers=[heardAt:+240s lag:0 faults:0]
      4.5 +63420s GateMoved scope=instrument of=XYZ from=OPEN to=CANCEL_ONLY why=Restricted:feed-down reasons=[feed-down:x]"
    `);
  });

  test('a lagging source is degraded, then down, and must settle', () => {
    const told = story(
      `instrument BTC lag=1s lagdown=3s settle=5s
       trade BTC 100 x1 @1s
       trade BTC 100 x1 @4s vt=2s
       trade BTC 100 x1 @7s vt=3s
       trade BTC 100 x1 @8s
       wait @20s`,
      FEED,
    );
    expect(told).toMatchInlineSnapshot(`
      "3.0 +4s FeedMoved instrument=BTC from=HEALTHY to=DEGRADED why=Lagged:1 numbers=[heardAt:+4s lag:1 faults:0]
      3.1 +4s GateMoved scope=instrument of=BTC from=OPEN to=REDUCE_ONLY why=Restricted:feed-degraded reasons=[feed-degraded:x]
      4.0 +7s FeedMoved instrument=BTC from=DEGRADED to=DOWN why=Lagged:2 numbers=[heardAt:+7s lag:2 faults:0]
      4.1 +7s GateMoved scope=instrument of=BTC from=REDUCE_ONLY to=CANCEL_ONLY why=Restricted:feed-down reasons=[feed-degraded:x feed-down:x]
      5.0 +8s FeedMoved instrument=BTC from=DOWN to=DEGRADED why=Fresh numbers=[heardAt:+8s lag:0 faults:0]
      5.1 +8s GateMoved scope=instrument of=BTC from=CANCEL_ONLY to=REDUCE_ONLY why=Cleared:feed-down reasons=[feed-degraded:x]
      5.2 +13s FeedMoved instrument=BTC from=DEGRADED to=HEALTHY why=Settled numbers=[heardAt:+8s lag:0 faults:0]
      5.3 +13s GateMoved scope=instrument of=BTC from=REDUCE_ONLY to=OPEN why=Cleared:feed-degraded"
    `);
  });

  test('a source that loses its line and comes back', () => {
    const told = story(
      `instrument BTC silent=10s mute=30s settle=1s
       beat x @1s
       trade BTC 100 x1 @2s
       lost x @5s
       restored x @6s
       beat x @15s
       beat x @24s
       beat x @32s`,
      FEED,
    );
    expect(told).toMatchInlineSnapshot(`
      "3.0 +2s FeedMoved instrument=BTC from=DOWN to=DEGRADED why=Heard numbers=[heardAt:+2s lag:0 faults:0]
      3.1 +2s GateMoved scope=instrument of=BTC from=CANCEL_ONLY to=REDUCE_ONLY why=Cleared:feed-down reasons=[feed-degraded:x]
      3.2 +3s FeedMoved instrument=BTC from=DEGRADED to=HEALTHY why=Settled numbers=[heardAt:+2s lag:0 faults:0]
      3.3 +3s GateMoved scope=instrument of=BTC from=REDUCE_ONLY to=OPEN why=Cleared:feed-degraded
      4.0 +5s FeedMoved instrument=BTC from=HEALTHY to=DOWN why=Lost numbers=[heardAt:+2s lag:0 faults:0]
      4.1 +5s GateMoved scope=instrument of=BTC from=OPEN to=CANCEL_ONLY why=Restricted:feed-down reasons=[feed-down:x]
      5.0 +6s FeedMoved instrument=BTC from=DOWN to=DEGRADED why=Beat numbers=[heardAt:+6s lag:0 faults:0]
      5.1 +6s GateMoved scope=instrument of=BTC from=CANCEL_ONLY to=REDUCE_ONLY why=Cleared:feed-down reasons=[feed-degraded:x]
      5.2 +7s FeedMoved instrument=BTC from=DEGRADED to=HEALTHY why=Settled numbers=[heardAt:+6s lag:0 faults:0]
      5.3 +7s GateMoved scope=instrument of=BTC from=REDUCE_ONLY to=OPEN why=Cleared:feed-degraded
      7.0 +32s FeedMoved instrument=BTC from=HEALTHY to=DOWN why=Mute numbers=[heardAt:+24s lag:0 faults:0]
      7.1 +32s GateMoved scope=instrument of=BTC from=OPEN to=CANCEL_ONLY why=Restricted:feed-down reasons=[feed-down:x]"
    `);
  });
});

describe('the pure venue', () => {
  test('a stop triggers, fills as taker, and what remains is a market order', () => {
    const told = story(
      `${OPEN}
       on bars @1m: buy BTC 5 stop=105
       trade BTC 100 x5 @1s
       trade BTC 104 x5 @1m
       trade BTC 106 x2 @1m+1s
       trade BTC 103 x9 @1m+2s`,
      ORDERS,
    );
    expect(told).toMatchInlineSnapshot(`
      "5.2 +60s StrategyWoke why=bars end=+60s absent=0 intents=1
      5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=stop lots=5 stop=105 reducing=false why=script
      5.4 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=5
      5.6 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.7 +60s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=5
      7.0 +61s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=2 price=106 fee=0 maker=false}
      7.1 +61s OrderFilled order=5.3 instrument=BTC side=buy lots=2 price=106 fee=0 maker=false late=false position=2 realised=0
      7.5 +61s StrategyWoke why=fill absent=0 intents=0
      8.0 +62s VenueReported order=5.3 instrument=BTC report={Filled fill=8.0 lots=3 price=103 fee=0 maker=false}
      8.1 +62s OrderMoved order=5.3 instrument=BTC from=LIVE to=FILLED why=Filled filled=5 remaining=0
      8.2 +62s OrderFilled order=5.3 instrument=BTC side=buy lots=3 price=103 fee=0 maker=false late=false position=5 realised=0
      8.6 +62s StrategyWoke why=fill absent=0 intents=0"
    `);
  });

  test('orders share the lots of a trade: market, then the better limit, then the older', () => {
    const told = story(
      `${OPEN}
       on bars @1m: buy BTC 3 limit=101, buy BTC 3 limit=102, buy BTC 3 limit=101, buy BTC 1
       trade BTC 100 x5 @1s
       trade BTC 103 x1 @1m
       trade BTC 101 x5 @1m+1s
       trade BTC 101 x9 @1m+2s`,
      ['VenueReported', 'OrderFilled'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.15 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.17 +60s VenueReported order=5.4 instrument=BTC report={Acked}
      5.19 +60s VenueReported order=5.5 instrument=BTC report={Acked}
      5.21 +60s VenueReported order=5.6 instrument=BTC report={Acked}
      6.0 +60s VenueReported order=5.6 instrument=BTC report={Filled fill=6.0 lots=1 price=103 fee=0 maker=false}
      6.2 +60s OrderFilled order=5.6 instrument=BTC side=buy lots=1 price=103 fee=0 maker=false late=false position=1 realised=0
      7.0 +61s VenueReported order=5.4 instrument=BTC report={Filled fill=7.0 lots=3 price=102 fee=0 maker=true}
      7.2 +61s OrderFilled order=5.4 instrument=BTC side=buy lots=3 price=102 fee=0 maker=true late=false position=4 realised=0
      7.6 +61s VenueReported order=5.3 instrument=BTC report={Filled fill=7.1 lots=2 price=101 fee=0 maker=true}
      7.7 +61s OrderFilled order=5.3 instrument=BTC side=buy lots=2 price=101 fee=0 maker=true late=false position=6 realised=0
      8.0 +62s VenueReported order=5.3 instrument=BTC report={Filled fill=8.0 lots=1 price=101 fee=0 maker=true}
      8.2 +62s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=101 fee=0 maker=true late=false position=7 realised=0
      8.6 +62s VenueReported order=5.5 instrument=BTC report={Filled fill=8.1 lots=3 price=101 fee=0 maker=true}
      8.8 +62s OrderFilled order=5.5 instrument=BTC side=buy lots=3 price=101 fee=0 maker=true late=false position=10 realised=0"
    `);
  });

  test('a resting limit is maker at its price; a fresh one is taker at the fact', () => {
    const told = story(
      `${OPEN.replace('account A', 'account A maker=100 taker=500 fills=whole')}
       on bars @1m: buy BTC 2 limit=99, sell BTC 2 limit=99
       trade BTC 100 x1 @1s
       trade BTC 103 x1 @1m
       trade BTC 98 x1 @1m+1s`,
      ['OrderFilled', 'Posted'],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.2 +60s OrderFilled order=5.4 instrument=BTC side=sell lots=2 price=103 fee=10 maker=false late=false position=-2 realised=0
      6.3 +60s Posted instrument=BTC book=cash amount=20600 why=fill
      6.4 +60s Posted instrument=BTC book=inventory amount=-20600 why=fill
      6.5 +60s Posted instrument=BTC book=cash amount=-10 why=fee
      6.6 +60s Posted instrument=BTC book=fees amount=10 why=fee
      7.2 +61s OrderFilled order=5.3 instrument=BTC side=buy lots=2 price=99 fee=2 maker=true late=false position=0 realised=800
      7.3 +61s Posted instrument=BTC book=cash amount=-19800 why=fill
      7.4 +61s Posted instrument=BTC book=inventory amount=20600 why=fill
      7.5 +61s Posted instrument=BTC book=realised amount=-800 why=fill
      7.6 +61s Posted instrument=BTC book=cash amount=-2 why=fee
      7.7 +61s Posted instrument=BTC book=fees amount=2 why=fee"
    `);
  });

  test('quotes have a pool a side; accounts do not see each other', () => {
    const told = story(
      `instrument BTC
       account A
       account B
       arm
       deploy S BTC/1m
       deploy T BTC/1m account=B
       on bars @1m: buy BTC 3, sell BTC 3
       trade BTC 100 x1 @1s
       quote BTC 99x2 101x1 @1m+1s`,
      ['OrderFilled'],
    );
    expect(told).toMatchInlineSnapshot(`
      "8.1 +61s OrderFilled order=7.4 instrument=BTC side=buy lots=1 price=101 fee=0 maker=false late=false position=1 realised=0
      8.6 +61s OrderFilled order=7.5 instrument=BTC side=sell lots=2 price=99 fee=0 maker=false late=false position=-1 realised=-200
      8.12 +61s OrderFilled order=7.6 instrument=BTC side=buy lots=1 price=101 fee=0 maker=false late=false position=1 realised=0
      8.17 +61s OrderFilled order=7.7 instrument=BTC side=sell lots=2 price=99 fee=0 maker=false late=false position=-1 realised=-200"
    `);
  });

  test('latency: a cancel races the fill and loses; a replace meets what is left', () => {
    const told = story(
      `${OPEN.replace('account A', 'account A latency=100ms')}
       on bars @1m: buy BTC 4 limit=100, buy BTC 2 limit=98
       on bars @2m: cancel BTC 0, replace BTC 1 lots=1 limit=98
       trade BTC 105 x1 @1s
       trade BTC 105 x1 @1m+1s
       trade BTC 100 x3 @1m+2s
       trade BTC 100 x9 @2m+50ms
       trade BTC 97 x9 @2m+90ms
       wait @2m+1s`,
      ORDERS,
    );
    expect(told).toMatchInlineSnapshot(`
      "5.2 +60s StrategyWoke why=bars end=+60s absent=0 intents=2
      5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=limit lots=4 limit=100 reducing=false why=script
      5.4 +60s OrderApproved order=5.4 instrument=BTC side=buy orderType=limit lots=2 limit=98 reducing=false why=script
      5.5 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      5.7 +60s OrderMoved order=5.4 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2
      5.9 +60.1s VenueReported order=5.3 instrument=BTC report={Acked}
      5.10 +60.1s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      5.11 +60.1s VenueReported order=5.4 instrument=BTC report={Acked}
      5.12 +60.1s OrderMoved order=5.4 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=2
      7.0 +62s VenueReported order=5.3 instrument=BTC report={Filled fill=7.0 lots=3 price=100 fee=0 maker=true}
      7.1 +62s OrderFilled order=5.3 instrument=BTC side=buy lots=3 price=100 fee=0 maker=true late=false position=3 realised=0
      7.5 +62s StrategyWoke why=fill absent=0 intents=0
      7.7 +120s StrategyWoke why=bars end=+120s absent=0 intents=2
      7.8 +120s OrderMoved order=5.3 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=3 remaining=1
      7.10 +120s OrderMoved order=5.4 instrument=BTC from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=2
      8.0 +120.05s VenueReported order=5.3 instrument=BTC report={Filled fill=8.0 lots=1 price=100 fee=0 maker=true}
      8.1 +120.05s OrderMoved order=5.3 instrument=BTC from=CANCEL_PENDING to=FILLED why=Filled filled=4 remaining=0
      8.2 +120.05s OrderFilled order=5.3 instrument=BTC side=buy lots=1 price=100 fee=0 maker=true late=false position=4 realised=0
      8.6 +120.05s StrategyWoke why=fill absent=0 intents=0
      9.0 +120.09s VenueReported order=5.4 instrument=BTC report={Filled fill=9.0 lots=2 price=98 fee=0 maker=true}
      9.1 +120.09s OrderMoved order=5.4 instrument=BTC from=REPLACE_PENDING to=FILLED why=Filled filled=2 remaining=0
      9.2 +120.09s OrderFilled order=5.4 instrument=BTC side=buy lots=2 price=98 fee=0 maker=true late=false position=6 realised=0
      9.6 +120.09s StrategyWoke why=fill absent=0 intents=0
      9.7 +120.1s VenueReported order=5.3 instrument=BTC report={CancelRejected reason=not working}
      9.8 +120.1s VenueReported order=5.4 instrument=BTC report={ReplaceRejected reason=not working}"
    `);
  });

  test('an order expires; one the venue finds too large is rejected with evidence', () => {
    const told = story(
      `${OPEN.replace('account A', 'account A most=10')}
       on bars @1m: buy BTC 2 limit=90 @1m+30s, buy BTC 11
       trade BTC 100 x1 @1s
       wait @2m`,
      ['VenueReported', 'OrderMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.5 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2
      5.7 +60s OrderMoved order=5.4 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=11
      5.9 +60s VenueReported order=5.3 instrument=BTC report={Acked}
      5.10 +60s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=2
      5.11 +60s VenueReported order=5.4 instrument=BTC report={Rejected reason=too many lots}
      5.12 +60s OrderMoved order=5.4 instrument=BTC from=SENDING to=REJECTED why=Rejected filled=0 remaining=11
      5.13 +90s VenueReported order=5.3 instrument=BTC report={Expired}
      5.14 +90s OrderMoved order=5.3 instrument=BTC from=LIVE to=EXPIRED why=Expired filled=0 remaining=2"
    `);
  });
});

describe('money', () => {
  test('a reversal closes first, then opens with the rest', () => {
    const told = story(
      `${OPEN}
       on bars @1m: buy BTC 3
       on bars @2m: sell BTC 5
       trade BTC 100 x9 @1s
       trade BTC 100 x9 @1m
       trade BTC 110 x9 @2m`,
      MONEY,
    );
    expect(told).toMatchInlineSnapshot(`
      "6.2 +60s OrderFilled order=5.3 instrument=BTC side=buy lots=3 price=100 fee=0 maker=false late=false position=3 realised=0
      6.3 +60s Posted instrument=BTC book=cash amount=-30000 why=fill
      6.4 +60s Posted instrument=BTC book=inventory amount=30000 why=fill
      6.5 +60s EquityMarked equity=10000000 peak=10000000 drawdown=0 dayLoss=0 why=fill
      7.2 +120s OrderFilled order=6.9 instrument=BTC side=sell lots=5 price=110 fee=0 maker=false late=false position=-2 realised=3000
      7.3 +120s Posted instrument=BTC book=cash amount=55000 why=fill
      7.4 +120s Posted instrument=BTC book=inventory amount=-52000 why=fill
      7.5 +120s Posted instrument=BTC book=realised amount=-3000 why=fill
      7.6 +120s EquityMarked equity=10003000 peak=10003000 drawdown=0 dayLoss=-3000 why=fill"
    `);
  });

  test('what is below a minor unit is kept apart, and the postings of a fill add up to nothing', () => {
    const { desk, lines } = tell(
      `instrument BTC tick=0.01 lot=0.001
       account A taker=500
       arm
       deploy S BTC/1m
       on bars @1m: buy BTC 3
       on bars @2m: sell BTC 2
       trade BTC 10033 x9 @1s
       trade BTC 10033 x9 @1m
       trade BTC 10077 x9 @2m`.split('\n'),
    );
    expect(
      lines
        .filter((line) => line.includes(' Posted '))
        .slice(2)
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "6.3 +60s Posted instrument=BTC book=cash amount=-30 why=fill
      6.4 +60s Posted instrument=BTC book=inventory amount=30 why=fill
      7.3 +120s Posted instrument=BTC book=cash amount=20 why=fill
      7.4 +120s Posted instrument=BTC book=inventory amount=-20 why=fill"
    `);
    const state = desk.state() as { rounding: unknown; balances: { book: string; amount: bigint }[] };
    expect(state.rounding).toMatchInlineSnapshot(`
      [
        {
          "account": "A",
          "atto": 550000000000000n,
          "instrument": "BTC",
          "strategy": "S",
        },
      ]
    `);
    expect(state.balances.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
  });

  test('a soft limit lets only reducing orders through until the next session', () => {
    const told = story(
      `${OPEN}
       limits account A soft=1000
       on bars @1m: buy BTC 10
       on bars @2m: buy BTC 1, sell BTC 1
       trade BTC 100 x99 @1s
       trade BTC 100 x99 @1m
       trade BTC 98 x99 @1m+1s
       trade BTC 99 x99 @1m+2500ms
       wait @3m
       wait @3h+5m`,
      ['StrategyWoke', 'EquityMarked', 'GateMoved', 'OrderRefused', 'OrderApproved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.2 +60s StrategyWoke why=bars end=+60s absent=0 intents=1
      6.3 +60s OrderApproved order=6.3 instrument=BTC side=buy orderType=market lots=10 reducing=false why=script
      7.5 +60s EquityMarked equity=10000000 peak=10000000 drawdown=0 dayLoss=0 why=fill
      7.6 +60s StrategyWoke why=fill absent=0 intents=0
      8.0 +62s EquityMarked equity=9998000 peak=10000000 drawdown=2000 dayLoss=2000 why=soft-limit
      8.1 +62s GateMoved scope=account of=A from=OPEN to=REDUCE_ONLY why=Restricted:soft-limit reasons=[soft-limit:day]
      9.1 +120s StrategyWoke why=bars end=+120s absent=0 intents=2
      9.2 +120s OrderRefused instrument=BTC side=buy orderType=market lots=1 why=script
      9.3 +120s OrderApproved order=9.3 instrument=BTC side=sell orderType=market lots=1 reducing=true why=script
      9.9 +11100s GateMoved scope=account of=A from=REDUCE_ONLY to=OPEN why=Cleared:soft-limit"
    `);
  });
});

describe('people', () => {
  test('a kill is latched and cancels all; only the ceremony that names it lifts it', () => {
    const told = story(
      `${OPEN}
       on bars @1m: buy BTC 4 limit=90, sell BTC 4 limit=110
       trade BTC 100 x1 @1s
       trade BTC 100 x1 @1m+1s
       kill @1m+2s
       kill @1m+3s
       arm @1m+4s
       disarm 4 @1m+5s
       disarm 7 @1m+6s
       arm @1m+7s`,
      ['GateMoved', 'CommandAnswered', 'OrderMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.5 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      5.7 +60s OrderMoved order=5.4 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      5.10 +60s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      5.12 +60s OrderMoved order=5.4 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      7.0 +62s GateMoved scope=global of=* from=OPEN to=KILLED why=Killed
      7.1 +62s CommandAnswered key=k7 ok=true why=
      7.2 +62s OrderMoved order=5.3 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=4
      7.4 +62s OrderMoved order=5.4 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=4
      7.7 +62s OrderMoved order=5.3 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=4
      7.9 +62s OrderMoved order=5.4 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=4
      8.0 +63s CommandAnswered key=k8 ok=false why=not now numbers=[now:KILLED]
      9.0 +64s CommandAnswered key=k9 ok=false why=not now numbers=[now:KILLED]
      10.0 +65s CommandAnswered key=k10 ok=false why=not now numbers=[now:KILLED]
      11.0 +66s GateMoved scope=global of=* from=KILLED to=RECONCILE why=Disarmed
      11.1 +66s GateMoved scope=global of=* from=RECONCILE to=ARMED why=Reconciled
      11.2 +66s CommandAnswered key=k11 ok=true why=
      12.0 +67s GateMoved scope=global of=* from=ARMED to=OPEN why=Armed
      12.1 +67s CommandAnswered key=k12 ok=true why="
    `);
  });

  test('a command that saw an older state is refused with the current one; a repeated one is answered as before', () => {
    const told = story(
      `${OPEN}
       pause S saw=3 key=p @1s
       pause S saw=4 key=q @1s
       pause S key=q @2s
       resume S saw=4 @3s
       resume S saw=6 @3s
       resume S @4s
       stop T @5s`,
      ['CommandAnswered', 'StrategyMoved', 'GateMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.0 +1s StrategyMoved from=running to=paused why=Paused
      5.1 +1s GateMoved scope=strategy of=S from=OPEN to=CANCEL_ONLY why=Restricted:paused reasons=[paused:S]
      5.2 +1s CommandAnswered key=p ok=true why=
      6.0 +1s CommandAnswered key=q ok=false why=not now numbers=[now:paused]
      7.0 +2s CommandAnswered key=q ok=false why=repeated
      8.0 +3s CommandAnswered key=k8 ok=false why=stale numbers=[now:paused changedAt:5]
      9.0 +3s StrategyMoved from=paused to=running why=Resumed
      9.1 +3s GateMoved scope=strategy of=S from=CANCEL_ONLY to=OPEN why=Cleared:paused
      9.2 +3s CommandAnswered key=k9 ok=true why=
      10.0 +4s CommandAnswered key=k10 ok=false why=not now numbers=[now:running]
      11.0 +5s CommandAnswered key=k11 ok=false why=unknown"
    `);
  });

  test('code that throws is faulted; its protective orders stay', () => {
    const told = story(
      `${OPEN}
       on bars @1m: buy BTC 2
       on bars @2m: sell BTC 2 stop=90, buy BTC 1 limit=80
       on bars @3m: throw
       trade BTC 100 x9 @1s
       trade BTC 100 x9 @1m
       trade BTC 100 x9 @2m
       trade BTC 100 x9 @3m`,
      ['StrategyMoved', 'GateMoved', 'StrategyWoke', 'OrderApproved', 'OrderMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.2 +60s StrategyWoke why=bars end=+60s absent=0 intents=1
      5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=market lots=2 reducing=false why=script
      5.4 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2
      5.7 +60s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=2
      6.1 +60s OrderMoved order=5.3 instrument=BTC from=LIVE to=FILLED why=Filled filled=2 remaining=0
      6.6 +60s StrategyWoke why=fill absent=0 intents=0
      6.8 +120s StrategyWoke why=bars end=+120s absent=0 intents=2
      6.9 +120s OrderApproved order=6.9 instrument=BTC side=sell orderType=stop lots=2 stop=90 reducing=true why=script
      6.10 +120s OrderApproved order=6.10 instrument=BTC side=buy orderType=limit lots=1 limit=80 reducing=false why=script
      6.11 +120s OrderMoved order=6.9 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2
      6.13 +120s OrderMoved order=6.10 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=1
      6.16 +120s OrderMoved order=6.9 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=2
      6.18 +120s OrderMoved order=6.10 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=1
      7.1 +180s StrategyMoved from=running to=faulted why=Faulted
      7.2 +180s GateMoved scope=strategy of=S from=OPEN to=CANCEL_ONLY why=Restricted:faulted reasons=[faulted:S]
      7.3 +180s OrderMoved order=6.10 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=1
      7.6 +180s OrderMoved order=6.10 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=1"
    `);
  });

  test('a fill before the acknowledgment ends an unknown order: evidence clears the gates', () => {
    const told = story(
      `instrument BTC
       account A venue=outside
       arm
       deploy S BTC/1m
       on bars @1m: buy BTC 2
       on bars @2m: buy BTC 1
       ready A @1s
       reconciled A @2s
       arm account A @3s
       trade BTC 100 x9 @4s
       trade BTC 100 x9 @1m+1s
       report 8.3 Lost @1m+2s
       trade BTC 100 x9 @1m+30s
       trade BTC 100 x9 @2m+1s
       report 8.3 Filled lots=2 price=101 @2m+2s
       report 8.3 Filled lots=1 price=101 @2m+3s
       report 1.1 Acked @2m+4s
       wait @25h`,
      ['GateMoved', 'SessionMoved', 'OrderMoved', 'OrderRefused', 'OrderFilled', 'OrderRetired', 'ReconciliationNeeded'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.0 +1s SessionMoved from=connecting to=authenticating why=Connected
      5.1 +1s SessionMoved from=authenticating to=reconciling why=Authenticated
      6.0 +2s SessionMoved from=reconciling to=ready why=Reconciled
      6.1 +2s GateMoved scope=account of=A from=RECONCILE to=ARMED why=Reconciled
      7.0 +3s GateMoved scope=account of=A from=ARMED to=OPEN why=Armed
      8.4 +60s OrderMoved order=8.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2
      10.0 +62s OrderMoved order=8.3 instrument=BTC from=SENDING to=UNKNOWN why=Lost filled=0 remaining=2
      10.1 +72s GateMoved scope=account of=A from=OPEN to=REDUCE_ONLY why=Restricted:order-unknown reasons=[order-unknown:8.3]
      10.2 +72s GateMoved scope=instrument of=BTC from=OPEN to=REDUCE_ONLY why=Restricted:order-unknown reasons=[order-unknown:8.3]
      11.2 +120s OrderRefused instrument=BTC side=buy orderType=market lots=1 why=script
      13.0 +122s OrderMoved order=8.3 instrument=BTC from=UNKNOWN to=FILLED why=Filled filled=2 remaining=0
      13.1 +122s GateMoved scope=account of=A from=REDUCE_ONLY to=OPEN why=Cleared:order-unknown
      13.2 +122s GateMoved scope=instrument of=BTC from=REDUCE_ONLY to=OPEN why=Cleared:order-unknown
      13.3 +122s OrderFilled order=8.3 instrument=BTC side=buy lots=2 price=101 fee=0 maker=false late=false position=2 realised=0
      14.0 +123s ReconciliationNeeded why=fill reported twice order=8.3
      15.0 +124s ReconciliationNeeded why=report for an order not held order=1.1
      15.4 +86522s OrderRetired order=8.3 instrument=BTC"
    `);
  });

  test('a difference found in reconciliation halts the account until a human acknowledges', () => {
    const told = story(
      `instrument BTC
       account A venue=outside
       arm
       ready A @1s
       reconciled A order-77 @2s
       arm account A @3s
       acknowledge account A @4s
       reconciled A @5s
       arm account A @6s
       session-lost A @7s`,
      ['GateMoved', 'SessionMoved', 'CommandAnswered', 'Alerted'],
    );
    expect(told).toMatchInlineSnapshot(`
      "4.0 +1s SessionMoved from=connecting to=authenticating why=Connected
      4.1 +1s SessionMoved from=authenticating to=reconciling why=Authenticated
      5.0 +2s SessionMoved from=reconciling to=degraded why=Differed
      5.1 +2s GateMoved scope=account of=A from=RECONCILE to=HALTED why=Restricted:reconciliation reasons=[session-lost:A reconciliation:venue]
      5.2 +2s Alerted topic=reconciliation text=order-77
      6.0 +3s CommandAnswered key=k6 ok=false why=not now numbers=[now:HALTED]
      7.0 +4s GateMoved scope=account of=A from=HALTED to=RECONCILE why=Acknowledged reasons=[session-lost:A]
      7.1 +4s CommandAnswered key=k7 ok=true why=
      8.0 +5s SessionMoved from=degraded to=ready why=Reconciled
      8.1 +5s GateMoved scope=account of=A from=RECONCILE to=ARMED why=Reconciled
      9.0 +6s GateMoved scope=account of=A from=ARMED to=OPEN why=Armed
      9.1 +6s CommandAnswered key=k9 ok=true why=
      10.0 +7s SessionMoved from=ready to=connecting why=Lost
      10.1 +7s GateMoved scope=account of=A from=OPEN to=CANCEL_ONLY why=Restricted:session-lost reasons=[session-lost:A]"
    `);
  });
});

test('the whole state after a story is plain, and begins at the time told', () => {
  const { desk } = tell(`${OPEN}\n trade BTC 100 x5 @1s`.split('\n'));
  const state = desk.state() as { at: number; candles: unknown; feeds: unknown };
  expect(state.at - STORY_START).toBe(1_000_000);
  expect(state.candles).toMatchInlineSnapshot(`
    [
      {
        "closeAt": 1705438560000000,
        "graces": [],
        "instrument": "BTC",
        "lastClose": null,
        "lastEnd": null,
        "open": {
          "close": 100,
          "complete": true,
          "end": 1705438560000000,
          "high": 100,
          "low": 100,
          "open": 100,
          "start": 1705438500000000,
          "trades": 1,
          "volume": 5,
        },
        "parent": null,
        "source": "x",
        "timeframeUs": 60000000,
        "value": "forming",
      },
    ]
  `);
  expect(state.feeds).toMatchInlineSnapshot(`
    [
      {
        "context": {
          "faults": 0,
          "lag": 0,
          "lastFault": null,
          "lost": false,
          "mute": false,
          "shut": false,
          "silent": false,
        },
        "heardAt": 1705438501000000,
        "instrument": "BTC",
        "lanes": [
          {
            "absurdRun": 0,
            "kind": "trade",
            "last": [
              100,
            ],
            "newestSeq": 0,
            "newestTime": 1705438501000000,
          },
        ],
        "settleAt": null,
        "source": "x",
        "tickAt": 1705438501000000,
        "value": "HEALTHY",
      },
    ]
  `);
});

describe('an adventure', () => {
  const run = (steps: readonly Step[], oneByOne: boolean): ReferenceDesk => {
    const desk = new ReferenceDesk({ desk: ADVENTURE_DESK, digest: nodeDigest, catalogue: testCatalogue });
    for (const step of steps) {
      if (step.do === 'input') desk.takeInput(step.record);
      else if (step.do === 'time') desk.passTime(step.at);
      else if (!oneByOne) desk.takeMarket(step.frame);
      else
        for (let i = 0; i < step.frame.count; i += 1)
          desk.takeMarket(sliceFrame(step.frame, step.frame.first + i, step.frame.first + i + 1));
    }
    return desk;
  };

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i: never stuck, money adds up, and the cut of the frames is no matter', (seed) => {
    const steps = adventure(seed, 90);
    const desk = run(steps, false);
    const again = run(steps, true);
    const lines = desk.decisions.map(lineOf);
    const others = again.decisions.map(lineOf);
    expect(others.find((line, i) => line !== lines[i])).toBe(undefined); // a whole diff would take minutes to draw
    expect(others.length).toBe(lines.length);
    expect(again.state()).toEqual(desk.state());
    const { balances, holdings } = desk.state() as {
      balances: { account: string; strategy: string; instrument: string; book: string; amount: bigint }[];
      holdings: { account: string; strategy: string; instrument: string; cost: bigint }[];
    };
    expect(balances.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
    for (const { account, strategy, instrument, cost } of holdings) {
      const own = balances.filter((one) => one.account === account && one.strategy === strategy && one.instrument === instrument);
      expect(own.find(({ book }) => book === 'inventory')?.amount ?? 0n).toBe(cost);
    }
  });

  test('it visits most of what the desk can say', () => {
    const counts: Record<string, number> = {};
    for (const seed of [1, 2, 3, 4, 5, 9, 11])
      for (const { type } of run(adventure(seed, 90), false).decisions) counts[type] = (counts[type] ?? 0) + 1;
    expect(Object.keys(counts).sort().join(' ')).toMatchInlineSnapshot(
      `"Alerted BudgetChanged CandleAmended CandleClosed CandlesMoved CommandAnswered Defined DifferenceFound EquityMarked FeedMoved GateMoved OrderAdopted OrderApproved OrderFilled OrderMoved OrderQualified OrderRefused OrderRequested Posted ReconciliationNeeded SessionMoved StrategyMoved StrategyWoke TickRejected TickTooLate TicksRefusedNoted VenueReported"`,
    );
  });
});
