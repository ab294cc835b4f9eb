/** Orders by hand (kernel §12.9, PlaceOrder), told as stories to both desks. */
import { describe, expect, test } from 'vitest';
import { story } from './story.ts';

const TOLD = [
  'CommandAnswered',
  'OrderApproved',
  'OrderRefused',
  'OrderQualified',
  'OrderMoved',
  'OrderFilled',
  'DifferenceFound',
] as const;

const told = (what: string, account = ''): string =>
  story(
    `instrument BTC
     account A ${account}
     arm
     deploy S BTC/1m
     trade BTC 100 @1s
     ${what}`,
    [...TOLD],
  );

describe('an order by hand', () => {
  test('passes the gate like any other, is filled, and belongs to no strategy', () => {
    expect(told('place A buy BTC lots=3 @2s\n trade BTC 101 x9 @3s\n trade BTC 101 x9 @4s')).toMatchInlineSnapshot(`
      "6.0 +2s OrderApproved order=6.0 instrument=BTC side=buy orderType=market lots=3 reducing=false why=by hand
      6.1 +2s CommandAnswered key=k6 ok=true why= numbers=[order:6.0]
      6.2 +2s OrderMoved order=6.0 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      6.5 +2s OrderMoved order=6.0 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      7.1 +3s OrderMoved order=6.0 instrument=BTC from=LIVE to=FILLED why=Filled filled=3 remaining=0
      7.2 +3s OrderFilled order=6.0 instrument=BTC side=buy lots=3 price=101 fee=0 maker=false late=false position=3 realised=0"
    `);
  });

  test('is refused with every clause that fails, and the answer names the refusal', () => {
    expect(told('pause S @2s\n kill @2s\n place A buy BTC lots=30 limit=150 @3s')).toMatchInlineSnapshot(`
      "6.2 +2s CommandAnswered key=k6 ok=true why=
      7.1 +2s CommandAnswered key=k7 ok=true why=
      8.0 +3s OrderRefused instrument=BTC side=buy orderType=limit lots=30 limit=150 why=by hand
      8.1 +3s CommandAnswered key=k8 ok=false why=refused numbers=[refusal:8.0]"
    `);
  });

  test('of a limit, a stop and a trailing stop stands in the book, and is changed and cancelled as they are', () => {
    expect(
      told(
        'place A buy BTC lots=1 limit=95 post=yes @2s\n place A sell BTC lots=1 trail=5 @2s\n place A buy BTC lots=2 limit=99 tif=IOC @2s\n trade BTC 100 @3s\n cancel 6.1 @4s\n trade BTC 100 @5s',
      ),
    ).toMatchInlineSnapshot(`
      "6.0 +2s OrderApproved order=6.0 instrument=BTC side=buy orderType=limit lots=1 limit=95 reducing=false why=by hand
      6.1 +2s OrderQualified order=6.0 instrument=BTC timeInForce=GTC postOnly=true
      6.2 +2s CommandAnswered key=k6 ok=true why= numbers=[order:6.0]
      6.3 +2s OrderMoved order=6.0 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=1
      6.6 +2s OrderMoved order=6.0 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=1
      7.0 +2s OrderApproved order=7.0 instrument=BTC side=sell orderType=trailing lots=1 reducing=false why=by hand
      7.1 +2s OrderQualified order=7.0 instrument=BTC timeInForce=GTC postOnly=false trail=5
      7.2 +2s CommandAnswered key=k7 ok=true why= numbers=[order:7.0]
      7.3 +2s OrderMoved order=7.0 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=1
      7.6 +2s OrderMoved order=7.0 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=1
      8.0 +2s OrderApproved order=8.0 instrument=BTC side=buy orderType=limit lots=2 limit=99 reducing=false why=by hand
      8.1 +2s OrderQualified order=8.0 instrument=BTC timeInForce=IOC postOnly=false
      8.2 +2s CommandAnswered key=k8 ok=true why= numbers=[order:8.0]
      8.3 +2s OrderMoved order=8.0 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2
      8.6 +2s OrderMoved order=8.0 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=2
      9.1 +3s OrderMoved order=8.0 instrument=BTC from=LIVE to=EXPIRED why=Expired filled=0 remaining=2
      10.0 +4s CommandAnswered key=k10 ok=false why=unknown"
    `);
  });

  const HELD = 'on bars @1m: buy BTC 4 bstop=90 btarget=120\n trade BTC 100 x9 @1m\n trade BTC 100 x9 @1m+1s';

  test('that closes what a strategy holds closes it for that strategy, and what protected it fills no more', () => {
    expect(told(`${HELD}\n place A sell BTC lots=4 @1m+2s\n trade BTC 102 x9 @1m+3s\n trade BTC 80 x9 @1m+4s`)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=market lots=4 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=false bracket={stop=90 target=120}
      5.5 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      5.8 +60s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      6.1 +60s OrderMoved order=5.3 instrument=BTC from=LIVE to=FILLED why=Filled filled=4 remaining=0
      6.2 +60s OrderFilled order=5.3 instrument=BTC side=buy lots=4 price=100 fee=0 maker=false late=false position=4 realised=0
      6.7 +60s OrderApproved order=6.7 instrument=BTC side=sell orderType=stop lots=4 stop=90 reducing=true why=bracket stop
      6.8 +60s OrderQualified order=6.7 instrument=BTC timeInForce=GTC postOnly=false protects=6.2
      6.9 +60s OrderApproved order=6.9 instrument=BTC side=sell orderType=limit lots=4 limit=120 reducing=true why=bracket target
      6.10 +60s OrderQualified order=6.9 instrument=BTC timeInForce=GTC postOnly=false protects=6.2
      6.11 +60s OrderMoved order=6.7 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      6.13 +60s OrderMoved order=6.9 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      6.16 +60s OrderMoved order=6.7 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      6.18 +60s OrderMoved order=6.9 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      8.0 +62s OrderApproved order=8.0 instrument=BTC side=sell orderType=market lots=4 reducing=false why=by hand
      8.1 +62s CommandAnswered key=k8 ok=true why= numbers=[order:8.0]
      8.2 +62s OrderMoved order=8.0 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      8.5 +62s OrderMoved order=8.0 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      9.1 +63s OrderMoved order=8.0 instrument=BTC from=LIVE to=FILLED why=Filled filled=4 remaining=0
      9.2 +63s OrderFilled order=8.0 instrument=BTC side=sell lots=4 price=102 fee=0 maker=false late=false position=-4 realised=0
      9.6 +63s DifferenceFound what=position of=BTC held=S 4 venue=none -4 resolution=4 set off at 102
      9.12 +63s OrderMoved order=6.7 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=4
      9.14 +63s OrderMoved order=6.9 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=4
      9.17 +63s OrderMoved order=6.7 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=4
      9.19 +63s OrderMoved order=6.9 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=4"
    `);
  });

  test('that closes a part of it leaves no more of its protection than is left to protect', () => {
    expect(told(`${HELD}\n place A sell BTC lots=3 @1m+2s\n trade BTC 102 x9 @1m+3s\n trade BTC 80 x9 @1m+4s`)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=market lots=4 reducing=false why=script
      5.4 +60s OrderQualified order=5.3 instrument=BTC timeInForce=GTC postOnly=false bracket={stop=90 target=120}
      5.5 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      5.8 +60s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      6.1 +60s OrderMoved order=5.3 instrument=BTC from=LIVE to=FILLED why=Filled filled=4 remaining=0
      6.2 +60s OrderFilled order=5.3 instrument=BTC side=buy lots=4 price=100 fee=0 maker=false late=false position=4 realised=0
      6.7 +60s OrderApproved order=6.7 instrument=BTC side=sell orderType=stop lots=4 stop=90 reducing=true why=bracket stop
      6.8 +60s OrderQualified order=6.7 instrument=BTC timeInForce=GTC postOnly=false protects=6.2
      6.9 +60s OrderApproved order=6.9 instrument=BTC side=sell orderType=limit lots=4 limit=120 reducing=true why=bracket target
      6.10 +60s OrderQualified order=6.9 instrument=BTC timeInForce=GTC postOnly=false protects=6.2
      6.11 +60s OrderMoved order=6.7 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      6.13 +60s OrderMoved order=6.9 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      6.16 +60s OrderMoved order=6.7 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      6.18 +60s OrderMoved order=6.9 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      8.0 +62s OrderApproved order=8.0 instrument=BTC side=sell orderType=market lots=3 reducing=false why=by hand
      8.1 +62s CommandAnswered key=k8 ok=true why= numbers=[order:8.0]
      8.2 +62s OrderMoved order=8.0 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      8.5 +62s OrderMoved order=8.0 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      9.1 +63s OrderMoved order=8.0 instrument=BTC from=LIVE to=FILLED why=Filled filled=3 remaining=0
      9.2 +63s OrderFilled order=8.0 instrument=BTC side=sell lots=3 price=102 fee=0 maker=false late=false position=-3 realised=0
      9.6 +63s DifferenceFound what=position of=BTC held=S 4 venue=none -3 resolution=3 set off at 102
      9.12 +63s OrderMoved order=6.7 instrument=BTC from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=4
      9.14 +63s OrderMoved order=6.9 instrument=BTC from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=4
      9.17 +63s OrderMoved order=6.7 instrument=BTC from=REPLACE_PENDING to=LIVE why=Replaced filled=0 remaining=1
      9.19 +63s OrderMoved order=6.9 instrument=BTC from=REPLACE_PENDING to=LIVE why=Replaced filled=0 remaining=1
      10.1 +64s OrderMoved order=6.7 instrument=BTC from=LIVE to=FILLED why=Filled filled=1 remaining=0
      10.2 +64s OrderFilled order=6.7 instrument=BTC side=sell lots=1 price=80 fee=0 maker=false late=false position=0 realised=-2000
      10.8 +64s OrderMoved order=6.9 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=1
      10.11 +64s OrderMoved order=6.9 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=1"
    `);
  });

  test('does not reduce what others hold: where nothing may open it is refused', () => {
    expect(
      told(
        'on bars @1m: buy BTC 4\n trade BTC 100 x9 @1m\n trade BTC 100 x9 @1m+1s\n limits instrument BTC position=2 @1m+2s\n place A buy BTC lots=1 @1m+3s\n place A sell BTC lots=3 @1m+3s\n place A sell BTC lots=4 reduce=yes @1m+3s',
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 instrument=BTC side=buy orderType=market lots=4 reducing=false why=script
      5.4 +60s OrderMoved order=5.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=4
      5.7 +60s OrderMoved order=5.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=4
      6.1 +60s OrderMoved order=5.3 instrument=BTC from=LIVE to=FILLED why=Filled filled=4 remaining=0
      6.2 +60s OrderFilled order=5.3 instrument=BTC side=buy lots=4 price=100 fee=0 maker=false late=false position=4 realised=0
      9.0 +63s OrderRefused instrument=BTC side=buy orderType=market lots=1 why=by hand
      9.1 +63s CommandAnswered key=k9 ok=false why=refused numbers=[refusal:9.0]
      10.0 +63s OrderRefused instrument=BTC side=sell orderType=market lots=3 why=by hand
      10.1 +63s CommandAnswered key=k10 ok=false why=refused numbers=[refusal:10.0]
      11.0 +63s OrderRefused instrument=BTC side=sell orderType=market lots=4 why=by hand
      11.1 +63s CommandAnswered key=k11 ok=false why=refused numbers=[refusal:11.0]"
    `);
  });

  test('of an instrument in another currency than the account is refused by the desk itself', () => {
    expect(
      story(`instrument BTC currency=EUR\n account A\n arm\n trade BTC 100 @1s\n place A buy BTC lots=1 @2s`, [
        'CommandAnswered',
        'OrderApproved',
      ]),
    ).toContain('ok=false why=other currency');
  });

  test('that only reduces has nothing to reduce, and says so', () => {
    expect(told('place A sell BTC lots=1 reduce=yes @2s')).toMatchInlineSnapshot(`
      "6.0 +2s OrderRefused instrument=BTC side=sell orderType=market lots=1 why=by hand
      6.1 +2s CommandAnswered key=k6 ok=false why=refused numbers=[refusal:6.0]"
    `);
  });

  test('for an account or an instrument that is not there is unknown, and one whose gate has moved since is stale', () => {
    expect(
      told(
        'place Z buy BTC lots=1 @2s\n place A buy XYZ lots=1 @2s\n pause S @3s\n kill @3s\n acknowledge account A @4s\n session-lost A @4s\n place A buy BTC lots=1 saw=5 @5s',
      ),
    ).toMatchInlineSnapshot(`
      "6.0 +2s CommandAnswered key=k6 ok=false why=unknown
      7.0 +2s CommandAnswered key=k7 ok=false why=unknown
      8.2 +3s CommandAnswered key=k8 ok=true why=
      9.1 +3s CommandAnswered key=k9 ok=true why=
      10.0 +4s CommandAnswered key=k10 ok=false why=not now numbers=[now:OPEN]
      12.0 +5s CommandAnswered key=k12 ok=false why=stale numbers=[now:CANCEL_ONLY changedAt:11]"
    `);
  });
});
